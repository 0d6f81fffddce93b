"""A party as it is compared: every fact in its normal form, junk left out.

Pure: the same party always gives the same person. A value that cannot be what it says it is gives "", never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from rundblick.core.message import Party, Strength
from rundblick.customers.identifiers import email_normal, fold_name, phone_normal
from rundblick.customers.matching.earlier import FORMER, SUFFIXES, former_of
from rundblick.customers.matching.names import JUNK, LONGEST, fold, split_name

AS_WRITTEN: Final = (
    "birth_date_as_written"  # a birth date that is none of the calendar: seven digits of it may be right
)
KNOWN_FACTS: Final = FORMER | frozenset(
    {"name", "first_name", "last_name", "company", "birth_date", AS_WRITTEN, "street", "postcode", "city", "country"}
)
# facts of the relation, not of the person
NOT_COMPARED: Final = frozenset(
    {"tier", "language", "since", "preferred_channel", "salutation", "email", "phone", "mobile"}
)
_NO_FURTHER: Final = KNOWN_FACTS | NOT_COMPARED

_GENDER: Final = dict.fromkeys(
    ("frau", "fr", "female", "f", "w", "weiblich", "mrs", "ms", "miss"), "f"
) | dict.fromkeys(("herr", "hr", "herrn", "male", "m", "männlich", "mr"), "m")
_NUMBERS: Final = frozenset({"customer_no"})  # one a person and issuing system
_FACTS_PER_RECORD: Final = 24


class Person(NamedTuple):
    """What of a party is compared. Texts are folded, "" is unknown.

    rest       further words of the name (second names, titles of nobility), sorted
    birth      eight digits, year first; they need not be a date of the calendar
    emails     at most two; phones at most three, own ones (mobile) and those of a household (fixed line) apart
    mail_year  two digits at the end of the first address's local part (anna77, anna.1977), which are often a year of
               birth
    gender     "f", "m" or "", by the salutation or a fact "gender"
    local      the first address's part before the @, folded, "" when it is made of the names alone and says no more
               than they
    numbers    (issuer, value) of customer numbers: a person has one of them with an issuer
    facts      (name, value) of further facts, folded
    former_places  (street, house, postcode, city) of earlier addresses, former_lasts earlier last names: at most two
               each, the newest first, none of them true now (matching.earlier)
    """

    first: str
    last: str
    rest: str
    birth: str
    street: str
    house: str
    postcode: str
    city: str
    emails: tuple[str, ...]
    own_phones: tuple[str, ...]
    home_phones: tuple[str, ...]
    company: str
    numbers: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    system: str
    local: str
    gender: str
    mail_year: str
    former_places: tuple[tuple[str, str, str, str], ...] = ()
    former_lasts: tuple[str, ...] = ()


def person_of(party: Party) -> Person:
    """The party in its compared form."""
    facts = party.facts
    first, last, rest = _names(facts.get("first_name", ""), facts.get("last_name", ""), facts.get("name", ""))
    street, house = street_normal(facts.get("street", ""))
    emails: list[str] = []
    own: list[str] = []
    home: list[str] = []
    numbers: list[tuple[str, str]] = []
    for one in party.identifiers:
        if one.kind == "email":
            emails.append(one.value)
        elif one.kind == "phone":
            (home if one.strength == Strength.HOUSEHOLD else own).append(one.value)
        elif one.kind in _NUMBERS:
            numbers.append((one.issuer, one.value))
    if party.system == "email" and not emails:
        emails.append(party.key)
    elif party.system == "phone" and not own and not home:
        own.append(party.key)
    if "email" in facts and not emails and (address := email_normal(facts["email"][:LONGEST])):
        emails.append(address)
    if "phone" in facts and not own and not home and (number := phone_normal(facts["phone"][:LONGEST])):
        own.append(number)
    postcode, city = postcode_normal(facts.get("postcode", "")), fold(facts.get("city", ""))
    places, lasts = _former(facts, (street, house, postcode), last)
    return Person(
        first,
        last,
        rest,
        birth_normal(facts.get("birth_date") or facts.get(AS_WRITTEN, "")),
        street,
        house,
        postcode,
        city,
        tuple(emails[:2]),
        tuple(own[:3]),
        tuple(home[:3]),
        fold(facts.get("company", "")),
        tuple(sorted(numbers)[:4]),
        tuple(sorted(further_facts(facts))),
        party.system,
        _local_part(emails[0], first, last) if emails else "",
        _GENDER.get((facts.get("salutation") or facts.get("gender") or "")[:12].casefold().rstrip("."), ""),
        _mail_year(emails[0]) if emails else "",
        places,
        lasts,
    )


def further_facts(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, value) of the facts that are compared as they are, folded."""
    further: list[tuple[str, str]] = []
    for name, value in facts.items():
        if name not in _NO_FURTHER and len(further) < _FACTS_PER_RECORD:
            text = fold(value)
            if text:
                further.append((name, text))
    return further


