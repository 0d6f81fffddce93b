"""Invented people for tests of matching: most of them twice, with slips, short forms and moved houses."""

from __future__ import annotations

import random

from rundblick.core.message import Identifier, Party

FIRST = ("Anna", "Bert", "Clara", "Dora", "Emil", "Frida", "Georg", "Hanna", "Ida", "Jan", "Karl", "Lena", "Maximilian")
LAST = (
    "Albers",
    "Brandt",
    "Cordes",
    "Detlefs",
    "Evers",
    "Frahm",
    "Gosch",
    "Harms",
    "Iwers",
    "Jensen",
    "Krüger",
    "Mohr",
)


def parties(people: int = 150) -> list[Party]:
    """Invented people, most of them twice, with slips, short forms and moved houses."""
    chance = random.Random(11)
    found = []
    for n in range(people):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        born = f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        facts = {
            "first_name": first,
            "last_name": last,
            "birth_date": born,
            "postcode": f"24{chance.randint(100, 140)}",
            "street": f"Am Hang {chance.randint(1, 60)}",
            "occupation": chance.choice(("cook", "clerk", "smith")),
        }
        mail = Identifier("email", f"{first}.{last}{n}@post.example".lower())
        found.append(Party("crm", f"K{n}", (mail,), facts))
        if n % 4:
            changed = {1: {"first_name": first[:3]}, 2: {"last_name": last[1:] + last[0]}, 3: {"street": "Neuer Weg 1"}}
            found.append(Party("shop", f"S{n}", (mail,) if n % 3 == 0 else (), facts | changed[n % 4]))
    return found
