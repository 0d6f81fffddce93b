"""Which messages are one case: by the source's own case key, else by the keys by which messages name each other.

A reply that comes before its original waits under the original's key and is joined when that comes; so the result
does not depend on the order of arrival. Subjects are never guessed from (reference: rules of eight systems).
Cases that a person took apart (cases.regrouping) stay apart: what names both goes to the one that it names first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Final

from rundblick.core.foreseeing import Question
from rundblick.core.numbers import is_valid
from rundblick.core.registry import Cursor


@dataclass(frozen=True, slots=True)
class Topical:
    """What a message says that may go into the open case of its topic. ``order``: among messages of one time."""

    record: int
    topic: str
    channel: str
    at: datetime
    order: tuple[int, bytes]


@dataclass(slots=True)
class Placing:
    """A message on its way to a case. ``keys``: digests of its own thread key and of its parents."""

    keys: tuple[bytes, ...] = ()
    case_key: bytes | None = None  # digest of (system, the system's case key)
    case_system: int | None = None
    known_case: int | None = None  # the case it stands in already: a new version of a known message
    needs_case: bool = True
    # what its subject names: case numbers of ours, and digests of (system, key) that may be cases of legacy systems
    numbers: tuple[str, ...] = ()
    tags: tuple[tuple[int, bytes], ...] = ()
    record: int | None = None  # whom it concerns: a number or tag counts only where he takes part
    at: datetime | None = None
    topical: Topical | None = None
    case: int | None = None
    why: str = ""  # "version", "case_key", "thread", "tag", "topic" or "new"
    waits: bool = False  # its subject names something that may be a case, to which it did not come


@dataclass(slots=True)
class Placed:
    """What the placing decided. ``new``: groups that need a case each; ``joins``: cases that turned out to be one."""

    new: list[list[Placing]] = field(default_factory=list)
    joins: list[tuple[int, int]] = field(default_factory=list)  # (absorbed case, surviving case)


FIND_CASES = Question("""
SELECT c.key_digest, COALESCE(c.merged_into_id, c.id) FROM cases_case c
JOIN unnest(%s::bigint[], %b::bytea[]) AS k(system_id, digest) ON c.system_id = k.system_id AND c.key_digest = k.digest
""")

FIND_THREADS = Question(
    """
SELECT k.digest, m.case_id FROM cases_threadkey k JOIN cases_message m ON m.id = k.message_id
WHERE k.digest = ANY(%b) AND m.case_id IS NOT NULL
""",
    "bytea bigint",
)

# pairs that a person took apart, under the cases that they are now
FIND_APART = """
SELECT COALESCE(one.merged_into_id, one.id), COALESCE(other.merged_into_id, other.id)
FROM cases_keptapart k JOIN cases_case one ON one.id = k.a_id JOIN cases_case other ON other.id = k.b_id
WHERE k.standing AND COALESCE(one.merged_into_id, one.id) = ANY(%s)
  AND COALESCE(other.merged_into_id, other.id) = ANY(%s)
