"""The keys of records in the database: who shares one with whom, as customers.matching.blocking says what a key is.

Every record has its keys under the model of the index (``MatchIndex``). Without an index nothing is weighed as it
comes: before the first run, while one goes on, and after one that was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import transaction

from rundblick.core.database import insert_rows, without_indexes
from rundblick.core.message import Party
from rundblick.core.registry import Cursor
from rundblick.customers.matching import Model, blocking, from_json
from rundblick.customers.matching.engine import Judge, table_for
from rundblick.customers.matching.person import Person, person_of
from rundblick.customers.matching.table import Ints, Table
from rundblick.customers.weighed import sql

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


def build(
    cur: Cursor, model: Ready, ids: Sequence[int], table: Table, progress: Callable[[str, int, int], None]
) -> None:
    """Write the keys of records under a model, all at once; those of others are gone.

    ids    the record of each row of the ``table``, which holds them as the model reads them
    """
    records = np.array(ids, np.int64)
    kinds = blocking.kinds_of(table.facts, model.model.plan)
    with transaction.atomic():
        cur.execute("TRUNCATE customers_matchkey")
        with without_indexes(cur, "customers_matchkey"), cur.copy(_COPY) as copy:
            copy.write(_HEAD)
            for done, keys in enumerate(blocking.key_kinds(table, model.model.plan), start=1):
                for column in keys.columns:
                    for rows in _copied(column, records):
                        copy.write(rows)
                progress("index", len(records) * done // (len(kinds) + 1), len(records))
            copy.write(_END)
    progress("index", len(records), len(records))


# PostgreSQL's own form of rows: how many columns, then each with its length (its manual, COPY, binary format)
_COPY: Final = "COPY customers_matchkey (key, record_id) FROM STDIN (FORMAT BINARY)"
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_ROW: Final = np.dtype([("columns", ">i2"), ("size", ">i4"), ("key", ">i8"), ("size_2", ">i4"), ("record", ">i8")])
_ROWS: Final = 50_000


def _copied(keys: Ints, records: Ints) -> Iterator[bytes]:
    """(key, record) of every record that has one, equal keys side by side."""
    at = np.flatnonzero(keys)
    at = at[np.argsort(keys[at], kind="stable")]
    for start in range(0, len(at), _ROWS):
        some = at[start : start + _ROWS]
        rows = np.empty(len(some), _ROW)
        rows["columns"], rows["size"], rows["size_2"] = 2, 8, 8
        rows["key"], rows["record"] = keys[some], records[some]
        yield rows.tobytes()


def open_to(cur: Cursor, model: Ready) -> None:
    """What comes is weighed from now on. The caller holds the lock of all batches."""
    cur.execute(sql.FORGET_ERASED)  # who was erased while it was built is not in it
    cur.execute("DELETE FROM customers_matchindex")
    cur.execute("INSERT INTO customers_matchindex (model_id, run_id) VALUES (%s, %s)", (model.model_id, model.run))
