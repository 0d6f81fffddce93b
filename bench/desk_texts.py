"""Cases of three messages for the bench of the desk: one list for all sides, the same each time. Standard library only.

Each case can be made by itself, from its number and how many there are, so that several processes fill at once. The
words are German ones and compounds of them, as often as words are (a few very often, most of them seldom); names,
addresses and order numbers come along, so that the number of different words grows with the cases.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

SEED = 20_261_123
TEAMS = 8
PERSONS = 64  # eight a team
MINE = (0, 1)  # the teams of the agent who looks
YEARS = 3
LONG_CASE, LARGE_CUSTOMER = 5_000, 20_000  # messages of one case, contacts of one customer
LONG_FROM, LARGE_FROM = 10_000, 100_000  # lists of so many cases have them
MANY = (*(("in", "out") * (LONG_CASE // 2)),)
PLANTED = 20  # of each kind
COMMON = ("Lieferung", "Rechnung", "Waschmaschine", "Rückgabe", "Ersatzteil", "Termin")


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Anna Bernd Clara Dieter Elif Frank Greta Hasan Ines Jonas Katja Lukas Meral Nils Olga Paul Rosa Sven Tanja Uwe "
    "Vera Wiebke Yusuf Zoe Arne Birte Carlo Doris Emil Fatma"
)
_LAST = _words(
    "Ahrens Brandt Claussen Dogan Ebert Friese Gruber Hinz Iversen Jahnke Krause Lindner Mayr Nowak Otte Pohl Rau "
    "Schröder Thomsen Ulrich Vogt Wächter Yilmaz Zander Bäcker Cordes Drews Engel Fuchs Grothe Huber Jensen Köhler"
)
_THINGS = _words(
    "Waschmaschine Lieferung Rechnung Rückgabe Garantie Reparatur Termin Kundenkonto Gutschrift Ersatzteil "
    "Bestellung Mahnung"
)
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
_FORE = _words(
    "Dampf Kessel Wasser Heizung Strom Kabel Motor Riemen Pumpen Filter Trommel Tür Glas Deckel Schrauben Halter Boden "
    "Wand Decken Lampen Licht Schalter Tasten Anzeige Geräte Ofen Herd Kühl Gefrier Spül Trocken Kaffee Mahl Wärme "
    "Luft Gas Druck Ventil Schlauch Rohr Dichtungs Lager Wellen Rad Achsen Brems Lenk Sitz Rahmen Ketten Gabel Griff "
    "Papier Farb Druck Karten Speicher Netz Funk Antennen Bild Ton Laut Kopf Fern Haus Garten Rasen Hecken Baum Säge "
    "Bohr Schleif Hobel Werk Zimmer Küchen Bad Kinder Reise Sport Winter Sommer Herbst Büro Schul Park Markt Post"
)
_HEAD = _words(
    "lieferung rechnung versicherung wartung prüfung bestellung reparatur montage halterung abdeckung steuerung "
    "maschine pumpe platte leitung klappe schraube mutter feder kette rolle walze düse kappe scheibe leiste schiene "
    "teil rohr ventil lager gehäuse gerät werkzeug netzteil kabel schloss gelenk band blech brett fach gitter rad "
    "motor schalter filter deckel stecker riemen träger bügel griff knopf hebel zähler messer regler ständer behälter "
    "anzeige störung meldung anleitung nummer stelle kosten gebühr frist garantie rückgabe zustellung abholung annahme"
)
_SMALL = _words(
    "der die das und ich ist nicht zu in mit es auf für von dem den ein eine einen seit nach bei aus wir sie ihnen "
    "noch schon aber auch wenn dass wie was bitte sehr nur über unter wieder bis heute gestern morgen immer leider"
)
_DOING = _words(
    "warte bitte liefern prüfen schicken kommt fehlt geht bleibt steht funktioniert passt klappt bekommen erhalten "
    "bestellt bezahlt reklamiert zurückgeschickt ausgetauscht repariert gemeldet geprüft versprochen angerufen "
    "geschrieben gewartet abgeholt zugestellt storniert gebucht erstattet bestätigt freundlich dringend beschädigt "
    "defekt falsch neu alt undicht laut leise locker verbogen gebrochen verkratzt unvollständig pünktlich verspätet"
)
_ODD = _words("quor zwil brax fenk glom pliv drusk knorb schwaz trem vlit wumb jask hulp norz birk")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message. ``number``: its place in the case, from 0."""

    number: int
    at: datetime
    direction: str
    text: str
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """A case, number ``n`` of the list, the oldest first. ``person``: its owner, of its team; None: the team's."""

    n: int
    customer: int
    team: int
    person: int | None
    state: str
    topic: str
    subject: str
    resolved: datetime | None
    said: tuple[Said, ...]

    @property
    def opened(self) -> datetime:
        return self.said[0].at


