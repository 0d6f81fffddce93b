"""That the rules give a team's case to one of its people is no hand-over; what people do with it then is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rundblick.blindspots.check import build_report
from rundblick.blindspots.model import Window
from rundblick.people.models import Team
from tests.blindspots.world import FILES, World, day, value

pytestmark = pytest.mark.django_db


def handovers(world: World) -> float | None:
    window = Window(day(0), day(60), "Europe/Berlin")
    return value(build_report(window, FILES, "en", now=datetime(2026, 12, 1, tzinfo=UTC)), "handovers_mean")


@pytest.mark.parametrize("is_default", [True, False])
def test_a_first_assignment_is_none_and_a_hand_over_after_it_is_one(is_default: bool) -> None:
    world = World()
    world.team("A")
    Team.objects.filter(name="A").update(is_default=is_default)
    case = world.case("anna", opened=1, resolved=9, state="resolved")
    world.entry(case, 2, 0, "", "A", "olga", cause="routed")
    assert handovers(world) == 0
    world.entry(case, 3, 0, "", "B", "", cause="skill")
    assert handovers(world) == 1
    world.entry(case, 4, 0, "", "B", "kurt", cause="routed")
    assert handovers(world) == 1, "the customer came to another team once"
    world.entry(case, 5, 0, "", "B", "sven", cause="request")
    assert handovers(world) == 2
