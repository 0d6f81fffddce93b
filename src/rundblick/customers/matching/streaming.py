"""Resolution of parties as they come: found, weighed and kept one after another, in memory.

``Engine.clusters`` gives what ``engine.resolve`` gives for the same set under the same model. A single party is weighed
without arrays (``single``); many at once go through the columns, as all do in ``resolve``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from rundblick.core.message import Identifier, Party
from rundblick.customers.matching import blocking
from rundblick.customers.matching.engine import (
    NONE,
    Constraints,
    Judge,
    Record,
    Resolution,
    decided,
    table_for,
    weighed,
)
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.single import Seen, SingleJudge, promising
from rundblick.customers.matching.table import Ints

_MANY: Final = 200  # parties from which columns cost less than one after another


class Engine:
    """Parties one after another, in memory. ``clusters()`` gives what ``resolve`` gives for the same set and model."""

    def __init__(self, model: Model, constraints: Constraints = NONE) -> None:
        self._constraints = constraints
        self._model = model
        self._table = table_for(model)  # filled when columns are needed
        self._judge = Judge(model, self._table)
        self._single = SingleJudge(model)
        self._records: dict[Record, None] = {}
        self._identifiers: list[tuple[Identifier, ...]] = []
        self._seen: list[Seen] = []
        self._rows: dict[int, int | list[int]] = {}  # a key: the record that has it, or those that have it
        self._pairs: list[int] = []  # pairs that may be one person, ``lower << 32 | higher``

    def add(self, party: Party) -> int:
        """Take one party in; its index. Raises ``ValueError`` for a record (system, key) that is there already."""
        row = self._take(party)
        mine = self._seen[row]
        found: set[int] = set()
        coarse: set[int] = set()
        rows = self._rows
        for key, most, is_coarse in blocking.keys_of(mine.person, self._model.facts, self._model.plan):
            sharing = rows.get(key)
            if sharing is None:
                rows[key] = row
            elif isinstance(sharing, int):
                if sharing != row:
                    rows[key] = [sharing, row]
                    (coarse if is_coarse else found).add(sharing)
            elif len(sharing) < most and sharing[-1] != row:
                (coarse if is_coarse else found).update(sharing)
                sharing.append(row)
        found.update(other for other in coarse - found if promising(self._seen[other], mine))
        for other in found:
            if self._single.may_be_one(self._seen[other], mine):
                self._pairs.append(other << 32 | row)
        return row

    def extend(self, parties: Sequence[Party]) -> list[int]:
        """Take several parties in at once; their indices. Raises ``ValueError`` as ``add`` does, with none taken."""
        fresh = {(party.system, party.key) for party in parties}
        if len(fresh) < len(parties) or not fresh.isdisjoint(self._records):
            raise ValueError("a record comes twice")
        if len(parties) < _MANY:
            return [self.add(party) for party in parties]
        rows = [self._take(party) for party in parties]
        self._fill()
        codes = self._candidates(rows[0])
        self._pairs += weighed(self._judge, codes, progress=lambda done: None).codes.tolist()
        return rows

    def _take(self, party: Party) -> int:
        row = len(self._records)
        self._records.setdefault((party.system, party.key))
        if len(self._records) == row:
            raise ValueError(f"the record {party.system}:{party.key} is there already")
        self._identifiers.append(party.identifiers)
        self._seen.append(self._single.seen(person_of(party)))
        return row

    def _fill(self) -> None:
        """Bring the columns up to date."""
        if waiting := self._seen[len(self._table) :]:
            self._table.add([seen.person for seen in waiting])

    def _candidates(self, start: int) -> Ints:
        """Pairs of the records from ``start`` on with all before them that share a key that is not over-used yet."""
        found: set[int] = set()
        coarse: set[int] = set()
        rows = self._rows
        for row, several, most, into in self._keys(start, found, coarse):
            for key in several:
                if not key:
                    continue
                sharing = rows.get(key)
                if sharing is None:
                    rows[key] = row
                    continue
                if isinstance(sharing, int):
                    sharing = rows[key] = [sharing]
                if len(sharing) < most and sharing[-1] != row:
                    into.update([other << 32 | row for other in sharing])
                    sharing.append(row)
        coarse -= found
        doubtful = np.fromiter(coarse, np.int64, len(coarse))
        if len(doubtful):
            doubtful = doubtful[blocking.promising(self._table, doubtful >> 32, doubtful & 0xFFFFFFFF)]
        codes = np.concatenate([np.fromiter(found, np.int64, len(found)), doubtful])
        codes.sort()
        return codes

    def _keys(
        self, start: int, found: set[int], coarse: set[int]
    ) -> Iterator[tuple[int, Sequence[int], int, set[int]]]:
        """(record, its keys of one kind, most records of a key, where the pairs go), kind by kind."""
        for keys in blocking.key_kinds(self._table, self._model.plan, slice(start, len(self._records))):
            # a record's own keys of a kind one after another, so that none meets itself
            for row, several in enumerate(zip(*(column.tolist() for column in keys.columns), strict=True), start):
                yield row, several, keys.most, coarse if keys.coarse else found

    def resolution(self) -> Resolution:
        """Clusters and edges of all that came so far."""
        self._fill()
        codes = np.array(sorted(self._pairs), np.int64)
        # a key may have become over-used since a pair was found
        still = blocking.still_pairs(self._table, self._model.plan, codes >> 32, codes & 0xFFFFFFFF)
        pairs = weighed(self._judge, codes[still], progress=lambda done: None)
        return decided(self._judge, list(self._records), self._identifiers, pairs, self._constraints)

    def clusters(self) -> list[list[int]]:
        """The customers among all parties that came so far."""
        return self.resolution().clusters
