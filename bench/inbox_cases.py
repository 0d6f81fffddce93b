"""Cases for the bench of the inbox: one list for both sides, the same each time. Standard library only."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20_261_122
NOW = datetime(2026, 11, 20, 17, 0)
TEAMS = 8
PERSONS = 64  # eight a team
FIELDS = (
    *("number", "customer", "name", "mail", "opened", "replied", "resolved", "state", "channel", "topic", "team"),
    *("person", "priority", "subject"),
)
_FIRST = (
    "Anna Bernd Clara Dieter Elif Frank Greta Hasan Ines Jonas Katja Lukas Meral Nils Olga Paul Rosa Sven Tanja Uwe"
)
_LAST = "Ahrens Brandt Claussen Dogan Ebert Friese Gruber Hinz Iversen Jahnke Krause Lindner Mayr Nowak Otte Pohl Rau"
_THINGS = [
    "Waschmaschine",
    "Lieferung",
    "Rechnung",
    "Rückgabe",
    "Garantie",
    "Reparatur",
    "Termin",
    "Kundenkonto",
    "Gutschrift",
    "Ersatzteil",
]
_TROUBLES = (
    "kam nicht an",
    "ist doppelt",
    "geht nicht mehr",
    "dauert zu lange",
    "stimmt nicht",
    "fehlt noch",
    "wurde abgesagt",
    "ist beschädigt",
)
_CHANNELS = ("email", "email", "email", "phone", "form", "letter", "chat", "social")


@dataclass(frozen=True, slots=True)
class Concern:
    """One case: a third is open, half of them have an owner, all belong to one of eight teams."""

    number: str
    customer: int
    name: str
    mail: str
    opened: datetime
    replied: datetime | None
    resolved: datetime | None
    state: str
    channel: str
    topic: str
    team: int
    person: int | None
    priority: int
    subject: str
    question: str
    answer: str


def concerns(cases: int) -> Iterator[Concern]:
    """So many cases of 0.6 times as many customers over two years, newest last."""
    draw = random.Random(SEED)
    firsts, lasts = _FIRST.split(), _LAST.split()
    for n in range(cases):
        customer = draw.randrange(max(1, cases * 6 // 10))
        name = f"{firsts[customer % 20]} {lasts[customer // 20 % 17]}"
        opened = NOW - timedelta(minutes=(cases - n) * 10 + draw.randrange(10))
        is_open = draw.random() < 0.3
        replied = opened + timedelta(minutes=draw.randrange(30, 5000)) if draw.random() < 0.7 else None
        thing = draw.choice(_THINGS)
        subject = f"{thing} {draw.choice(_TROUBLES)}"
        team = draw.randrange(TEAMS)
        yield Concern(
            number=f"T{n:07}",
            customer=customer,
            name=name,
            mail=f"{name.lower().replace(' ', '.')}{customer}@mail.example",
            opened=opened,
            replied=replied,
            resolved=None if is_open else opened + timedelta(minutes=draw.randrange(60, 20_000)),
            state=draw.choice(("new", "open", "pending")) if is_open else draw.choice(("resolved", "closed")),
            channel=draw.choice(_CHANNELS),
            topic=thing,
            team=team,
            person=team * (PERSONS // TEAMS) + draw.randrange(PERSONS // TEAMS) if draw.random() < 0.5 else None,
            priority=draw.randrange(1, 6),
            subject=subject,
            question=f"Guten Tag, {subject}. "
            + "Ich warte auf eine Antwort und bitte um Rückruf. " * draw.randrange(1, 9),
            answer="Vielen Dank für Ihre Nachricht. " + "Wir kümmern uns darum. " * draw.randrange(1, 6),
        )


def write_export(folder: Path, cases: int) -> None:
    """The cases and their contacts as an export of an old system, with its mapping."""
    folder.mkdir(parents=True)
    with (
        (folder / "cases.csv").open("w", newline="", encoding="utf-8") as case_file,
        (folder / "contacts.csv").open("w", newline="", encoding="utf-8") as contact_file,
    ):
        case_rows, contact_rows = csv.writer(case_file), csv.writer(contact_file)
        case_rows.writerow(FIELDS)
        contact_rows.writerow(("key", "at", "number", "customer", "channel", "way", "person", "subject", "text"))
        for one in concerns(cases):
            person = "" if one.person is None else f"P{one.person:02}"
            case_rows.writerow((one.number, f"K{one.customer}", one.name, one.mail, one.opened, one.replied,
                                one.resolved, one.state, one.channel, one.topic, f"Team {one.team}", person,
                                one.priority, one.subject))  # fmt: skip
            whose = (one.number, f"K{one.customer}", one.channel)
            contact_rows.writerow((f"{one.number}i", one.opened, *whose, "in", "", one.subject, one.question))
            if one.replied is not None:
                contact_rows.writerow((f"{one.number}o", one.replied, *whose, "out", person, one.subject, one.answer))
    (folder / "rundblick.toml").write_text(_MAPPING, encoding="utf-8")


_MAPPING = """\
[rundblick]
version = 1
timezone = "Europe/Berlin"

[[file]]
name = "cases.csv"
is = "cases"
system = "desk"
dates = "year-first"

[file.columns]
case = "number"
customer = "customer"
name = "name"
email = "mail"
opened_at = "opened"
first_reply_at = "replied"
resolved_at = "resolved"
state = "state"
channel = "channel"
topic = "topic"
team = "team"
person = "person"
priority = "priority"
subject = "subject"

[[file]]
name = "contacts.csv"
is = "interactions"
system = "desk"
key = ["key"]
dates = "year-first"

[file.columns]
key = "key"
at = "at"
case = "number"
customer = "customer"
channel = "channel"
direction = "way"
person = "person"
subject = "subject"
text = "text"
"""
