"""The identify stage: from parties to source records, and from records to customers, for a whole batch at once.

Strong identifiers only: the key of the same system, numbers of one issuing system, verified addresses, and the
address of a live contact. What decides is the set of records, never their order (customers.clusters).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import msgspec

from rundblick.core.database import draw_ids, insert_rows
from rundblick.core.digests import Digests
from rundblick.core.ids import uuid7s
from rundblick.core.message import Identifier, Party, Strength
from rundblick.core.numbers import customer_number
from rundblick.core.registry import Cursor, on_records_moved
from rundblick.customers import sql
from rundblick.customers.clusters import OVERUSED, Link, clusters
from rundblick.customers.identifiers import number_normal

# systems whose key is itself an address of a live contact
LIVE_SYSTEMS = {"email": "email", "phone": "phone"}

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Sighting:
    """A party as one delivery showed it. ``system_id`` is the id of ``party.system``."""

    party: Party
    system_id: int
    seen_at: datetime
    delivery: int | None = None


@dataclass(slots=True)
class _Known:
    system_id: int
    party: Party
    seen_at: datetime
    delivery: int | None
    identifiers: dict[bytes, Identifier] = field(default_factory=dict)
    versions: list[tuple[bytes, Sighting]] = field(default_factory=list)


def lock_digests(parties: Iterable[Party], digests: Digests) -> set[bytes]:
    """What a batch has to lock before it identifies these parties: their records and strong identifiers."""
    found: set[bytes] = set()
    for party in parties:
        found.add(digests.record(party.system, party.key))
        for one in _identifiers(party):
            if one.strength == Strength.STRONG:
                found.add(digests.identifier(one.kind, one.issuer, one.value))
    return found


def digests_of(party: Party, digests: Digests) -> set[bytes]:
    """The digests of a party's record and of all its identifiers."""
    found = {digests.identifier(one.kind, one.issuer, one.value) for one in _identifiers(party)}
    found.add(digests.record(party.system, party.key))
    return found


def identify(cur: Cursor, sightings: Sequence[Sighting], digests: Digests) -> dict[tuple[str, str], int]:
    """Find or make the source record of every party, and keep records and customers right.

    Returns {(system, key): record id}. The caller holds the locks of ``lock_digests``.
    """
    wanted = _gather(sightings, digests)
    if not wanted:
        return {}
    cur.execute(sql.FIND_RECORDS, ([known.system_id for known in wanted.values()], list(wanted)))
    ids: dict[bytes, int] = dict(cur.fetchall())
    fresh = [digest for digest in wanted if digest not in ids]
    drawn = draw_ids(cur, {"customers_sourcerecord": len(fresh)})["customers_sourcerecord"]
    ids.update(zip(fresh, drawn, strict=True))
    insert_rows(
        cur,
        "customers_sourcerecord",
        ("id", "uuid", "system_id", "key_digest"),
        [(ids[d], u, wanted[d].system_id, d) for d, u in zip(fresh, uuid7s(len(fresh)), strict=True)],
    )
    _write_versions(cur, wanted, ids, set(fresh))
    touched = _write_identifiers(cur, wanted, ids, set(fresh))
    if touched:
        _assign(cur, touched, _links(wanted, ids, touched) if len(touched) == len(fresh) else None)
    return {(known.party.system, known.party.key): ids[digest] for digest, known in wanted.items()}


def _gather(sightings: Sequence[Sighting], digests: Digests) -> dict[bytes, _Known]:
    wanted: dict[bytes, _Known] = {}
    seen: dict[int, bytes] = {}  # the same Party object again and again: a log names its callers often
    for sighting in sightings:
        party = sighting.party
        digest = seen.get(id(party))
        if digest is not None:
            continue
        digest = digests.record(party.system, party.key)
        seen[id(party)] = digest
        known = wanted.get(digest)
        if known is None:
            known = wanted[digest] = _Known(sighting.system_id, party, sighting.seen_at, sighting.delivery)
        for one in _identifiers(party):
            known.identifiers[digests.identifier(one.kind, one.issuer, one.value)] = one
        if party.facts:
            content = blake2b(_encode(party.facts), digest_size=16).digest()
            if all(content != other for other, _ in known.versions):
                known.versions.append((content, sighting))
    return wanted


