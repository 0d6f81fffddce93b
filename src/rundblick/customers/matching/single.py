"""Two persons at a time, without arrays: what ``engine.Judge`` says of two rows, for records that come one by one.

Arrays pay from some hundred pairs on; a record that comes alone has ten candidates, most of which the names already
rule out. So the fields that decide most are looked at first, and a pair is given up as soon as all the others together
could not bring it to the review threshold. The levels are those of ``comparing``, the weights those of ``weighing``,
the rules those of ``rules``; a test holds them to it for arbitrary persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp2, log2
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio

from rundblick.customers.matching.blocking import either_order
from rundblick.customers.matching.comparing import (
    BASE,
    BIRTH,
    CITY,
    CITY_POINTS,
    COMPANY,
    EMAIL,
    FIRST,
    GENERATION,
    LANDLINE,
    LAST,
    MAIL_YEAR,
    NUMBER,
    PHONE,
    POSTCODE,
    POSTCODE_POINTS,
    REST,
    SECOND_LINES,
    STREET,
    STREET_POINTS,
    SYSTEM,
    fields_of,
    hash_head,
    is_short_form,
)
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.names import phonetic
from rundblick.customers.matching.person import Person
from rundblick.customers.matching.rules import LITTLE, MUCH, PERSONAL, SURE, Rule
from rundblick.customers.matching.table import letters_of
from rundblick.customers.matching.weighing import ADDRESS_FIELDS, most_personal, personal_fields

SLACK: Final = 1e-6  # bits: sums of the same weights in another order
_AT: Final = {field.name: i for i, field in enumerate(BASE)}
_FIRST, _LAST, _REST, _BIRTH = (_AT[field.name] for field in (FIRST, LAST, REST, BIRTH))
_STREET, _POSTCODE, _CITY, _COMPANY = (_AT[field.name] for field in (STREET, POSTCODE, CITY, COMPANY))
_EMAIL, _MAIL_YEAR, _PHONE, _LANDLINE = (_AT[field.name] for field in (EMAIL, MAIL_YEAR, PHONE, LANDLINE))
_NUMBER, _SYSTEM, _FACTS = _AT[NUMBER.name], _AT[SYSTEM.name], len(BASE)


_Place = tuple[str, str, str, str]


class Seen:
    """A person as it is compared one by one.

    numbers  by issuer, facts by name
    places   (street, house, postcode, city) of today and of before; lasts, streets, postcodes, cities: all values
    past     whether there is any of before
    bounds   what the fields that are looked at later can add at most: after names and birth date, after address and
             contact as well
    """

    __slots__ = (
        "birth", "bounds", "cities", "facts", "first", "last", "lasts", "numbers", "past", "person", "places",
        "postcodes", "sounds", "streets",
    )  # fmt: skip

    def __init__(self, person: Person) -> None:
        self.person = person
        self.places: tuple[_Place, ...] = (
            (person.street, person.house, person.postcode, person.city),
            *person.former_places,
        )
        self.streets, _, self.postcodes, self.cities = zip(*self.places, strict=True)
        self.lasts = (person.last, *person.former_lasts)
        self.past = len(self.places) + len(self.lasts) > 2
        self.first, self.last, self.birth = person.first, person.last, either_order(person.birth)
        self.sounds = (_sound(person.first), _sound(person.last))
        self.numbers = dict(reversed(person.numbers))
        self.facts = dict(person.facts)
        self.bounds: tuple[float, float] = (0.0, 0.0)


def promising(a: Seen, b: Seen) -> bool:
    """``blocking.promising`` of one pair."""
    (one, two), theirs = a.sounds, b.sounds
    if (one and one in theirs) or (two and two in theirs):
        return True
    if a.first[:1] == b.first[:1] and a.last[:1] == b.last[:1]:
        return True
    return a.birth > 0 and a.birth == b.birth


class SingleJudge:
    """Scores and vetoes of two persons under a model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._fields = fields_of(model.facts, model.own)
        self._strangers = [weight.strangers for weight in model.fields]
        self._household = [weight.household for weight in model.fields]
        self._exact = [
            field.exact if weight.m_exact else 0 for field, weight in zip(self._fields, model.fields, strict=True)
        ]
        self._known, self._women = frozenset(model.known_names), frozenset(model.women)
        self._stays = log2(1 - exp2(model.moved))
        self._likeliest = [
            max([0.0, *(weight for level, weight in enumerate(weights) if level != exact)])
            for weights, exact in zip(self._strangers, self._exact, strict=True)
        ]
        self._personal = [(i, most_personal(self._fields[i])) for i in personal_fields(self._fields)]
        self._lines = [_FACTS + i for i, name in enumerate(model.facts) if name in SECOND_LINES]
        self._special = [i for i, field in enumerate(self._fields) if field.special]
        self._forgotten = frozenset(model.over_used_dates)
        self._least = model.review - SLACK

    def seen(self, person: Person) -> Seen:
        """The person, ready to be compared; a date that stands for "unknown" is unknown."""
        if person.birth in self._forgotten:
            person = person._replace(birth="")
        seen = Seen(person)
        most = self._most(seen)
        late = sum(most[i] for i in (_REST, _MAIL_YEAR, _COMPANY, _NUMBER, _SYSTEM, *range(_FACTS, len(most))))
        address = self._together(sum(most[i] for i in ADDRESS_FIELDS))
        seen.bounds = (late + address + most[_EMAIL] + most[_PHONE], late)
        return seen

    def _most(self, seen: Seen) -> list[float]:
        """What each field of a person can weigh at most, whoever the other is."""
        person = seen.person
        phones = person.own_phones + person.home_phones
        values: list[Sequence[str]] = [
            (person.first,), seen.lasts, (person.rest,), (person.birth,), seen.streets, seen.postcodes, seen.cities,
            person.emails, (person.mail_year, person.birth), phones, phones, (person.company,),
            [value for _, value in person.numbers], (person.system,),
            *((seen.facts.get(name, ""),) for name in self.model.facts),
        ]  # fmt: skip
        most = []
        for i, several in enumerate(values):
            equal = [self._equal(i, text) for text in several if text] if self._exact[i] else ()
            known = equal or any(several)  # what one does not know weighs nothing
            most.append(max((self._likeliest[i], *equal)) if known else 0.0)
        return most

    def _equal(self, i: int, text: str) -> float:
        weight = self.model.fields[i]
        return weight.m_exact - weight.frequencies.get(text, weight.rare)

    def _together(self, alone: float) -> float:
        """What the fields of an address say together (``Weigher.moved``)."""
        one, other = alone + self._stays, self.model.moved
        high, low = (one, other) if one > other else (other, one)
        return high + log2(1.0 + exp2(low - high)) if alone else 0.0

    def __call__(self, a: Seen, b: Seen) -> tuple[float, int] | None:
        """(score, veto or 0), or ``None`` when the score is below the review threshold."""
        x, y = a.person, b.person
        past = a.past or b.past
        levels = [0] * len(self._fields)
        last = _best_last(a, b, self._known) if past else None
        levels[_FIRST], levels[_LAST] = names_levels(x.first, x.last, y.first, y.last, self._known, last)
        levels[_BIRTH] = birth_level(x.birth, y.birth)
        levels[_SYSTEM] = 1 + (x.system != y.system)
        weights = [0.0] * len(levels)
        weights[_LAST] = self._common(_LAST, levels[_LAST], a.lasts, b.lasts)
        total = self.model.prior + weights[_LAST]
        for i in (_FIRST, _BIRTH):
            total += self._weigh(weights, i, levels[i], x)
        if total + a.bounds[0] < self._least or total + b.bounds[0] < self._least:
            return None
        levels[_STREET], levels[_POSTCODE], levels[_CITY] = (
            _best_places(a, b) if past else place_levels(a.places[0], b.places[0])
        )
        _contact_levels(levels, x, y)
        self._weigh_contacts(weights, levels, x, y)
        weights[_STREET] = self._common(_STREET, levels[_STREET], a.streets, b.streets)
        weights[_POSTCODE] = self._common(_POSTCODE, levels[_POSTCODE], a.postcodes, b.postcodes)
        weights[_CITY] = self._common(_CITY, levels[_CITY], a.cities, b.cities)
        alone = sum([weights[i] for i in ADDRESS_FIELDS])
        if self._lines and levels[_STREET] == 1:
            # a second line that changes places with the street makes one street of two
            alone += max(self._strangers[_STREET][2] - weights[_STREET], 0.0)
        near = total + self._together(alone) + weights[_EMAIL] + weights[_PHONE]
        if near + a.bounds[1] < self._least or near + b.bounds[1] < self._least:
            return None
        self._late_levels(levels, a, b)
        if levels[_STREET] == 2:  # an exchanged second line made it so
            weights[_STREET] = self._strangers[_STREET][2]
        for i in (_REST, _MAIL_YEAR, _COMPANY, _NUMBER, _SYSTEM, *range(_FACTS, len(levels))):
            self._weigh(weights, i, levels[i], x, a)
        score = self.model.prior + sum(weights)
        alone = sum(weights[i] for i in ADDRESS_FIELDS)
        score += self._together(alone) - alone
        if score < self._least:
            return None
        return self._decide(levels, weights, score, a, b)

    def may_be_one(self, a: Seen, b: Seen) -> bool:
        """Whether the score reaches the review threshold."""
        return self(a, b) is not None

    def _weigh(self, weights: list[float], i: int, level: int, x: Person, seen: Seen | None = None) -> float:
        """Set and give the weight of a field whose equal value, if equal, is ``x``'s."""
        if level and level == self._exact[i]:
            found = self._equal(i, _value(i, x, seen, self.model.facts))
        else:
            found = self._strangers[i][level]
        weights[i] = found
        return found

    def _weigh_contacts(self, weights: list[float], levels: list[int], x: Person, y: Person) -> None:
        weights[_EMAIL] = self._common(_EMAIL, levels[_EMAIL], x.emails, y.emails)
        mine, theirs = x.own_phones + x.home_phones, y.own_phones + y.home_phones
        weights[_PHONE] = self._common(_PHONE, levels[_PHONE], mine, theirs)
        weights[_LANDLINE] = self._common(_LANDLINE, levels[_LANDLINE], mine, theirs)

    def _common(self, i: int, level: int, mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
        """The weight of a field of several values: when equal, of the rarest that both have."""
        if not level or level != self._exact[i]:
            return self._strangers[i][level]
        if len(mine) == 1:
            return self._equal(i, mine[0])
        return max(self._equal(i, text) for text in mine if text and text in theirs)

    def _late_levels(self, levels: list[int], a: Seen, b: Seen) -> None:
        x, y = a.person, b.person
        levels[_REST] = rest_level(x.rest, y.rest)
        levels[_MAIL_YEAR] = _mail_year(x, y, levels[_EMAIL])
        levels[_COMPANY] = text_level(x.company, y.company, slips=False)
        levels[_NUMBER] = _number_level(a, b)
        for i, name in enumerate(self.model.facts, _FACTS):
            levels[i] = text_level(a.facts.get(name, ""), b.facts.get(name, ""), slips=True)
        for i in self._lines:
            if levels[_STREET] == 1 and levels[i] == 1:
                name = self.model.facts[i - _FACTS]
                if _same_line(x.street, b.facts[name]) and _same_line(y.street, a.facts[name]):
                    levels[_STREET], levels[i] = 2, 0

    # --- households and rules, for the few that come so far

    def _decide(
        self, levels: list[int], weights: list[float], score: float, a: Seen, b: Seen
    ) -> tuple[float, int] | None:
        household = [self._against_household(i, level, a, b) for i, level in enumerate(levels)]
        at_home = levels[_STREET] >= 3 or levels[_LANDLINE] == 3
        if at_home:
            score = min(score, self.model.prior_household + sum(household))
            if score < self._least:
                return None
        personal = sum(min(max(household[i], 0.0), most) for i, most in self._personal)
        birth = min(max(household[_BIRTH], 0.0), most_personal(BIRTH))
        known = a.first in self._known and b.first in self._known
        veto = self._veto(levels, personal, personal - birth, known, at_home)
        if veto and at_home and score <= -SURE:
            veto = Rule.TWO_PEOPLE
        for issuer in self.model.exclusive:
            one, other = a.numbers.get(issuer), b.numbers.get(issuer)
            if one and other and one != other:
                veto = Rule.TWO_NUMBERS
        return score, int(veto)

    def _against_household(self, i: int, level: int, a: Seen, b: Seen) -> float:
        if not level:
            return 0.0
        weight, found = self.model.fields[i], self._household[i][level]
        if level == self._exact[i]:
            if i == _FIRST:
                if a.first in self._women:
                    found = weight.m_exact - self.model.women_of_one_name
            elif not self._fields[i].household:
                frequency = weight.m_exact - self._equal_weight(i, a, b)
                found = weight.m_exact - log2(exp2(frequency) + weight.shared)
        return min(found, 0.0) if i in (_REST, _LAST) else found

    def _equal_weight(self, i: int, a: Seen, b: Seen) -> float:
        x, y = a.person, b.person
        if i == _EMAIL:
            return self._common(i, self._exact[i], x.emails, y.emails)
        if i == _PHONE:
            return self._common(i, self._exact[i], x.own_phones + x.home_phones, y.own_phones + y.home_phones)
        return self._equal(i, _value(i, x, a, self.model.facts))

    def _veto(self, levels: list[int], personal: float, other: float, known: bool, at_home: bool) -> Rule:
        first, birth, same_number = levels[_FIRST], levels[_BIRTH], levels[_NUMBER] == 2
        found = Rule.WEIGHT
        near = at_home or (birth >= 5 and levels[_LAST] >= 5)
        if (first == 2 or (first == 5 and known)) and near and not same_number and other < LITTLE:
            found = Rule.HOUSEHOLD
        if first == 1 and personal < PERSONAL:
            found = Rule.HOUSEHOLD
        couple = first == 1 and known and at_home and birth < 4 and not same_number
        if couple and personal <= MUCH and not any(levels[i] == self._fields[i].exact for i in self._special):
            found = Rule.HOUSEHOLD
        if first >= 5 and birth == 1 and levels[_EMAIL] != EMAIL.exact and personal < PERSONAL:
            found = Rule.GENERATIONS
        return found


def _value(i: int, person: Person, seen: Seen | None, facts: tuple[str, ...]) -> str:
    """The value of a field that has one."""
    if i >= _FACTS:
        return seen.facts.get(facts[i - _FACTS], "") if seen else ""
    return str(getattr(person, _COLUMN[i]))


_COLUMN: Final = {
    _FIRST: "first", _LAST: "last", _BIRTH: "birth", _STREET: "street", _POSTCODE: "postcode", _CITY: "city",
    _COMPANY: "company",
}  # fmt: skip


# --- levels of two values; names and orders as in comparing

_likeness = JaroWinkler.normalized_similarity


def _slip(x: str, y: str) -> bool:
    return abs(len(x) - len(y)) <= 1 and DamerauLevenshtein.distance(x, y, score_cutoff=1) <= 1


@lru_cache(maxsize=65536)
def _sound(name: str) -> str:
    return phonetic(name.replace(" ", ""))


def names_levels(xf: str, xl: str, yf: str, yl: str, known: frozenset[str], last: int | None = None) -> tuple[int, int]:
    """(first name, last name); ``last``: the level of the last names, where former ones count too."""
    first = first_level(xf, yf, xf in known and yf in known)
    if last is None:
        last = last_level(xl, yl, xl in known and yl in known)
    if first <= 2 and last <= 2 and xf and xl and yf and yl:
        one = _likeness(xf, yl)
        if one >= 0.8:
            two = _likeness(xl, yf)
            if two >= 0.8 and one + two >= 1.75:
                merely = (one < 1 and xf in known and yl in known) or (two < 1 and xl in known and yf in known)
                if not merely:
                    return 8, 0
    return first, last


@lru_cache(maxsize=65536)
def first_level(x: str, y: str, known: bool) -> int:
    """``known``: both are names that many bear."""
    if not x or not y:
        return 0
    if x == y:
        return 7
    if len(x) == 1 or len(y) == 1:
        return 6 if x[0] == y[0] else 1
    level = 1
    likeness = _likeness(x, y)
    if likeness >= 0.85 or (likeness >= 0.7 and _sound(x) == _sound(y)):
        level = 3
    if min(len(x), len(y)) >= 4 and _slip(x, y):
        level = 4
    if level >= 3 and known:
        level = 2
    return 5 if level < 4 and is_short_form(x, y) else level


@lru_cache(maxsize=65536)
def last_level(x: str, y: str, known: bool) -> int:
    if not x or not y:
        return 0
    if x == y:
        return 6
    level = 1
    likeness = _likeness(x, y)
    if likeness >= 0.88 or (likeness >= 0.6 and _sound(x) == _sound(y)):
        level = 3
    if min(len(x), len(y)) >= 4 and _slip(x, y):
        level = 4
    if level >= 3 and known:
        level = 2
    if level < 4 and (" " in x or " " in y) and any(len(word) > 3 for word in set(x.split()) & set(y.split())):
        level = 5
    if level < 4 and abs(len(x) - len(y)) >= 2 and likeness >= 0.85 and min(len(x), len(y)) >= 6:
        level = 5 if x.startswith(y) or y.startswith(x) else level
    return level


def _best_last(a: Seen, b: Seen, known: frozenset[str]) -> int:
    """Of the last names that both have or had, the level of the two that agree best (``comparing._lasts``)."""
    found = [last_level(x, y, x in known and y in known) for x in a.lasts for y in b.lasts]
    best = max(found)
    return best if best > 1 else found[0]


def rest_level(x: str, y: str) -> int:
    if not x or not y:
        return 0
    if x == y:
        return 3
    likeness = token_set_ratio(x, y)
    return 3 if likeness >= 95 else 2 if likeness >= 60 else 1


@lru_cache(maxsize=65536)
def birth_level(x: str, y: str) -> int:
    if not x or not y:
        return 0
    if x == y:
        return 7
    off = [i for i in range(8) if x[i] != y[i]]
    year, month, day = x[:4] == y[:4], x[4:6] == y[4:6], x[6:] == y[6:]
    if year and x[4:6] == y[6:] and x[6:] == y[4:6]:
        return 5
    if len(off) == 1 or (len(off) == 2 and off[1] == off[0] + 1 and x[off[0]] == y[off[1]] and x[off[1]] == y[off[0]]):
        return 6
    if (year and (month or day)) or (month and day):
        return 4
    months = abs(12 * (int(x[:4]) - int(y[:4])) + int(x[4:6]) - int(y[4:6]))
    return 3 if year or months < 12 else 2 if months < 12 * GENERATION else 1


def place_levels(mine: _Place, theirs: _Place) -> tuple[int, int, int]:
    """(street, postcode, city) of two addresses."""
    street = post = city = 0
    if mine[0] and theirs[0]:
        if mine[0] == theirs[0]:
            street = 4 if mine[1] == theirs[1] else 2
        elif _likeness(mine[0], theirs[0]) >= 0.88:
            street = 3 if mine[1] == theirs[1] else 2
        else:
            street = 1
    if mine[2] and theirs[2]:
        if mine[2] == theirs[2]:
            return street, 3, 0
        near = hash_head(mine[2]) == hash_head(theirs[2]) or _slip(mine[2], theirs[2])
        post = 2 if near else 1
    if mine[3] and theirs[3]:
        city = 3 if mine[3] == theirs[3] else 2 if _likeness(mine[3], theirs[3]) >= 0.88 else 1
    return street, post, city


def _best_places(a: Seen, b: Seen) -> tuple[int, int, int]:
    """Of the addresses that both have or had, the levels of the two that agree best (``comparing._places``)."""
    found = place_levels(a.places[0], b.places[0])
    best = max(_points(found), 0)
    for i, mine in enumerate(a.places):
        for j, theirs in enumerate(b.places):
            if (i or j) and (mine[0] or mine[2]) and (theirs[0] or theirs[2]):
                if _are_elsewhere(mine, theirs):
                    continue
                levels = place_levels(mine, theirs)
                if (points := _points(levels)) > best:
                    found, best = levels, points
    return found


def _are_elsewhere(mine: _Place, theirs: _Place) -> bool:
    """Whether two addresses have neither street nor postcode in common: then they cannot agree better than none."""
    one, other = mine[0], theirs[0]
    return bool(
        one and other and one != other and mine[2] != theirs[2] and not _likeness(one, other, score_cutoff=0.88)
    )


def _points(levels: tuple[int, int, int]) -> int:
    return STREET_POINTS[levels[0]] + POSTCODE_POINTS[levels[1]] + CITY_POINTS[levels[2]]


def _contact_levels(levels: list[int], x: Person, y: Person) -> None:
    if x.emails and y.emails:
        levels[_EMAIL] = _email_level(x, y)
    own = home = 0
    if x.own_phones and y.own_phones:
        own = 2 if _slip(x.own_phones[0], y.own_phones[0]) else 1
        own = 3 if not set(x.own_phones).isdisjoint(y.own_phones) else own
    if x.home_phones and y.home_phones:
        home = 2 if _slip(x.home_phones[0], y.home_phones[0]) else 1
    mine, theirs = x.own_phones + x.home_phones, y.own_phones + y.home_phones
    if not (set(x.home_phones).isdisjoint(theirs) and set(y.home_phones).isdisjoint(mine)):
        home = 3
    levels[_PHONE], levels[_LANDLINE] = own, home


def _email_level(x: Person, y: Person) -> int:
    if not set(x.emails).isdisjoint(y.emails):
        return 5
    if _slip(x.emails[0], y.emails[0]):
        return 4
    if x.local and y.local:
        return 3 if x.local == y.local else 2 if _likeness(x.local, y.local) >= 0.88 else 1
    return 1


def _mail_year(x: Person, y: Person, email: int) -> int:
    if bool(x.birth) == bool(y.birth) or email == EMAIL.exact:
        return 0
    hint, born = (x.mail_year, y.birth) if y.birth else (y.mail_year, x.birth)
    return (2 if int(hint) == int(born[2:4]) else 1) if hint else 0


def _number_level(a: Seen, b: Seen) -> int:
    level = 0
    other = a.person.system != b.person.system
    for issuer, value in a.numbers.items():
        theirs = b.numbers.get(issuer, "")
        if value and theirs:
            if value == theirs:
                level = level or 2
            elif other:
                level = 1
    return level


def text_level(x: str, y: str, *, slips: bool) -> int:
    if not x or not y:
        return 0
    if x == y:
        return 4 if slips else 3
    if slips and min(len(x), len(y)) >= 4 and _slip(x, y):
        return 3
    return 2 if _likeness(x, y) >= 0.88 else 1


def _same_line(street: str, line: str) -> bool:
    return (letters_of(street) & ~letters_of(line)).bit_count() <= 2 and _likeness(street, line) >= 0.88
