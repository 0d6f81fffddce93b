"""The parts of "one owner" meet in one case: a clock that breaks, a promise that breaks, a tier that decides a team."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from rundblick.cases import clocking, commitments, escalating
from rundblick.cases.escalation_rules import ESCALATION, Escalations, Rule, When
from rundblick.cases.folding import fold
from rundblick.cases.leaving import leave
from rundblick.cases.models import Case, Escalation, Routing
from rundblick.cases.promising import PROMISE
from rundblick.cases.routing.book import ROUTING, Centre
from rundblick.cases.routing.book import Routing as Rules
from rundblick.cases.routing.following import follow_rules
from rundblick.core.database import cursor
from rundblick.core.numbers import case_number
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import RuleError, put_in_force
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from tests.people.house import House, a_house, a_message, a_team

NOW = datetime.now(UTC)


@pytest.fixture
def house(db: None) -> House:
    put_in_force(
        TIMETABLES,
        Timetables((Timetable("Always", "Mo-Su 00:00-24:00"),)),
        by=None,
        seen=0,
        at=NOW - timedelta(days=900),
    )
    return a_house()


def seen(case: Case) -> list[str]:
    with cursor() as cur:
        return sorted(row.trigger for row in escalating.escalate_due(cur, [case.pk], datetime.now(UTC)))


def test_a_clock_that_strikes_escalates_by_the_rules_of_the_first_day(house: House) -> None:
    with cursor() as cur:
        clocking.refresh(cur, [house.olgas.pk], NOW)
    assert seen(house.olgas) == []
    while clocking.strike(NOW):
        pass
    assert seen(house.olgas) == ["clock"]
    row = Escalation.objects.get(case=house.olgas)
    assert row.detail is not None
    assert (row.to_person_id, row.detail["clock"]) == (
        house.lena.person.pk,
        ["reaction.breached", "resolution.breached"],
    )


def test_a_promise_that_nobody_kept_escalates(house: House) -> None:
    commitments.promise(
        house.olgas, "A call", NOW - timedelta(hours=1), by=house.olga.person, at=NOW - timedelta(hours=3)
    )
    assert commitments.look_at_due(NOW) == 1
    assert seen(house.olgas) == ["commitment"]


def test_what_somebody_had_to_decide_who_left_goes_to_the_next_one(house: House) -> None:
    put_in_force(ESCALATION, Escalations((Rule("Law", When(law=("any",))),)), by=None, seen=0)
    row = escalating.escalate(house.olgas, house.olga.person, "Somebody has to decide.")
    assert row.to_person_id == house.lena.person.pk
    leave(house.lena.person, by=house.anton)
    assert escalating.tell_next(NOW + timedelta(days=7)) == 1
    last = Escalation.objects.filter(case=house.olgas).latest("pk")
    assert (last.to_person_id, last.state) == (house.maria.person.pk, "open")


def test_a_team_for_one_tier_gets_the_case_when_the_tier_is_known(house: House) -> None:
    vip, default = a_team("VIP"), a_team("Default", is_default=True)
    put_in_force(ROUTING, Rules(centres=(Centre(team=str(vip.uuid), tiers=("gold",)),)), by=None, seen=0)
    case = Case.objects.create(number=case_number(4_900_001), owner_team=default, last_at=NOW, ruled_tier="gold")
    a_message(case)
    with transaction.atomic(), cursor() as cur:
        fold(cur, [case.pk])
        follow_rules(cur, [case.pk])
    assert Case.objects.get(pk=case.pk).owner_team_id == vip.pk
    assert Routing.objects.get(case=case).team_id == vip.pk


def test_no_tier_is_promised_less_than_everybody(house: House) -> None:
    slow = Promise((Level(8, name="Basic", tiers=("basic",), resolution_days=2), Level(4, resolution_days=1)))
    with pytest.raises(RuleError, match="basic"):
        put_in_force(PROMISE, slow, by=None, seen=0)
    put_in_force(PROMISE, Promise((Level(1, tiers=("gold",), resolution_days=1), slow.levels[1])), by=None, seen=0)
