"""Many persons in columns: each distinct value has a small number, each record is a row of numbers.

Number 0 is "unknown" everywhere. What is derived of a value (its sound, its letters) is worked out once a value. Tables
grow at their end only, so a number never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rundblick.customers.matching.names import phonetic, short_forms
from rundblick.customers.matching.person import Person

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# columns with one value a record, named as the person's attributes
SINGLE: Final = (
    "first", "last", "rest", "birth", "street", "house", "postcode", "city", "company", "system", "local", "gender",
    "mail_year",
)  # fmt: skip
EMAILS: Final = ("email1", "email2")
OWN: Final = ("own1", "own2", "own3")
HOME: Final = ("home1", "home2", "home3")
# columns with further values of persons who had others before: "street@1", "street@2"; there once anybody has one
PLACE: Final = ("street", "house", "postcode", "city")
FORMER: Final = (*PLACE, "last")


class Grown:
    """A numpy array that is appended to. ``array`` is a view of what is filled."""

    __slots__ = ("_data", "n")

    def __init__(self, dtype: Any, width: int = 0) -> None:
        self._data = np.zeros((16, width) if width else 16, dtype)
        self.n = 0

    def append(self, value: Any) -> None:
        if self.n == len(self._data):
            self._grow(2 * self.n)
        self._data[self.n] = value
        self.n += 1

    def extend(self, values: Sequence[Any] | npt.NDArray[Any]) -> None:
        if self.n + len(values) > len(self._data):
            self._grow(max(2 * len(self._data), self.n + len(values)))
        if len(values):
            self._data[self.n : self.n + len(values)] = values
        self.n += len(values)

    def _grow(self, size: int) -> None:
        grown = np.zeros((size, *self._data.shape[1:]), self._data.dtype)
        grown[: self.n] = self._data[: self.n]
        self._data = grown

    @property
    def array(self) -> npt.NDArray[Any]:
        return self._data[: self.n]


class Values:
    """The distinct values of a kind and their numbers."""

    __slots__ = ("_known", "derived", "ids", "texts")

    def __init__(self) -> None:
        self.ids: dict[str, int] = {"": 0}
        self.texts = Grown(object)
        self.texts.append("")
        self.derived: dict[str, Grown] = {}
        self._known: dict[str, Any] = {}

    def __len__(self) -> int:
        return self.texts.n

    def number(self, text: str) -> int:
        """The number of ``text``, a new one when it was never seen."""
        found = self.ids.get(text)
        if found is None:
            found = self.ids[text] = self.texts.n
            self.texts.append(text)
        return found

    def numbers(self, texts: Sequence[str]) -> list[int]:
        """The numbers of many texts."""
        ids, n = self.ids, self.texts.n
        fresh = [text for text in dict.fromkeys(texts) if text not in ids]
        if fresh:
            ids.update(zip(fresh, range(n, n + len(fresh)), strict=True))
            holder = np.empty(len(fresh), object)
            holder[:] = fresh
            self.texts.extend(holder)
        return [ids[text] for text in texts]

    def derive(self, name: str, of: Any, dtype: Any, width: int = 0) -> npt.NDArray[Any]:
        """An array with ``of(text)`` for every value; only values that are new since the last call are worked out."""
        grown = self.derived.get(name)
        if grown is None:
            grown = self.derived[name] = Grown(dtype, width)
        if grown.n < self.texts.n:
            fresh = [of(text) for text in self.texts.array[grown.n :]]
            if dtype is object:
                holder = np.empty(len(fresh), object)
                holder[:] = fresh
                grown.extend(holder)
            else:
                grown.extend(np.array(fresh, dtype).reshape((len(fresh), width) if width else len(fresh)))
        return grown.array

    def marks(self) -> Ints:
        """The ``mark`` of every value."""
        return self.derive("mark", mark, np.int64)


def mark(text: str) -> int:
    """A number of a text that is the same in every table and process, of 63 bits; 0 for ""."""
    return (
        (int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1 or 1)
        if text
        else 0
    )


_BITS: Final = {c: 1 << i for i, c in enumerate("abcdefghijklmnopqrstuvwxyz0123456789")}


def letters_of(text: str) -> int:
    """Which letters a text is made of, a bit a letter; few share one."""
    found = 0
    for c in set(text):
        found |= _BITS.get(c) or 1 << 36 + ord(c) % 27
    return found


def _head(text: str) -> int:
    return (ord(text[0]) | (ord(text[1]) << 21 if len(text) > 1 else 0)) if text else 0


_NOWHERE: Final = ("", "", "", "")


def _digits(text: str) -> list[int]:
    return [ord(c) - 48 for c in text] if text else [0] * 8


class Table:
    """Persons in columns. ``facts``: the names of further facts that get a column."""

    def __init__(self, facts: Sequence[str] = ()) -> None:
        self.facts = tuple(facts)
        self._fact_place = {name: i for i, name in enumerate(self.facts)}
        self.names = Values()  # first and last names share their numbers: they may stand in each other's place
        self.sounds = Values()
        self.values: dict[str, Values] = {"first": self.names, "last": self.names}
        mails, phones = Values(), Values()
        for column in SINGLE[2:]:
            self.values[column] = Values()
        for column in EMAILS:
            self.values[column] = mails
        for column in OWN + HOME:
            self.values[column] = phones
        for name in self.facts:
            self.values["fact:" + name] = Values()
        self.columns: dict[str, Grown] = {column: Grown(np.int32) for column in self.values}
        self.n = 0
        self.formers = 0  # how many earlier values of a kind there are columns for
        self.forgotten: set[str] = set()

    def __len__(self) -> int:
        return self.n

    def column(self, name: str) -> Codes:
        """The numbers of a column, one a record."""
        return self.columns[name].array

    def marks(self, name: str, rows: slice = slice(None)) -> Ints:
        """The ``mark`` of each value of a column."""
        found: Ints = self.values[name].marks()[self.columns[name].array[rows]]
        return found

    def add(self, persons: Sequence[Person]) -> None:
        """Append persons, in order."""
        for column in SINGLE:
            self._fill(column, list(map(attrgetter(column), persons)))
        for columns, source in ((EMAILS, "emails"), (OWN, "own_phones"), (HOME, "home_phones")):
            several: list[tuple[str, ...]] = [getattr(person, source) for person in persons]
            for place, column in enumerate(columns):
                self._fill(column, [one[place] if len(one) > place else "" for one in several])
        if self.facts:
            self._add_facts(persons)
        self._add_numbers(persons)
        self._add_former(persons)
        self.n += len(persons)

    def _fill(self, column: str, texts: list[str]) -> None:
        self.columns[column].extend(self.values[column].numbers(texts))

    def _add_facts(self, persons: Sequence[Person]) -> None:
        rows = [[""] * len(self.facts) for _ in persons]
        places = self._fact_place
        for row, person in zip(rows, persons, strict=True):
            for name, value in person.facts:
                place = places.get(name)
                if place is not None:
                    row[place] = value
        for name, texts in zip(self.facts, zip(*rows, strict=True), strict=True):
            self._fill("fact:" + name, list(texts))

    def _add_numbers(self, persons: Sequence[Person]) -> None:
        """Customer numbers, a column an issuer; of two numbers of one issuer in a record the first counts."""
        fresh: dict[str, list[tuple[int, str]]] = {}
        for i, person in enumerate(persons):
            for issuer, value in person.numbers:
                fresh.setdefault("number:" + issuer, []).append((i, value))
        for column in fresh:
            if column not in self.columns:
                self.values[column] = Values()
                self.columns[column] = Grown(np.int32)
                self.columns[column].extend(np.zeros(self.n, np.int32))
        for column in self.number_columns:
            texts = [""] * len(persons)
            for i, value in reversed(fresh.get(column, [])):
                texts[i] = value
            self._fill(column, texts)

    def _add_former(self, persons: Sequence[Person]) -> None:
        """Earlier addresses and last names, in columns beside those of today."""
        most = max((max(len(one.former_places), len(one.former_lasts)) for one in persons), default=0)
        while self.formers < most:
            self.formers += 1
            for name in FORMER:
                column = f"{name}@{self.formers}"
                self.values[column] = self.values[name]
                self.columns[column] = Grown(np.int32)
                self.columns[column].extend(np.zeros(self.n, np.int32))
        for place in range(self.formers):
            if place >= most:
                for name in FORMER:
                    self.columns[f"{name}@{place + 1}"].extend(np.zeros(len(persons), np.int32))
                continue
            at = [one.former_places[place] if len(one.former_places) > place else _NOWHERE for one in persons]
            for name, texts in zip(PLACE, zip(*at, strict=True), strict=True):
                self._fill(f"{name}@{place + 1}", list(texts))
            self._fill(
                f"last@{place + 1}",
                [one.former_lasts[place] if len(one.former_lasts) > place else "" for one in persons],
            )

    def with_former(self, column: str) -> tuple[str, ...]:
        """A column and those with the values that persons had before."""
        return (column, *(f"{column}@{place}" for place in range(1, self.formers + 1)))

    def with_former_of(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Columns, and those with former values of the ones that have such."""
        return tuple(one for name in columns for one in (self.with_former(name) if name in FORMER else (name,)))

    def forget(self, column: str, texts: Sequence[str]) -> None:
        """Read these values of a column as unknown, in what is there and in what will come."""
        values = self.values[column]
        fresh = np.array([values.ids[text] for text in texts if text in values.ids], np.int32)
        if len(fresh):
            codes = self.columns[column].array
            codes[np.isin(codes, fresh)] = 0
        for text in texts:
            values.ids[text] = 0
        self.forgotten.update(texts)

    @property
    def number_columns(self) -> list[str]:
        return [column for column in self.columns if column.startswith("number:")]

    def forget_weights(self) -> None:
        """Let go of what a model said of values (see ``weighing``): the next one may say otherwise."""
        for values in self.values.values():
            for name in [name for name in values.derived if name in ("known", "women") or name.startswith("tf:")]:
                del values.derived[name]

    # --- what is derived of values

    def name_sounds(self) -> Codes:
        """Number of the sound of each name's number."""
        sounds = self.sounds
        return self.names.derive("sound", lambda text: sounds.number(phonetic(text.replace(" ", ""))), np.int32)

    def name_is_short(self) -> Bools:
        return self.names.derive("short", lambda text: bool(short_forms(text)), np.bool_)

    def lengths(self, column: str) -> Codes:
        return self.values[column].derive("length", len, np.int32)

    def letters(self, column: str) -> Ints:
        """Which letters each value is made of, a bit a letter; few share one."""
        return self.values[column].derive("letters", letters_of, np.int64)

    def heads(self, column: str) -> Ints:
        """The first two letters of each value: the first one in the lower 21 bits."""
        return self.values[column].derive("heads", _head, np.int64)

    def digits(self) -> Bytes:
        """The eight digits of each date's number."""
        return self.values["birth"].derive("digits", _digits, np.uint8, 8)
