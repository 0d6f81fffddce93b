"""An invented town: people, and how several systems write them down, with slips. For the tests of matching."""

from __future__ import annotations

import random
from functools import cache

from rundblick.core.message import Identifier, Party, Strength
from rundblick.customers.matching import Model, train


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words(
    "Anna Berta Carla Dora Emma Frieda Gerda Hanna Ida Jana Karla Lotte Marta Nele Olga Paula Rita Sofie Tilda Ute Vera"
    " Anton Bruno Carl Dirk Emil Franz Georg Hugo Ingo Jens Kurt Leo Max Nils Otto Paul Rolf Sven Till Udo Volker Willi"
)
LAST = _words(
    "Ahlers Brinkmann Carstens Dorn Eichler Feddern Gosch Harder Iversen Jessen Kroll Lohse Maschke Nehls Oldach Pahl"
    " Quast Rehder Stahmer Timm Uhlig Vollert Wiese Zarnow Behn Clasen Dose Ehmke Frahm Grell Hinz Jebe Kahl Lüth Mohr"
)
STREETS = _words("Deichstraße Mühlenweg Gartenstraße Hang Kirchgasse Nordring Lindenallee Hafenstraße Feldweg")


def party(system: str, key: str, *identifiers: Identifier, **facts: str) -> Party:
    """A party of ``facts``; empty ones are left out."""
    return Party(system, key, identifiers, {name: value for name, value in facts.items() if value})


def mail(address: str, *, verified: bool = False) -> Identifier:
    return Identifier("email", address, "", Strength.STRONG if verified else Strength.WEAK, verified)


def mobile(number: str) -> Identifier:
    return Identifier("phone", number, "", Strength.WEAK)


def landline(number: str) -> Identifier:
    return Identifier("phone", number, "", Strength.HOUSEHOLD)


def customer_no(value: str, issuer: str) -> Identifier:
    return Identifier("customer_no", value, issuer, Strength.STRONG)


def _slip(chance: random.Random, word: str) -> str:
    at = chance.randrange(1, max(len(word) - 1, 2))
    return word[:at] + word[at + 1 :]


def town(people: int, seed: int = 1) -> tuple[list[Party], list[int]]:
    """(parties, who each of them is): each person in one to three systems, couples at one address with one landline."""
    chance = random.Random(seed)
    parties: list[Party] = []
    truth: list[int] = []
    person = 0
    while person < people:
        last = chance.choice(LAST)
        home = f"{chance.choice(STREETS)} {chance.randrange(1, 90)}"
        postcode, line = f"24{chance.randrange(100, 160)}", f"+4943100{chance.randrange(10**5):05d}"
        for first in chance.sample(FIRST, chance.choice((1, 1, 2, 3))):
            born = f"{chance.randrange(1940, 2004)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            address = f"{first.lower()}{chance.randrange(1000)}@post.example"
            own = f"+491500{chance.randrange(10**7):07d}"
            for system in chance.sample(("crm", "shop", "billing"), chance.choice((1, 2, 2, 3))):
                written = _slip(chance, first) if chance.random() < 0.06 else first
                family = _slip(chance, last) if chance.random() < 0.06 else last
                identifiers = [one for one in (mail(address), mobile(own), landline(line)) if chance.random() < 0.6]
                parties.append(
                    party(
                        system,
                        f"{system[0].upper()}{len(parties):05d}",
                        *identifiers,
                        first_name=written,
                        last_name=family,
                        birth_date=born if chance.random() < 0.75 else "",
                        street=home if chance.random() < 0.9 else "",
                        postcode=postcode,
                        city="Kiel",
                    )
                )
                truth.append(person)
            person += 1
    return parties, truth


@cache
def learned() -> Model:
    """A model of a town, learned once a process."""
    return train(town(900)[0])


def pairwise(clusters: list[list[int]], truth: list[int]) -> tuple[float, float]:
    """(precision, recall) over pairs of records."""
    found = {(i, j) for part in clusters for i in part for j in part if i < j}
    places: dict[int, list[int]] = {}
    for i, who in enumerate(truth):
        places.setdefault(who, []).append(i)
    true = {(i, j) for part in places.values() for i in part for j in part if i < j}
    return len(found & true) / max(len(found), 1), len(found & true) / max(len(true), 1)
