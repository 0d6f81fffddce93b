"""Which records are one customer, by strong identifiers alone: a pure function of the records, not of their order.

Records that share a strong identifier belong together, unless that would put two different numbers of one
issuing system under one customer (exclusivity veto). Joins are tried in a fixed order (numbers of a person before
orders, addresses and telephones, then by the identifiers' digests), so the same set of records gives the same
customers in whatever order they came (FOUNDATIONS 5). A value that more than ``OVERUSED`` records carry says nothing of
a person and joins nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

OVERUSED = 50
EXCLUSIVE = frozenset({"customer_no"})
WEAKER = {"order_no": 1, "invoice_no": 1, "email": 2, "handle": 2, "phone": 3}  # joined after numbers of a person


@dataclass(frozen=True, slots=True)
class Link:
    """A strong identifier of a record. ``order`` is the record's own key digest: its place in the fixed order."""

    record: int
    order: bytes
    kind: str
    issuer: str
    digest: bytes


def clusters(records: Iterable[tuple[int, bytes]], links: Sequence[Link]) -> list[list[int]]:
    """Partition ``records`` (id, key digest) into customers. Each part is sorted by the records' key digests."""
    order = dict(records)
    parent = {record: record for record in order}
    owned: dict[int, dict[tuple[str, str], bytes]] = {record: {} for record in order}
    shared: dict[bytes, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (WEAKER.get(link.kind, 0), link.digest)):
        shared[link.digest].append(link)
        if link.kind in EXCLUSIVE:
            # a record with two numbers of one system keeps the first: it says nothing against itself
            owned[link.record].setdefault((link.kind, link.issuer), link.digest)

    def root(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for sharing in shared.values():
        if len(sharing) < 2:
            continue
        group = sorted({link.record for link in sharing}, key=order.__getitem__)
        if not 2 <= len(group) <= OVERUSED:
            continue
        for i, one in enumerate(group):
            for other in group[i + 1 :]:
                a, b = root(one), root(other)
                if a == b:
                    continue
                mine, theirs = owned[a], owned[b]
                if any(theirs.get(key, number) != number for key, number in mine.items()):
                    continue
                parent[b] = a
                mine.update(theirs)
    parts: dict[int, list[int]] = defaultdict(list)
    for record in sorted(order, key=order.__getitem__):
        parts[root(record)].append(record)
    return list(parts.values())
