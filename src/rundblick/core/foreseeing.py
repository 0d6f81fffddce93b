"""Several questions as one statement: what a small batch has to know costs one round trip, not one a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self


class Question(str):
    """A statement whose answer does not depend on what its batch has written: it does not wait for gathered rows.

    One that may be asked ahead says the types of its ``columns``; its last value is then the list of its keys, and its
    first column the key that a row is about.
    """

    __slots__ = ("columns",)

    columns: tuple[str, ...]

    def __new__(cls, text: str, columns: str = "") -> Self:
        made = super().__new__(cls, text)
        made.columns = tuple(columns.split())
        return made


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows about these keys, and that there are no others."""

    keys: frozenset[Any]
    rows: list[tuple[Any, ...]]

    def about(self, keys: Sequence[Any]) -> list[tuple[Any, ...]] | None:
        """The rows about these keys; None when not all of them were asked about."""
        wanted = set(keys)
        if not wanted <= self.keys:
            return None
        return self.rows if wanted == self.keys else [row for row in self.rows if row[0] in wanted]


@lru_cache(1000)
def together(questions: tuple[Question, ...]) -> tuple[Question, tuple[tuple[int, ...], ...]]:
    """One statement for all of them, and where in its rows the columns of each stand; the first tells which it is."""
    slots: list[str] = []
    places = []
    for question in questions:
        free = dict(enumerate(slots))
        mine = []
        for kind in question.columns:
            place = next((place for place, other in free.items() if other == kind), None)
            if place is None:
                place = len(slots)
                slots.append(kind)
            free.pop(place, None)
            mine.append(place)
        places.append(tuple(mine))
    parts = []
    for number, (question, mine_) in enumerate(zip(questions, places, strict=True)):
        names = [f"c{i}" for i in range(len(mine_))]
        told = {place: f"{name}::{slots[place]}" for name, place in zip(names, mine_, strict=True)}
        shown = ", ".join(told.get(place, f"NULL::{kind}") for place, kind in enumerate(slots))
        parts.append(f"SELECT {number}, {shown} FROM ({question}) AS q{number}({', '.join(names)})")
    return Question(" UNION ALL ".join(parts)), tuple(tuple(place + 1 for place in mine_) for mine_ in places)


def answers(
    asked: Mapping[Question, Sequence[Any]], places: Sequence[Sequence[int]], rows: Sequence[Sequence[Any]]
) -> dict[Question, Answer]:
    """The rows of ``together``, to each question its own."""
    found: list[list[tuple[Any, ...]]] = [[] for _ in asked]
    for row in rows:
        number = row[0]
        found[number].append(tuple([row[place] for place in places[number]]))
    return {
        question: Answer(frozenset(values[-1]), its)
        for (question, values), its in zip(asked.items(), found, strict=True)
    }
