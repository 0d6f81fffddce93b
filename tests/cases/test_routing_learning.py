"""What had to move: how well somebody fits, which rule ought to be another; and what another one would have done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rundblick.cases import work
from rundblick.cases.models import Case
from rundblick.cases.models import Routing as Decided
from rundblick.cases.routing.book import Routing
from rundblick.cases.routing.dispatch import dispatch_due
from rundblick.cases.routing.following import follow_rules
from rundblick.cases.routing.learning import changed_by, fit, suggestions, wilson_low
from rundblick.cases.routing.preview import preview
from rundblick.core.database import cursor
from rundblick.core.rulebooks import RuleError
from rundblick.people.models import Role, Team
from tests.cases.centres import NOW, always_open, centre, put, rule
from tests.cases.test_routing_dispatch import in_force, owner, said
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db
AT = NOW - timedelta(days=2)


@pytest.fixture
def usual() -> Team:
    always_open()
    return a_team("Service", is_default=True)


def arrived(usual: Team, topic: str, **more: Any) -> Case:
    """A case that came in and follows the rules."""
    from rundblick.core.numbers import case_number

    number = 6_000_000 + Case.objects.count()
    case = Case.objects.create(number=case_number(number), owner_team=usual, last_at=AT, opened_at=AT)
    said(case, topic=topic, at=AT, **more)
    with cursor() as cur:
        follow_rules(cur, [case.pk])
    case.refresh_from_db()
    return case


def test_a_share_of_few_is_drawn_to_the_usual_one() -> None:
    assert fit(0, 0) == 0.8
    assert fit(5, 5) == 0.4
    assert fit(1000, 0) > 0.99
    assert fit(1, 1) > fit(10, 10)


def test_the_bound_is_that_of_wilson() -> None:
    assert wilson_low(8, 10) == pytest.approx(0.4902, abs=1e-4)
    assert wilson_low(9, 10) == pytest.approx(0.5958, abs=1e-4)
    assert wilson_low(5, 5) == pytest.approx(0.5655, abs=1e-4)


def moved(usual: Team, a: Team, b: Team, of: int, how_many: int, cause: str = "routing") -> None:
    olga = a_user("Olga", Role.AGENT, a)
    for i in range(of):
        case = arrived(usual, "Rechnung")
        assert case.owner_team == a
        if i < how_many:
            work.hand_over(case, to=b, by=olga.person, reason="theirs", cause=cause)


def found() -> list[tuple[str, str, str, int, int]]:
    with cursor() as cur:
        told = suggestions(cur, datetime.now(UTC) + timedelta(minutes=1))
    return [(one.topic, one.team.name, one.to.name, one.n, one.moved) for one in told]


def test_a_rule_whose_cases_surely_move_is_named(usual: Team) -> None:
    a, b = a_team("A"), a_team("B")
    put(Routing((), (centre(a, "rechnung"),)))
    moved(usual, a, b, of=10, how_many=9)
    assert found() == [("Rechnung", "A", "B", 10, 9)]


def test_a_doubtful_one_few_ones_and_those_moved_for_other_causes_are_not(usual: Team) -> None:
    a, b = a_team("A"), a_team("B")
    put(Routing((), (centre(a, "rechnung"),)))
    moved(usual, a, b, of=4, how_many=4)
    assert found() == []
    moved(usual, a, b, of=6, how_many=6, cause="absence")
    assert found() == []


def test_the_change_is_a_rule_before_all_others(usual: Team) -> None:
    a, b = a_team("A"), a_team("B")
    told = Routing((rule("old", a, topics=("Rechnung",)), rule("en", a, languages=("en",))), (centre(a, "x"),))
    new = changed_by(told, "rechnung", str(b.uuid), "Rechnung: B")
    assert [one.name for one in new.rules] == ["Rechnung: B", "en"] and new.centres == told.centres
    assert changed_by(new, "rechnung", str(b.uuid), "Rechnung: B") == new


def test_who_had_to_pass_such_cases_on_gets_fewer_of_them(usual: Team) -> None:
    olga, kurt = a_user("Olga", Role.AGENT, usual), a_user("Kurt", Role.AGENT, usual)
    in_force(usual, capacity=20)
    first = [arrived(usual, "Rechnung") for _ in range(2)]
    dispatch_due(NOW)
    for case in first:
        case.refresh_from_db()
        if case.owner_person == olga.person:
            work.hand_over(case, to=kurt.person, by=olga.person, reason="?", cause="skill", at=NOW + timedelta(hours=1))
    case = arrived(usual, "Rechnung")
    dispatch_due(NOW + timedelta(hours=2))
    assert owner(case) == "Kurt", "though he has two and she has none"
    assert Decided.objects.filter(case=case).order_by("-id")[0].reason["fit"] == pytest.approx(5 / 6, abs=0.001)


def test_the_preview_says_what_then_happens(usual: Team) -> None:
    a, b = a_team("A"), a_team("B")
    old = Routing((), (centre(a, "Rechnung"),))
    put(old)
    cases = [arrived(usual, topic) for topic in ("Rechnung", "Rechnung", "Retoure", "")]
    olga = a_user("Olga", Role.AGENT, a)
    work.hand_over(cases[0], to=b, by=olga.person, reason="theirs", cause="routing", at=NOW)
    before = [*Decided.objects.values_list("id", flat=True)]
    draft = Routing((rule("b", b, topics=("rechnung",)),), (centre(a, "Rechnung", "Retoure"),))
    seen = preview(draft, NOW)
    assert (seen.cases, seen.elsewhere, seen.moved, seen.met_now, seen.met_then) == (4, 3, 1, 0, 1)
    assert {(x.name, y.name): n for (x, y), n in seen.table.items()} == {
        ("A", "B"): 2, ("Service", "A"): 1, ("Service", "Service"): 1
    }  # fmt: skip
    assert [one.by for one in seen.examples] == ["b", "b", ""]
    assert [*Decided.objects.values_list("id", flat=True)] == before, "nothing is written"
    put(draft)
    with cursor() as cur:
        follow_rules(cur, [case.pk for case in cases])
    after = {case.pk: case for case in Case.objects.filter(pk__in=[one.pk for one in cases])}
    teams = [after[case.pk].owner_team for case in cases]
    assert [team.name for team in teams if team] == ["B", "B", "A", "Service"]


def test_what_was_opened_earlier_or_cannot_hold_is_not_looked_at(usual: Team) -> None:
    arrived(usual, "Rechnung")
    assert preview(Routing(), NOW + timedelta(days=6)).cases == 0
    with pytest.raises(RuleError):
        preview(Routing((rule("x", usual),)), NOW)
