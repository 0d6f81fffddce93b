"""Handling time from real activity: how long somebody worked in a case, and nothing else about him.

The page of a case tells every half minute that it is seen and was used within the last two minutes (a *beat*). Beats
become stretches: ``beat`` lengthens the last one, or begins another. Rules:

- A gap of more than two minutes is a pause: it belongs to nobody, and the next beat begins a new stretch. That first
  beat vouches for the half minute before it.
- Stretches of one person never overlap. Two windows of one case count once; of two cases at once, the time goes to the
  one that was used last (the page asks that beside), and no second counts twice.

Whoever worked sees every stretch that is kept of him (``own_stretches``). Others see sums of teams and topics in
which at least five people worked (blindspots.teams). After 90 days a stretch keeps its case and its seconds, and no
name (``forget_who``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from rundblick.cases.models import Activity
from rundblick.core.database import cursor

BEAT: Final = timedelta(seconds=30)
PAUSE: Final = timedelta(minutes=2)
KEPT_DAYS: Final = 90
PORTION: Final = 5_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Work in a case without a pause."""

    case: int
    begin: datetime
    end: datetime
    seconds: int


def lengthened(last: Stretch | None, case: int, at: datetime) -> Stretch | None:
    """What a beat at ``at`` makes of the person's last stretch: that one longer, or a new one; None: nothing new."""
    if last is not None and at <= last.end:
        return None
    if last is not None and last.case == case and at - last.end <= PAUSE:
        return Stretch(case, last.begin, at, last.seconds + round((at - last.end).total_seconds()))
    begin = at - BEAT if last is None else max(last.end, at - BEAT)
    return Stretch(case, begin, at, round((at - begin).total_seconds()))


def beat(case: int, person: int, at: datetime | None = None) -> int:
    """Note that somebody works in a case now; returns his seconds in it so far. ``case`` and ``person`` are ids."""
    now = (at or datetime.now(UTC)).replace(microsecond=0)
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(hashtext('activity'), %s)", (person % 2**31,))
        row = Activity.objects.filter(person_id=person).order_by("-end", "-id").first()
        last = Stretch(row.case_id, row.begin, row.end, row.seconds) if row else None
        after = lengthened(last, case, now)
        if after is not None and row is not None and last is not None and after.begin == last.begin:
            Activity.objects.filter(pk=row.pk).update(end=after.end, seconds=after.seconds)
        elif after is not None:
            told = {"begin": after.begin, "end": after.end, "seconds": after.seconds}
            Activity.objects.create(case_id=case, person_id=person, **told)
    return own_seconds(case, person)


def own_seconds(case: int, person: int | None) -> int:
    """How long a person has worked in a case, seconds; 0 for who is nobody here."""
    if person is None:
        return 0
    return sum(Activity.objects.filter(case_id=case, person_id=person).values_list("seconds", flat=True))


def own_stretches(person: int, since: datetime) -> list[Stretch]:
    """Everything that is kept of somebody since then, the newest first."""
    rows = Activity.objects.filter(person_id=person, end__gt=since).order_by("-end", "-id")
    return [Stretch(row.case_id, row.begin, row.end, row.seconds) for row in rows]


# What is older becomes one row a case without a person: the sums stay, the diary goes.
_FORGET: Final = """
WITH old AS (
    DELETE FROM cases_activity WHERE id IN (
        SELECT id FROM cases_activity WHERE person_id IS NOT NULL AND "end" < %s ORDER BY id LIMIT %s)
    RETURNING case_id, begin, "end", seconds
), kept AS (
    DELETE FROM cases_activity WHERE person_id IS NULL AND case_id IN (SELECT case_id FROM old)
    RETURNING case_id, begin, "end", seconds
), summed AS (
    INSERT INTO cases_activity (case_id, person_id, begin, "end", seconds)
    SELECT case_id, NULL, min(begin), max("end"), sum(seconds)
    FROM (SELECT * FROM old UNION ALL SELECT * FROM kept) AS both_of_them GROUP BY case_id
)
SELECT count(*) FROM old
"""


def forget_who(now: datetime | None = None) -> int:
    """Sum up what is older than 90 days, a portion at a time; returns how many stretches lost their person."""
    with transaction.atomic(), cursor() as cur:
        cur.execute(_FORGET, ((now or datetime.now(UTC)) - timedelta(days=KEPT_DAYS), PORTION))
        row = cur.fetchone()
    return int(row[0]) if row else 0


def forgetting() -> Callable[[], int]:
    """The sweep."""
    return forget_who
