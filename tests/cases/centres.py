"""Competence centres for tests of routing: rules in force, people who are there around the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rundblick.cases.routing.book import ROUTING, Centre, Routing, Rule
from rundblick.core.rulebooks import Book, in_force, put_in_force
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from rundblick.people.models import Team

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)  # a Wednesday
ALWAYS = Timetables((Timetable("always", "Mo-Su 00:00-24:00", "UTC"),))


def always_open() -> None:
    put_in_force(TIMETABLES, ALWAYS, by=None, seen=0)


def put(told: Routing) -> Book[Routing]:
    book = in_force(ROUTING)
    return put_in_force(ROUTING, told, by=None, seen=book.version if book else 0)


def centre(team: Team, *topics: str, **more: Any) -> Centre:
    return Centre(str(team.uuid), topics, **more)


def rule(name: str, team: Team, **conditions: Any) -> Rule:
    return Rule(name, str(team.uuid), **conditions)
