"""The records of the database as parties: what each system says of somebody now, and what it said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rundblick.core.message import Identifier, Party, Strength
from rundblick.core.registry import Cursor
from rundblick.customers.clusters import UNPROVEN, Link
from rundblick.customers.golden import facts_in
from rundblick.customers.identifiers import number_normal
from rundblick.customers.matching.earlier import with_earlier
from rundblick.customers.weighed import sql

AT_ONCE = 5_000  # records
_STRENGTHS = {str(one): one for one in Strength}


@dataclass(slots=True)
class Known:
    """Records side by side: ``ids``, ``digests``, ``parties`` and ``customers`` have one place for each.

    links  their strong identifiers
    """

    ids: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    customers: list[int] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def places(self) -> dict[int, int]:
        """{record: its place}"""
        return {record: place for place, record in enumerate(self.ids)}


def all_parties(cur: Cursor, progress: Callable[[str, int, int], None] | None = None) -> Known:
    """Every record that was not erased, in the order of ids."""
    cur.execute(sql.LAST_RECORD)
    last, total = cur.fetchone() or (0, 0)
    known = Known()
    for start in range(0, last, AT_ONCE):
        _read(cur, known, start, start + AT_ONCE)
        if progress is not None:
            progress("read", min(len(known), total), total)
    return known


def parties_between(cur: Cursor, after: int, last: int) -> Known:
    """The records with ids from ``after`` (not with it) to ``last`` that were not erased, in the order of ids."""
    known = Known()
    _read(cur, known, after, last)
    return known


def _read(cur: Cursor, known: Known, after: int, last: int) -> None:
    cur.execute(sql.VERSIONS, (after, last))
    versions = cur.fetchall()
    cur.execute(sql.EARLIER, (after, last))
    earlier = cur.fetchall()
    cur.execute(sql.IDENTIFIERS, (after, last))
    _add(known, versions, earlier, cur.fetchall())


def some_parties(cur: Cursor, records: Iterable[int]) -> Known:
    """These records, in the order of ids."""
    wanted = list(records)
    cur.execute(sql.SOME_VERSIONS, (wanted,))
    versions = cur.fetchall()
    cur.execute(sql.SOME_EARLIER, (wanted,))
    earlier = cur.fetchall()
    cur.execute(sql.SOME_IDENTIFIERS, (wanted,))
    known = Known()
    _add(known, versions, earlier, cur.fetchall())
    return known


def _add(
    known: Known,
    versions: Sequence[tuple[Any, ...]],
    earlier: Sequence[tuple[Any, ...]],
    identifiers: Sequence[tuple[Any, ...]],
) -> None:
    before = _before(earlier)
    told: dict[int, list[tuple[Any, ...]]] = {}
    for record, *one in identifiers:
        told.setdefault(record, []).append(tuple(one))
    for record, digest, system, key, facts, customer in versions:
        several = []
        for kind, issuer, value, strength, verified, of in told.get(record, ()):
            if strength == "strong":
                known.links.append(Link(record, bytes(digest), kind, issuer, bytes(of), system not in UNPROVEN))
            if kind == "customer_no" and issuer == system and value == number_normal(key):
                continue  # the record's own key is no number that another one could carry
            several.append(Identifier(kind, value, issuer, _STRENGTHS[strength], verified))
        known.ids.append(record)
        known.digests.append(bytes(digest))
        known.customers.append(customer)
        told_now = facts_in(facts)
        if record in before:
            told_now = with_earlier(told_now, before[record])
        known.parties.append(Party(system, key, tuple(several), told_now))


def _before(earlier: Sequence[tuple[Any, ...]]) -> dict[int, list[tuple[dict[str, str], str]]]:
    """{record: what its versions before the newest said, with the day on which another one came}"""
    found: dict[int, list[tuple[dict[str, str], str]]] = {}
    until: dict[int, str] = {}
    for record, facts, seen_at in earlier:
        if record in until:
            found.setdefault(record, []).append((facts_in(facts), until[record]))
        until[record] = seen_at.date().isoformat()
    return found
