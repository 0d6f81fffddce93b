"""How somebody came to be one customer, as a reader sees it: who decided what, when, why, and what can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rundblick.core.registry import Cursor
from rundblick.customers import sql

MOST = 200


@dataclass(frozen=True, slots=True)
class Named:
    """A customer by his number; ``leads_to``: the number of the one he was merged into, "" while he lives."""

    id: int
    uuid: UUID
    number: str
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class ActShown:
    """An identity act. ``by``: id of the person, None for a machine; ``records``: how many came to another customer.

    undoes, undone_by  the act that it took back, and the one that took it back
    standing           what it did holds
    undoable           it is the last word about its records: it can be taken back
    """

    id: int
    uuid: UUID
    kind: str
    at: datetime
    by: int | None
    override: bool
    standing: bool
    undoable: bool
    customer: Named
    other: Named
    reason: str
    undoes: UUID | None
    undone_by: UUID | None
    records: int


@dataclass(frozen=True, slots=True)
class EngineMove:
    """Records that came from one number to another by themselves, because of what they prove."""

    at: datetime
    source: str
    target: str
    records: int


def engine_moves(cur: Cursor, customer: int, limit: int = MOST) -> list[EngineMove]:
    """What was moved without a person's decision to and from a customer, newest first."""
    cur.execute(sql.ENGINE_MOVES, (customer, customer, limit))
    return [EngineMove(*row) for row in cur.fetchall()]


def acts_of(cur: Cursor, customer: int, limit: int = MOST) -> list[ActShown]:
    """The acts about a customer and about the numbers that lead to him, newest first."""
    cur.execute(sql.ACTS_OF, (customer, customer, limit))
    return _shown(cur, [act for (act,) in cur.fetchall()])


def shown_act(cur: Cursor, act: int) -> ActShown:
    """One act as a reader sees it."""
    return _shown(cur, [act])[0]


def _shown(cur: Cursor, acts: Sequence[int]) -> list[ActShown]:
    if not acts:
        return []
    cur.execute(sql.ACTS, (list(acts),))
    rows = cur.fetchall()
    cur.execute(sql.BLOCKED, (list(acts),))
    blocked = {act for (act,) in cur.fetchall()}
    found = {}
    for row in rows:
        act, uuid, kind, at, by, override, standing, undoes, undone_by, reason, records, *named = row
        found[act] = ActShown(
            act,
            uuid,
            kind,
            at,
            by,
            override,
            standing,
            undone_by is None and act not in blocked,
            Named(*named[:4]),
            Named(*named[4:]),
            reason,
            undoes,
            undone_by,
            records,
        )
    return [found[act] for act in acts]