def _identifiers(party: Party) -> Iterable[Identifier]:
    """The party's identifiers, with the system's own key as one, and verified ones as strong."""
    kind = LIVE_SYSTEMS.get(party.system)
    if kind is None:
        value = number_normal(party.key)
        if value:
            yield Identifier("customer_no", value, party.system, Strength.STRONG)
    else:
        yield Identifier(kind, party.key, "", Strength.STRONG if kind == "email" else Strength.WEAK)
    for one in party.identifiers:
        if one.kind == kind and one.value == party.key:
            continue
        if one.verified and one.strength != Strength.STRONG:
            one = msgspec.structs.replace(one, strength=Strength.STRONG)
        yield one


def _write_versions(cur: Cursor, wanted: dict[bytes, _Known], ids: dict[bytes, int], fresh: set[bytes]) -> None:
    rows = []
    nothing = blake2b(_encode({}), digest_size=16).digest()
    for digest, known in wanted.items():
        if known.versions:
            rows += [
                (ids[digest], content, s.delivery, s.seen_at, s.party.key, _encode(s.party.facts).decode())
                for content, s in known.versions
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


def _write_identifiers(
    cur: Cursor, wanted: dict[bytes, _Known], ids: dict[bytes, int], fresh: set[bytes]
) -> dict[int, bytes]:
    """Add what is new; returns the records whose customer is to be decided (id -> key digest)."""
    old = [ids[digest] for digest in wanted if digest not in fresh]
    present: set[tuple[int, bytes]] = set()
    if old:
        cur.execute(sql.IDENTIFIERS_OF, (old,))
        present = set(cur.fetchall())
    touched = {ids[digest]: digest for digest in fresh}
    rows = []
    for digest, known in wanted.items():
        record = ids[digest]
        for identifier_digest, one in known.identifiers.items():
            if (record, identifier_digest) in present:
                continue
            strength = str(one.strength)
            rows.append((record, one.kind, one.issuer, one.value, identifier_digest, strength, one.verified))
            if strength == "strong":
                touched[record] = digest
    insert_rows(
        cur,
        "customers_identifier",
        ("record_id", "kind", "issuer", "value", "digest", "strength", "verified"),
        rows,
        "ON CONFLICT (record_id, digest) DO UPDATE SET verified = customers_identifier.verified OR EXCLUDED.verified,"
        " strength = CASE WHEN EXCLUDED.strength = 'strong' THEN 'strong' ELSE customers_identifier.strength END",
    )
    return touched


def _links(wanted: dict[bytes, _Known], ids: dict[bytes, int], touched: dict[int, bytes]) -> list[Link]:
    """The strong identifiers of touched records, when all of them are new: what was just written need not be read."""
    return [
        Link(ids[order], order, one.kind, one.issuer, digest)
        for order, known in wanted.items()
        if ids[order] in touched
        for digest, one in known.identifiers.items()
        if one.strength == Strength.STRONG
    ]


def _closure(
    cur: Cursor, touched: dict[int, bytes], of_touched: list[Link] | None
) -> tuple[dict[int, bytes], list[Link]]:
    """All records that touched ones reach over shared strong identifiers, and their links."""
    records = dict(touched)
    links: dict[tuple[int, bytes], Link] = {}
    asked: set[bytes] = set()
    frontier = list(touched)
    while frontier:
        if of_touched is None:
            cur.execute(sql.STRONG_OF, (frontier,))
            of_touched = [Link(record, order, kind, issuer, d) for d, record, order, kind, issuer in cur.fetchall()]
        ask = set()
        for link in of_touched:
            links[link.record, link.digest] = link
            if link.digest not in asked:
                ask.add(link.digest)
        of_touched = None
        if not ask:
            break
        asked |= ask
        cur.execute(sql.SHARING, (list(ask),))
        groups: dict[bytes, list[Link]] = defaultdict(list)
        for digest, record, order, kind, issuer in cur.fetchall():
            groups[digest].append(Link(record, order, kind, issuer, digest))
        frontier = []
        for digest, group in groups.items():
            before = sum(1 for link in group if link.record not in touched)
            if before > OVERUSED:
                continue  # was said to join nobody already, and still does
            for link in group:
                links[link.record, digest] = link
                if link.record not in records:
                    records[link.record] = link.order
                    frontier.append(link.record)
    return records, [link for (record, _), link in links.items() if record in records]


def _assign(cur: Cursor, touched: dict[int, bytes], fresh: list[Link] | None) -> None:
    """Decide the customers of these records and of all they reach. ``fresh``: their links, when all are new."""
    records, links = _closure(cur, touched, fresh)
    alone = fresh is not None and len(records) == len(touched)
    current = {} if alone else _current(cur, records)
    if current:
        # lock what we may change, then look again: another batch may have been faster
        cur.execute(sql.LOCK_CUSTOMERS, (sorted({customer for customer, _ in current.values()}),))
        records, links = _closure(cur, touched, fresh)
        current = _current(cur, records)
    parts = clusters(records.items(), links)
    chosen, births = _choose(parts, current)
    _write_assignments(cur, parts, chosen, births, current)


def _current(cur: Cursor, records: dict[int, bytes]) -> dict[int, tuple[int, int]]:
    """{record: (customer, assignment)} as it stands."""
    cur.execute(sql.CURRENT, (list(records),))
    return {record: (customer, assignment) for record, customer, assignment in cur.fetchall()}


def _choose(parts: list[list[int]], current: dict[int, tuple[int, int]]) -> tuple[list[int | None], list[int]]:
    """Which customer each part keeps: the one with most of its records, then the oldest; None = a new one."""
    chosen: list[int | None] = [None] * len(parts)
    taken: set[int] = set()
    claims = []
    for i, part in enumerate(parts):
        counts = Counter(current[record][0] for record in part if record in current)
        claims += [(-n, customer, i) for customer, n in counts.items()]
    for _, customer, i in sorted(claims):
        if chosen[i] is None and customer not in taken:
            chosen[i] = customer
            taken.add(customer)
    return chosen, [i for i, customer in enumerate(chosen) if customer is None]


def _write_assignments(
    cur: Cursor,
    parts: list[list[int]],
    chosen: list[int | None],
    births: list[int],
    current: dict[int, tuple[int, int]],
) -> None:
    new = draw_ids(cur, {"customers_customer": len(births)})["customers_customer"]
    for i, born in zip(births, new, strict=True):
        chosen[i] = born
    insert_rows(
        cur,
        "customers_customer",
        ("id", "uuid", "number"),
        [(c, u, customer_number(c)) for c, u in zip(new, uuid7s(len(new)), strict=True)],
    )
    moves: list[tuple[int, int, int | None, int | None]] = []  # record, to, from, ended assignment
    for part, customer in zip(parts, chosen, strict=True):
        assert customer is not None
        for record in part:
            was = current.get(record)
            if was is None:
                moves.append((record, customer, None, None))
            elif was[0] != customer:
                moves.append((record, customer, was[0], was[1]))
    if not moves:
        return
    events = draw_ids(cur, {"core_event": len(moves)})["core_event"]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "data"),
        _identity_events(moves, events),
    )
    objects = []
    for event, (record, to, former, _) in zip(events, moves, strict=True):
        objects += [(event, "record", record), (event, "customer", to)]
        if former is not None:
            objects.append((event, "customer", former))
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)
    ended = [(assignment, event) for event, (_, _, _, assignment) in zip(events, moves, strict=True) if assignment]
    if ended:
        cur.execute(sql.END_ASSIGNMENTS, ([a for a, _ in ended], [e for _, e in ended]))
    insert_rows(
        cur,
        "customers_assignment",
        ("record_id", "customer_id", "event_id"),
        [(record, to, event) for event, (record, to, _, _) in zip(events, moves, strict=True)],
    )
    _settle_customers(cur, moves)
    moved = [record for record, _, was, _ in moves if was is not None]
    if moved:
        for listener in on_records_moved:
            listener(cur, moved)


def _identity_events(
    moves: list[tuple[int, int, int | None, int | None]], events: list[int]
) -> list[tuple[object, ...]]:
    now = datetime.now().astimezone()
    return [
        (
            event,
            "record.attached" if was is None else "record.moved",
            now,
            0,
            "machine",
            None if was is None else f'{{"from": {was}, "to": {to}}}',
        )
        for event, (_, to, was, _) in zip(events, moves, strict=True)
    ]


def _settle_customers(cur: Cursor, moves: list[tuple[int, int, int | None, int | None]]) -> None:
    """Emptied customers lead on to where most of their records went; refilled ones live again."""
    went: dict[int, Counter[int]] = defaultdict(Counter)
    for _, to, was, _ in moves:
        if was is not None:
            went[was][to] += 1
    if not went:
        return
    cur.execute(sql.REVIVE, (sorted({to for _, to, _, _ in moves}),))
    cur.execute(sql.EMPTIED, (sorted(went),))
    empty = [customer for (customer,) in cur.fetchall()]
    if empty:
        into = [max(went[c].items(), key=lambda item: (item[1], -item[0]))[0] for c in empty]
        cur.execute(sql.MERGE_CUSTOMERS, (empty, into))
