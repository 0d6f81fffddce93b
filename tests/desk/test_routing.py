"""Who gets which case, at the desk: a draft, its preview, into force and back; why a case is where it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from rundblick.cases.folding import fold
from rundblick.cases.models import Case
from rundblick.cases.routing.book import ROUTING, Member, Routing
from rundblick.cases.routing.dispatch import dispatch_due
from rundblick.core.database import cursor
from rundblick.core.rulebooks import draft, in_force
from tests.cases.centres import always_open, centre, put, rule
from tests.desk.test_pages import text_of

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = pytest.mark.django_db


def begin(client: Client) -> None:
    client.post("/routing/draft/", {"do": "begin"})


def test_a_manager_prepares_tries_and_puts_rules_into_force(maria: Client, house: House) -> None:
    assert "No rules yet" in text_of(maria.get("/routing/"))
    begin(maria)
    team = f"/routing/draft/teams/{house.support.uuid}/"
    told = {"topics": "Rechnung\n Mahnung \n", "languages": "DE, en", "channels": ["email"], "takes": "push"}
    assert maria.post(team, told | {"capacity": "5"}).status_code == 302
    person = f"/routing/draft/people/{house.olga.person.uuid}/"
    maria.post(person, {"topics": "Rechnung", "languages": "de", "capacity": "3"})
    new = {"name": "letters", "team": str(house.billing.uuid), "channels": ["letter"]}
    maria.post("/routing/draft/rules/0/", new)
    assert in_force(ROUTING) is None, "nothing counts yet"
    kept = draft(ROUTING)
    assert kept is not None and kept.centres[0].topics == ("Rechnung", "Mahnung")
    assert (kept.centres[0].languages, kept.people[0].capacity) == (("de", "en"), 3)
    words = text_of(maria.get("/routing/draft/"))
    assert all(word in words for word in ("Rechnung, Mahnung", "letters", "Olga", "cases are assigned"))
    assert maria.get("/routing/preview/").status_code == 200
    answer = maria.post("/routing/draft/", {"do": "adopt", "seen": "0"}, follow=True)
    assert "Version 1 is in force" in text_of(answer)
    book = in_force(ROUTING)
    assert book is not None and book.told == kept and book.by == house.maria.pk and draft(ROUTING) is None


def test_what_cannot_hold_is_said_and_does_not_count(maria: Client, house: House) -> None:
    begin(maria)
    wrong = {"name": "x", "team": str(house.billing.uuid)}
    answer = maria.post("/routing/draft/rules/0/", wrong)
    assert answer.status_code == 422 and "no condition" in text_of(answer)
    maria.post(f"/routing/draft/teams/{house.support.uuid}/", {"topics": "a", "capacity": "nine"})
    assert "capacity" in text_of(maria.get("/routing/draft/"))
    assert maria.get("/routing/preview/").status_code == 422
    maria.post("/routing/draft/", {"do": "adopt", "seen": "0"})
    assert in_force(ROUTING) is None and draft(ROUTING) is not None


def test_whoever_has_not_seen_newer_rules_is_told(maria: Client, house: House) -> None:
    begin(maria)
    put(Routing((), (centre(house.billing, "x"),)))
    begin(maria)
    answer = maria.post("/routing/draft/", {"do": "adopt", "seen": "0"}, follow=True)
    assert "Somebody else has put version 1 into force" in text_of(answer)


def test_rules_change_places_and_go(maria: Client, house: House) -> None:
    put(Routing(tuple(rule(name, house.billing, topics=(name,)) for name in "abc")))
    begin(maria)
    maria.post("/routing/draft/rules/3/", {"do": "up"})
    maria.post("/routing/draft/rules/1/", {"do": "down"})
    kept = draft(ROUTING)
    assert kept is not None and [one.name for one in kept.rules] == ["c", "a", "b"]
    maria.post("/routing/draft/rules/1/", {"do": "remove"})
    maria.post("/routing/draft/rules/2/", {"do": "down"})
    kept = draft(ROUTING)
    assert kept is not None and [one.name for one in kept.rules] == ["a", "b"]
    assert maria.get("/routing/draft/rules/9/").status_code == 404


def test_a_rule_that_never_decides_is_warned_of(maria: Client, house: House) -> None:
    put(Routing((rule("wide", house.billing, topics=("a",)),)))
    begin(maria)
    maria.post("/routing/draft/rules/0/", {"name": "n", "team": str(house.support.uuid), "topics": "a"})
    assert "never decides anything" in text_of(maria.get("/routing/draft/"))


def test_an_earlier_version_is_prepared_again(maria: Client, house: House) -> None:
    first = put(Routing((), (centre(house.billing, "x"),)))
    put(Routing())
    assert "Prepare it again" in text_of(maria.get("/routing/"))
    maria.post("/routing/versions/1/")
    assert draft(ROUTING) == first.told
    assert maria.post("/routing/versions/7/").status_code == 404
    maria.post("/routing/draft/", {"do": "drop"})
    assert draft(ROUTING) is None


def test_a_suggestion_becomes_a_draft_with_one_click(maria: Client, house: House) -> None:
    answer = maria.post("/routing/suggest/", {"topic": "Rechnung", "to": str(house.billing.uuid)}, follow=True)
    assert "It stands in the draft" in text_of(answer)
    kept = draft(ROUTING)
    assert kept is not None and kept.rules[0].topics == ("Rechnung",)
    maria.post("/routing/suggest/", {"topic": "Rechnung", "to": "nobody"})
    assert draft(ROUTING) == kept


def test_a_lead_reads_and_changes_nothing(house: House) -> None:
    put(Routing((), (centre(house.billing, "x"),)))
    lena = Client()
    lena.force_login(house.lena)
    assert lena.get("/routing/").status_code == 200
    assert "Prepare it again" not in text_of(lena.get("/routing/"))
    assert lena.post("/routing/draft/", {"do": "begin"}).status_code == 403


def test_the_case_says_why_it_is_here(maria: Client, house: House) -> None:
    always_open()
    put(Routing((), (centre(house.support, "x", takes="push"),), (Member(str(house.olga.person.uuid), capacity=9),)))
    case = house.supports
    with cursor() as cur:
        fold(cur, [case.pk])
    Case.objects.filter(pk=case.pk).update(opened_at=datetime.now(UTC))
    assert dispatch_due() == 1
    case.refresh_from_db()
    words = text_of(maria.get(f"/cases/{case.uuid}/"))
    assert "has it:" in words and "others were possible" in words
    answer = maria.get(f"/cases/{case.uuid}/", headers={"Accept-Language": "de"})
    assert answer.status_code == 200
