"""The people behind the numbers: couples, children, twins, fathers and sons of one name, flat shares."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rundblick_sample import names, phones
from rundblick_sample.draw import Draw, Weighted

if TYPE_CHECKING:
    from rundblick_sample.registers import Style

MAIL_HOSTS = Weighted(
    ["post.example", "mail.example", "example.de", "example.com", "funkpost.example", "foerdenet.example",
        "example.org",
     "webpost.example", "example.net", "kabelmail.example", "schnellpost.example"],
    [24, 22, 16, 12, 8, 6, 4, 4, 2, 1, 1],
)  # fmt: skip
_FANCY = [
    "sonnenblume",
    "kuestenkind",
    "moewe",
    "opelfan",
    "bvbfan",
    "mausi",
    "schnucki",
    "gartenzwerg",
    "segler",
    "nordlicht",
    "leuchtturm",
    "katzenmama",
    "hundepapa",
    "bienchen",
    "zaubermaus",
    "lokfuehrer",
    "angler",
    "heimwerker",
    "wolke7",
    "sternchen",
    "biker",
    "tanzmaus",
    "omi",
    "opa",
    "angelprofi",
    "fischkopp",
    "teetante",
    "schneckchen",
    "waldlaeufer",
    "camperfreund",
    "bratpfanne",
    "strickliesel",
    "rosenfee",
    "nachteule",
]
_TITLES = Weighted(["", "Dr.", "Prof. Dr.", "Dipl.-Ing."], [955, 34, 5, 6])

Address = tuple[str, str, str, str]  # street, house number, postcode, city


@dataclass(slots=True)
class Person:
    """One human being, with everything by which a system may know him."""

    id: int
    household: int
    female: bool
    first: str
    last: str
    born: tuple[int, int, int]
    address: Address
    middle: str = ""
    title: str = ""
    former_last: str = ""
    former_address: Address | None = None
    landline: tuple[str, str] | None = None
    mobile: tuple[str, str] | None = None
    mails: list[str] = field(default_factory=list)
    handle: str = ""
    english: bool = False
    temper: float = 0.0  # -1 patient .. +1 quick to anger
    traps: list[str] = field(default_factory=list)
    systems: set[str] = field(default_factory=set)
    style: Style | None = None

    @property
    def age(self) -> int:
        return 2026 - self.born[0]


_FOLD = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ı": "i", "ş": "s", "ç": "c",
        "ğ": "g", "İ": "I",
        "Ş": "S", "Ç": "C", "Ğ": "G", "ł": "l", "Ł": "L", "ś": "s", "ń": "n", "ó": "o", "ż": "z", "ź": "z", "ć": "c",
        "ą": "a", "ę": "e",
        "č": "c", "š": "s", "ž": "z", "đ": "d", "Š": "S", "Ž": "Z", "Č": "C", "Đ": "D",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """ä to ae, ß to ss, foreign marks dropped: how a name is written in a mail address or on an old machine."""
    return text.translate(_FOLD)


class Registry:
    """What must be unique in the whole company: person and household numbers, mail addresses, telephone numbers."""

    def __init__(self) -> None:
        self.persons = 0
        self.households = 0
        self._landlines = 0
        self._mobiles = 0
        self._seen = bytearray(1 << 22)  # a Bloom filter of 33 million bits

    def landline(self) -> tuple[str, str]:
        self._landlines += 1
        return phones.landline(self._landlines)

    def mobile(self) -> tuple[str, str]:
        self._mobiles += 1
        return phones.mobile(self._mobiles)

    def fresh(self, word: str) -> bool:
        """True the first time (or, rarely, False though it is the first time: never the other way round)."""
        raw = word.lower().encode()
        new = False
        for value in (zlib.crc32(raw), zlib.adler32(raw) * 2654435761 & 0xFFFFFFFF, zlib.crc32(raw, 0xABCDEF)):
            byte, bit = (value >> 3) & 0x3FFFFF, 1 << (value & 7)
            if not self._seen[byte] & bit:
                new = True
                self._seen[byte] |= bit
        return new

    def mail_address(self, draw: Draw, local: str) -> str:
        local = local.replace(" ", "").replace("'", "").lower()
        host = MAIL_HOSTS.draw(draw.u())
        address = f"{local}@{host}"
        while not self.fresh(address):
            address = f"{local}{draw.between(1, 99999)}@{host}"
        return address


def _surname(draw: Draw, region: str, origin: str) -> str:
    if origin != "de":
        return names.SURNAMES[origin].draw(draw.u()).replace("_", " ")
    pool = names.SURNAMES[region] if draw.chance(0.22) else names.SURNAMES["all"]
    return pool.draw(draw.u())


def _first_name(draw: Draw, female: bool, year: int, origin: str) -> str:
    if origin != "de" and (year < 1995 or draw.chance(0.6)):
        return (names.FIRST_ORIGIN_F if female else names.FIRST_ORIGIN_M)[origin].draw(draw.u())
    decade = min(2000, max(1930, year // 10 * 10 + (0 if draw.chance(0.8) else draw.pick((-10, 10)))))
    return (names.FIRST_F if female else names.FIRST_M)[decade].draw(draw.u())


def _address(draw: Draw) -> tuple[Address, str]:
    prefix, city, region = names.PLACE.draw(draw.u())
    street = names.STREETS.draw(draw.u()).replace("_", " ")
    house = str(draw.between(1, 120)) + (draw.pick("abcd") if draw.chance(0.12) else "")
    return (street, house, f"{prefix}{draw.between(3, 99):02d}", city), region


def _birthday(draw: Draw, low: int, high: int) -> tuple[int, int, int]:
    year = draw.between(low, high)
    if draw.chance(0.01):
        return year, 1, 1
    month = draw.between(1, 12)
    return year, month, draw.between(1, 31 if month in (1, 3, 5, 7, 8, 10, 12) else 30 if month != 2 else 28)


def _local_part(draw: Draw, person: Person) -> str:
    first, last = fold(person.first).lower(), fold(person.last).lower()
    year = person.born[0] % 100
    kind = draw.u()
    if kind < 0.30:
        return f"{first}.{last}"
    if kind < 0.42:
        return f"{first[0]}.{last}"
    if kind < 0.52:
        return f"{first}{last}{year:02d}"
    if kind < 0.60:
        return f"{last}.{first}"
    if kind < 0.70:
        return f"{first}_{last}"
    if kind < 0.80:
        return f"{last}{draw.between(1, 999)}"
    if kind < 0.88:
        nick = fold(names.NICKNAMES.get(person.first, person.first)).lower()
        return f"{nick}{year:02d}"
    return f"{draw.pick(_FANCY)}{draw.between(1, 99)}"


def _equip(draw: Draw, registry: Registry, person: Person, shared_mail: str) -> None:
    """Mobile, mail addresses, handle, language, temper."""
    age = person.age
    if draw.chance(0.93 if age < 60 else 0.62):
        person.mobile = registry.mobile()
    if shared_mail and draw.chance(0.8):
        person.mails.append(shared_mail)
        person.traps.append("shared_mail")
    if not person.mails and draw.chance(0.98 if age < 65 else 0.66):
        person.mails.append(registry.mail_address(draw, _local_part(draw, person)))
    if person.mails and draw.chance(0.24 if age < 60 else 0.08):
        person.mails.append(registry.mail_address(draw, _local_part(draw, person)))
    if draw.chance(0.30 if age < 45 else 0.08):
        handle = f"{draw.pick(_FANCY)}_{fold(person.first).lower()[:4]}{draw.between(1, 999)}"
        while not registry.fresh("@" + handle):
            handle += str(draw.below(10))
        person.handle = handle
    person.temper = max(-1.0, min(1.0, draw.normal() * 0.5))
    person.english = draw.chance(0.025 if person.english is False else 1.0)
    if draw.chance(0.12):
        person.middle = _first_name(draw, person.female, person.born[0] - 20, "de")
    person.title = _TITLES.draw(draw.u()) if age > 28 else ""


def household(draw: Draw, registry: Registry) -> list[Person]:
    """One household of one to six people who are, or were, customers."""
    registry.households += 1
    home, region = _address(draw)
    origin = names.ORIGIN.draw(draw.u())
    last = _surname(draw, region, origin)
    kind = draw.u()
    people: list[Person] = []

    def add(
        female: bool, low: int, high: int, surname: str = "", first: str = "", born: tuple[int, int, int] | None = None
    ) -> Person:
        born = born or _birthday(draw, low, high)
        person = Person(registry.persons, registry.households, female, first or _first_name(draw, female, born[0],
                origin),
                        surname or last, born, home)  # fmt: skip
        registry.persons += 1
        people.append(person)
        return person

    if kind < 0.34:
        add(draw.chance(0.52), 1936, 2006)
    elif kind < 0.40:
        _flat_share(draw, add, region)
    else:
        elder = draw.between(1936, 1996)
        man = add(False, elder, elder + 3)
        woman = add(draw.chance(0.985), elder, elder + 6)
        _couple_names(draw, man, woman, region, origin)
        if kind > 0.66:
            _children(draw, add, man, elder)
    _share(draw, registry, people, home)
    return people


class Add(Protocol):
    """Puts one more person into the household that is being made."""

    def __call__(
        self, female: bool, low: int, high: int, surname: str = "", first: str = "",
        born: tuple[int, int, int] | None = None,
    ) -> Person: ...  # fmt: skip


def _flat_share(draw: Draw, add: Add, region: str) -> None:
    for _ in range(draw.between(2, 3)):
        person = add(draw.chance(0.5), 1994, 2007, surname=_surname(draw, region, names.ORIGIN.draw(draw.u())))
        person.traps.append("flat_share")


def _couple_names(draw: Draw, man: Person, woman: Person, region: str, origin: str) -> None:
    own = _surname(draw, region, origin)
    kind = draw.u()
    man.traps.append("couple")
    woman.traps.append("couple")
    if kind < 0.16:
        woman.last = own
    elif kind < 0.23:
        woman.last = f"{man.last}-{own}" if "-" not in own + man.last else own
        woman.former_last = own
        woman.traps.append("name_change")
    elif kind < 0.36:
        woman.former_last = own
        woman.traps.append("name_change")


def _children(draw: Draw, add: Add, father: Person, elder: int) -> None:
    youngest_birth = min(2009, elder + 40)
    first_birth = elder + 20
    if first_birth > 2008:
        return
    last = father.last
    if draw.chance(0.07):
        born = _birthday(draw, first_birth, youngest_birth)
        female = draw.chance(0.5)
        pair = draw.pick(names.TWINS_F if female else names.TWINS_M)
        for first in pair:
            add(female, 0, 0, surname=last, first=first, born=born).traps.append("twin")
    elif draw.chance(0.11):
        son = add(False, first_birth, youngest_birth, surname=last, first=father.first)
        son.traps.append("same_name_generation")
        father.traps.append("same_name_generation")
    else:
        for _ in range(draw.between(1, 2)):
            add(draw.chance(0.5), first_birth, youngest_birth, surname=last).traps.append("family")


def _share(draw: Draw, registry: Registry, people: list[Person], home: Address) -> None:
    """What a household has in common: landline, a mail address, sometimes one mobile; and who has moved."""
    line = registry.landline() if draw.chance(0.66) else None
    several = len(people) > 1
    shared_mail = ""
    if several and people[0].last == people[1].last and draw.chance(0.16):
        word = draw.pick(("familie", "fam", "die", "info", "haus"))
        shared_mail = registry.mail_address(draw, f"{word}.{fold(people[0].last).lower()}")
    moved_from = _address(draw)[0] if draw.chance(0.11) else None
    for person in people:
        person.landline = line
        person.former_address = moved_from
        if moved_from:
            person.traps.append("moved")
        adult_child = "family" in person.traps or "twin" in person.traps or "same_name_generation" in person.traps
        if several and adult_child and person is not people[0] and person.age > 20 and draw.chance(0.45):
            person.former_address = home
            person.address = _address(draw)[0]
            person.landline = registry.landline() if draw.chance(0.3) else None
            person.traps.append("moved_out")
        _equip(draw, registry, person, shared_mail if people.index(person) < 2 else "")
    if several and draw.chance(0.05) and people[0].mobile:
        people[1].mobile = people[0].mobile
        people[0].traps.append("shared_phone")
        people[1].traps.append("shared_phone")
