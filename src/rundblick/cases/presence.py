"""Who has a case open now, and who is writing in it: a hint, never a lock (sending looks itself what came).

A page says every ten seconds that it is there, and hears who else is. One row a page, in the database, since several
web processes answer and the database is what they share; a page that says nothing for ``GONE`` has left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from rundblick.cases.models import Case, Presence
from rundblick.core.database import cursor
from rundblick.people.models import Person

GONE: Final = timedelta(seconds=25)  # with a beat every 10 s: two may be lost, and leaving is noticed within 30 s
_KEPT: Final = timedelta(minutes=5)

_HERE: Final = """
INSERT INTO cases_presence (page, case_id, person_id, writes, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (page) DO UPDATE SET case_id = excluded.case_id, writes = excluded.writes, at = excluded.at
WHERE cases_presence.person_id = excluded.person_id
"""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has a case open."""

    person: int
    writes: bool


def here(case: Case, person: Person, page: UUID, *, writes: bool, at: datetime | None = None) -> None:
    """A page of ``person`` shows the case. Another person's page of that id is left alone."""
    with cursor() as cur:
        cur.execute(_HERE, (page, case.pk, person.pk, writes, at or datetime.now(UTC)))


def left(page: UUID, person: Person) -> None:
    """The page was closed."""
    Presence.objects.filter(page=page, person=person).delete()


def present(cases: Collection[int], besides: int | None = None, at: datetime | None = None) -> dict[int, list[Present]]:
    """{case: who has it open}, writers first, each once; without the person ``besides``. One statement.

    Whom it may be shown to is the caller's affair: pass only cases that the reader may see.
    """
    if not cases:
        return {}
    found = Presence.objects.filter(case__in=list(cases), at__gt=(at or datetime.now(UTC)) - GONE)
    told: dict[int, dict[int, bool]] = {}
    for case, person, writes in found.exclude(person=besides).values_list("case_id", "person_id", "writes"):
        of_case = told.setdefault(case, {})
        of_case[person] = of_case.get(person, False) or writes
    return {
        case: [Present(person, writes) for person, writes in sorted(who.items(), key=lambda one: (not one[1], one[0]))]
        for case, who in told.items()
    }


def forget(at: datetime | None = None) -> int:
    """Where people were is not kept: removes what is older than five minutes; gives 0, there is no more to do."""
    Presence.objects.filter(at__lt=(at or datetime.now(UTC)) - _KEPT).delete()
    return 0
