"""What the columns of an unknown table hold, and what a row of it is: by names first, by contents in proof."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rundblick.connectors.fields import FIELDS, REQUIRED
from rundblick.connectors.synonyms import (
    CHANNELS,
    COLUMNS,
    DIRECTIONS,
    FILE_WORDS,
    FLAGS,
    PLACE,
    STATES,
    UNKNOWN,
    normal,
)
from rundblick.core.moments import is_time
from rundblick.customers.identifiers import email_normal, phone_normal

SURE: Final = "sure"
LIKELY: Final = "likely"
GUESS: Final = "guess"

_TIMES: Final = frozenset(
    {"at", "updated_at", "opened_at", "first_reply_at", "resolved_at", "closed_at", "promised_at", "done_at"}
    | {"invited_at", "reply_at", "birth_date", "since"}
)
_NUMBERS: Final = frozenset({"reassignments", "reopens", "seq", "waited_s", "talked_s", "wrapped_s", "amount", "sure"})
_SCALES: Final = frozenset({"value", "low", "high"})
_FLAGS: Final = frozenset({"promise_kept", "answered", "abandoned", "automatic"})
_ADDRESSES: Final = frozenset({"email", "own_mailbox", "handle", "key", "reply_to", "text", "subject"})
_KEYS: Final = (
    "customer_no",
    "account_no",
    "contract_no",
    "card_no",
    "service_no",
    "case_no",
    "order_no",
    "invoice_no",
)
MARKS: Final = frozenset(mark.casefold() for mark in UNKNOWN) | {""}
_NUMBER = re.compile(r"[-+]?[\d.,'\u2019 ]*\d ?(?:%|€|EUR|CHF)?\Z")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?\Z")
_PHONE = re.compile(r"[+(]?[\d][\d ()/.\-\u2013]{5,}\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """What a sample shows of one column. Shares are of the known values, 0..1."""

    name: str
    known: int
    distinct: int
    times: float
    clocks: float
    numbers: float
    emails: float
    phones: float
    flags: float
    states: float
    channels: float
    directions: float
    digits: float  # share of values with a digit in them
    length: float  # mean characters
    marks: tuple[str, ...]  # marks of the unknown that occur
    values: tuple[str, ...]  # up to 60 different values, the most frequent first

    @property
    def unique(self) -> bool:
        return self.known > 1 and self.distinct == self.known


@dataclass(frozen=True, slots=True)
class Guess:
    """A column's concept and how sure it is: "sure" (name and contents), "likely" (name), "guess" (contents only)."""

    concept: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a row is, how sure that is, and field -> (column, certainty)."""

    means: str
    certainty: str
    fields: dict[str, tuple[str, str]]


def describe(name: str, cells: Sequence[str], words: Sequence[str] = ()) -> Column:
    """Look at a column's sample. ``words``: all its different values, where the file has few."""
    texts = [cell.strip() for cell in cells]
    marks = Counter(text for text in texts if text and text.casefold() in MARKS)
    known = [text for text in texts if text.casefold() not in MARKS]
    counts = Counter(known)
    total = max(len(known), 1)
    few = list(counts)[:400]

    def share(test: dict[str, str]) -> float:
        return sum(counts[text] for text in counts if normal(text) in test) / total if len(counts) <= 60 else 0.0

    def among(found: int) -> float:
        return found / max(len(few), 1)

    return Column(
        name=name,
        known=len(known),
        distinct=len(counts),
        times=among(sum(is_time(text) and not text.isdecimal() for text in few)),
        clocks=among(sum(bool(_CLOCK.match(text)) for text in few)),
        numbers=among(sum(bool(_NUMBER.match(text)) for text in few)),
        emails=among(sum("@" in text and email_normal(text) is not None for text in few)),
        phones=among(sum(bool(_PHONE.match(text)) and phone_normal(text) is not None for text in few)),
        flags=share(FLAGS),
        states=share(STATES),
        channels=share(CHANNELS),
        directions=share(DIRECTIONS),
        digits=among(sum(any(c.isdigit() for c in text) for text in few)),
        length=sum(len(text) for text in few) / max(len(few), 1),
        marks=tuple(marks),
        values=tuple(dict.fromkeys([*(text for text, _ in counts.most_common(60)), *words])),
    )


