"""The identify stage: from parties to source records, and from records to customers, for a whole batch at once.

Strong identifiers first: the key of the same system, numbers of one issuing system, verified addresses, and the
address of a live contact. Where a model is in force and its index is ready, what the records say is weighed at once
(customers.weighed.arriving). What decides is the set of records, never their order (customers.deciding).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from rundblick.core.database import draw_ids, insert_rows, settle
from rundblick.core.digests import Digests
from rundblick.core.foreseeing import Question
from rundblick.core.ids import uuid7s
from rundblick.core.message import Identifier, Party, Strength
from rundblick.core.registry import Cursor
from rundblick.customers import sql
from rundblick.customers.clusters import UNPROVEN, Link
from rundblick.customers.deciding import Move, decide
from rundblick.customers.identifiers import email_normal, number_normal

if TYPE_CHECKING:
    from rundblick.customers.weighed.index import Ready

# systems whose key is itself an address of a live contact
LIVE_SYSTEMS = {"email": "email", "phone": "phone"}

_encode = msgspec.json.Encoder(order="deterministic").encode


class Alone(Exception):
    """More has to be changed than the locks of the batch cover: walk it again, holding the lock of all batches."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A party as one delivery showed it. ``system_id`` is the id of ``party.system``."""

    party: Party
    system_id: int
    seen_at: datetime
    delivery: int | None = None


class Marks:
    """The digests of parties, remembered: a log names its callers again and again.

    ``of(party)`` gives the digest of its record and its identifiers with their digests: the system's own key is one
    of them, and verified ones are strong. ``weighs``: by what parties are weighed, None where they are not.
    """

    _MOST = 200_000

    def __init__(self, digests: Digests) -> None:
        self._digests = digests
        self.weighs: Ready | None = None
        self._known: dict[tuple[object, ...], tuple[bytes, tuple[tuple[bytes, Identifier], ...]]] = {}

    def of(self, party: Party) -> tuple[bytes, tuple[tuple[bytes, Identifier], ...]]:
        """(record digest, ((identifier digest, identifier), ...))"""
        key = (party.system, party.key, party.identifiers)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= self._MOST:
                self._known.clear()
            digests = self._digests
            marks = tuple((digests.identifier(one.kind, one.issuer, one.value), one) for one in _identifiers(party))
            found = self._known[key] = (digests.record(party.system, party.key), marks)
        return found

    def all(self, parties: Sequence[Party]) -> set[bytes]:
        """The digests of these parties' records and strong identifiers: what a batch locks."""
        found: set[bytes] = set()
        for party in parties:
            record, marks = self.of(party)
            found.add(record)
            found.update(digest for digest, one in marks if one.strength == Strength.STRONG)
        if self.weighs is not None:
            found.update(key.to_bytes(8, signed=True) for key in self.keys(parties))
        return found

    def keys(self, parties: Iterable[Party]) -> set[int]:
        """The keys by which these parties are found, as far as they alone say; none where nothing is weighed."""
        if self.weighs is None:
            return set()
        from rundblick.customers.weighed.index import keys_of_parties

        return {key for keys in keys_of_parties(self.weighs, parties) for key in keys}

    def follow(self, cur: Cursor, told: Sequence[tuple[int, int, int]]) -> bool:
        """Weigh as ``sql.WEIGHS`` told from now on; gives whether the locks that were taken before still do."""
        if not told:
            self.weighs = None
            return True
        ((_, model, run),) = told
        if self.weighs is not None and (self.weighs.model_id, self.weighs.run) == (model, run):
            return True
        from rundblick.customers.weighed.index import ready_for

        self.weighs = ready_for(cur, model, run)
        return False


@dataclass(slots=True)
class _Known:
    system_id: int
    party: Party
    seen_at: datetime
    delivery: int | None
    identifiers: dict[bytes, Identifier] = field(default_factory=dict)
    versions: dict[bytes, Sighting] = field(default_factory=dict)


def questions(parties: Iterable[Party], systems: Mapping[str, int], marks: Marks) -> dict[Question, list[Any]]:
    """What ``identify`` will ask about these parties, to be asked ahead (core.foreseeing). ``systems``: {code: id}."""
    records: dict[bytes, int] = {}
    strong: set[bytes] = set()
    for party in parties:
        record, identifiers = marks.of(party)
        records[record] = systems[party.system]
        strong.update(digest for digest, one in identifiers if one.strength == Strength.STRONG)
    return {
        sql.FIND_RECORDS: [list(records.values()), list(records)],
        sql.WEIGHS: [sql.ANY_INDEX if records else []],
        # where something is weighed, who shares what is asked once it is written
        **({sql.SHARING: [list(strong)]} if marks.weighs is None else {}),
    }


