"""Escalations come from what happens in cases, exactly once, and reach somebody who can decide."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rundblick.cases import escalating, work
from rundblick.cases.authority import AUTHORITY, Authorities, Authority
from rundblick.cases.escalation_rules import ESCALATION, Escalations, Rule, When
from rundblick.cases.models import Case, Escalation, Message, MessageContent
from rundblick.cases.ownership import give_back
from rundblick.core.database import cursor
from rundblick.core.models import Event, EventObject
from rundblick.core.rulebooks import RuleError, put_in_force
from rundblick.customers.models import Assignment, Order
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from rundblick.people.models import Absence, Person
from tests.core.settling import settle
from tests.people.house import House, a_case, a_house, a_message

NOW = datetime.now(UTC)
LAWYER = "Wenn ich bis Freitag nichts höre, gehe ich zu meinem Anwalt."


@pytest.fixture
def house(db: None) -> House:
    put_in_force(TIMETABLES, Timetables((Timetable("Always", "Mo-Su 00:00-24:00"),)), by=None, seen=0)
    return a_house()


def due(*cases: Case, at: datetime | None = None) -> list[Escalation]:
    with cursor() as cur:
        return escalating.escalate_due(cur, [case.pk for case in cases], at or datetime.now(UTC))


def wrote(case: Case, text: str = LAWYER, **fields: Any) -> Message:
    first = a_message(case, "-", at=NOW - timedelta(days=90))  # so long ago that nobody looks at it
    told = {"at": datetime.now(UTC), "channel": "email", "direction": "in", "seq": first.seq} | fields
    identity = (10**9 + first.seq).to_bytes(16)
    message = Message.objects.create(identity=identity, content_digest=identity, case=case, system=first.system, **told)
    MessageContent.objects.create(message=message, text=text)
    return message


def rules(*told: Rule) -> None:
    put_in_force(ESCALATION, Escalations(told), by=None, seen=0)


def happened(case: Case, kind: str, data: dict[str, str] | None = None) -> None:
    event = Event.objects.create(kind=kind, occurred_at=datetime.now(UTC), data=data)
    EventObject.objects.create(event=event, type="case", object_id=case.pk)


def test_words_of_law_come_before_the_lead_of_the_cases_team(house: House) -> None:
    message = wrote(house.olgas)
    made = due(house.olgas)
    (row,) = made
    assert (row.trigger, row.rule, row.to_person_id, row.state) == ("law", "Words of law", house.lena.person.pk, "open")
    assert row.detail is not None
    assert (row.detail["words"], row.detail["message"], row.detail["law"]) == (["anwalt"], message.pk, ["lawyer"])
    event = Event.objects.get(pk=row.event_id)
    assert event.kind == "case.escalated"
    assert ("case", house.olgas.pk) in set(EventObject.objects.filter(event=event).values_list("type", "object_id"))


def test_nothing_that_a_customer_wrote_is_kept_in_it(house: House) -> None:
    wrote(house.olgas, "Das ist eine Frechheit, ich gehe zur Verbraucherzentrale Rumpelstadt!")
    for row in due(house.olgas):
        assert "Rumpelstadt" not in str(row.detail)


def test_looking_twice_escalates_once_and_after_its_end_only_what_happens_anew(house: House) -> None:
    wrote(house.olgas)
    (row,) = due(house.olgas)
    assert due(house.olgas) == []
    escalating.end(row, house.lena.person)
    assert due(house.olgas) == []
    wrote(house.olgas, "Mein Anwalt ist beauftragt.")
    assert [one.trigger for one in due(house.olgas)] == ["law"]


def test_what_is_quoted_or_stands_under_a_signature_escalates_nothing(house: House) -> None:
    wrote(house.olgas, "Danke, es hat sich erledigt.\n\nMit freundlichen Grüßen\nKanzlei Muster, Rechtsanwälte")
    wrote(house.olgas, "> ich gehe zum Anwalt\n\nDas war ein Irrtum, entschuldigen Sie.")
    assert due(house.olgas) == []


def test_the_third_message_without_a_human_answer_escalates(house: House) -> None:
    for text in ("Hallo?", "Ist jemand da?"):
        wrote(house.supports, text)
    assert due(house.supports) == []
    wrote(house.supports, "Bitte antworten Sie.")
    (row,) = due(house.supports)
    assert (row.trigger, row.detail and row.detail["unanswered"]) == ("repeat", 3)
    wrote(house.billings, "Hallo?", at=datetime.now(UTC) - timedelta(hours=3))
    wrote(house.billings, "Wir kümmern uns.", direction="out", at=datetime.now(UTC) - timedelta(hours=2))
    for text in ("Danke", "Noch etwas"):
        wrote(house.billings, text)
    assert due(house.billings) == []


def test_a_broken_clock_and_a_broken_promise_escalate_by_what_the_log_says(house: House) -> None:
    happened(house.olgas, "clock.warned", {"clock": "resolution"})
    assert due(house.olgas) == []
    happened(house.olgas, "clock.breached", {"clock": "resolution"})
    happened(house.olgas, "commitment.broken")
    assert {row.trigger for row in due(house.olgas)} == {"clock", "commitment"}


def test_anger_in_public_escalates_and_the_same_words_in_a_mail_do_not(house: House) -> None:
    text = "Das ist eine bodenlose Frechheit!"
    wrote(house.olgas, text)
    assert due(house.olgas) == []
    wrote(house.supports, text, channel="social", remarks=["followers:1200"])
    (row,) = due(house.supports)
    assert (row.trigger, row.detail and row.detail["followers"]) == ("reach", 1200)


def test_value_counts_in_its_own_currency(house: House) -> None:
    from rundblick.core.money import Money

    rules(Rule("Big", When(orders=Money(200_00, "CHF"))))
    record = Assignment.objects.get(customer=house.anna).record
    told = {"kind": "order", "at": NOW - timedelta(days=9), "amount_minor": 300_00, "content_digest": b"x" * 16}
    Order.objects.create(system=record.system, key_digest=b"1" * 16, key="1", record=record, currency="EUR", **told)
    wrote(house.olgas, "Hallo")
    assert due(house.olgas) == []
    Order.objects.create(system=record.system, key_digest=b"2" * 16, key="2", record=record, currency="CHF", **told)
    (row,) = due(house.olgas)
    assert row.detail is not None
    assert (row.detail["minor"], row.detail["currency"]) == (300_00, "CHF")


def test_going_to_and_fro_escalates(house: House) -> None:
    rules(Rule("Ping-pong", When(ping_pong=True)), Rule("Passed on", When(handovers=3)))
    olga, kurt = house.olga.person, house.kurt.person
    work.hand_over(house.olgas, kurt, olga, "his")
    assert due(house.olgas) == []
    work.hand_over(house.olgas, olga, kurt, "hers")
    assert [row.rule for row in due(house.olgas)] == ["Ping-pong"]


def test_what_is_given_back_was_sent_to_and_fro(house: House) -> None:
    rules(Rule("Ping-pong", When(ping_pong=True)))
    entry = work.hand_over(house.olgas, house.sven.person, house.olga.person, "his")
    assert due(house.olgas) == []
    give_back(entry.handover, house.sven.person, "Not mine.")
    assert [row.rule for row in due(house.olgas)] == ["Ping-pong"]


def test_resolved_legacy_and_joined_cases_escalate_nothing(house: House) -> None:
    wrote(house.olgas)
    work.resolve(house.olgas, house.olga.person)
    assert due(house.olgas) == []
    wrote(house.supports)
    Case.objects.filter(pk=house.supports.pk).update(system=Message.objects.first().system)  # type: ignore[union-attr]
    assert due(house.supports) == []


def test_an_absent_lead_is_passed_over_for_the_management(house: House) -> None:
    Absence.objects.create(person=house.lena.person, begin=NOW - timedelta(days=1))
    wrote(house.olgas)
    (row,) = due(house.olgas)
    assert row.to_person_id == house.maria.person.pk
    assert row.detail and [house.lena.person.pk, "away"] in row.detail["passed"]


def test_whose_rule_says_so_the_decider_becomes_the_owner(house: House) -> None:
    rules(Rule("Law", When(law=("any",)), then="hand_over"))
    wrote(house.olgas)
    due(house.olgas)
    assert escalating.hand_over_due(datetime.now(UTC)) == 1
    assert escalating.hand_over_due(datetime.now(UTC)) == 0
    case = Case.objects.get(pk=house.olgas.pk)
    assert case.owner_person_id == house.lena.person.pk
    assert case.pk and list(case_causes(case)) == ["escalation"]


def case_causes(case: Case) -> list[str]:
    from rundblick.cases.models import CaseEntry

    return list(CaseEntry.objects.filter(case=case).exclude(cause="").values_list("cause", flat=True))


def test_when_nobody_looks_the_next_one_is_told_once(house: House) -> None:
    wrote(house.olgas)
    (row,) = due(house.olgas, at=NOW - timedelta(hours=3))
    assert escalating.tell_next(NOW - timedelta(hours=2)) == 0  # two business hours are not over
    assert escalating.tell_next(NOW) == 1
    row.refresh_from_db()
    second = Escalation.objects.exclude(pk=row.pk).get()
    assert (row.state, second.state, second.to_person_id) == ("ended", "open", house.maria.person.pk)
    assert escalating.tell_next(NOW + timedelta(days=9)) == 0


def test_who_has_it_keeps_the_others_from_being_told(house: House) -> None:
    wrote(house.olgas)
    (row,) = due(house.olgas, at=NOW - timedelta(hours=3))
    escalating.take_note(row, house.lena.person)
    assert escalating.tell_next(NOW) == 0
    row.refresh_from_db()
    assert (row.state, row.settled_by_id) == ("seen", house.lena.person.pk)


def test_a_resolved_case_ends_its_escalation_and_an_ended_one_is_not_ended_again(house: House) -> None:
    wrote(house.olgas)
    (row,) = due(house.olgas)
    work.resolve(house.olgas, house.olga.person)
    assert escalating.end_settled(NOW) == 1
    assert escalating.end_settled(NOW) == 0
    row.refresh_from_db()
    assert (row.state, row.settled_by_id) == ("ended", None)
    with pytest.raises(work.WorkError, match="ended"):
        escalating.end(row, house.lena.person)


def test_a_person_escalates_with_a_reason_once(house: House) -> None:
    row = escalating.escalate(house.olgas, house.olga.person, "He asks for 300 euros.")
    assert (row.trigger, row.to_person_id) == ("person", house.lena.person.pk)
    assert row.detail and MessageContent.objects.get(message_id=row.detail["note"]).text == "He asks for 300 euros."
    with pytest.raises(work.WorkError, match="escalated"):
        escalating.escalate(house.olgas, house.kurt.person, "Again.")
    with pytest.raises(work.WorkError, match="empty"):
        escalating.escalate(house.supports, house.olga.person, " ")
    own = escalating.escalate(house.supports, house.lena.person, "I may not decide it.")
    assert own.to_person_id == house.maria.person.pk


def test_statements_do_not_grow_with_the_batch(house: House) -> None:
    for _ in range(30):
        wrote(a_case(house.support, house.anna), "Wann kommt mein Paket?")
    cases = list(Case.objects.filter(owner_team=house.support))

    with CaptureQueriesContext(connection) as taken:
        due(*cases)
    assert len(taken.captured_queries) <= 3  # what the ORM asks; the sets go by seven statements of their own


def test_those_who_decide_in_a_circle_are_refused(house: House) -> None:
    lena, maria = f"person:{house.lena.person.uuid}", f"person:{house.maria.person.uuid}"
    told = Authorities({lena: Authority(above=maria), maria: Authority(above=lena)})
    with pytest.raises(RuleError, match="circle"):
        put_in_force(AUTHORITY, told, by=None, seen=0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_sweep_at_once_escalate_once() -> None:
    here = a_house()
    escalating.sweep()  # begins behind everything that was
    wrote(here.olgas)
    happened(here.olgas, "message.received")
    settle()
    faults: list[BaseException] = []

    def work_on() -> None:
        try:
            for _ in range(3):
                escalating.sweep()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    escalating.sweep()
    assert not faults
    assert Escalation.objects.count() == 1
    assert Person.objects.filter(pk=Escalation.objects.get().to_person_id).exists()
