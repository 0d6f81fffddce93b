"""What somebody watches, and what of it he has not seen yet.

    watch(person, [case.pk])          seen(person, case.pk)
    unread(person, [case.pk, ...])    -> those of his that changed since he last had them open

A case is unread for its owner and for whoever watches it. Both tables are read by their keys, for one page of cases or
for what one person watches: nothing here grows with the number of cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rundblick.cases.models import Case, CaseSeen, Watch
from rundblick.core.database import cursor
from rundblick.people.models import Person

MOST: Final = 1000
"""Cases that one person watches at most."""


class WatchingError(ValueError):
    """He watches too many cases already; ``code`` "too_many"."""

    def __init__(self) -> None:
        super().__init__("too_many")
        self.code = "too_many"


def watch(person: Person, cases: Sequence[int], at: datetime | None = None) -> list[int]:
    """From now on he is shown what becomes of these cases (ids); gives those that are new. Raises WatchingError."""
    known = set(Watch.objects.filter(person=person, case__in=cases).values_list("case_id", flat=True))
    new = [case for case in cases if case not in known]
    if new and Watch.objects.filter(person=person).count() + len(new) > MOST:
        raise WatchingError
    now = at or datetime.now(UTC)
    Watch.objects.bulk_create((Watch(person=person, case_id=case, since=now) for case in new), ignore_conflicts=True)
    return new


def unwatch(person: Person, cases: Iterable[int]) -> int:
    """He is not told of these any more; gives how many he watched."""
    return Watch.objects.filter(person=person, case__in=list(cases)).delete()[0]


def watches(person: int | None, cases: Sequence[int]) -> set[int]:
    """Which of these cases somebody watches."""
    if person is None or not cases:
        return set()
    return set(Watch.objects.filter(person=person, case__in=cases).values_list("case_id", flat=True))


def watched_cases(person: int) -> list[int]:
    """All that somebody watches (ids); of a case that was joined to another, the other."""
    rows = Watch.objects.filter(person=person).values_list("case_id", flat=True)[:MOST]
    leading = Case.objects.filter(pk__in=list(rows)).values_list("pk", "merged_into_id")
    return sorted({merged or pk for pk, merged in leading})


def seen(person: Person, cases: Sequence[int], at: datetime | None = None) -> None:
    """He had these cases open just now; a time that is later already stays."""
    with cursor() as cur:
        cur.execute(_SEEN, {"person": person.pk, "cases": list(cases), "at": at or datetime.now(UTC)})


_SEEN: Final = """
INSERT INTO cases_caseseen (person_id, case_id, seen_at) SELECT %(person)s, c, %(at)s FROM unnest(%(cases)s::bigint[]) c
ON CONFLICT (person_id, case_id) DO UPDATE SET seen_at = EXCLUDED.seen_at
WHERE cases_caseseen.seen_at < EXCLUDED.seen_at
"""


def unread(person: int | None, rows: Iterable[dict[str, Any]], watched: set[int]) -> set[int]:
    """Of these rows (id, owner_person_id, last_at) those that he has or watches and that changed since he saw them.

    ``watched``: those of them that he watches. One statement.
    """
    wanted = {row["id"]: row["last_at"] for row in rows if row["owner_person_id"] == person or row["id"] in watched}
    if person is None or not wanted:
        return set()
    known = dict(CaseSeen.objects.filter(person=person, case__in=list(wanted)).values_list("case_id", "seen_at"))
    since = dict(Watch.objects.filter(person=person, case__in=list(wanted)).values_list("case_id", "since"))
    return {
        case
        for case, last in wanted.items()
        if (at := max(filter(None, (known.get(case), since.get(case))), default=None)) is None or at < last
    }


UNREAD_WATCHED: Final = """
SELECT count(*) FROM (
    SELECT FROM cases_watch w JOIN cases_case c ON c.id = w.case_id
    LEFT JOIN cases_caseseen s ON s.person_id = w.person_id AND s.case_id = w.case_id
    WHERE w.person_id = %s AND c.last_at > greatest(s.seen_at, w.since) LIMIT %s
) found
"""


def unread_watched(person: int | None, most: int) -> int:
    """How many of those that somebody watches changed since he saw them, at most ``most``."""
    if person is None:
        return 0
    with cursor() as cur:
        cur.execute(UNREAD_WATCHED, (person, most))
        found = cur.fetchone()
    return int(found[0]) if found else 0
