"""What the rules decided of one case, told: for the case page and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rundblick.cases.models import Case, Routing
from rundblick.cases.routing.words import person_reason, team_reason
from rundblick.core.models import Rulebook
from rundblick.people.models import Person, Team


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. ``version`` of the rules; ``is_last``: no later one of its kind, so it says why the case is here.

    reason  codes (cases.routing.teams, cases.routing.people); ``text``: the same in the reader's language
    """

    at: datetime
    version: int
    rule: str
    team: Team | None
    person: Person | None
    topic: str
    is_person: bool
    is_last: bool
    reason: dict[str, Any]
    text: str


def decisions(case: Case) -> list[Decision]:
    """All decisions about a case, the oldest first."""
    rows = list(Routing.objects.filter(case=case).order_by("id"))
    if not rows:
        return []
    teams = Team.objects.in_bulk({row.team_id for row in rows if row.team_id})
    people = Person.objects.select_related("user", "content").in_bulk({row.person_id for row in rows if row.person_id})
    versions = dict(Rulebook.objects.filter(pk__in={row.book for row in rows}).values_list("pk", "version"))
    last = {_is_person(row): row.pk for row in rows}
    found = []
    for row in rows:
        team, person = teams.get(row.team_id or 0), people.get(row.person_id or 0)
        reason = row.reason or {}
        about = _is_person(row)
        name = team.name if team is not None else ""
        text = person_reason(reason, _name(person), name) if about else team_reason(reason, row.rule, name)
        decided = last[about] == row.pk
        found.append(
            Decision(row.at, versions.get(row.book, 0), row.rule, team, person, row.topic, about, decided, reason, text)
        )
    return found


def _is_person(row: Routing) -> bool:
    return (row.reason or {}).get("step") == "person"


def _name(person: Person | None) -> str:
    if person is None:
        return ""
    content = getattr(person, "content", None)
    return str(content.name if content is not None else person.user.name if person.user else "")