@dataclass(frozen=True, slots=True)
class Plant:
    """A word that stands in one case only. ``written`` as it stands there, ``asked`` as somebody types it."""

    kind: str
    written: str
    asked: str
    case: int


@dataclass(frozen=True, slots=True)
class Stock:
    """Words and sentences that texts are made of."""

    content: list[str]
    sentences: list[str]


@dataclass
class Everything:
    """The list of ``cases`` cases up to ``now``: ``one(n)`` makes a case."""

    cases: int
    now: datetime
    stock: Stock = field(init=False)
    at: dict[int, list[Plant]] = field(init=False)

    def __post_init__(self) -> None:
        self.stock = _stock()
        self.at = defaultdict(list)
        for plant in planted(self.cases):
            self.at[plant.case].append(plant)

    @property
    def customers(self) -> int:
        return max(self.cases * 2 // 5, 8)

    @property
    def long(self) -> int:
        """The number of the case with 5,000 messages."""
        return self.cases - 7

    @property
    def more_customers(self) -> list[int]:
        """Customers beside those of the range: the large one, and those of whom the agent sees nothing."""
        hidden = [plant.case for plants in self.at.values() for plant in plants if plant.kind == "hidden"]
        return [self.customers, *(self.customers + 1 + n for n in sorted(hidden))]

    def one(self, n: int) -> Concern:
        draw = random.Random(SEED * 7 + n)
        chance = draw.random
        plants = self.at.get(n, ())
        age = timedelta(days=365 * YEARS) * (1 - (n + chance()) / self.cases)
        opened = self.now - timedelta(hours=2) - age
        topic = _THINGS[int(chance() ** 2 * len(_THINGS))]
        team = int(chance() * TEAMS)
        owned = chance() < 0.6
        person = team * 8 + int(chance() * 8)
        is_open = chance() < 0.3
        state = ("open" if chance() < 0.7 else "pending") if is_open else "resolved"
        customer = int(chance() * self.customers)
        if self.cases >= LARGE_FROM and n % (self.cases * 3 // LARGE_CUSTOMER) == 1 and not plants:
            customer = self.customers  # a shop that writes all day
        if plants:
            team = MINE[n % 2]
            person, owned = team * 8 + 3, True
            state = "resolved" if plants[0].kind in ("old", "attachment") else state
        if plants and plants[0].kind == "hidden":
            team, customer = 7, self.customers + 1 + n
            person = 63
        is_long = self.cases >= LONG_FROM and n == self.long
        if is_long:
            team, state = MINE[0], "open"
        ways = MANY if is_long else ("in", "out", "in" if n % 3 else "out")
        times = sorted(chance() for _ in ways[1:])
        span = min(age, timedelta(days=12))
        moments = [opened, *(opened + span * share for share in times)]
        resolved = moments[-1] + timedelta(minutes=5 + int(chance() * 90)) if state == "resolved" else None
        said = tuple(
            self._said(draw, number, at, way, plants, len(ways))
            for number, (at, way) in enumerate(zip(moments, ways, strict=True))
        )
        subject = f"{topic} {_TROUBLES[int(chance() * 8)]}"
        return Concern(n, customer, team, person if owned else None, state, topic, subject, resolved, said)

    def _said(
        self, draw: random.Random, number: int, at: datetime, way: str, plants: list[Plant] | tuple[()], of: int
    ) -> Said:
        chance, sentences = draw.random, self.stock.sentences
        here = [plant for plant in plants if plant.case % 3 == number]
        some = 4 + int(chance() * 7)
        if here or chance() < 0.01:
            some = 150  # a long one: with everything that was said before below it
        parts = [sentences[int(chance() * len(sentences))] for _ in range(some if of < 100 else 3)]
        if way == "in" and chance() < 0.4:
            parts.insert(1, f"Es geht um die Bestellung NL{int(chance() * 90_000_000) + 10_000_000}.")
        file = None
        for plant in here:
            if plant.kind == "attachment":
                middle = " ".join(sentences[int(chance() * len(sentences))] for _ in range(40))
                file = File("Protokoll.txt", f"{middle}\nBefund: {plant.written}\n{middle}\n")
            else:
                parts.insert(some // 2 + int(chance() * some / 2), f"Dazu gehört {plant.written} wie besprochen.")
        greeting = "Guten Tag,\n\n" if way == "in" else "vielen Dank für Ihre Nachricht.\n\n"
        return Said(number, at, way, greeting + " ".join(parts), file)


def name_of(customer: int) -> str:
    return f"{_FIRST[customer % len(_FIRST)]} {_LAST[customer // len(_FIRST) % len(_LAST)]}"


def mail_of(customer: int) -> str:
    name = name_of(customer).lower()
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        name = name.replace(umlaut, plain)
    return f"{name.replace(' ', '.')}{customer}@mail.example"


KINDS = ("deep", "attachment", "old", "inflected", "compound", "typo", "umlaut")
"""Where or how a planted word stands: somewhere in a long text, in an attachment, in an old closed case, asked in
another form than it is written, as a part of a compound, with one error of typing, with its umlauts written out."""


@cache
def planted(cases: int) -> tuple[Plant, ...]:
    """Twenty of each kind, and twenty ("hidden") in cases that the agent may not see; none in a very small list."""
    draw = random.Random(SEED)
    if cases < 2_000:
        kinds: tuple[str, ...] = KINDS if cases >= 400 else ()
        each = 1
    else:
        kinds, each = (*KINDS, "hidden"), PLANTED
    room = iter(draw.sample(range(cases // 10, cases - 10), each * len(kinds)))
    old = iter(draw.sample(range(cases // 10), each))
    odd = _ODD
    found = []
    for k, kind in enumerate(kinds):
        for i in range(each):
            # two syllables that no German word has, and which of all it is: no two are near each other
            stem = odd[i % 16] + odd[(i * 7 + k * 3 + 5) % 16] + odd[(i // 16 + k * 2) % 16]
            written, asked = _planted_as(kind, stem, i)
            found.append(Plant(kind, written, asked, next(old) if kind == "old" else next(room)))
    return tuple(found)


def _planted_as(kind: str, stem: str, i: int) -> tuple[str, str]:
    word = stem.capitalize()
    if kind == "inflected":
        return (f"{word}ierungen", f"{word}ierung") if i % 2 else (f"{word}ierung", f"{word}ierungen")
    if kind == "compound":
        return f"{_FORE[i]}{stem}ventil{_HEAD[i]}", f"{stem}ventil"
    if kind == "typo":
        at = 3 + i % 4
        wrong = {
            0: stem[:at] + stem[at + 1 :],
            1: stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :],
            2: stem[:at] + "e" + stem[at:],
            3: stem[:at] + ("x" if stem[at] != "x" else "y") + stem[at + 1 :],
        }[i % 4]
        return word, wrong.capitalize()
    if kind == "umlaut":
        return (f"{word}häuser", f"{word}haeuser") if i % 2 else (f"{word}haeuser", f"{word}häuser")
    return word, word


@cache
def _stock() -> Stock:
    draw = random.Random(SEED + 1)
    content = [fore + head for fore in _FORE for head in _HEAD]
    draw.shuffle(content)
    content = [*_THINGS, *content]

    def word() -> str:
        kind = draw.random()
        if kind < 0.5:
            return _SMALL[int(draw.random() ** 2 * len(_SMALL))]
        if kind < 0.75:
            return _DOING[int(draw.random() ** 1.5 * len(_DOING))]
        return content[int(draw.random() ** 3.5 * len(content))]

    sentences = []
    for _ in range(30_000):
        words = [word() for _ in range(draw.randrange(6, 15))]
        words[0] = words[0][:1].upper() + words[0][1:]
        sentences.append(" ".join(words) + ".")
    return Stock(content, sentences)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