def guess_column(column: Column) -> Guess | None:
    """The concept of a column, by its name if its contents do not speak against it, else by its contents."""
    concept = COLUMNS.get(normal(column.name.partition("#")[0])) or _part_of(column.name)
    if concept == "customer_no" and column.known and column.digits < 0.3 and column.emails < 0.5:
        return Guess("name", LIKELY)  # "Kunde" holds names here, not numbers
    if concept in ("customer_no", "account_no", "key") and column.phones > 0.9 and _dialled(column):
        return Guess("phone", LIKELY)  # "caller_id" is a number to ring, or a number of a customer
    if concept == "kind" and column.channels > 0.8:
        return Guess("channel", LIKELY)
    if concept == "kind" and column.directions > 0.8:
        return Guess("direction", LIKELY)
    if concept is not None and not (column.emails > 0.8 and concept not in _ADDRESSES):
        fits = _fits(concept, column)
        if fits is not False:
            return Guess(concept, SURE if fits else LIKELY)
    if column.known < 3:
        return None
    if column.emails > 0.8 and column.distinct > max(2, column.known // 20):
        return Guess("email", GUESS)
    if column.states > 0.9 and 2 <= column.distinct <= 20 and column.flags < 0.9:
        return Guess("state", GUESS)
    if column.channels > 0.9 and 2 <= column.distinct <= 20 and column.flags < 0.9:
        return Guess("channel", GUESS)
    return None


def _dialled(column: Column) -> bool:
    """Most values begin as a telephone number does."""
    return sum(value.startswith(("+", "0", "(0")) for value in column.values) * 10 > len(column.values) * 8


def _part_of(name: str) -> str | None:
    """A name of several words whose last ones say it: "u_customer_id", "sys_opened_at"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.partition("#")[0]).replace("_", " ").replace(".", " ").split()
    for start in range(1, len(words)):
        found = COLUMNS.get(normal(" ".join(words[start:])))
        if found is not None and len(normal(" ".join(words[start:]))) > 3:
            return found
    return None


def _fits(concept: str, column: Column) -> bool | None:
    """Whether the contents prove (True), allow (None) or exclude (False) what the name says."""
    if column.known == 0:
        return None
    if concept in _TIMES:
        return column.times > 0.8
    tests = {
        "clock": column.clocks > 0.8 or None if column.times < 0.5 else False,
        "email": column.emails > 0.5,
        "phone": column.phones > 0.5,
        "mobile": column.phones > 0.5,
        "state": _words(column.states, column),
        "channel": _words(column.channels, column),
        "preferred_channel": _words(column.channels, column),
        "direction": column.directions > 0.5,
        "postcode": column.numbers > 0.5 or None,
        "text": None if column.times < 0.5 and column.flags < 0.9 else False,
        "subject": None if column.times < 0.5 and column.flags < 0.9 else False,
    }
    if concept in tests:
        return tests[concept]
    if concept in _NUMBERS:
        return column.numbers > 0.8 or column.clocks > 0.8
    if concept in _SCALES:
        return column.numbers > 0.8 and column.times < 0.5
    if concept in _FLAGS:
        return column.flags > 0.8
    if concept in _KEYS or concept == "key":
        return column.times < 0.5 and column.length < 60 and (column.distinct > 5 or None)
    if concept in ("person", "team", "topic", "name", "first_name", "last_name", "city", "street"):
        return None if column.times < 0.5 and column.flags < 0.9 else False
    return None


def _words(share: float, column: Column) -> bool | None:
    """Words of a list: known ones prove, few different short texts allow, times and flags exclude."""
    if share > 0.5:
        return True
    if column.times > 0.5 or column.flags > 0.9 or column.distinct > 40:
        return False
    return None


# --- what a row is ----------------------------------------------------------------------------------------------

# field of a kind of row <- concepts that may fill it, best first
_FILL: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "customers": {
        "key": ("customer_no", "account_no", "contract_no", "key"),
        "since": ("since", "opened_at"),
    },
    "cases": {"case": ("case_no", "key"), "customer": ("customer_no",), "opened_at": ("opened_at", "at")},
    "case_events": {"case": ("case_no", "key"), "customer": ("customer_no",), "at": ("updated_at", "at")},
    "interactions": {
        "at": ("at", "opened_at"),
        "case": ("case_no",),
        "customer": ("customer_no", "handle"),
    },
    "calls": {"at": ("at", "opened_at"), "case": ("case_no",), "customer": ("customer_no",)},
    "orders": {
        "key": ("order_no", "invoice_no", "case_no", "key"),
        "customer": ("customer_no", "account_no"),
        "at": ("at", "opened_at"),
        "status": ("state",),
    },
    "ratings": {"at": ("at", "opened_at"), "case": ("case_no",), "customer": ("customer_no",)},
    "reviews": {
        "at": ("at", "opened_at"),
        "customer": ("customer_no",),
        "title": ("subject",),
        "author": ("author", "name"),
    },
    "self_image": {"respondent": ("respondent", "key", "person")},
    "staff_view": {"respondent": ("respondent", "key")},
}

# concepts that speak for a kind of row, with their weight
_SPEAKS: Final[dict[str, dict[str, float]]] = {
    "customers": {
        "first_name": 2,
        "last_name": 2,
        "birth_date": 2,
        "street": 1,
        "postcode": 1,
        "salutation": 1,
        "name": 1,
        "since": 1,
        "preferred_channel": 1,
        "company": 1,
        "tier": 0.5,
        "email": 0.5,
        "phone": 0.5,
        "mobile": 0.5,
    },
    "cases": {
        "case_no": 2,
        "state": 1,
        "opened_at": 1,
        "resolved_at": 1,
        "closed_at": 1,
        "team": 0.5,
        "person": 0.5,
        "priority": 1,
        "reopens": 1,
        "reassignments": 1,
        "promise_kept": 1,
        "first_reply_at": 1,
    },
    "case_events": {
        "case_no": 2,
        "state": 1,
        "updated_at": 2,
        "seq": 2,
        "updated_by": 1,
        "reassignments": 1,
        "reopens": 1,
        "promise_kept": 1,
        "team": 0.5,
        "person": 0.5,
        "opened_at": 0.5,
        "resolved_at": 0.5,
        "closed_at": 0.5,
    },
    "interactions": {"text": 2, "channel": 1, "direction": 1.5, "reply_to": 2, "subject": 1, "automatic": 1, "at": 1},
    "calls": {
        "talked_s": 2.5,
        "waited_s": 2.5,
        "wrapped_s": 2,
        "answered": 1.5,
        "abandoned": 1.5,
        "direction": 0.5,
        "phone": 0.5,
        "at": 0.5,
    },
    "orders": {
        "order_no": 2,
        "invoice_no": 2,
        "amount": 2,
        "currency": 1.5,
        "article": 1,
        "promised_at": 1,
        "done_at": 1,
        "kind": 0.5,
    },
    "ratings": {
        "value": 2,
        "invited_at": 2,
        "kind": 0.5,
        "dimension": 1,
        "low": 0.5,
        "high": 0.5,
        "case_no": 0.5,
        "customer_no": 0.5,
        "text": 0.5,
    },
    "reviews": {"value": 2, "author": 2, "portal": 2, "reply": 1, "reply_at": 1, "subject": 0.5, "text": 0.5},
    "self_image": {"dimension": 2, "value": 1.5, "sure": 3, "respondent": 1, "low": 0.5, "high": 0.5},
    "staff_view": {"dimension": 2, "value": 1.5, "respondent": 1, "team": 1, "low": 0.5, "high": 0.5},
}
_NEED: Final = 3.5


def guess_meaning(name: str, columns: Sequence[Column], guesses: dict[str, Guess], rows: int) -> Meaning | None:
    """What a row of this table is, by the concepts of its columns and the words of its file's name."""
    best: tuple[float, float, str, dict[str, tuple[str, str]]] | None = None
    scores: list[float] = []
    words = _name_words(name)
    by_concept = _by_concept(columns, guesses)
    for means in FIELDS:
        score = sum(weight for concept, weight in _SPEAKS[means].items() if concept in by_concept)
        told = sum(1 for word in FILE_WORDS[means] if any(_like(word, one) for one in words))
        score += min(told, 2) * 1.5
        fields = _fill(means, by_concept, {column.name: column for column in columns})
        if any(field not in fields for field in REQUIRED[means]):
            continue
        score += _shape(means, fields, {column.name: column for column in columns}, rows)
        scores.append(score)
        if best is None or score > best[0]:
            best = (score, told, means, fields)
    if best is None or best[0] < _NEED:
        return None
    second = sorted(scores)[-2] if len(scores) > 1 else 0.0
    clear = best[0] - second
    certainty = SURE if clear >= 3 and best[1] else LIKELY if clear >= 1.5 else GUESS
    return Meaning(best[2], certainty, best[3])


def _shape(means: str, fields: dict[str, tuple[str, str]], columns: dict[str, Column], rows: int) -> float:
    """A list holds each key once, a log holds its cases again and again."""
    if rows < 5:
        return 0.0
    if means in ("cases", "customers", "orders"):
        key = columns[fields[{"cases": "case"}.get(means, "key")][0]]
        return 1.5 if key.distinct >= 0.98 * max(key.known, 1) else -3.0
    if means == "case_events":
        case = columns[fields["case"][0]]
        return 2.0 if case.distinct < 0.9 * max(case.known, 1) else -3.0
    return 0.0


def _name_words(name: str) -> list[str]:
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    for german, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        parts = parts.replace(german, plain)
    return [word for word in re.split(r"[^a-z]+", parts) if len(word) > 2]


def _like(word: str, told: str) -> bool:
    return told == word or (len(word) > 4 and told.startswith(word))


def _by_concept(columns: Sequence[Column], guesses: dict[str, Guess]) -> dict[str, list[tuple[str, str]]]:
    """Concept -> its columns, surest first, in the table's order; a column's second coming ("#2") last."""
    order = (SURE, LIKELY, GUESS)
    found: dict[str, list[tuple[int, int, str, str]]] = {}
    for place, column in enumerate(columns):
        guess = guesses.get(column.name)
        if guess is not None:
            rank = order.index(guess.certainty) * 2 + ("#" in column.name) * 6
            plain = normal(column.name.partition("#")[0])
            rank += COLUMNS.get(plain) != guess.concept
            preferred = PLACE.get(plain, len(PLACE)) * 1000 + place
            found.setdefault(guess.concept, []).append((rank, preferred, column.name, guess.certainty))
    return {concept: [(name, certainty) for *_, name, certainty in sorted(many)] for concept, many in found.items()}


def _fill(
    means: str, by_concept: dict[str, list[tuple[str, str]]], columns: dict[str, Column]
) -> dict[str, tuple[str, str]]:
    """Field -> column for one kind of row. A column fills one field only."""
    fields: dict[str, tuple[str, str]] = {}
    used: set[str] = set()
    special = _FILL[means]
    if means == "customers":  # the list's own number is the one that each row has, and no other row
        candidates = [one for concept in special["key"] for one in by_concept.get(concept, ())]
        if candidates:
            fields["key"] = max(candidates, key=lambda one: _singles_out(columns[one[0]], columns))
            used.add(fields["key"][0])
    for field in FIELDS[means]:
        if field in fields:
            continue
        for concept in special.get(field, (field,)):
            free = [one for one in by_concept.get(concept, ()) if one[0] not in used]
            if free:
                fields[field] = free[0]
                used.add(free[0][0])
                break
    for field in list(fields):
        base = f"{field}_time"
        if field in _TIMES and field == "at" and "clock" in by_concept and by_concept["clock"][0][0] not in used:
            fields[base] = by_concept["clock"][0]
    if "mobile" not in fields and "mobile" in FIELDS[means]:
        more = [one for one in by_concept.get("phone", ()) if one[0] not in used]
        if more:
            fields["mobile"] = more[0]
    return fields


def _singles_out(column: Column, columns: dict[str, Column]) -> int:
    """How well a column could be a list's key: 2 when every row has a value of its own, 1 when every value is one."""
    rows = max(one.known for one in columns.values())
    return int(column.unique) + int(column.unique and column.known >= 0.98 * rows)