class Identified(NamedTuple):
    """Whose the parties are.

    records    {(system, key): record id}, of all
    customers  {record id: customer id}, as far as it is known already
    """

    records: dict[tuple[str, str], int]
    customers: dict[int, int]


def identify(cur: Cursor, sightings: Sequence[Sighting], marks: Marks, alone: bool = False) -> Identified:
    """Find or make the source record of every party, and keep records and customers right.

    The caller holds the locks of ``Marks.all``, or, when ``alone``, every lock.
    Raises Alone where the former do not do.
    """
    wanted = _gather(sightings, marks)
    if not wanted:
        return Identified({}, {})
    cur.execute(sql.FIND_RECORDS, ([known.system_id for known in wanted.values()], list(wanted)))
    ids: dict[bytes, int] = {}
    customers: dict[int, int] = {}
    present: dict[tuple[int, bytes], str] = {}
    for key_digest, record, customer, digest, strength in cur.fetchall():
        ids[key_digest] = record
        if customer is not None:
            customers[record] = customer
        if digest is not None:
            present[record, digest] = strength
    cur.execute(sql.WEIGHS, (sql.ANY_INDEX,))
    if not marks.follow(cur, cur.fetchall()) and not alone:
        raise Alone
    fresh = [digest for digest in wanted if digest not in ids]
    drawn = draw_ids(cur, {"customers_sourcerecord": len(fresh)})["customers_sourcerecord"]
    ids.update(zip(fresh, drawn, strict=True))
    told = _told_anew(cur, wanted, ids, fresh) if marks.weighs is not None else set()
    insert_rows(
        cur,
        "customers_sourcerecord",
        ("id", "uuid", "system_id", "key_digest"),
        [(ids[d], u, wanted[d].system_id, d) for d, u in zip(fresh, uuid7s(len(fresh)), strict=True)],
    )
    _write_versions(cur, wanted, ids, set(fresh))
    gained = _new_identifiers(wanted, ids, present)
    links = [
        Link(record, order, one.kind, one.issuer, digest, wanted[order].party.system not in UNPROVEN)
        for record, order, digest, one in gained
        if one.strength == Strength.STRONG
    ]
    touched = {ids[digest]: digest for digest in fresh} | {link.record: link.order for link in links}
    moves: list[Move] = []
    if marks.weighs is not None:
        _write_identifiers(cur, gained)
        touched |= {record: order for record, order, *_ in gained} | {ids[digest]: digest for digest in told}
        if touched:
            moves = _weigh(cur, marks, [known.party for known in wanted.values()], touched, drawn, alone)
    else:
        if touched:
            # before the new identifiers are written: what the tables know is then what others have
            moves = decide(cur, touched, links, set(drawn), alone=alone)
        _write_identifiers(cur, gained)
    for record in touched:  # another batch may have moved it before we looked again
        customers.pop(record, None)
    customers.update((move.record, move.to) for move in moves)
    return Identified(
        {(known.party.system, known.party.key): ids[digest] for digest, known in wanted.items()}, customers
    )


def _told_anew(cur: Cursor, wanted: dict[bytes, _Known], ids: dict[bytes, int], fresh: Sequence[bytes]) -> set[bytes]:
    """Records that are known and now say something that they did not say before."""
    new = set(fresh)
    told = {
        (ids[digest], content): digest
        for digest, known in wanted.items()
        if digest not in new
        for content in known.versions
    }
    if not told:
        return set()
    cur.execute(sql.KNOWN_VERSIONS, ([record for record, _ in told], [content for _, content in told]))
    for record, content in cur.fetchall():
        told.pop((record, bytes(content)), None)
    return set(told.values())


