"""How a person gets into a file: what clerks hear, what machines fold, what customers type into a form themselves."""

from __future__ import annotations

from dataclasses import dataclass

from rundblick_sample import names
from rundblick_sample.draw import Draw
from rundblick_sample.people import Address, Person, fold

# what clerks type when the field wants something
PLACEHOLDER_MAILS = ("keine@mail.example", "unbekannt@example.de", "kunde@post.example")
PLACEHOLDER_BORN = (1970, 1, 1)

_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "kö",
    "m": "n", "n": "mb", "o": "ip", "p": "oü", "r": "et", "s": "ad", "t": "rz", "u": "iz", "v": "bc", "w": "eq",
    "z": "tu",
}  # fmt: skip
_SOUND = [
    ("mann", "man"), ("dt", "t"), ("ie", "i"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("ei", "ai"), ("ay", "ei"),
    ("ss", "ß"),
    ("tz", "z"), ("ll", "l"), ("tt", "t"), ("k", "c"), ("c", "k"), ("v", "f"), ("y", "i"), ("h", ""), ("n", "nn"),
    ("ey", "ei"),
    ("er", "ert"), ("s", "ß"), ("ü", "u"), ("ö", "o"), ("ä", "e"),
]  # fmt: skip


@dataclass(slots=True)
class Seen:
    """A person as one system writes him down once. Empty text is: not asked, not given."""

    first: str
    last: str
    title: str
    female: bool
    born: tuple[int, int, int] | None
    address: Address | None
    landline: tuple[str, str] | None
    mobile: tuple[str, str] | None
    mail: str
    trap: str


@dataclass(frozen=True, slots=True)
class Habits:
    """How often a system's way in makes which mistake. Shares 0..1."""

    typo: float
    heard: float
    folded: float
    nickname: float
    swapped: float
    born_missing: float
    born_wrong: float
    old_address: float
    no_address: float
    no_phone: float
    other_phone: float
    mail_missing: float
    second_mail: float
    former_name: float
    somebody_else_phone: float


CRM = Habits(0.06, 0.04, 0.22, 0.04, 0.02, 0.22, 0.06, 0.60, 0.04, 0.12, 0.3, 0.42, 0.2, 0.65, 0.03)
SHOP = Habits(0.04, 0.00, 0.15, 0.12, 0.02, 0.30, 0.03, 0.35, 0.00, 0.35, 0.2, 0.00, 0.3, 0.30, 0.02)
BILLING = Habits(0.05, 0.05, 1.00, 0.01, 0.02, 0.24, 0.05, 0.50, 0.00, 0.20, 0.5, 0.60, 0.2, 0.55, 0.02)
REPAIRS = Habits(0.10, 0.12, 0.40, 0.04, 0.04, 1.00, 0.00, 0.20, 0.03, 0.08, 0.3, 0.55, 0.3, 0.20, 0.05)
LETTERS = Habits(0.04, 0.00, 0.10, 0.00, 0.01, 0.97, 0.00, 0.05, 0.00, 0.60, 0.5, 0.85, 0.3, 0.10, 0.00)
BRANCH = Habits(0.12, 0.16, 0.35, 0.03, 0.04, 0.92, 0.03, 0.25, 0.55, 0.45, 0.3, 0.85, 0.3, 0.25, 0.04)


def typo(draw: Draw, word: str) -> str:
    """One slip of the finger: left out, doubled, swapped with the next, or the key beside it."""
    if len(word) < 4:
        return word
    at = draw.between(1, len(word) - 2)
    kind = draw.u()
    if kind < 0.25:
        return word[:at] + word[at + 1 :]
    if kind < 0.45:
        return word[:at] + word[at] + word[at:]
    if kind < 0.75:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    near = _NEAR.get(word[at], "")
    return word[:at] + draw.pick(near) + word[at + 1 :] if near else word


def misheard(draw: Draw, word: str) -> str:
    """Written as it sounds."""
    start = draw.below(len(_SOUND))
    for step in range(len(_SOUND)):
        old, new = _SOUND[(start + step) % len(_SOUND)]
        at = word.find(old, 1)
        if at > 0:
            return word[:at] + new + word[at + len(old) :]
    return word


def _dropped_marks(word: str) -> str:
    """ü to u: what a machine without umlauts leaves."""
    return word.translate(str.maketrans("äöüÄÖÜß", "aouAOUs"))


def _names(draw: Draw, person: Person, habits: Habits, traps: list[str]) -> tuple[str, str]:
    first, last = person.first, person.last
    if person.former_last and draw.chance(habits.former_name):
        last = person.former_last
        traps.append("former_name")
    if first in names.NICKNAMES and draw.chance(habits.nickname):
        first = names.NICKNAMES[first]
        traps.append("nickname")
    elif person.middle and draw.chance(0.25):
        first = f"{first} {person.middle}" if draw.chance(0.6) else f"{first} {person.middle[0]}."
        traps.append("middle_name")
    elif draw.chance(habits.nickname * 0.25):
        first = first[0] + "."
        traps.append("initial")
    if draw.chance(habits.folded):
        if fold(first + last) != first + last:
            traps.append("umlaut")
        if draw.chance(0.85):
            first, last = fold(first), fold(last)
        else:
            first, last = _dropped_marks(first), _dropped_marks(last)
    if draw.chance(habits.typo):
        traps.append("typo")
        if draw.chance(0.55):
            last = typo(draw, last)
        else:
            first = typo(draw, first)
    if draw.chance(habits.heard):
        traps.append("misheard")
        last = misheard(draw, last)
    if draw.chance(habits.swapped):
        traps.append("swapped_names")
        first, last = last, first
    return first, last


def _birth(draw: Draw, person: Person, habits: Habits, traps: list[str]) -> tuple[int, int, int] | None:
    if draw.chance(habits.born_missing):
        return None
    year, month, day = person.born
    if not draw.chance(habits.born_wrong):
        return person.born
    traps.append("birth_date")
    kind = draw.u()
    if kind < 0.45 and day <= 12 and day != month:
        return year, day, month
    if kind < 0.65:
        return year + draw.pick((-1, 1, -10, 10)), month, day
    if kind < 0.85:
        return year, month, max(1, min(28, day + draw.pick((-1, 1, 10, -10, 2))))
    return year, 1, 1


def seen(draw: Draw, person: Person, habits: Habits, household: list[Person]) -> Seen:
    """The person as this system takes him down, with the mistakes that belong to it."""
    traps: list[str] = list(person.traps)
    first, last = _names(draw, person, habits, traps)
    born = _birth(draw, person, habits, traps)
    address: Address | None = person.address
    if person.former_address and draw.chance(habits.old_address):
        address = person.former_address
        traps.append("former_address")
    if draw.chance(habits.no_address):
        address = None
    landline, mobile = person.landline, person.mobile
    if draw.chance(habits.no_phone):
        landline = mobile = None
    elif landline and mobile:
        keep = draw.u()
        if keep < habits.other_phone:
            mobile = None
        elif keep < 0.75:
            landline = None
    if draw.chance(habits.somebody_else_phone) and len(household) > 1:
        other = draw.pick(household)
        if other is not person and other.mobile:
            mobile = other.mobile
            traps.append("shared_device")
    if born is None and draw.chance(habits.born_wrong * 0.4):
        born = PLACEHOLDER_BORN
        traps.append("placeholder")
    mail = ""
    if habits is not SHOP and draw.chance(0.012):
        mail = draw.pick(PLACEHOLDER_MAILS)
        traps.append("placeholder")
    elif person.mails and not draw.chance(habits.mail_missing):
        mail = person.mails[-1] if draw.chance(habits.second_mail) else person.mails[0]
    return Seen(
        first,
        last,
        person.title,
        person.female,
        born,
        address,
        landline,
        mobile,
        mail,
        "+".join(sorted(set(traps))) or "plain",
    )


def street_line(draw: Draw, address: Address) -> str:
    """Street and number as people shorten them."""
    street, house = address[0], address[1]
    kind = draw.u()
    if kind < 0.30 and street.endswith("straße"):
        street = street[:-6] + draw.pick(("str.", "str", "strasse", "Str."))
    elif kind < 0.36 and street.endswith("Straße"):
        street = street[:-6] + "Str."
    if kind > 0.96:
        street = typo(draw, street)
    return f"{street} {house}" if not 0.9 < kind < 0.93 else f"{street}{house}"
