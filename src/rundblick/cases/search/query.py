"""What somebody asks: words, "phrases", -without, this OR that, and operators, with German and English names.

    parse('waschmaschine "kam nicht an" -storno kanal:mail seit:1.3.2026')

Nothing that is typed is an error: what cannot be meant is told (``Query.remarks``), the rest is searched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from rundblick.core.searching import STOP, alternatives, fold, is_chain, words_of

MOST_SIGNS: Final = 500
MOST_TERMS: Final = 12

OPERATORS: Final = {
    "state": "state", "status": "state", "zustand": "state",
    "channel": "channel", "kanal": "channel",
    "team": "team",
    "owner": "owner", "besitzer": "owner", "bei": "owner",
    "customer": "customer", "kunde": "customer",
    "from": "from", "von": "from",
    "before": "before", "vor": "before",
    "after": "after", "since": "after", "seit": "after", "nach": "after",
    "has": "has", "hat": "has", "mit": "has",
    "topic": "topic", "thema": "topic",
    "number": "number", "nummer": "number",
}  # fmt: skip
"""What may stand ahead of a colon, folded -> what it means."""

STATES: Final = {
    "open": "open", "offen": "open", "all": "any", "alle": "any", "any": "any",
    "new": "new", "neu": "new",
    "pending": "pending", "waiting": "pending", "wartet": "pending", "wartend": "pending",
    "resolved": "resolved", "gelost": "resolved", "erledigt": "resolved", "closed": "closed", "geschlossen": "closed",
}  # fmt: skip
CHANNELS: Final = {
    "mail": "email", "email": "email", "e-mail": "email", "telefon": "phone", "anruf": "phone", "call": "phone",
    "brief": "letter", "post": "letter", "formular": "form", "fax": "fax",
}  # fmt: skip
FILES: Final = frozenset({"attachment", "attachments", "file", "files", "anhang", "anhange", "datei", "dateien"})
ME: Final = frozenset({"me", "ich", "mir", "mich", "mine"})

_PIECE = re.compile(r'(-?)(?:([^\W\d_]+):)?("([^"]*)"?|[^\s"]+)')
_OR: Final = ("OR", "ODER")


@dataclass(frozen=True, slots=True)
class Unit:
    """Something sought that may stand in a text in several ways.

    ways     each is tokens that stand together in one text
    phrase   folded words that stand there one after the other; () does not matter
    typed    as it was typed
    author   it must name the sender
    """

    ways: tuple[tuple[str, ...], ...]
    typed: str
    phrase: tuple[str, ...] = ()
    author: bool = False
    beginning: bool = False  # a word that is still being typed


@dataclass(frozen=True, slots=True)
class Term:
    """One of several units; with ``without`` none of them."""

    units: tuple[Unit, ...]
    without: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What was not understood: a code (operator, value, date, long, words) and what it is about."""

    code: str
    operator: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """An operator and its value: a state, a channel, words to compare with a name, a date."""

    operator: str
    value: str
    day: date | None = None
    without: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    terms: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    remarks: tuple[Remark, ...] = ()
    typed: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms or self.filters)


@dataclass(slots=True)
class _Reading:
    terms: list[Term] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    joins: bool = False  # an OR stands before what comes


def parse(text: str, *, typing: bool = False) -> Query:
    """What ``text`` asks for. ``typing``: its last word may be a beginning."""
    cleaned = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    read = _Reading()
    if len(cleaned) > MOST_SIGNS:
        read.remarks.append(Remark("long", value=str(MOST_SIGNS)))
        cleaned = cleaned[:MOST_SIGNS]
    if is_chain(cleaned):
        return Query((Term((_unit(cleaned),)),), typed=cleaned)
    pieces = list(_PIECE.finditer(cleaned))
    for place, piece in enumerate(pieces):
        minus, name, whole, quoted = piece.groups()
        if whole in _OR and not name and not minus and place + 1 < len(pieces) and (read.terms or read.joins):
            read.joins = True
            continue
        operator = OPERATORS.get(fold(name)) if name else None
        if name and operator is None:  # as in "re: washing machine": no operator, but words
            if whole and not name.isupper() and fold(name) not in ("re", "aw", "wg", "fw", "fwd", "http", "https"):
                read.remarks.append(Remark("operator", operator=name, value=(quoted or whole)[:40]))
            _add(read, _unit(name), minus)
        if operator is not None and operator != "from":
            _filter(read, operator, name, whole if quoted is None else quoted, bool(minus))
            continue
        unit = _unit(whole) if quoted is None else _phrase(quoted)
        if operator == "from":
            unit = Unit(unit.ways, unit.typed, unit.phrase, author=True)
        if typing and place + 1 == len(pieces) and quoted is None and not cleaned.endswith(" "):
            unit = Unit(unit.ways, unit.typed, unit.phrase, unit.author, beginning=True)
        _add(read, unit, minus)
    terms = read.terms
    if len(terms) > MOST_TERMS:
        read.remarks.append(Remark("words", value=str(MOST_TERMS)))
        terms = terms[:MOST_TERMS]
    return Query(tuple(terms), tuple(read.filters), tuple(read.remarks), cleaned)


def _add(read: _Reading, unit: Unit, minus: str) -> None:
    joins, read.joins = read.joins, False
    if not unit.ways:
        return
    if not unit.phrase and not unit.author and fold(unit.typed) in STOP:
        return  # stands in every text
    if joins and read.terms and not minus and not read.terms[-1].without:
        read.terms[-1] = Term((*read.terms[-1].units, unit))
    else:
        read.terms.append(Term((unit,), without=bool(minus)))


def _unit(typed: str) -> Unit:
    return Unit(tuple(alternatives(typed)), typed)


def _phrase(quoted: str) -> Unit:
    words = tuple(words_of(quoted))
    if is_chain(quoted):
        return _unit(quoted)
    sought = [way for word in words if word not in STOP for way in alternatives(word)[:1]]
    together = tuple(dict.fromkeys(token for way in sought for token in way))
    return Unit((together,) if together else (), quoted, phrase=words)


def _filter(read: _Reading, operator: str, name: str, value: str, without: bool) -> None:
    folded = fold(value)
    day = None
    if operator in ("before", "after"):
        day = _day(value)
        if day is None:
            read.remarks.append(Remark("date", operator=name, value=value[:40]))
            return
    elif operator == "state":
        if folded not in STATES:
            read.remarks.append(Remark("value", operator=name, value=value[:40]))
            return
        value = STATES[folded]
    elif operator == "channel":
        value = CHANNELS.get(folded, folded)
    elif operator == "has" and folded not in FILES:
        read.remarks.append(Remark("value", operator=name, value=value[:40]))
        return
    read.filters.append(Filter(operator, value, day, without))


_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%Y-%m", "%m.%Y", "%m/%Y", "%Y")


def _day(text: str) -> date | None:
    """A date as people write it; a month or year is its first day."""
    for form in _FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None
