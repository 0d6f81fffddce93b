"""What comes in is weighed at once: its edges, and all that they change, are made as a run would make them.

    arrived = weigh(cur, ready, touched, held)
    decide(cur, arrived.concerned, alone=True)          # customers.deciding

After it the edges in the database are those that a run over all records would write: a function of the records, the
model and the decisions of people. A record is compared with those that share a key with it, as the index tells. What
comes in can make a key over-used: then pairs that nothing else finds are no pairs any more. And it can bring records
into reach of each other, of which every pair counts. So the components that are touched, and only they, are weighed
again, and locked before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import structlog

from rundblick.core.database import insert_rows, settle
from rundblick.core.registry import Cursor
from rundblick.customers import sql as customers_sql
from rundblick.customers.deciding import Reached, current_customers, reach
from rundblick.customers.identifying import Alone
from rundblick.customers.matching import blocking
from rundblick.customers.matching.engine import Judge
from rundblick.customers.matching.person import Person, person_of
from rundblick.customers.matching.table import Ints
from rundblick.customers.weighed import index, sql
from rundblick.customers.weighed.edges import Wanted, edges_among
from rundblick.customers.weighed.index import Keys, Ready
from rundblick.customers.weighed.parties import Known, some_parties

log = structlog.get_logger()

Pair = tuple[int, int]
LOOKS: Final = 5  # how often a region may grow while its locks are waited for, before all wait for it
LARGE: Final = 300  # records that are weighed again for one that came, from which it is logged


@dataclass(frozen=True, slots=True)
class Arrived:
    """concerned: records {id: key digest} to decide about, all they reach is locked; changed: records with new edges"""

    concerned: dict[int, bytes]
    changed: frozenset[int]


def weigh(
    cur: Cursor,
    ready: Ready,
    touched: Mapping[int, bytes],
    held: Collection[int] | None,
    around: Mapping[int, bytes] | None = None,
    fresh: Collection[int] = (),
) -> Arrived:
    """Bring keys and edges of touched records {id: key digest} up to date.

    All that is known of them stands in the tables.

    held    keys whose stripes the caller holds, None for all of them
    around  records of which nothing new is known, but whose components changed (a person's decision)
    fresh   those of the touched records that were made just now
    Raises Alone where that is not enough.
    """
    return _Arrival(cur, ready, held, fresh).weigh(dict(touched), dict(around or {}))


@dataclass(slots=True)
class _Shared:
    """Who has a key: ``records`` are all of them where it is not over-used, or became so just now."""

    records: list[int]
    most: int
    coarse: bool
    before: int

    @property
    def good(self) -> bool:
        return len(self.records) <= self.most


class _Arrival:
    def __init__(self, cur: Cursor, ready: Ready, held: Collection[int] | None, fresh: Collection[int]) -> None:
        self._cur, self._ready, self._held, self._fresh = cur, ready, held, fresh
        self._known: dict[int, int] = {}  # record: place in _records
        self._records = Known()
        self._persons: dict[int, Person] = {}
        self._digests: dict[int, bytes] = {}

    def weigh(self, touched: dict[int, bytes], around: dict[int, bytes]) -> Arrived:
        self._load(touched)
        mine = [record for record in sorted(touched) if record in self._known]
        shared, again = self._renew_keys(mine)
        core = self._losing(shared) | touched.keys() | around.keys()
        self._load({record for one in (*shared.values(), *again.values()) if one.good for record in one.records})
        near = self._near(mine, shared) | self._revived(again)
        core |= self._joining(near)
        region = self._hold(core, mine)
        wanted = self._wanted(region, near, shared)
        changed = self._write(wanted, set(mine), region, near)
        if len(region.records) > LARGE:
            log.info("weighed again", came=len(mine), region=len(region.records), edges=len(changed))
        told = frozenset(record for pair in changed for record in pair)
        # one whose edges only ask something is where it was
        moved = {record: digest for record, digest in region.records.items() if record in told}
        return Arrived({**touched, **around, **moved}, told)

    # -- keys ----------------------------------------------------------------------------------------------------

    def _renew_keys(self, mine: Sequence[int]) -> tuple[dict[int, _Shared], dict[int, _Shared]]:
        """Write the keys of these records; gives who shares them, and who shares one that may say something again."""
        if not mine:
            return {}, {}
        model = self._ready
        told = [index.keys_of(model, self._persons[record]) for record in mine]
        stored = index.stored_keys(self._cur, [record for record in mine if record not in self._fresh])
        added = [
            (key, record)
            for record, keys in zip(mine, told, strict=True)
            for key in keys.keys() - stored.get(record, set())
        ]
        removed = [
            (key, record)
            for record, keys in zip(mine, told, strict=True)
            for key in stored.get(record, set()) - keys.keys()
        ]
        self._must_hold(key for key, _ in (*added, *removed))
        index.write_keys(self._cur, added, removed)
        kinds: Keys = {key: kind for keys in told for key, kind in keys.items()}
        came, went = _count(added), _count(removed)
        ask = {key: most + came.get(key, 0) + 1 for key, (most, _) in kinds.items()}
        gone = [key for key in went if key not in kinds]
        ask.update(dict.fromkeys(gone, blocking.OVERUSED + 1))
        found = index.sharers(self._cur, ask)
        shared = {
            key: _Shared(found[key], most, coarse, len(found[key]) - came.get(key, 0) + went.get(key, 0))
            for key, (most, coarse) in kinds.items()
        }
        # which kind a key is that nobody here has any more is not known yet: it may have crossed any kind's bound
        kinds_of = blocking.kinds_of(model.model.facts, model.model.plan)
        again = {
            key: _Shared(found[key], most, False, most + 1)
            for key in went
            for most in sorted({kind.most for kind in kinds_of})
            if 1 < len(found[key]) <= most < len(found[key]) + went[key]
        }
        if again:
            self._must_be_alone()
        return shared, again

    def _revived(self, again: Mapping[int, _Shared]) -> set[Pair]:
        """Pairs of records that share a key which says something again."""
        near: set[Pair] = set()
        coarse: set[Pair] = set()
        for key, one in again.items():
            here = sorted(record for record in one.records if record in self._known)
            if len(here) > 1:
                most, is_coarse = index.keys_of(self._ready, self._persons[here[0]]).get(key, (0, False))
                if len(one.records) <= most:
                    (coarse if is_coarse else near).update(combinations(here, 2))
        return near | self._promising(coarse - near)

    def _losing(self, shared: Mapping[int, _Shared]) -> set[int]:
        """Records with an edge to another one with which they share a key that has become over-used just now."""
        lost = [one.records for one in shared.values() if one.before <= one.most < len(one.records) and one.before > 1]
        if not lost:
            return set()
        self._must_be_alone()
        records = sorted({record for several in lost for record in several})
        self._cur.execute(sql.EDGES_BETWEEN, (records, records))
        both = [set(several) for several in lost]
        return {
            record
            for pair in self._cur.fetchall()
            if any(pair[0] in one and pair[1] in one for one in both)
            for record in pair
        }

    def _must_hold(self, keys: Iterable[int]) -> None:
        if self._held is not None and not set(keys) <= set(self._held):
            raise Alone

    def _must_be_alone(self) -> None:
        if self._held is not None:
            raise Alone

    # -- pairs ---------------------------------------------------------------------------------------------------

    def _near(self, mine: Sequence[int], shared: Mapping[int, _Shared]) -> set[Pair]:
        """Pairs of these records with all that share a key that is not over-used."""
        members = set(mine)
        near: set[Pair] = set()
        coarse: set[Pair] = set()
        for one in shared.values():
            if one.good:
                into = coarse if one.coarse else near
                here = [record for record in one.records if record in self._known]
                for a in members.intersection(here):
                    into.update((a, b) if a < b else (b, a) for b in here if a != b)
        coarse -= near
        return near | self._promising(coarse)

    def _promising(self, pairs: set[Pair]) -> set[Pair]:
        if not pairs:
            return pairs
        judge, ids = self._judge({record for pair in pairs for record in pair})
        codes = _codes(pairs, ids)
        kept = codes[blocking.promising(judge.weigher.table, codes >> 32, codes & 0xFFFFFFFF)]
        return _pairs(kept, sorted(ids, key=ids.__getitem__))

    def _joining(self, near: set[Pair]) -> set[int]:
        """Records of pairs that join by themselves."""
        if not near:
            return set()
        judge, ids = self._judge({record for pair in near for record in pair})
        codes = _codes(near, ids)
        scores, veto = judge(codes >> 32, codes & 0xFFFFFFFF)
        joins = codes[(scores >= judge.model.auto) & (veto == 0)]
        return {record for pair in _pairs(joins, sorted(ids, key=ids.__getitem__)) for record in pair}

    def _judge(self, records: Collection[int]) -> tuple[Judge, dict[int, int]]:
        """A judge of these records, and the row of each, in the order of their ids."""
        ids = sorted(records)
        table = self._ready.table([self._persons[record] for record in ids])
        return self._ready.judge.over(table), {record: row for row, record in enumerate(ids)}

    # -- what is reached, and locked -----------------------------------------------------------------------------

    def _hold(self, core: set[int], mine: Collection[int]) -> Reached:
        """All that these records reach, its customers locked, and read again under the lock."""
        if not core:
            return Reached({}, [])
        self._load(core)
        digests = {record: self._digests[record] for record in core}
        region = reach(self._cur, digests, weighed=False)
        locked: set[int] = set()
        for _ in range(LOOKS):
            current = current_customers(self._cur, list(region.records))
            customers = {customer for customer, _ in current.values()}
            if customers <= locked:
                break
            self._cur.execute(customers_sql.LOCK_CUSTOMERS, (sorted(customers - locked),))
            locked |= customers
            again = reach(self._cur, digests, weighed=False)
            if again.records.keys() == region.records.keys():
                region = again
                break
            region = again
        else:
            self._must_be_alone()
        # whoever else changes one of them waits for his customer's lock; what came here is held since it came
        self._load(region.records.keys() - mine, again=True)
        return region

    def _wanted(self, region: Reached, near: set[Pair], shared: Mapping[int, _Shared]) -> dict[Pair, Wanted]:
        """What is to be said of the pairs that are near and of those inside the region."""
        inside = [record for record in region.records if record in self._known]
        pairs = near | (self._inside(inside, shared) if len(inside) > 1 else set())
        records = {*inside, *(record for pair in pairs for record in pair)}
        if not records:
            return {}
        judge, ids = self._judge(records)
        order = sorted(ids, key=ids.__getitem__)
        places = [self._known[record] for record in order]
        told = self._records
        known = Known(
            order,
            [told.digests[place] for place in places],
            [told.parties[place] for place in places],
            [told.customers[place] for place in places],
            [link for link in region.links if link.record in ids],
        )
        together = [list(members) for members in region.constraints.together]
        return edges_among(known, judge, _codes(pairs, ids), together)

    def _inside(self, records: Sequence[int], shared: Mapping[int, _Shared]) -> set[Pair]:
        """Pairs of these records that share a key that is not over-used."""
        order = sorted(records)
        having: dict[int, list[int]] = {}
        kinds: Keys = {}
        for record in order:
            for key, kind in index.keys_of(self._ready, self._persons[record]).items():
                having.setdefault(key, []).append(record)
                kinds[key] = kind
        several = {key: some for key, some in having.items() if len(some) > 1}
        unknown = {key: kinds[key][0] + 1 for key in several if key not in shared}
        counts = index.how_many(self._cur, unknown)
        near: set[Pair] = set()
        coarse: set[Pair] = set()
        for key, some in several.items():
            good = shared[key].good if key in shared else counts[key] <= kinds[key][0]
            if good:
                (coarse if kinds[key][1] else near).update(combinations(some, 2))
        return near | self._promising(coarse - near)

    # -- what changes --------------------------------------------------------------------------------------------

    def _write(self, wanted: dict[Pair, Wanted], mine: set[int], region: Reached, near: set[Pair]) -> set[Pair]:
        """Write the difference to the edges that stand; gives the pairs whose edges came, went or changed."""
        inside = [record for record in region.records if record in self._known]
        beyond = sorted({record for pair in near if not (set(pair) & mine) for record in pair})
        self._cur.execute(sql.EDGES_AROUND, {"touched": sorted(mine), "region": sorted({*inside, *beyond})})
        ended: list[int] = []
        changed: set[Pair] = set()
        region_of = set(inside)
        for edge, a, b, weight, rule, decision, model in self._cur.fetchall():
            pair = (a, b)
            if a not in self._known or b not in self._known:
                continue  # somebody who was erased: what bound him stays
            if not (a in mine or b in mine or (a in region_of and b in region_of) or pair in near):
                continue
            one = wanted.get(pair)
            if one is not None and (weight, rule, decision, model) == (
                one.weight,
                one.rule,
                one.decision,
                self._ready.model_id,
            ):
                del wanted[pair]
            else:
                ended.append(edge)
                changed.add(pair)
        if ended:
            self._cur.execute(sql.END, (self._ready.run, ended))
        insert_rows(
            self._cur,
            "customers_matchedge",
            ("run_id", "a_id", "b_id", "weight", "rule", "decision", "model_id"),
            [
                (self._ready.run, *pair, one.weight, one.rule, one.decision, self._ready.model_id)
                for pair, one in sorted(wanted.items())
            ],
        )
        settle(self._cur)  # whoever decides asks for these edges by questions that wait for nothing
        return changed | wanted.keys()

    # -- records -------------------------------------------------------------------------------------------------

    def _load(self, records: Iterable[int], again: bool = False) -> None:
        """Read these records; those that were erased are left out, as a run does."""
        wanted = [record for record in records if again or record not in self._known]
        if not wanted:
            return
        found = some_parties(self._cur, wanted)
        self._cur.execute(sql.ERASED_AMONG, (found.ids,))
        erased = {record for (record,) in self._cur.fetchall()}
        told = self._records
        for place, record in enumerate(found.ids):
            self._digests[record] = found.digests[place]
            if record in erased:
                self._known.pop(record, None)
                continue
            self._known[record] = len(told.ids)
            told.ids.append(record)
            told.digests.append(found.digests[place])
            told.parties.append(found.parties[place])
            told.customers.append(found.customers[place])
            self._persons[record] = person_of(found.parties[place])


def _count(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for key, _ in pairs:
        counts[key] = counts.get(key, 0) + 1
    return counts


def _codes(pairs: Iterable[Pair], ids: Mapping[int, int]) -> Ints:
    """Pairs of records as ``lower << 32 | higher`` row, ascending."""
    codes = np.array([ids[a] << 32 | ids[b] for a, b in pairs], np.int64)
    codes.sort()
    return codes


def _pairs(codes: Ints, order: Sequence[int]) -> set[Pair]:
    return {(order[code >> 32], order[code & 0xFFFFFFFF]) for code in codes.tolist()}
