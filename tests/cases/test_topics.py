"""A message goes on in the open case of its customer and topic by itself, whichever came first; strangers do not."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import psycopg
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.cases.belonging import probably_belongs_to
from rundblick.cases.models import Case, KeptApart, Message, Regrouping
from rundblick.cases.regrouping import part, undo
from rundblick.cases.topics import ACTIVE, REMARK, put_by_topic
from rundblick.cases.work import add_note, resolve
from rundblick.core import verification
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.message import Identifier, Moment, Party, Strength, Thread, What
from rundblick.core.message import Message as Reading
from rundblick.intake.road import Road
from rundblick.intake.topical import join_same_topic
from rundblick.people.models import Person
from tests.intake.builders import START, address, digest
from tests.intake.test_road import partition, pieces_of, walk
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db
DAYS = 24 * 60


def known(number: str, *more: Identifier, system: str = "crm") -> Party:
    """A customer whom a system knows by his number."""
    own = Identifier("customer_no", number, system, Strength.STRONG)
    return Party(system, number, (own, *more), {"name": f"Kunde {number}"})


def claimed(number: str, channel: str = "form") -> Party:
    """Somebody who says that this is his number."""
    return Party(channel, f"crm:{number}:", (Identifier("customer_no", number, "crm", Strength.STRONG),), {})


def contact(
    name: str,
    party: Party,
    topic: str = "Lieferung",
    minutes: int = 0,
    channel: str = "letter",
    parents: tuple[str, ...] = (),
) -> Reading:
    return Reading(
        what=What.MESSAGE,
        system=party.system,
        identity=digest("contact", name),
        content=digest("contact", name),
        at=Moment(START + timedelta(minutes=minutes)),
        channel=channel,
        party=party,
        subject=name,
        text=f"Es geht um {topic}.",
        topic=topic,
        thread=Thread((f"test:{name}",), tuple(f"test:{parent}" for parent in parents)),
    )


def mail(name: str, sender: str, topic: str = "Lieferung", minutes: int = 0) -> Reading:
    return contact(name, address(sender), topic, minutes, "email")


def message(name: str) -> Message:
    return Message.objects.get(content__subject=name)


def case_of(name: str) -> Case:
    found = message(name).case
    assert found is not None
    return found


def together(*names: str) -> bool:
    return len({case_of(name).pk for name in names}) == 1


def sound() -> None:
    with cursor() as cur:
        for name, check in verification.checks.items():
            if name not in ("deliveries", "outcomes"):
                assert list(check(cur, verification.Options())) == [], name


@pytest.fixture
def by() -> Person:
    return Person.objects.get(user=a_user("Maria", "manager", a_team("Support")))


def test_a_letter_a_call_and_a_chat_about_one_concern_are_one_case() -> None:
    walk(
        [contact("letter", known("1001"))],
        [contact("call", known("1001"), minutes=60, channel="phone")],
        [contact("chat", known("1001"), minutes=90, channel="chat")],
    )
    assert together("letter", "call", "chat")
    case = case_of("letter")
    assert (case.messages, case.channel, case.opened_at) == (3, "letter", START)
    assert message("letter").remarks is None
    assert message("call").remarks == message("chat").remarks == [REMARK]
    sound()


@pytest.mark.parametrize("batches", [1, 3])
def test_another_topic_another_customer_or_none_is_another_case(batches: int) -> None:
    readings = [
        contact("a", known("1001")),
        contact("b", known("1001"), "Rechnung", 1),
        contact("c", known("1002"), "Lieferung", 2),
        contact("d", known("1001"), "", 3),
        contact("e", known("1001"), "", 4),
    ]
    walk(*[readings[i::batches] for i in range(batches)])
    assert len(partition()) == 5


def test_what_was_resolved_or_silent_for_long_is_another_concern(by: Person) -> None:
    walk([contact("a", known("1001")), contact("b", known("1002"))])
    resolve(case_of("a"), by)
    late = int(ACTIVE.total_seconds() // 60)
    walk([contact("c", known("1001"), minutes=5), contact("d", known("1002"), minutes=late + 1)])
    assert len(partition()) == 4
    walk([contact("e", known("1002"), minutes=2 * late)])
    assert together("d", "e")


def test_one_who_only_says_who_he_is_comes_into_nobodys_case() -> None:
    walk([contact("letter", known("1001")), mail("mail", "anna@kunde.example", "Rechnung")])
    walk([contact("form", claimed("1001"), minutes=1, channel="form")])
    walk([contact("chat", claimed("1001", "chat"), minutes=2, channel="chat")])
    walk([contact("typed", address("anna@kunde.example"), "Rechnung", 3, "chat")])
    assert not together("letter", "form") and not together("letter", "chat") and not together("mail", "typed")
    assert case_of("letter").customer_id == case_of("form").customer_id, "only the customer is the same"


def test_nor_does_the_customer_come_into_the_case_of_one_who_said_he_was_he() -> None:
    walk([contact("form", claimed("1001"), channel="form")], [contact("letter", known("1001"), minutes=5)])
    assert not together("form", "letter")


def test_a_mail_goes_on_where_its_address_is_on_file_or_wrote_before() -> None:
    on_file = Identifier("email", "anna@kunde.example", "", Strength.STRONG, True)
    walk([contact("letter", known("1001", on_file))], [mail("mail", "anna@kunde.example", minutes=5)])
    assert together("letter", "mail")
    walk([mail("first", "neu@kunde.example")], [mail("second", "neu@kunde.example", minutes=5)])
    assert together("first", "second") and not together("first", "mail")


def test_one_number_calls_for_many_people_and_proves_nobody() -> None:
    caller = Party("phone", "+4943112345", (), {})
    walk([contact("a", caller, channel="phone")], [contact("b", caller, minutes=5, channel="phone")])
    assert not together("a", "b")


def test_a_reply_to_what_we_do_not_know_is_not_put_elsewhere() -> None:
    walk([contact("a", known("1001"))], [contact("b", known("1001"), minutes=5, parents=("unknown",))])
    assert not together("a", "b")
    walk([contact("unknown", known("1001"), "Rechnung", minutes=1)])
    assert together("b", "unknown") and not together("a", "b")


def test_an_automatic_answer_or_our_own_letter_goes_nowhere_by_its_topic() -> None:
    walk([contact("a", known("1001"))])
    walk([msgspec.structs.replace(contact("b", known("1001"), minutes=1), sender="out_of_office")])
    walk([msgspec.structs.replace(contact("c", known("1001"), minutes=2), direction="out")])
    assert len(partition()) == 3


def test_with_two_open_cases_that_people_work_in_it_opens_its_own_and_is_proposed(by: Person) -> None:
    walk([contact("a", known("1001"))])
    part_of = contact("b", known("1001"), minutes=1)
    walk([part_of])
    part(message("b"), by)
    walk([contact("c", known("1001"), minutes=2)])
    assert len({case_of(name).pk for name in "abc"}) == 3
    found = probably_belongs_to(by.user, case_of("c"), START)
    assert {one.case.pk for one in found} == {case_of("a").pk, case_of("b").pk}
    assert join_same_topic(timezone.now()) == 0


def test_one_click_gives_it_a_case_of_its_own_with_its_clocks_and_remembers(by: Person) -> None:
    walk([contact("a", known("1001"))], [contact("b", known("1001"), minutes=60)])
    walk([contact("reply", known("1001"), "", 90, parents=("b",))])
    old = case_of("a")
    deed = part(message("b"), by)
    assert together("b", "reply") and not together("a", "b")
    assert (case_of("b").opened_at, case_of("b").messages) == (message("b").at, 2)
    old.refresh_from_db()
    assert (old.messages, old.last_at > old.opened_at) == (1, True)
    assert [one.case for one in probably_belongs_to(by.user, old, START)] == []
    assert join_same_topic() == 0
    sound()
    undo(deed, by)
    assert together("a", "b", "reply")
    assert not KeptApart.objects.filter(standing=True).exists()
    sound()


def test_a_message_that_is_told_anew_stays_known_as_put_by_its_topic(by: Person) -> None:
    walk([contact("a", known("1001"))])
    first = contact("b", known("1001"), minutes=60)
    walk([first])
    walk([msgspec.structs.replace(first, content=digest("anew"), text="Noch einmal genauer.")])
    now = Message.objects.filter(case=case_of("a"), superseded=False)
    anew = now.get(content__text="Noch einmal genauer.")
    assert put_by_topic(now) == {anew.pk}
    part(anew, by)
    assert put_by_topic(Message.objects.filter(pk=anew.pk)) == set()


def test_a_customer_found_later_brings_together_what_nobody_worked_in(by: Person) -> None:
    walk([contact("a", known("1001"))], [mail("b", "anna@kunde.example", minutes=5)])
    assert not together("a", "b")
    on_file = Identifier("email", "anna@kunde.example", "", Strength.STRONG, True)
    walk([contact("later", known("1001", on_file), "Rechnung", 7)])
    assert join_same_topic() == 1
    assert together("a", "b")
    deed = Regrouping.objects.get()
    assert (deed.why, deed.event.actor_type, deed.target) == ("topic", "machine", case_of("a"))
    sound()
    undo(deed, by)
    assert not together("a", "b")
    assert join_same_topic() == 0, "what a person took apart stays apart"
    sound()


def test_what_somebody_worked_in_is_not_taken_from_him(by: Person) -> None:
    walk([contact("a", known("1001"))], [mail("b", "anna@kunde.example", minutes=5)])
    add_note(case_of("a"), "Ich kümmere mich.", by)
    add_note(case_of("b"), "Ich auch.", by)
    on_file = Identifier("email", "anna@kunde.example", "", Strength.STRONG, True)
    walk([contact("later", known("1001", on_file), "Rechnung", 7)])
    assert join_same_topic() == 0


def test_what_was_opened_long_ago_stays_as_people_saw_it() -> None:
    walk([contact("a", known("1001"))], [mail("b", "anna@kunde.example", minutes=5)])
    on_file = Identifier("email", "anna@kunde.example", "", Strength.STRONG, True)
    walk([contact("later", known("1001", on_file), "Rechnung", 7)])
    assert join_same_topic(timezone.now() + timedelta(days=3)) == 0
    assert join_same_topic() == 1


def test_a_message_without_a_topic_asks_nothing_more_and_one_with_a_topic_two(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(cur: psycopg.Cursor[Any], query: Any, *args: Any, **more: Any) -> Any:
        asked.append(str(query))
        return execute(cur, query, *args, **more)

    def statements(reading: Reading) -> list[str]:
        road, pieces = Road(installation()), pieces_of([reading])
        asked.clear()
        road.walk(pieces)
        return [*asked]

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    for n in range(3):  # what is asked once is known then
        statements(contact(f"first {n}", known(f"200{n}"), ""))
        statements(contact(f"first of a topic {n}", known(f"300{n}")))
    plain = statements(contact("plain", known("2003"), ""))
    topical = statements(contact("topical", known("2004"), "Lieferung"))
    assert not any("unnest" in one and "FOR NO KEY UPDATE" in one for one in plain)
    assert sum("FOR NO KEY UPDATE" in one for one in topical) == sum("case_id = c.id" in one for one in topical) == 1
    assert len(topical) <= len(plain) + 3  # two, and what was gathered is written before them


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),  # who
            st.sampled_from(["Lieferung", "Rechnung", ""]),
            st.integers(0, 200),  # day
            st.sampled_from(["letter", "phone", "chat", "form", "email"]),
            st.integers(-1, 9),  # which one it answers
        ),
        min_size=1,
        max_size=10,
    ),
    st.randoms(use_true_random=False),
)
def test_any_cut_and_order_gives_the_same_cases(
    drawn: list[tuple[int, str, int, str, int]], chance: random.Random
) -> None:
    on_file = [Identifier("email", f"k{n}@kunde.example", "", Strength.STRONG, True) for n in range(3)]
    readings = []
    for at, (who, topic, day, channel, answers) in enumerate(sorted(drawn, key=lambda one: one[2])):
        party = {"form": claimed(f"100{who}"), "email": address(f"k{who}@kunde.example")}.get(
            channel, known(f"100{who}", on_file[who])
        )
        parents = (f"m{answers}",) if 0 <= answers < at else ()
        readings.append(contact(f"m{at}", party, topic, day * DAYS + at, channel, parents))
    found = []
    for _ in range(3):
        with transaction.atomic():
            order = chance.sample(readings, len(readings))
            cuts = sorted({0, len(order), *(chance.randrange(len(order) + 1) for _ in range(chance.randrange(4)))})
            walk(*[order[a:b] for a, b in pairwise(cuts)])
            while join_same_topic():
                pass
            found.append(partition())
            sound()
            transaction.set_rollback(True)
    assert found[0] == found[1] == found[2]
