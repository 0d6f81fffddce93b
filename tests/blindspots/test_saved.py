"""Every figure opens its cases: as many as it says, by a statement that only reads."""

from __future__ import annotations

import pytest

from rundblick.blindspots.check import build_report
from rundblick.blindspots.model import Window
from rundblick.blindspots.saved import UnknownFigure, cases_behind, names, prepared_facts
from rundblick.cases.models import CaseContent, Handover
from rundblick.core.database import cursor
from rundblick.people.models import Team
from tests.blindspots.world import FILES, World, day

pytestmark = pytest.mark.django_db

WINDOW = Window(day(0), day(60), "Europe/Berlin")


@pytest.fixture
def world() -> World:
    """A company in which every figure has a number."""
    world = World()
    for n in range(12):
        who = f"c{n % 7}"
        case = world.case(
            who,
            n,
            n + 1 + n % 5,
            channel=("phone", "email", "social")[n % 3],
            tier="gold",
            promise_kept=n % 2 == 0,
            first_reply_at=day(n + 0.5),
            log=[(n, "open", "A", "ina"), (n + 0.5, "resolved", "B", "jan"), (n + 1, "open", "A", "ina")],
        )
        entry = world.entry(case, n + 1.5, 9, "open", "Firm", "", cause=("routing", "skill")[n % 2])
        Handover.objects.create(entry=entry, state=("accepted", "given_back")[n % 2], border=True)
        world.message(case, n, channel=("email", "social")[n % 2])
        world.message(case, n + 0.1, "out", channel="email", person="ina", asks_for="purchase_date" if n % 2 else "")
        world.message(case, n + 8, channel="social")
        world.message(case, n, channel="phone", call={"answered": n % 3 > 0, "waited_s": 9.0 * n, "talked_s": 60.0})
        world.rating(n % 5 + 1, who, kind="csat", case=case)
        world.rating(n % 11, who, kind="nps", low=0, high=10, case=case)
        world.rating(n % 7 + 1, who, kind="ces", high=7, case=case)
        world.rating(n % 5 + 1, lane="review", case=case, reply_at=day(30))
        world.rating(n % 2, who, kind="solved", low=0, high=1, case=case)
        world.order(who, promised=3, done=n)
    world.case("", 1, 2)
    Team.objects.filter(name="Firm").update(is_partner=True)
    return world


def _ids(name: str, *, prepared: bool = False) -> list[int]:
    behind = cases_behind(name, WINDOW, prepared=prepared)
    with cursor() as cur:
        cur.execute(behind.sql, behind.params)  # type: ignore[call-overload]
        return [row[0] for row in cur.fetchall()]


def test_every_figure_has_a_number_here_and_opens_as_many_cases_as_it_says(world: World) -> None:
    report = build_report(WINDOW, FILES, "en")
    assert {name for name, m in report.measures.items() if m.value is None} == set()
    for name, measure in report.measures.items():
        assert measure.saved_query == name
        ids = _ids(name)
        assert len(ids) == len(set(ids)) == measure.cases_behind, name


def test_the_sample_is_the_head_of_the_saved_query_and_then_a_draw_of_the_rest(world: World) -> None:
    keys = dict(CaseContent.objects.values_list("case_id", "key"))
    for name, measure in build_report(WINDOW, FILES, "en").measures.items():
        ids = [keys[id_] for id_ in _ids(name)]
        assert list(measure.sample.worst) == ids[:100], name
        assert set(measure.sample.random) == set(ids[100:200]), name


def test_prepared_facts_give_the_same_cases(world: World) -> None:
    plain = {name: _ids(name) for name in names()}
    with prepared_facts(WINDOW):
        assert {name: _ids(name, prepared=True) for name in names()} == plain


def test_a_saved_query_works_where_nothing_may_be_written(world: World) -> None:
    with cursor() as cur:
        cur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cur.execute("SET TRANSACTION READ ONLY")
    assert len(_ids("handover_share")) == 12


@pytest.mark.parametrize("name", ["", "nonsense", "channel_share.", "cases; DROP TABLE cases_case"])
def test_an_unknown_figure_is_refused(name: str) -> None:
    with pytest.raises(UnknownFigure):
        cases_behind(name, WINDOW)


def test_a_hostile_channel_is_only_a_value(world: World) -> None:
    assert _ids("channel_share.x'; DROP TABLE cases_case; --") == []
    assert len(_ids("cases")) == 13
