"""Whether the keys by which records are found are those that ``matching.blocking`` makes of them now.

A lot of records is read and its keys are made by the engine's columns, as a run makes them. Of the stored ones a number
and a mark of each record are enough to see that they are the same; only where they are not, they are read. So the
memory does not grow with the records.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from rundblick.core.installation import installation
from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Note
from rundblick.customers.matching import blocking
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.table import Ints
from rundblick.customers.weighed import index, sql
from rundblick.customers.weighed.index import Ready
from rundblick.customers.weighed.parties import Known, parties_between

AT_ONCE: Final = 5_000  # records
TABLE: Final = "customers_matchkey"


def wrong_keys(cur: Cursor) -> Iterator[Difference | Note]:
    """Records whose stored keys are not theirs: ``row`` is the record.

    missing      keys by which it would not be found, by their kinds
    stale        keys of what it does not say any more
    superfluous  keys of a record that was erased, or is not there
    """
    model = index.ready(cur)
    if model is None:
        if _is_in_force(cur) and not installation().read_only:
            yield Note(_not_compared())
        return
    with _let_go_of(cur):
        cur.execute(sql.LAST_KEYS)
        ((last,),) = cur.fetchall()
    wrong = False
    for start in range(0, last, AT_ONCE):
        found = _lot(cur, model, start, start + AT_ONCE)
        if found is None:
            yield Note(_("A run began meanwhile and makes the keys anew: the others were not compared."))
            return
        wrong = wrong or bool(found)
        yield from found
    if wrong:
        yield Note(
            _(
                "What mends it: `rundblick customers match` makes all keys anew, and finds who was not found for lack "
                "of them."
            )
        )


def _not_compared() -> str:
    return _(
        "The keys were not compared: nothing is weighed as it comes just now. A run or an import is under way; or one "
        "was broken off, then `rundblick customers match` makes the keys anew."
    )


def _is_in_force(cur: Cursor) -> bool:
    cur.execute("SELECT FROM customers_matchmodel WHERE in_force")
    return cur.fetchone() is not None


def _lot(cur: Cursor, model: Ready, after: int, last: int) -> list[Difference] | None:
    """What is wrong with the records of a range; None when the keys are no longer those of this snapshot."""
    with _let_go_of(cur):
        cur.execute(f"LOCK TABLE {TABLE} IN ACCESS SHARE MODE")
        cur.execute(sql.SAME_KEYS)
        ((same,),) = cur.fetchall()
        return _differences(cur, model, after, last) if same else None


@contextmanager
def _let_go_of(cur: Cursor) -> Iterator[None]:
    """A run empties the table and waits for whoever reads it: so it is let go of after each lot."""
    cur.execute("SAVEPOINT match_keys")
    yield
    cur.execute("ROLLBACK TO SAVEPOINT match_keys")
    cur.execute("RELEASE SAVEPOINT match_keys")


def _differences(cur: Cursor, model: Ready, after: int, last: int) -> list[Difference]:
    known = parties_between(cur, after, last)
    made = _Made(model, known)
    cur.execute(sql.KEY_MARKS, (after, last))
    stored = {record: (n, mark) for record, n, mark in cur.fetchall()}
    due = dict(zip(known.ids, made.marks(), strict=True))
    doubtful = [record for record in due.keys() | stored.keys() if due.get(record, _NONE) != stored.get(record, _NONE)]
    if not doubtful:
        return []
    there = index.stored_keys(cur, doubtful)
    places = known.places()
    found: list[Difference] = []
    for record in sorted(doubtful):
        if record not in places:
            found.append(Difference(TABLE, record, "superfluous", _keys(len(there[record])), "none"))
            continue
        wanted = made.keys(places[record])
        if missing := wanted.keys() - there[record]:
            kinds = " ".join(sorted({wanted[key] for key in missing}))
            found.append(Difference(TABLE, record, "missing", "none", f"{_keys(len(missing))}: {kinds}"))
        if stale := there[record] - wanted.keys():
            found.append(Difference(TABLE, record, "stale", _keys(len(stale)), "none"))
    return found


_NONE: Final = (0, 0)


def _keys(n: int) -> str:
    return f"{n} keys" if n != 1 else "1 key"


class _Made:
    """The keys of records as the engine makes them now; a record's keys of several kinds are never the same."""

    def __init__(self, model: Ready, known: Known) -> None:
        self._names: list[str] = []
        self._columns: Ints = np.zeros((0, len(known)), np.int64)
        if not len(known):
            return
        table = model.table([person_of(party) for party in known.parties])
        kinds = [(keys.name, column) for keys in blocking.key_kinds(table, model.model.plan) for column in keys.columns]
        self._names = [name for name, _column in kinds]
        self._columns = np.stack([column for _name, column in kinds])
        for place, name in enumerate(self._names):  # a key twice is one key
            for before in range(place):
                if self._names[before] == name:
                    again = self._columns[place] == self._columns[before]
                    self._columns[place, again] = 0

    def marks(self) -> Iterator[tuple[int, int]]:
        """(how many keys, all of them by exclusive or) of each record."""
        counts = np.count_nonzero(self._columns, axis=0)
        return zip(counts.tolist(), np.bitwise_xor.reduce(self._columns, axis=0).tolist(), strict=True)

    def keys(self, place: int) -> dict[int, str]:
        """{key: its kind} of one record."""
        column = self._columns[:, place].tolist()
        return {key: name for key, name in zip(column, self._names, strict=True) if key}
