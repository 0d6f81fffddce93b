"""Which records are one customer: a pure function of the records and of what people decided, not of any order.

1. Records that a person said are together are together, whatever their numbers say.
2. Records that share a strong identifier belong together, unless a veto says no: two different numbers of one issuing
   system would meet under one customer (exclusivity), or records that a person said are apart.
3. Records that weighed evidence joins (customers.matching) belong together, strongest first, under the same vetoes.

Joins are tried in a fixed order (numbers of a person before orders, addresses and telephones, then by the identifiers'
digests), so the same set of records gives the same customers in whatever order they came (FOUNDATIONS 5). A value that
more than ``OVERUSED`` records carry says nothing of a person and joins nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

OVERUSED = 50
EXCLUSIVE = frozenset({"customer_no"})
WEAKER = {"order_no": 1, "invoice_no": 1, "email": 2, "handle": 2, "phone": 3}  # joined after numbers of a person

Numbers = dict[tuple[str, str], set[bytes]]  # (kind, issuing system) -> digests of the numbers that one group has


@dataclass(frozen=True, slots=True)
class Link:
    """A strong identifier of a record. ``order`` is the record's own key digest: its place in the fixed order."""

    record: int
    order: bytes
    kind: str
    issuer: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Weighed:
    """A pair of records that weighed evidence joins by itself. ``weight``: bits."""

    one: int
    other: int
    weight: float


@dataclass(frozen=True, slots=True)
class Constraints:
    """What people decided about records.

    together  each set is one customer
    apart     no customer may hold a record of the first and one of the second set of a pair
    """

    together: Sequence[Collection[int]] = ()
    apart: Sequence[tuple[Collection[int], Collection[int]]] = ()


NONE = Constraints()


def clusters(
    records: Iterable[tuple[int, bytes]],
    links: Sequence[Link],
    constraints: Constraints = NONE,
    weighed: Iterable[Weighed] = (),
) -> list[list[int]]:
    """Partition ``records`` (id, key digest) into customers. Each part is sorted by the records' key digests."""
    order = dict(records)
    ordered = in_order(links)
    groups = _Groups(order, numbers_of(ordered), constraints.apart)
    for together in constraints.together:
        first, *others = together
        for other in others:
            groups.join(first, other)
    for one, other in strong_pairs(ordered, order):
        groups.join_if_allowed(one, other)
    for edge in strongest_first(weighed, order):
        groups.join_if_allowed(edge.one, edge.other)
    return groups.parts(sorted(order, key=order.__getitem__))


def strongest_first(weighed: Iterable[Weighed], order: Mapping[int, bytes]) -> list[Weighed]:
    """Weighed pairs in the order in which they are tried: by weight, then by the digests of their records."""
    return sorted(weighed, key=lambda edge: (-edge.weight, *sorted((order[edge.one], order[edge.other]))))


def in_order(links: Iterable[Link]) -> list[Link]:
    """Links in the order in which they are tried."""
    return sorted(links, key=lambda link: (WEAKER.get(link.kind, 0), link.digest))


def strong_pairs(ordered: Sequence[Link], order: Mapping[int, bytes]) -> Iterator[tuple[int, int]]:
    """Pairs of records that share a strong identifier, in the order of the links."""
    shared: dict[bytes, list[int]] = {}
    for link in ordered:
        if (sharing := shared.get(link.digest)) is None:
            shared[link.digest] = [link.record]
        else:
            sharing.append(link.record)
    for sharing in shared.values():
        if len(sharing) > 1:
            group = sorted(set(sharing), key=order.__getitem__)
            if len(group) <= OVERUSED:
                yield from combinations(group, 2)


def numbers_of(ordered: Sequence[Link]) -> dict[int, Numbers]:
    """The numbers of each record of which a person has one a system.

    A record with two numbers of one system keeps the first: it says nothing against itself.
    """
    found: dict[int, Numbers] = {}
    for link in ordered:
        if link.kind in EXCLUSIVE:
            key = (link.kind, link.issuer)
            if (mine := found.get(link.record)) is None:
                found[link.record] = {key: {link.digest}}
            elif key not in mine:
                mine[key] = {link.digest}
    return found


def clashes(mine: Numbers, theirs: Numbers) -> list[tuple[str, str]]:
    """The (kind, issuing system) of which two groups have different numbers.

    A group that a person put together may have two numbers of one system; whoever has one of them is no stranger to it.
    """
    return [
        key
        for key, numbers in mine.items()
        if (others := theirs.get(key)) and not (numbers <= others or others <= numbers)
    ]


class _Groups:
    """Groups of records that grow by joins, with the numbers and the decisions that each of them carries."""

    def __init__(
        self,
        records: Iterable[int],
        numbers: dict[int, Numbers],
        apart: Sequence[tuple[Collection[int], Collection[int]]],
    ) -> None:
        self._parent = {record: record for record in records}
        self._numbers: dict[int, Numbers] = {
            record: {key: set(found) for key, found in of.items()} for record, of in numbers.items()
        }
        self._sides: dict[int, set[int]] = defaultdict(
            set
        )  # +n: it holds a record of the n-th pair's first set, -n ...
        for n, sides in enumerate(apart, 1):
            for sign, side in zip((n, -n), sides, strict=True):
                for record in side:
                    self._sides[record].add(sign)

    def _root(self, record: int) -> int:
        parent = self._parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def join_if_allowed(self, one: int, other: int) -> None:
        """Join the groups of two records, unless a veto says no."""
        a, b = self._root(one), self._root(other)
        if a == b:
            return
        mine, theirs = self._numbers.get(a), self._numbers.get(b)
        if mine and theirs and clashes(mine, theirs):
            return
        if self._sides and not self._sides.get(a, set()).isdisjoint(-n for n in self._sides.get(b, ())):
            return
        self._join(a, b)

    def join(self, one: int, other: int) -> None:
        """Join the groups of two records, whatever speaks against it."""
        a, b = self._root(one), self._root(other)
        if a != b:
            self._join(a, b)

    def _join(self, a: int, b: int) -> None:
        self._parent[b] = a
        if theirs := self._numbers.get(b):
            mine = self._numbers.setdefault(a, {})
            for key, found in theirs.items():
                mine.setdefault(key, set()).update(found)
        if b in self._sides:
            self._sides[a] |= self._sides[b]

    def parts(self, records: Iterable[int]) -> list[list[int]]:
        parts: dict[int, list[int]] = defaultdict(list)
        for record in records:
            parts[self._root(record)].append(record)
        return list(parts.values())
