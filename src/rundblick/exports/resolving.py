"""A company's exports resolved: every source record in them gets a customer number. No database is needed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rundblick.core.message import Party
from rundblick.core.numbers import customer_number
from rundblick.core.spreadsheets import write_csv
from rundblick.customers.matching import Edge, Model, Resolution, explain, resolve, train
from rundblick.customers.on_spark import candidates_of
from rundblick.exports.persons import Persons

CLUSTERS = ("source", "record_id", "customer_number")
REVIEW = (
    *("pair", "score", "rule", "source_a", "record_a", "customer_a", "source_b", "record_b", "customer_b"),
    *("field", "level", "value_a", "value_b", "weight"),
)
Stage = Callable[[str, int, int], None]


class NoSuchRecord(Exception):
    """A record was asked for that is not there, or that several sources have. ``candidates``: how each is called."""

    def __init__(self, name: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.candidates = candidates


@dataclass(slots=True)
class Resolved:
    """Parties, how they fell together, and each one's customer number (by index)."""

    parties: list[Party]
    resolution: Resolution
    numbers: list[str]

    @property
    def customers(self) -> int:
        return len(self.resolution.clusters)

    def decided(self) -> dict[str, int]:
        """How many pairs were decided how."""
        found: dict[str, int] = {}
        for edge in self.resolution.edges:
            found[edge.decision] = found.get(edge.decision, 0) + 1
        return found

    def unsure(self) -> list[Edge]:
        """The pairs a person should look at: those in doubt that no other evidence joined, the likeliest first."""
        apart = [
            edge
            for edge in self.resolution.edges
            if edge.decision == "review" and self.numbers[edge.a] != self.numbers[edge.b]
        ]
        return sorted(apart, key=lambda edge: (-edge.weight, edge.a, edge.b))

    def find(self, name: str) -> int:
        """The place of a record called "source:record_id", or only its id where one source has it.

        Raises NoSuchRecord.
        """
        exact = [i for i, one in enumerate(self.parties) if f"{one.system}:{one.key}" == name]
        bare = [i for i, one in enumerate(self.parties) if one.key == name]
        for some in (exact, bare):
            if len(some) == 1:
                return some[0]
        raise NoSuchRecord(name, tuple(f"{self.parties[i].system}:{self.parties[i].key}" for i in bare))


def resolve_persons(
    persons: Persons,
    model: Model | None = None,
    stage: Stage | None = None,
    *,
    spark: bool = False,
    exclusive: Mapping[str, str] = MappingProxyType({}),
) -> Resolved:
    """Resolve what was read. Numbers follow the order of the clusters' first records (by source and id), so the same
    input gives the same numbers; they are those of this file alone and not those of the live database.

    ``exclusive``: which systems give each person one number (yes, no or measured); it says what is learned.
    ``spark``: pairs are found and weighed on Spark; the result is the same. Raises ``NoSpark`` where there is none.
    """
    candidates = candidates_of(persons.parties) if spark else None
    # what is learned from is found here; what is decided about, on Spark
    if model is None and (candidates is not None or exclusive):
        model = train(persons.parties, settings=exclusive)
    resolution = resolve(persons.parties, model, progress=stage, candidates=candidates)
    numbers = [""] * len(persons.parties)
    for serial, cluster in enumerate(sorted(resolution.clusters, key=min), start=1):
        number = customer_number(serial)
        for member in cluster:
            numbers[member] = number
    return Resolved(persons.parties, resolution, numbers)


def write_clusters(resolved: Resolved, path: Path) -> None:
    """``source,record_id,customer_number``, one row a record, by customer."""
    order = sorted(range(len(resolved.parties)), key=lambda i: (resolved.numbers[i], i))
    parties, numbers = resolved.parties, resolved.numbers
    write_csv(path, CLUSTERS, ((parties[i].system, parties[i].key, numbers[i]) for i in order))


def write_review(resolved: Resolved, path: Path, told: Callable[[int, int], None] | None = None) -> int:
    """The unsure pairs with what speaks for and against each: a row a field, the likeliest pair first.

    ``told`` is called with how many pairs of all are written. Returns how many there are.
    """
    unsure = resolved.unsure()
    write_csv(path, REVIEW, _review_rows(resolved, unsure, told))
    return len(unsure)


def _review_rows(
    resolved: Resolved, unsure: Sequence[Edge], told: Callable[[int, int], None] | None
) -> Iterator[Iterable[object]]:
    for number, edge in enumerate(unsure, start=1):
        a, b = resolved.parties[edge.a], resolved.parties[edge.b]
        explained = explain(resolved.resolution.model, a, b)
        head: tuple[object, ...] = (
            number,
            round(explained.score, 3),
            edge.rule,
            a.system,
            a.key,
            resolved.numbers[edge.a],
        )
        head += (b.system, b.key, resolved.numbers[edge.b])
        for row in explained.rows:
            yield (*head, row.field, row.level, row.value_a, row.value_b, round(row.weight, 3))
        if told is not None:
            told(number, len(unsure))
