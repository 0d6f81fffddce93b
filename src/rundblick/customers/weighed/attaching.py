"""Why records are one customer: for every record what attached it, field by field where it was weighed.

The attachments of a customer form a tree over his records, made in the order in which customers.clusters decides: what
people put together, then shared identifiers, then weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from rundblick.core.registry import Cursor
from rundblick.customers import sql as customers_sql
from rundblick.customers.clusters import in_order, strong_pairs
from rundblick.customers.deciding import REFUSES
from rundblick.customers.matching import Explanation, Model, explain, from_json
from rundblick.customers.weighed.parties import Known, some_parties

MOST = 60  # attachments of a customer that are explained

_ACTS = """
SELECT a.uuid, e.occurred_at, CASE WHEN e.actor_type = 'person' THEN e.actor_id END, array_agg(m.record_id)
FROM customers_constraint c
JOIN customers_identityact a ON a.id = c.act_id
JOIN core_event e ON e.id = a.event_id
JOIN customers_constraintrecord m ON m.constraint_id = c.id
WHERE c.standing AND c.kind = 'together' AND m.record_id = ANY(%s)
GROUP BY c.id, a.uuid, e.occurred_at, e.actor_id, e.actor_type ORDER BY c.id
"""
_MODELS = """
SELECT e.a_id, e.b_id, m.version, m.id FROM customers_matchedge e JOIN customers_matchmodel m ON m.id = e.model_id
WHERE e.ended_by_id IS NULL AND e.a_id = ANY(%s) AND e.b_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall, see customers.matching.explaining.Row."""

    field: str
    level: str
    value_a: str
    value_b: str
    weight: float


@dataclass(frozen=True, slots=True)
class Attachment:
    """What attached ``record`` to ``other`` (ids; ``names``: SYSTEM:KEY).

    rule    person, same_number or weight
    shared  the identifiers in common, (kind, value)
    weight  log2 odds that they are one; ``steps`` add up to it. None where nothing was weighed
    model   version of the model that weighed
    by, act who confirmed it (id of the person), and in which act
    """

    record: int
    other: int
    names: tuple[str, str]
    rule: str
    shared: tuple[tuple[str, str], ...] = ()
    weight: float | None = None
    model: str = ""
    steps: tuple[Step, ...] = ()
    by: int | None = None
    act: UUID | None = None


@dataclass(slots=True)
class _Link:
    a: int
    b: int
    rule: str
    by: int | None = None
    act: UUID | None = None


def attachments(cur: Cursor, records: Iterable[int]) -> list[Attachment]:
    """What binds these records of one customer together, strongest kind first; at most ``MOST``."""
    known = some_parties(cur, records)
    ids = known.ids
    cur.execute(_MODELS, (ids, ids))
    models = {(a, b): (version, model) for a, b, version, model in cur.fetchall()}
    found = []
    for link in _tree(cur, known)[:MOST]:
        version, model = models.get((min(link.a, link.b), max(link.a, link.b)), ("", 0))
        weights = model_kept(cur, version, model) if model else None
        found.append(explained(known, link.a, link.b, link.rule, weights, link.by, link.act))
    return found


def pair(cur: Cursor, a: int, b: int) -> tuple[Known, Explanation | None]:
    """Two records and what the model in force makes of them; None without a model."""
    known = some_parties(cur, [a, b])
    cur.execute("SELECT version, id FROM customers_matchmodel WHERE in_force")
    row = cur.fetchone()
    places = known.places()
    if row is None or a not in places or b not in places:
        return known, None
    return known, explain(model_kept(cur, *row), known.parties[places[a]], known.parties[places[b]])


def explained(
    known: Known,
    a: int,
    b: int,
    rule: str,
    model: Model | None,
    by: int | None = None,
    act: UUID | None = None,
) -> Attachment:
    """One attachment with its waterfall."""
    places = known.places()
    one, other = known.parties[places[a]], known.parties[places[b]]
    mine = {link.digest for link in known.links if link.record == a}
    theirs = {link.digest for link in known.links if link.record == b}
    shared = _shared(known, a, b, mine & theirs)
    names = (f"{one.system}:{one.key}", f"{other.system}:{other.key}")
    if model is None:
        return Attachment(a, b, names, rule, shared, by=by, act=act)
    said = explain(model, one, other)
    steps = tuple(Step(row.field, row.level, row.value_a, row.value_b, row.weight) for row in said.rows)
    return Attachment(a, b, names, rule, shared, said.score, said.model, steps, by, act)


def _shared(known: Known, a: int, b: int, digests: set[bytes]) -> tuple[tuple[str, str], ...]:
    """The strong identifiers that two records have in common."""
    kinds = {link.kind for link in known.links if link.digest in digests}
    places = known.places()
    one, other = known.parties[places[a]], known.parties[places[b]]
    told = {(i.kind, i.value) for i in one.identifiers} & {(i.kind, i.value) for i in other.identifiers}
    found = sorted(each for each in told if each[0] in kinds)
    return tuple(found or sorted((kind, "") for kind in kinds))


def _tree(cur: Cursor, known: Known) -> list[_Link]:
    order = dict(zip(known.ids, known.digests, strict=True))
    parent = {record: record for record in known.ids}

    def root(record: int) -> int:
        while parent[record] != record:
            record = parent[record]
        return record

    found: list[_Link] = []

    def join(link: _Link) -> None:
        a, b = root(link.a), root(link.b)
        if a != b:
            parent[b] = a
            found.append(link)

    cur.execute(_ACTS, (known.ids,))
    for act, _at, by, members in cur.fetchall():
        here = sorted((record for record in set(members) if record in order), key=order.__getitem__)
        for other in here[1:]:
            join(_Link(here[0], other, "person", by, act))
    cur.execute(customers_sql.EDGES_AMONG, (known.ids, known.ids))
    edges = cur.fetchall()
    refused = {(a, b) for a, b, _w, rule, *_ in edges if rule in REFUSES}
    for one, other in strong_pairs(in_order(known.links), order):
        if (min(one, other), max(one, other)) not in refused:
            join(_Link(one, other, "same_number"))
    for a, b, _weight, _rule, decision, *_ in sorted(
        edges, key=lambda edge: (-edge[2], sorted((order[edge[0]], order[edge[1]])))
    ):
        if decision == "auto":
            join(_Link(a, b, "weight"))
    return found


_models: dict[str, Model] = {}  # a model has megabytes of names: read once a process
_MODELS_KEPT = 4


def model_kept(cur: Cursor, version: str, model: int) -> Model:
    """The weights of a kept model; read once a process."""
    found = _models.get(version)
    if found is None:
        cur.execute("SELECT weights FROM customers_matchmodel WHERE id = %s", (model,))
        ((text,),) = cur.fetchall()
        if len(_models) >= _MODELS_KEPT:
            _models.clear()
        found = _models[version] = from_json(text.encode())
    return found
