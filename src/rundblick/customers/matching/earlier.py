"""What a record said before: addresses and last names that are no longer true, but still tell who somebody is.

They travel as facts of the party, beside what is true now: ``former_street``, ``former_postcode``, ``former_city``,
``former_last_name`` and ``former_until`` (a day, ISO), and once more with ``_2`` for those before. They come from
columns of an export (docs/mapping.md) or from the record's own earlier versions. Old telephone numbers and mail
addresses need none of this: a record keeps every identifier that it ever had.

A first name is not among them: an account whose first name changed went from one person to another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rundblick.customers.matching.names import fold, split_name

MOST: Final = 2  # former addresses, and former last names, of a record
SUFFIXES: Final = ("", "_2")
_PLACE: Final = ("street", "postcode", "city")
_LAST: Final = "last_name"
UNTIL: Final = "former_until"
FORMER: Final = frozenset(f"former_{name}{suffix}" for suffix in SUFFIXES for name in (*_PLACE, _LAST, "until"))


def with_earlier(facts: Mapping[str, str], versions: Iterable[tuple[Mapping[str, str], str]]) -> dict[str, str]:
    """``facts`` and, as former ones, what ``versions`` said otherwise: (facts, day until which they held, or ""),
    the newest first. At most ``MOST`` of a kind; what the facts themselves call former comes first. A version whose
    first name begins with another letter is somebody else's.
    """
    places: dict[tuple[str, ...], tuple[dict[str, str], str]] = {}
    lasts: dict[str, str] = {}
    place_now, (first_now, last_now) = _place(facts), _name(facts)
    said = [(former_of(facts, suffix), facts.get(UNTIL + suffix, "")) for suffix in SUFFIXES]
    for told, until in [*said, *versions]:
        first, last = _name(told)
        if first and first_now and first[0] != first_now[0]:
            continue
        place = _place(told)
        if (place[0] or place[1]) and place != place_now:
            places.setdefault(place, ({name: told[name] for name in _PLACE if told.get(name)}, until))
        if last and last != last_now:
            lasts.setdefault(last, told.get(_LAST) or last)
    found = {name: value for name, value in facts.items() if name not in FORMER}
    for suffix, (address, until) in zip(SUFFIXES, places.values(), strict=False):
        found.update({f"former_{name}{suffix}": value for name, value in address.items()})
        if until:
            found[UNTIL + suffix] = until
    found.update({f"former_{_LAST}{suffix}": last for suffix, last in zip(SUFFIXES, lasts.values(), strict=False)})
    return found


def former_of(facts: Mapping[str, str], suffix: str) -> dict[str, str]:
    """The former facts of one ``suffix`` under their plain names."""
    found = {}
    for name in (*_PLACE, _LAST):
        if value := facts.get(f"former_{name}{suffix}"):
            found[name] = value
    return found


def _place(facts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(fold(facts.get(name, "")) for name in _PLACE)


def _name(facts: Mapping[str, str]) -> tuple[str, str]:
    """(first name, last name), folded."""
    first, last = fold(facts.get("first_name", "")), fold(facts.get(_LAST, ""))
    return (first, last) if first or last else split_name(facts.get("name", ""))
