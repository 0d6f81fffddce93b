"""Cases follow the rules of routing on the road, and only there where rules are in force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from rundblick.cases import work
from rundblick.cases.models import Case
from rundblick.cases.models import Routing as Decided
from rundblick.cases.regrouping import join
from rundblick.cases.routing.book import Routing
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.verification import Verified, verify
from rundblick.intake.accept import accept
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from rundblick.people.models import Role, Team
from tests.cases.centres import centre, put, rule
from tests.intake.builders import START
from tests.intake.test_begun import ReaderHere, mail
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db


def contact(key: str, topic: str = "", **told: object) -> Envelope:
    body = {"key": key, "channel": "chat", "text": "Hallo", "topic": topic, **told}
    return Envelope("api:1", key, "contact", START, json.dumps(body).encode())


@pytest.fixture
def billing() -> Team:
    a_team("Service", is_default=True)
    return a_team("Billing")


@pytest.fixture
def road() -> Iterator[Road]:
    walking = Road(installation())
    yield walking
    walking.close()


def arrive(road: Road, *envelopes: Envelope) -> list[Case]:
    accept(list(envelopes))
    while work_once(road, ReaderHere(), 500):  # type: ignore[arg-type]
        pass
    return list(Case.objects.filter(merged_into=None).order_by("id"))


def right() -> Verified:
    found = verify(["routed-teams", "cases", "references", "append-only"])
    assert found.is_right, found
    return found


def test_without_rules_nobody_is_routed_and_nothing_is_written(road: Road, billing: Team) -> None:
    case = arrive(road, contact("a", "Rechnung"))[0]
    assert case.routed_team_id is None and case.owner_team is not None and case.owner_team.is_default
    assert not Decided.objects.exists()
    right()


def test_without_rules_no_statement_is_asked_for_them(
    road: Road, billing: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether there are rules stands in the one statement that asks everything else of a small batch."""
    arrive(road, contact("a"))
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        asked.append(str(query))
        return execute(self, query, *values, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    arrive(road, contact("b"))
    about = [one for one in asked if "core_rulebook" in one or "cases_routing" in one]
    assert len(about) == 1 and "UNION ALL" in about[0] and "cases_message" in about[0]


def test_a_case_has_its_team_and_the_reason_when_it_begins(road: Road, billing: Team) -> None:
    book = put(Routing((), (centre(billing, "Rechnung"),)))
    case = arrive(road, contact("a", "Rechnung"))[0]
    assert case.owner_team == case.routed_team == billing
    decided = Decided.objects.get()
    assert (decided.case, decided.book, decided.team, decided.topic) == (case, book.id, billing, "Rechnung")
    assert decided.reason == {"step": "team", "by": "centre", "matched": ["topics"]}
    right()


def test_a_case_of_somebody_new_has_it_too(road: Road, billing: Team) -> None:
    put(Routing((rule("mail", billing, channels=("email",)),)))
    case = arrive(road, mail("a"), mail("b", **{"In-Reply-To": "<a@kunde.example>"}))[0]
    assert case.owner_team == billing and Decided.objects.get().rule == "mail"
    right()


def test_a_case_whose_topic_changes_follows_as_long_as_nobody_has_it(road: Road, billing: Team) -> None:
    returns = a_team("Returns")
    put(Routing((), (centre(billing, "Rechnung"), centre(returns, "Retoure"))))
    arrive(road, contact("a", "Rechnung", at="2026-03-02T10:00:00Z"))
    # what came before it in time comes later: the case is about that
    case = arrive(road, contact("b", "Retoure", reply_to="a", at="2026-03-01T10:00:00Z"))[0]
    assert case.owner_team == returns and Decided.objects.count() == 2
    right()
    olga = a_user("Olga", Role.AGENT, returns)
    work.hand_over(case, to=billing, by=olga.person, reason="a bill")
    arrive(road, contact("c", "", reply_to="a", at="2026-02-01T10:00:00Z", language="en"))
    case.refresh_from_db()
    assert case.owner_team == billing and Decided.objects.count() == 2
    right()


def test_new_rules_leave_cases_alone_until_something_happens_in_them(road: Road, billing: Team) -> None:
    returns = a_team("Returns")
    put(Routing((), (centre(billing, "Rechnung"),)))
    arrive(road, contact("a", "Rechnung"))
    put(Routing((), (centre(returns, "Rechnung"),)))
    right()
    assert Case.objects.get().owner_team == billing
    arrive(road, contact("b", "", reply_to="a"))
    assert Case.objects.get().owner_team == returns
    right()


def test_a_closed_team_gets_nothing_its_successor_does(road: Road, billing: Team) -> None:
    put(Routing((), (centre(billing, "Rechnung"), centre(a_team("Nobody"), "x"))))
    Team.objects.filter(pk=billing.pk).update(closed_at=datetime.now(UTC), successor=a_team("Finance"))
    Team.objects.filter(name="Nobody").update(closed_at=datetime.now(UTC))
    cases = arrive(road, contact("a", "Rechnung"), contact("b", "x"), mail("c"))
    assert [case.owner_team.name for case in cases if case.owner_team] == ["Finance", "Service", "Service"]
    right()


def test_joined_cases_follow_what_they_say_together(road: Road, billing: Team) -> None:
    put(Routing((), (centre(billing, "Rechnung"),)))
    first, second = arrive(
        road, contact("a", "Rechnung", at="2026-03-01T10:00:00Z"), contact("b", "Lieferung", at="2026-03-02T10:00:00Z")
    )
    join(first, second, None, why="topic")
    second.refresh_from_db()
    assert second.topic == "Rechnung" and second.owner_team == billing
    right()


def test_whoever_joins_cases_leaves_them_with_whom_they_were(road: Road, billing: Team) -> None:
    put(Routing((), (centre(billing, "Rechnung"),)))
    olga = a_user("Olga", Role.AGENT, billing)
    first, second = arrive(
        road, contact("a", "Rechnung", at="2026-03-01T10:00:00Z"), contact("b", "Lieferung", at="2026-03-02T10:00:00Z")
    )
    join(first, second, olga.person)
    second.refresh_from_db()
    assert second.topic == "Rechnung" and second.owner_team is not None and second.owner_team.is_default
    right()


def test_verify_finds_a_team_that_no_rule_gave(road: Road, billing: Team) -> None:
    put(Routing((), (centre(billing, "Rechnung"),)))
    case = arrive(road, contact("a", "Rechnung"))[0]
    Case.objects.filter(pk=case.pk).update(routed_team=a_team("Elsewhere"))
    assert [one.what for one in verify(["routed-teams"]).checks[0].shown] == ["routed_team_id"]