def _weigh(
    cur: Cursor, marks: Marks, parties: Sequence[Party], touched: dict[int, bytes], fresh: Sequence[int], alone: bool
) -> list[Move]:
    """Weigh what these records say now, and decide about all that it concerns; gives who moved."""
    from rundblick.customers.weighed.arriving import weigh
    from rundblick.customers.weighed.reviewing import renew

    assert marks.weighs is not None
    settle(cur)
    arrived = weigh(cur, marks.weighs, touched, None if alone else marks.keys(parties), fresh=set(fresh))
    moves = decide(cur, arrived.concerned, alone=True)
    if arrived.changed or any(move.was is not None for move in moves):
        settle(cur)
        renew(cur, marks.weighs.run, arrived.changed.union(move.record for move in moves))
    return moves


def _gather(sightings: Sequence[Sighting], marks: Marks) -> dict[bytes, _Known]:
    wanted: dict[bytes, _Known] = {}
    for sighting in sightings:
        party = sighting.party
        digest, identifiers = marks.of(party)
        known = wanted.get(digest)
        if known is None:
            known = wanted[digest] = _Known(sighting.system_id, party, sighting.seen_at, sighting.delivery)
        if not known.identifiers or party.identifiers:
            for one_digest, one in identifiers:
                former = known.identifiers.get(one_digest)
                if former is None or former.strength != Strength.STRONG:
                    known.identifiers[one_digest] = one
        if party.facts:
            known.versions.setdefault(blake2b(_encode(party.facts), digest_size=16).digest(), sighting)
    return wanted


def _identifiers(party: Party) -> Iterable[Identifier]:
    kind = LIVE_SYSTEMS.get(party.system)
    if kind is None and party.system not in UNPROVEN:
        yield from _own_key(party)
    elif kind is not None:
        yield Identifier(kind, party.key, "", Strength.STRONG if kind == "email" else Strength.WEAK)
    for one in party.identifiers:
        if one.kind == (kind or "email") and one.value == party.key:
            continue
        if one.verified and one.strength != Strength.STRONG:
            one = msgspec.structs.replace(one, strength=Strength.STRONG)
        yield one


def _own_key(party: Party) -> Iterable[Identifier]:
    """What the key of an export's record is: an archive of mail knows its people by their addresses."""
    if "@" in party.key and (address := email_normal(party.key)):
        yield Identifier("email", address, "", Strength.STRONG)
    elif value := number_normal(party.key):
        yield Identifier("customer_no", value, party.system, Strength.STRONG)


def _write_versions(cur: Cursor, wanted: dict[bytes, _Known], ids: dict[bytes, int], fresh: set[bytes]) -> None:
    rows = []
    nothing = blake2b(_encode({}), digest_size=16).digest()
    for digest, known in wanted.items():
        if known.versions:
            rows += [
                (ids[digest], content, s.delivery, s.seen_at, s.party.key, _encode(s.party.facts).decode())
                for content, s in known.versions.items()
            ]
        elif digest in fresh:
            rows.append((ids[digest], nothing, known.delivery, known.seen_at, known.party.key, "{}"))
    insert_rows(
        cur,
        "customers_recordversion",
        ("record_id", "content_digest", "delivery_id", "seen_at", "key", "facts"),
        rows,
        "ON CONFLICT (record_id, content_digest) DO NOTHING",
    )


_Gained = tuple[int, bytes, bytes, Identifier]  # record, its key digest, the identifier's digest, the identifier


def _new_identifiers(
    wanted: dict[bytes, _Known], ids: dict[bytes, int], present: dict[tuple[int, bytes], str]
) -> list[_Gained]:
    """What these records do not have yet, or have only as a weak one. ``present``: {(record, digest): strength}."""
    gained = []
    for order, known in wanted.items():
        record = ids[order]
        for digest, one in known.identifiers.items():
            strength = present.get((record, digest))
            if strength is None or (strength != "strong" and one.strength == Strength.STRONG):
                gained.append((record, order, digest, one))
    return gained


def _write_identifiers(cur: Cursor, gained: Sequence[_Gained]) -> None:
    insert_rows(
        cur,
        "customers_identifier",
        ("record_id", "kind", "issuer", "value", "digest", "strength", "verified"),
        [
            (record, one.kind, one.issuer, one.value, digest, str(one.strength), one.verified)
            for record, _, digest, one in gained
        ],
        "ON CONFLICT (record_id, digest) DO UPDATE SET verified = customers_identifier.verified OR EXCLUDED.verified,"
        " strength = CASE WHEN EXCLUDED.strength = 'strong' THEN 'strong' ELSE customers_identifier.strength END",
    )
