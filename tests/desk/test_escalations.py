"""The pages of escalation, tiers, authority and fairness: what they show, what they change, what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from rundblick.cases import escalating
from rundblick.cases.authority import AUTHORITY
from rundblick.cases.escalation_rules import ESCALATION, USUAL
from rundblick.cases.models import Case, Escalation, MessageContent
from rundblick.cases.tiers import TIERS
from rundblick.core.database import cursor
from rundblick.core.money import Money
from rundblick.core.rulebooks import draft, in_force
from rundblick.desk.pages.rule_fields import minor_units
from rundblick.people.models import User
from tests.people.house import House, a_house, a_message

LAWYER = "Ich warte seit Wochen. Danach gehe ich zu meinem Anwalt."


@pytest.fixture
def house(db: None) -> Iterator[House]:
    yield a_house()
    translation.activate("en")  # a page in German leaves its language to whoever comes next


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def escalated(house: House) -> Escalation:
    a_message(house.olgas, LAWYER, at=datetime.now(UTC))
    with cursor() as cur:
        (row,) = escalating.escalate_due(cur, [house.olgas.pk], datetime.now(UTC))
    return row


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_the_lead_sees_why_and_what_he_may_decide_and_a_stranger_sees_nothing(house: House) -> None:
    escalated(house)
    seen = page(browser(house.lena), "/escalations/")
    assert "<mark>Anwalt</mark>" in seen and "goodwill up to 200" in seen
    assert "Anwalt" not in page(browser(house.sven), "/escalations/")
    assert "Anwalt" not in page(browser(house.olga), "/escalations/")  # it is not put to her
    assert "Anwalt" in page(browser(house.maria), "/escalations/")


def test_the_case_says_it_and_one_click_takes_it_and_one_ends_it(house: House) -> None:
    row = escalated(house)
    lena = browser(house.lena)
    assert "rb-escalated" in page(lena, f"/cases/{house.olgas.uuid}/")
    lena.post(f"/escalations/{row.uuid}/seen/", {"from": "case"})
    row.refresh_from_db()
    assert (row.state, row.settled_by_id) == ("seen", house.lena.person.pk)
    lena.post(f"/escalations/{row.uuid}/end/")
    row.refresh_from_db()
    assert row.state == "ended"
    again = lena.post(f"/escalations/{row.uuid}/end/", follow=True)
    assert "Somebody was faster" in again.content.decode()
    assert "rb-escalated-one" not in page(lena, f"/cases/{house.olgas.uuid}/")


def test_an_agent_escalates_with_a_reason_and_without_one_is_asked_for_it(house: House) -> None:
    olga = browser(house.olga)
    path = f"/cases/{house.olgas.uuid}/escalate/"
    assert olga.post(path, {"reason": " "}).status_code == 422
    assert olga.post(path, {"reason": "He wants 300 euros back."}).status_code == 302
    row = Escalation.objects.get()
    assert (row.trigger, row.to_person_id) == ("person", house.lena.person.pk)
    assert MessageContent.objects.filter(text="He wants 300 euros back.").exists()
    assert "A colleague has escalated it" in olga.post(path, {"reason": "Again"}).content.decode()


def rule(**changes: Any) -> dict[str, Any]:
    return {"deed": "add", "name": "Angry", "mood": "2", "to_1": "lead", "then": "tell", "again_hours": "4"} | changes


def test_a_rule_is_drafted_tried_and_put_into_force_by_who_may(house: House) -> None:
    maria = browser(house.maria)
    a_message(house.olgas, "Das ist eine Frechheit!", at=datetime.now(UTC))
    Case.objects.filter(pk=house.olgas.pk).update(last_at=datetime.now(UTC))
    answer = maria.post("/escalation-rules/change/", rule(orders="1.200,50", orders_currency="EUR"), follow=True)
    assert "Kept in the draft" in answer.content.decode()
    waiting = draft(ESCALATION)
    assert waiting is not None and waiting.rules[-1].when.orders == Money(1200_50, "EUR")
    assert in_force(ESCALATION) is None
    last = str(len(USUAL.rules))
    maria.post("/escalation-rules/change/", rule(deed="save", place=last))
    assert "would have escalated" in page(maria, "/escalation-rules/?days=7")
    maria.post("/escalation-rules/change/", {"deed": "force", "seen": "0"})
    book = in_force(ESCALATION)
    assert book is not None and book.told.rules[-1].name == "Angry" and draft(ESCALATION) is None
    stale = maria.post("/escalation-rules/change/", {"deed": "force", "seen": "0"}, follow=True)
    assert "other rules into force" in stale.content.decode()
    assert browser(house.lena).post("/escalation-rules/change/", rule()).status_code == 403
    assert browser(house.olga).get("/escalation-rules/").status_code == 403


def test_rules_move_go_and_a_draft_is_dropped(house: House) -> None:
    maria = browser(house.maria)
    for deed, place in (("down", "0"), ("up", "2"), ("remove", "0"), ("up", "x"), ("remove", "99")):
        maria.post("/escalation-rules/change/", {"deed": deed, "place": place})
    waiting = draft(ESCALATION)
    assert waiting is not None and len(waiting.rules) == len(USUAL.rules) - 1
    maria.post("/escalation-rules/change/", {"deed": "drop"})
    assert draft(ESCALATION) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"orders": "viel"}, "is no amount"),
        ({"unanswered": "-2"}, "is no number"),
        ({"mood": "0"}, "has no condition"),
        ({"to_1": ""}, "says nobody"),
        ({"to_1": "team:gone"}, "closed or not there"),
        ({"name": ""}, "needs a name"),
        ({"goodwill": "999999999", "goodwill_currency": "EUR"}, "may take"),
    ],
)
def test_what_cannot_hold_is_said_and_never_comes_into_force(house: House, changes: dict[str, str], says: str) -> None:
    maria = browser(house.maria)
    answer = maria.post("/escalation-rules/change/", rule(**changes), follow=True)
    assert says in answer.content.decode()
    maria.post("/escalation-rules/change/", {"deed": "force", "seen": "0"})
    book = in_force(ESCALATION)
    assert book is None or all(one.name != "Angry" for one in book.told.rules)


def test_tiers_are_set_and_the_case_says_why(house: House) -> None:
    maria = browser(house.maria)
    told = {"deed": "add", "name": "All with cases", "tier": "silver", "cases": "1", "tier_name_en": "Silver"}
    maria.post("/tiers/change/", told)
    maria.post("/tiers/change/", {"deed": "floor", "floor": "standard"})
    assert "silver" in page(maria, "/tiers/?preview").lower()
    maria.post("/tiers/change/", {"deed": "force", "seen": "0"})
    book = in_force(TIERS)
    assert book is not None and (book.told.floor, book.told.codes()) == ("standard", ("silver", "standard"))
    shown = page(browser(house.olga), f"/cases/{house.olgas.uuid}/")
    assert "Silver: 2 cases so far (rule “All with cases”)" in shown
    assert "Silver" not in page(browser(house.paul), f"/cases/{house.repair.uuid}/")


def test_authority_is_given_to_a_role_and_to_a_person(house: House) -> None:
    maria = browser(house.maria)
    kurt = f"person:{house.kurt.person.uuid}"
    maria.post("/authority/change/", {"deed": "add", "who": kurt, "goodwill_EUR": "75", "refund": "1"})
    maria.post("/authority/change/", {"deed": "force", "seen": "0"})
    book = in_force(AUTHORITY)
    assert book is not None and book.told.of[kurt].goodwill == (Money(75_00, "EUR"),) and book.told.of[kurt].refund
    assert "goodwill up to 75" in page(maria, "/authority/")
    asked = maria.post("/authority/change/", {"deed": "add", "who": ""}, follow=True)
    assert "Choose a person" in asked.content.decode()


def test_fairness_is_a_page_for_who_leads_and_not_for_agents(house: House) -> None:
    assert "Fairness" in page(browser(house.lena), "/fairness/?days=365")
    assert browser(house.olga).get("/fairness/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/escalations/", "/escalation-rules/?days=30", "/tiers/?preview", "/authority/", "/fairness/"]
)
def test_every_page_is_there_in_german(house: House, path: str) -> None:
    escalated(house)
    User.objects.filter(pk=house.maria.pk).update(language="de")
    shown = page(browser(User.objects.get(pk=house.maria.pk)), path)
    assert 'lang="de"' in shown


@pytest.mark.parametrize(
    ("text", "minor"),
    [("2400", 240000), ("2.400", 240000), ("2.400,50", 240050), ("2,400.50", 240050), ("49,9", 4990),
     ("1'200.00", 120000), ("viel", None), ("", None), ("-5", None), ("NaN", None), ("1e9", None)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, minor: int | None) -> None:
    assert minor_units(text) == minor


def test_the_timeline_tells_who_had_to_decide_and_who_did(house: House) -> None:
    row, lena = escalated(house), browser(house.lena)
    assert "Lena is to decide" in page(lena, f"/cases/{house.olgas.uuid}/")
    escalating.end(row, house.lena.person)
    assert "Lena has decided" in page(lena, f"/cases/{house.olgas.uuid}/")