def _former(
    facts: Mapping[str, str], now: tuple[str, str, str], last: str
) -> tuple[tuple[tuple[str, str, str, str], ...], tuple[str, ...]]:
    """Addresses and last names that were, as far as they say anything else than what is."""
    if facts.keys().isdisjoint(FORMER):
        return (), ()
    places: dict[tuple[str, str, str, str], None] = {}
    lasts: dict[str, None] = {}
    for suffix in SUFFIXES:
        told = former_of(facts, suffix)
        place = place_of(told)
        if (place[0] or place[2]) and place[:3] != now:
            places[place] = None
        name = fold(told.get("last_name", ""))
        if name and name != last:
            lasts[name] = None
    return tuple(places), tuple(lasts)


def place_of(facts: Mapping[str, str]) -> tuple[str, str, str, str]:
    """(street, house, postcode, city) of facts, in their normal forms."""
    street, house = street_normal(facts.get("street", ""))
    return street, house, postcode_normal(facts.get("postcode", "")), fold(facts.get("city", ""))


_YEAR_AT_END: Final = re.compile(r"(?<!\d)(?:19|20)?(\d\d)@")


def _mail_year(address: str) -> str:
    found = _YEAR_AT_END.search(address)
    return found[1] if found else ""


def _local_part(address: str, first: str, last: str) -> str:
    """The local part of an address, "" when first and last name make all of it (anna.meier, a.meier, meier_anna).

    Two people of one name have such addresses at two hosts; it is no evidence beside the name.
    """
    local = address.partition("@")[0]
    said = fold_name(local)
    if not said:
        return local
    rest = said.replace(last.replace(" ", ""), " ", 1) if last else said
    rest = rest.replace(first, " ", 1) if first else rest
    words = rest.split()
    if not words or (len(words) == 1 and words[0] == first[:1]):
        return ""
    return local


_HYPHEN: Final = re.compile(r"(?<=\w)-(?=\w)")


@lru_cache(maxsize=65536)
def _names(first: str, last: str, name: str) -> tuple[str, str, str]:
    """(first name, last name, further words) of the three columns that names come in."""
    one, two = fold(_HYPHEN.sub("", first[:LONGEST])), fold(last)  # Petra-Maria is one name, and not Petra
    if not one and not two:
        one, two = split_name(name)
        words: list[str] = []
    elif name:
        used = set(one.split()) | set(two.split())
        words = [word for word in fold(name).split() if word not in used]
    else:
        words = []
    if not two and " " in one:
        one, two = split_name(first)
    names = one.split()
    if len(names) > 1:
        # "von" and the like belong to what follows them
        words += names[1:]
        one = names[0]
    return one, two, " ".join(sorted(set(words)))


_DIGITS: Final = re.compile(r"[^0-9]+")
_NO_DATES: Final = frozenset({"00000000", "19000101", "18991230", "19010101", "00010101", "99991231", "11111111"})


@lru_cache(maxsize=131072)
def birth_normal(text: str) -> str:
    """Eight digits of an ISO date, "" when there are not eight or they are a known filler (1 January 1900)."""
    if not text:
        return ""
    digits = _DIGITS.sub("", text[:20])
    if len(digits) != 8 or digits in _NO_DATES or digits.startswith("0000"):
        return ""
    return digits


_HOUSE: Final = re.compile(r"^(.*?[^\W\d])\s*(\d{1,5})\s*([a-z])?(?: \d{1,5}(?: ?[a-z])?)?$")
_HOUSE_FIRST: Final = re.compile(r"^(\d{1,5})(?: ?([a-z]))? (\D.*)$")
_STREET_ENDS: Final = re.compile(r"(?:strase|strasse|str)\b|(?<=[a-z])\s+str(?:eet)?\b")


@lru_cache(maxsize=131072)
def street_normal(text: str) -> tuple[str, str]:
    """(street, house number): "Große Straße 12 a" and "Grosse Str. 12a" are one. House number "" when there is none.

    >>> street_normal("Grosse Str. 12a")
    ('grose str', '12a')
    """
    if not text:
        return "", ""
    folded = fold(text)
    house = ""
    found = _HOUSE.match(folded)
    if found:
        folded, number, letter = found.groups()
        house = number.lstrip("0") + (letter or "")
    elif found := _HOUSE_FIRST.match(folded):
        number, letter, folded = found.groups()
        house = number.lstrip("0") + (letter or "")
    street = _STREET_ENDS.sub(" str", folded.replace("ss", "s"))
    return " ".join(street.split()), house


@lru_cache(maxsize=65536)
def postcode_normal(text: str) -> str:
    """Letters and digits of a postcode, lower case, without a country's sign ("D-24103" is 24103)."""
    bare = "".join(c for c in text[:20].casefold() if c.isalnum())
    if bare in JUNK or not bare.strip("0"):
        return ""
    if bare[:1] in ("d", "a") and bare[1:].isdigit():
        bare = bare[1:]
    return bare
