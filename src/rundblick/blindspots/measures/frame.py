"""What every measure is computed in: the cursor, the window, the files, and how a figure gets its cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from rundblick.blindspots import sql
from rundblick.blindspots.model import SAMPLE_LIMIT, InputFile, Measure, Missing, Sample, Window
from rundblick.blindspots.repeats import wait_params
from rundblick.core.promises import Promise

_EACH = SAMPLE_LIMIT // 2


@dataclass(frozen=True, slots=True)
class Frame:
    """One run over one database. ``day_systems``: ids of systems whose times tell days only."""

    cursor: psycopg.Cursor[Any]
    window: Window
    files: tuple[InputFile, ...]
    day_systems: tuple[int, ...] = ()
    promise: Promise | None = None
    waits: dict[str, Any] = field(default_factory=wait_params)

    def params(self, **more: Any) -> dict[str, Any]:
        return {
            "end": self.window.end,
            "zone": self.window.timezone,
            **self.waits,
            "day_systems": list(self.day_systems),
            **more,
        }

    def rows(self, statement: str, **more: Any) -> list[tuple[Any, ...]]:
        self.cursor.execute(statement, self.params(**more))
        found: list[tuple[Any, ...]] = self.cursor.fetchall()
        return found

    def row(self, statement: str, **more: Any) -> tuple[Any, ...]:
        return self.rows(statement, **more)[0]

    def sources(self, kinds: Sequence[str]) -> tuple[str, ...]:
        """Names of the input files of these kinds that gave anything."""
        return tuple(file.name for file in self.files if file.kind in kinds and file.rows_kept)


def with_cases(frame: Frame, measure: Measure, behind: str, worst: str, **more: Any) -> Measure:
    """The measure with its cases: how many, and at most 200 ids, the worst 100 first and 100 drawn at random.

    The draw is by a hash of the case's id: the same data give the same draw, and nobody chose it. Runs on the
    temporary facts; ``behind`` and ``worst`` are our own texts, never input.
    """
    facts = sql.FACTS_TABLE
    (n,) = frame.row(f"SELECT count(*) FROM {facts} WHERE {behind}", **more)
    if not n:
        return measure
    worst_ids = [
        id_
        for (id_,) in frame.rows(f"SELECT id FROM {facts} WHERE {behind} ORDER BY {worst}, id LIMIT {_EACH}", **more)
    ]
    drawn = []
    if n > len(worst_ids):
        # Along the index of the draw, until enough are found.
        statement = f"SELECT id FROM {facts} WHERE ({behind}) AND NOT id = ANY(%(taken)s) ORDER BY draw LIMIT {_EACH}"
        drawn = [id_ for (id_,) in frame.rows(statement, taken=worst_ids, **more)]
    return _with_ids(frame, measure, n, worst_ids, drawn)


def with_cases_of(frame: Frame, measure: Measure, statement: str, **more: Any) -> Measure:
    """As ``with_cases``, for a figure that is not about the facts of a case: ``statement`` gives ids, worst first."""
    n, worst_ids, drawn = frame.row(
        f"WITH behind AS MATERIALIZED (SELECT id, row_number() OVER () AS place FROM ({statement}) AS saved) "
        f"SELECT (SELECT count(*) FROM behind), "
        f"ARRAY(SELECT id FROM behind WHERE place <= {_EACH} ORDER BY place), "
        f"ARRAY(SELECT id FROM behind WHERE place > {_EACH} ORDER BY hashint8extended(id, 8) LIMIT {_EACH})",
        **more,
    )
    return _with_ids(frame, measure, n, worst_ids, drawn) if n else measure


def _with_ids(frame: Frame, measure: Measure, n: int, worst: list[int], drawn: list[int]) -> Measure:
    names = _names(frame, worst + drawn)
    return replace(
        measure,
        cases_behind=n,
        sample=Sample(tuple(names[id_] for id_ in worst), tuple(names[id_] for id_ in drawn)),
    )


def missing(measure: Measure, code: str, text: str) -> Measure:
    """The measure without a number, with the reason instead."""
    return replace(measure, value=None, low=None, high=None, n=0, missing=Missing(code, text))


def _names(frame: Frame, ids: list[int]) -> dict[int, str]:
    """What people call the cases: the number of the system they came from, else ours."""
    found = frame.rows(
        "SELECT k.id, coalesce(nullif(c.key, ''), k.number) FROM cases_case k "
        "LEFT JOIN cases_casecontent c ON c.case_id = k.id WHERE k.id = ANY(%(ids)s)",
        ids=ids,
    )
    return dict(found)
