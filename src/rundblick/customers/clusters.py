"""Which records are one customer: a pure function of the records and of what people decided, not of any order.

1. Records that a person said are together are together, whatever their numbers say.
2. Records that share a strong identifier belong together, unless a veto says no: two different numbers of one issuing
   system would meet under one customer (exclusivity), records that a person said are apart, or two people by what was
   weighed (customers.matching.rules).
3. Groups whose records weigh enough (``Edge``) belong together, under the same vetoes, as customers.matching.grouping
   puts them. Two groups that people put together each are left to a person.

A record that proves nothing of itself (``UNPROVEN``: an address that wrote, a form that somebody filled in) comes to a
group by what it claims, and never brings two of them together.

Joins are tried in a fixed order (numbers of a person before orders, addresses and telephones, then by the identifiers'
digests), so the same set of records gives the same customers in whatever order they came (FOUNDATIONS 5). A value that
more than ``OVERUSED`` records carry says nothing of a person and joins nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

OVERUSED = 50
# systems whose records nobody proved: a sender can be forged, a form says what somebody wrote into it
UNPROVEN = ("email", "phone", "form", "chat")
EXCLUSIVE = frozenset({"customer_no"})
WEAKER = {"order_no": 1, "invoice_no": 1, "email": 2, "handle": 2, "phone": 3}  # joined after numbers of a person

Numbers = dict[tuple[str, str], set[bytes]]  # (kind, issuing system) -> digests of the numbers that one group has


@dataclass(frozen=True, slots=True)
class Link:
    """A strong identifier of a record. ``order`` is the record's own key digest: its place in the fixed order.

    proven  whether the record's system proves anything (not one of ``UNPROVEN``)
    """

    record: int
    order: bytes
    kind: str
    issuer: str
    digest: bytes
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Constraints:
    """What people decided about records.

    together  each set is one customer
    apart     no customer may hold a record of the first and one of the second set of a pair
    """

    together: Sequence[Collection[int]] = ()
    apart: Sequence[tuple[Collection[int], Collection[int]]] = ()

    def among(self, records: Container[int]) -> Constraints:
        """What of it is about these records."""
        return Constraints(
            [kept for one in self.together if (kept := [record for record in one if record in records])],
            [
                (a, b)
                for one, other in self.apart
                if (a := [r for r in one if r in records]) and (b := [r for r in other if r in records])
            ],
        )


NONE = Constraints()


@dataclass(frozen=True, slots=True)
class Edge:
    """What a model says of a pair of records.

    weight   log2 odds that they are one
    joins    it is enough by itself, and nothing speaks against it
    bars     their groups never come together, but by a person
    refuses  the two do not join each other, also if they share a strong identifier
    """

    a: int
    b: int
    weight: float
    joins: bool = False
    bars: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a model says of records that reach each other: every pair of them, as far as it was weighed.

    auto      weight from which a pair joins by itself
    unproven  records that prove nothing of themselves
    repeating systems that give one person several numbers: two of them keep no weighed groups apart
    """

    edges: Sequence[Edge] = ()
    auto: float = 0.0
    unproven: Collection[int] = frozenset()
    repeating: Collection[str] = frozenset()


UNWEIGHED = Weighed()


def clusters(
    records: Iterable[tuple[int, bytes]],
    links: Sequence[Link],
    constraints: Constraints = NONE,
    weighed: Weighed = UNWEIGHED,
) -> list[list[int]]:
    """Partition ``records`` (id, key digest) into customers. Each part is sorted by the records' key digests."""
    order = dict(records)
    ordered = in_order(links)
    barred = [((edge.a,), (edge.b,)) for edge in weighed.edges if edge.bars]
    refused = {(edge.a, edge.b) for edge in weighed.edges if edge.refuses}
    # what a person put together is proven by him
    confirmed = {record for together in constraints.together for record in together}
    unproven = {link.record for link in ordered if not link.proven} - confirmed
    groups = _Groups(order, numbers_of(ordered), [*constraints.apart, *barred], unproven)
    for together in constraints.together:
        first, *others = together
        for other in others:
            groups.join(first, other)
    for one, other in strong_pairs(ordered, order):
        if not refused or (min(one, other), max(one, other)) not in refused:
            groups.join_if_allowed(one, other)
    if weighed.edges:
        _join_weighed(groups, order, weighed, confirmed)
    return groups.parts(sorted(order, key=order.__getitem__))


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


_NO_SIDES: frozenset[int] = frozenset()


