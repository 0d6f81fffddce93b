"""The keys of records in the database: who shares one with whom, as customers.matching.blocking says what a key is.

Every record has its keys under the model of the index (``MatchIndex``). Without an index nothing is weighed as it
comes: before the first run, while one goes on, and after one that was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rundblick.core.database import insert_rows
from rundblick.core.message import Party
from rundblick.core.registry import Cursor
from rundblick.customers.matching import Model, blocking, from_json
from rundblick.customers.matching.engine import Judge, table_for
from rundblick.customers.matching.person import Person, person_of
from rundblick.customers.matching.table import Table
from rundblick.customers.weighed import sql
from rundblick.customers.weighed.parties import Known

AT_ONCE: Final = 5_000  # records

Keys = dict[int, tuple[int, bool]]  # key -> (records of it from which it says nothing, whether it is coarse)


@dataclass(frozen=True, slots=True)
class Ready:
    """A model that weighs what comes in, and the run (id) in whose name it does; read once a process."""

    model_id: int
    run: int
    judge: Judge

    @property
    def model(self) -> Model:
        return self.judge.model

    def table(self, persons: Sequence[Person]) -> Table:
        """These persons as the model reads them."""
        table = table_for(self.model)
        table.add(persons)
        return table


_models: dict[int, Judge] = {}  # a model has megabytes of names
_KEPT: Final = 2


def ready(cur: Cursor) -> Ready | None:
    """What weighs now; None without an index."""
    cur.execute(sql.INDEX)
    row = cur.fetchone()
    return None if row is None else ready_for(cur, *row)


def ready_for(cur: Cursor, model: int, run: int) -> Ready:
    """A model (id), to weigh in the name of a run."""
    judge = _models.get(model)
    if judge is None:
        cur.execute(sql.WEIGHTS, (model,))
        ((_version, text),) = cur.fetchall()
        weights = from_json(text.encode())
        if len(_models) >= _KEPT:
            _models.clear()
        judge = _models[model] = Judge(weights, table_for(weights))
    return Ready(model, run, judge)


def keys_of(model: Ready, person: Person) -> Keys:
    """The keys of a person, under a model."""
    weights = model.model
    if person.birth and person.birth in weights.over_used_dates:
        person = person._replace(birth="")  # the model reads it as unknown
    told = blocking.keys_of(person, weights.facts, weights.plan)
    return {key: (most, coarse) for key, most, coarse in told}


def keys_of_parties(model: Ready, parties: Iterable[Party]) -> list[Keys]:
    """The keys of parties, as far as these alone say."""
    return [keys_of(model, person_of(party)) for party in parties]


def stored_keys(cur: Cursor, records: Sequence[int]) -> dict[int, set[int]]:
    """{record: its keys in the database}"""
    found: dict[int, set[int]] = {record: set() for record in records}
    if not records:
        return found
    cur.execute(sql.KEYS_OF, (list(records),))
    for record, key in cur.fetchall():
        found[record].add(key)
    return found


def sharers(cur: Cursor, most: Mapping[int, int]) -> dict[int, list[int]]:
    """{key: records that have it}, of each key at most so many as are asked for."""
    found: dict[int, list[int]] = {key: [] for key in most}
    if most:
        cur.execute(sql.SHARERS, (list(most), list(most.values())))
        for key, record in cur.fetchall():
            found[key].append(record)
    return found


def how_many(cur: Cursor, most: Mapping[int, int]) -> dict[int, int]:
    """{key: records that have it, counted as far as is asked for}"""
    if not most:
        return {}
    cur.execute(sql.HOW_MANY, (list(most), list(most.values())))
    return dict(cur.fetchall())


def write_keys(cur: Cursor, added: Sequence[tuple[int, int]], removed: Sequence[tuple[int, int]]) -> None:
    """Change the (key, record) pairs of the index."""
    if removed:
        cur.execute(sql.FORGET_KEYS, ([key for key, _ in removed], [record for _, record in removed]))
    insert_rows(cur, "customers_matchkey", ("key", "record_id"), added)


# -- making it -------------------------------------------------------------------------------------------------------


def suspend(cur: Cursor) -> None:
    """Nothing is weighed as it comes from now on; what comes is weighed when the index is ready again.

    The caller holds the lock of all batches.
    """
    cur.execute("DELETE FROM customers_matchindex")


def build(cur: Cursor, model: Ready, known: Known, progress: Callable[[str, int, int], None]) -> None:
    """Write the keys of these records under a model, lot by lot; those of others are gone."""
    cur.execute("TRUNCATE customers_matchkey")
    for start in range(0, len(known), AT_ONCE):
        lot = slice(start, start + AT_ONCE)
        several = keys_of_parties(model, known.parties[lot])
        insert_rows(
            cur,
            "customers_matchkey",
            ("key", "record_id"),
            [(key, record) for record, keys in zip(known.ids[lot], several, strict=True) for key in keys],
        )
        progress("index", min(start + AT_ONCE, len(known)), len(known))


def open_to(cur: Cursor, model: Ready) -> None:
    """What comes is weighed from now on. The caller holds the lock of all batches."""
    cur.execute(sql.FORGET_ERASED)  # who was erased while it was built is not in it
    cur.execute("DELETE FROM customers_matchindex")
    cur.execute("INSERT INTO customers_matchindex (model_id, run_id) VALUES (%s, %s)", (model.model_id, model.run))
