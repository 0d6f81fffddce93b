"""Everybody in a database that nobody else writes to, decided at once: for a check, whose database is dropped.

    known, constraints, _answers, _since = everybody(tell)
    model, said, _table = weigh_all(known, constraints, None, tell)
    decide_once(known, constraints, model, said, tell)

The same function decides as in a run (customers.clusters over the same pairs, customers.deciding.choose for the
numbers). What is written is only who is one: no edges, no questions, one event for all. Where somebody will look at
the records afterwards, ``running.match`` writes it all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from django.db import transaction

from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.numbers import customer_number
from rundblick.core.registry import Cursor, on_records_moved
from rundblick.customers.clusters import UNPROVEN, Constraints, clusters
from rundblick.customers.deciding import choose, weighed_of
from rundblick.customers.matching import Model, grouping
from rundblick.customers.matching.table import Ints
from rundblick.customers.weighed.edges import DECISIONS, RULES, Said
from rundblick.customers.weighed.parties import Known

Progress = Callable[[str, int, int], None]

_LOT = 20_000  # records whose cases follow at once
_LOW = 0xFFFFFFFF
_MOVES = "CREATE TEMPORARY TABLE once_move (record_id bigint, customer_id bigint) ON COMMIT DROP"
_END = """
UPDATE customers_assignment a SET valid_to = now(), ended_by_id = %s
FROM once_move m WHERE a.record_id = m.record_id AND a.valid_to IS NULL
"""
_BEGIN = """
INSERT INTO customers_assignment (record_id, customer_id, event_id) SELECT record_id, customer_id, %s FROM once_move
"""


def decide_once(
    known: Known, constraints: Constraints, model: Model, said: Said, progress: Progress = lambda *_: None
) -> int:
    """Give every record the customer that follows from what was said; how many came to another one.

    For a database without other writers: nothing is locked, and nothing looked at again.
    """
    progress("decide", 0, len(known))
    current = dict(zip(known.ids, known.customers, strict=True))
    changed = _changed(_parts(known, constraints, model, said), current)
    progress("decide", len(known), len(known))
    with transaction.atomic(), cursor() as cur:
        moves = _moves(cur, changed, current)
        if moves:
            _write(cur, moves, progress)
    return len(moves)


def _parts(known: Known, constraints: Constraints, model: Model, said: Said) -> list[list[int]]:
    """The records of each customer, of those records that anything binds to another one."""
    n, ids = len(known), known.ids
    joining = said.codes[said.decisions == DECISIONS.index("auto")]
    reaching = np.concatenate([joining, said.bound, _now_together(known)])
    at, labels = grouping.components(n, reaching >> 32, reaching & _LOW)
    label = np.full(n, -1, np.int64)
    label[at] = labels
    inside = np.flatnonzero((label[said.codes >> 32] == label[said.codes & _LOW]) & (label[said.codes >> 32] >= 0))
    live = {ids[place] for place, party in enumerate(known.parties) if party.system in UNPROVEN}
    repeating = json.dumps(model.repeating)
    rows = []
    for code, weight, rule, decision in zip(
        said.codes[inside].tolist(),
        said.weights[inside].tolist(),
        said.rules[inside].tolist(),
        said.decisions[inside].tolist(),
        strict=True,
    ):
        a, b = sorted((ids[code >> 32], ids[code & _LOW]))
        rows.append((a, b, weight, RULES[rule], DECISIONS[decision], model.auto, a in live, b in live, repeating))
    records = {ids[place]: known.digests[place] for place in at.tolist()}
    links = [link for link in known.links if link.record in records]
    return clusters(records.items(), links, constraints.among(records), weighed_of(rows))


def _now_together(known: Known) -> Ints:
    """Pairs of places that hold the records of each customer together as they stand."""
    customers = np.array(known.customers, np.int64)
    order = np.argsort(customers, kind="stable")
    one, other = order[:-1], order[1:]
    same = customers[one] == customers[other]
    pairs: Ints = one[same] << 32 | other[same]
    return pairs


def _changed(parts: Sequence[Sequence[int]], current: Mapping[int, int]) -> list[Sequence[int]]:
    """Parts that are not just what one customer has now."""
    sizes = Counter(current.values())
    return [
        part for part in parts if sizes[current[part[0]]] != len(part) or len({current[record] for record in part}) > 1
    ]


def _moves(cur: Cursor, parts: Sequence[Sequence[int]], current: Mapping[int, int]) -> list[tuple[int, int]]:
    """(record, its new customer); customers that a part needs are made."""
    chosen = choose(parts, current)
    births = draw_ids(cur, {"customers_customer": chosen.count(None)})["customers_customer"]
    insert_rows(
        cur,
        "customers_customer",
        ("id", "uuid", "number"),
        [(id_, uuid, customer_number(id_)) for id_, uuid in zip(births, uuid7s(len(births)), strict=True)],
    )
    fresh = iter(births)
    moves = []
    for part, one in zip(parts, chosen, strict=True):
        customer = next(fresh) if one is None else one
        moves += [(record, customer) for record in part if current[record] != customer]
    return moves


def _write(cur: Cursor, moves: Sequence[tuple[int, int]], progress: Progress) -> None:
    progress("write", 0, len(moves))
    event = draw_ids(cur, {"core_event": 1})["core_event"][0]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "actor_type"),
        [(event, "match.match", datetime.now(UTC), "machine")],
    )
    cur.execute(_MOVES)
    with cur.copy("COPY once_move FROM STDIN") as copy:
        for move in moves:
            copy.write_row(move)
    cur.execute("ANALYZE once_move")
    cur.execute(_END, (event,))
    cur.execute(_BEGIN, (event,))
    for start in range(0, len(moves), _LOT):
        records = [record for record, _ in moves[start : start + _LOT]]
        for listener in on_records_moved:
            listener(cur, records)
        progress("write", start + len(records), len(moves))