class _Groups:
    """Groups of records that grow by joins, with the numbers and the decisions that each of them carries.

    ``numbers`` grow with them.
    """

    def __init__(
        self,
        records: Iterable[int],
        numbers: dict[int, Numbers],
        apart: Sequence[tuple[Collection[int], Collection[int]]],
        unproven: Collection[int] = (),
    ) -> None:
        self._unproven = unproven
        self._without_proof = set(unproven)  # roots of groups in which nobody is proven
        self._parent = {record: record for record in records}
        self._numbers = numbers
        self._sides: dict[int, set[int]] = defaultdict(
            set
        )  # +n: it holds a record of the n-th pair's first set, -n ...
        for n, sides in enumerate(apart, 1):
            for sign, side in zip((n, -n), sides, strict=True):
                for record in side:
                    self._sides[record].add(sign)

    def root(self, record: int) -> int:
        """The record that stands for a record's group."""
        parent = self._parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def allowed(self, one: int, other: int, repeating: Collection[str] = ()) -> bool:
        """Whether no veto is between the groups of two records; numbers of ``repeating`` systems are none."""
        a, b = self.root(one), self.root(other)
        mine, theirs = self._numbers.get(a), self._numbers.get(b)
        if a != b and mine and theirs and any(issuer not in repeating for _, issuer in clashes(mine, theirs)):
            return False
        return (
            a == b
            or not self._sides
            or self._sides.get(a, _NO_SIDES).isdisjoint(-n for n in self._sides.get(b, _NO_SIDES))
        )

    def join_if_allowed(self, one: int, other: int) -> None:
        """Join the groups of two records, unless a veto says no or one of them only claims what it shares."""
        a, b = self.root(one), self.root(other)
        if a == b or not self.allowed(a, b):
            return
        claimed = bool(self._unproven) and (one in self._unproven or other in self._unproven)
        if claimed and a not in self._without_proof and b not in self._without_proof:
            return
        self._join(a, b)

    def join(self, one: int, other: int) -> None:
        """Join the groups of two records, whatever speaks against it."""
        a, b = self.root(one), self.root(other)
        if a != b:
            self._join(a, b)

    def _join(self, a: int, b: int) -> None:
        self._parent[b] = a
        if b not in self._without_proof:
            self._without_proof.discard(a)
        if theirs := self._numbers.get(b):
            mine = self._numbers.setdefault(a, {})
            for key, found in theirs.items():
                mine.setdefault(key, set()).update(found)
        if b in self._sides:
            self._sides[a] |= self._sides[b]

    def parts(self, records: Iterable[int]) -> list[list[int]]:
        parts: dict[int, list[int]] = defaultdict(list)
        for record in records:
            parts[self.root(record)].append(record)
        return list(parts.values())


# -- weighed pairs ---------------------------------------------------------------------------------------------------


def _join_weighed(groups: _Groups, order: Mapping[int, bytes], weighed: Weighed, confirmed: Collection[int]) -> None:
    """Join groups by what was weighed, component by component; ``confirmed``: records that a person put together."""
    edges = {(edge.a, edge.b): edge for edge in weighed.edges}
    sure = {groups.root(record) for record in confirmed}
    # what a person put together is proven by him
    unproven = set(weighed.unproven).difference(confirmed)
    for members in _components(groups, order, weighed.edges):
        if len(members) > 2:
            _group(groups, members, edges, weighed, unproven, sure)
        else:
            one, other = members
            both_sure = groups.root(one) in sure and groups.root(other) in sure
            if not both_sure and groups.allowed(one, other, weighed.repeating):
                groups.join(one, other)


def _components(groups: _Groups, order: Mapping[int, bytes], edges: Sequence[Edge]) -> Iterator[list[int]]:
    """Records of groups that reach each other over edges that join, at least two groups; in the fixed order."""
    whole: dict[int, int] = {}

    def root(group: int) -> int:
        while whole.setdefault(group, group) != group:
            whole[group] = whole[whole[group]]
            group = whole[group]
        return group

    for edge in edges:
        if edge.joins:
            a, b = groups.root(edge.a), groups.root(edge.b)
            if a != b:
                whole[root(b)] = root(a)
    if not whole:
        return
    members: dict[int, list[int]] = defaultdict(list)
    for record in order:
        if (group := groups.root(record)) in whole:
            members[root(group)].append(record)
    components = [sorted(found, key=order.__getitem__) for found in members.values()]
    yield from sorted(components, key=lambda found: order[found[0]])


def _undisputed(
    groups: _Groups,
    members: Sequence[int],
    edges: Mapping[tuple[int, int], Edge],
    weighed: Weighed,
    sure: Collection[int],
) -> bool:
    """Whether every pair of a component joins by itself and no veto is between any: most components are so."""
    if sum(groups.root(record) in sure for record in members) > 1:
        return False
    return all(
        (edge := edges.get((one, other) if one < other else (other, one))) is not None
        and edge.joins
        and edge.weight >= weighed.auto
        and groups.allowed(one, other, weighed.repeating)
        for one, other in combinations(members, 2)
    )


def _group(
    groups: _Groups,
    members: list[int],
    edges: Mapping[tuple[int, int], Edge],
    weighed: Weighed,
    unproven: Collection[int],
    sure: Collection[int],
) -> None:
    """Join the groups of one component as customers.matching.grouping does, what is joined already staying so."""
    if _undisputed(groups, members, edges, weighed, sure):
        for other in members[1:]:
            groups.join(members[0], other)
        return
    import numpy as np  # 0.1 s and 20 MB: only where a model is in force

    from rundblick.customers.matching import grouping

    n = len(members)
    scores, veto, held = np.zeros((n, n)), np.zeros((n, n), np.bool_), np.zeros((n, n), np.bool_)
    root = [groups.root(record) for record in members]
    joined: list[tuple[int, int]] = []
    for i, one in enumerate(members):
        for j in range(i + 1, n):
            other = members[j]
            if edge := edges.get((one, other) if one < other else (other, one)):
                scores[i, j] = scores[j, i] = edge.weight
                held[i, j] = held[j, i] = not edge.joins
            if root[i] == root[j]:
                joined.append((i, j))
            else:
                both_sure = root[i] in sure and root[j] in sure
                veto[i, j] = veto[j, i] = both_sure or not groups.allowed(one, other, weighed.repeating)
    proven = np.array([record not in unproven for record in members])
    for part in grouping.merge(scores, veto, joined, weighed.auto, proven, held):
        for place in part[1:]:
            groups.join(members[part[0]], members[place])