"""

# the older case survives; among cases that began at one time, the one with the lower id (a name, nothing more)
LOCK_CASES = "SELECT id, opened_at, system_id FROM cases_case WHERE id = ANY(%s) ORDER BY id FOR UPDATE"


# a case that a subject names, and in which the sender, or another record of the same customer, takes part
FIND_TAGGED = """
SELECT t.piece, s.id FROM (
    SELECT n.piece, n.record, COALESCE(c.merged_into_id, c.id) AS id
    FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS n(piece, record, number)
    JOIN cases_case c ON c.number = n.number
    UNION
    SELECT k.piece, k.record, COALESCE(c.merged_into_id, c.id)
    FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bytea[]) AS k(piece, record, system, digest)
    JOIN cases_case c ON c.system_id = k.system AND c.key_digest = k.digest
) t JOIN cases_case s ON s.id = t.id
WHERE EXISTS (
    SELECT FROM cases_participant p WHERE p.case_id = t.id AND (p.record_id = t.record OR EXISTS (
        SELECT FROM customers_assignment a JOIN customers_assignment b ON b.customer_id = a.customer_id
        WHERE a.record_id = p.record_id AND a.valid_to IS NULL AND b.record_id = t.record AND b.valid_to IS NULL))
) ORDER BY s.id FOR UPDATE OF s
"""

_LEGACY: Final = Question("""
SELECT s.code, s.id FROM core_system s WHERE EXISTS (SELECT FROM cases_case c WHERE c.system_id = s.id)
""")
_NUMBER: Final = re.compile(r"(?<!\d)([5-9]\d\d)[ .\-/\u00a0\u202f]?(\d{3})[ .\-/\u00a0\u202f]?(\d{3})(?!\d)")
_TAG: Final = re.compile(r"\[([^\[\]\n]{2,60})\]")
_IN_TAG: Final = re.compile(r"[A-Za-z]{0,10}-?\d[\w./-]{0,40}")
_TAGS_AT_MOST: Final = 6


def numbers_in(subject: str) -> tuple[str, ...]:
    """Case numbers of ours that a subject names: nine digits with a right check digit."""
    found = ("".join(match.groups()) for match in _NUMBER.finditer(subject)) if len(subject) >= 9 else ()
    return tuple(dict.fromkeys(number for number in found if is_valid(number)))


def tags_in(subject: str) -> tuple[str, ...]:
    """Keys of cases of other systems that may stand in brackets: "Re: [NL-304719] ..." gives ("NL-304719",).

    "[Ticket#2026110110000017]" and "[desk #123]" name the number alone too.
    """
    if "[" not in subject:
        return ()
    found: dict[str, None] = {}
    for match in _TAG.finditer(subject):
        inside = match.group(1).strip()
        for candidate in (inside, inside.rpartition("#")[2].strip(), inside.split()[-1]):
            if _IN_TAG.fullmatch(candidate):
                found[candidate] = None
    return tuple(found)[:_TAGS_AT_MOST]


def legacy_systems(cur: Cursor) -> dict[str, int]:
    """{code: id} of the systems that have cases of their own; asked only where a subject names one."""
    cur.execute(_LEGACY)
    return dict(cur.fetchall())


Fold = Callable[[Cursor, Sequence[int]], None]


def place(cur: Cursor, placings: Sequence[Placing], fold: Fold | None = None) -> Placed:
    """Give every placing its case, or a place in a group that gets a new one.

    ``fold`` brings the columns of cases up to date before they are compared, where that was left for later.
    """
    placed = Placed()
    keyed = {p.case_key: p.case_system for p in placings if p.case_key is not None}
    by_key: dict[bytes, int] = {}
    if keyed:
        cur.execute(FIND_CASES, (list(keyed.values()), list(keyed)))
        by_key = dict(cur.fetchall())
    fresh: dict[bytes, list[Placing]] = {}
    loose = []
    for p in placings:
        if p.known_case is not None:
            p.case, p.why = p.known_case, "version"
        elif p.case_key is None:
            loose.append(p)
        elif p.case_key in by_key:
            p.case, p.why = by_key[p.case_key], "case_key"
        else:
            fresh.setdefault(p.case_key, []).append(p)
    placed.new.extend(fresh.values())
    _place_by_threads(cur, loose, placed, fold)
    return placed


def _place_by_threads(cur: Cursor, loose: Sequence[Placing], placed: Placed, fold: Fold | None) -> None:
    wanted = {key for p in loose for key in p.keys}
    cases_of = tagged_cases(cur, loose)
    if wanted:
        cur.execute(FIND_THREADS, (list(wanted),))
        for key, case in cur.fetchall():
            cases_of.setdefault(key, set()).add(case)
    groups = _connected(loose, cases_of)
    found = sorted({case for _, cases in groups for case in cases})
    facts: dict[int, tuple[bool, float, int]] = {}
    apart: list[tuple[int, int]] = []
    if any(len(cases) > 1 for _, cases in groups):
        if fold is not None:
            fold(cur, found)
        cur.execute(FIND_APART, (found, found))
        apart = cur.fetchall()
        cur.execute(LOCK_CASES, (found,))
        facts = {
            case: (system is None, opened_at.timestamp() if opened_at else inf, case)
            for case, opened_at, system in cur.fetchall()
        }
    for members, cases in groups:
        if not cases:
            if any(p.needs_case for p in members):
                placed.new.append(members)
            continue
        # a case that a source numbered keeps its number; then the older one survives
        survivor = min(cases, key=lambda case: facts.get(case, (False, 0.0, case)))
        if any(one in cases and other in cases for one, other in apart):
            for p in members:
                p.case, p.why = _nearest(p, cases_of) or survivor, "thread"
            continue
        for p in members:
            p.case, p.why = survivor, "tag" if _is_tagged(p) else "thread"
        placed.joins.extend((case, survivor) for case in sorted(cases) if case != survivor)


def _nearest(p: Placing, cases_of: dict[bytes, set[int]]) -> int | None:
    """The case of the first key that leads to one: its own keys come first, then its parents, the nearest first."""
    return next((min(cases_of[key]) for key in p.keys if key in cases_of), None)


_BY_TAG: Final = b"case that a subject names: "


def tagged_cases(cur: Cursor, placings: Sequence[Placing]) -> dict[bytes, set[int]]:
    """{key: cases} for what subjects name, the key added to the placing; one statement, and none where none do."""
    asking = [(i, p) for i, p in enumerate(placings) if p.record is not None and (p.numbers or p.tags)]
    if not asking:
        return {}
    numbers = [(i, p.record, number) for i, p in asking for number in p.numbers]
    tags = [(i, p.record, system, digest) for i, p in asking for system, digest in p.tags]
    columns = [[row[at] for row in numbers] for at in range(3)] + [[row[at] for row in tags] for at in range(4)]
    cur.execute(FIND_TAGGED, columns)
    cases_of: dict[bytes, set[int]] = {}
    for i, case in cur.fetchall():
        key = _BY_TAG + str(case).encode()
        cases_of.setdefault(key, set()).add(case)
        placings[i].keys = (*placings[i].keys, key)
    for _i, p in asking:
        p.waits = p.waits and not _is_tagged(p)
    return cases_of


def _is_tagged(p: Placing) -> bool:
    return any(key.startswith(_BY_TAG) for key in p.keys)


def _connected(loose: Sequence[Placing], cases_of: dict[bytes, set[int]]) -> list[tuple[list[Placing], set[int]]]:
    """Connected groups of placings over shared keys and over cases that the keys lead to."""
    parent: dict[object, object] = {}

    def root(node: object) -> object:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, p in enumerate(loose):
        mine = root(("piece", i))
        for key in p.keys:
            parent[root(key)] = mine
            for case in cases_of.get(key, ()):
                parent[root(("case", case))] = mine
    groups: dict[object, tuple[list[Placing], set[int]]] = {}
    for i, p in enumerate(loose):
        members, cases = groups.setdefault(root(("piece", i)), ([], set()))
        members.append(p)
        for key in p.keys:
            cases |= cases_of.get(key, set())
    return list(groups.values())
