"""The facts that texts speak of: the thing with its articles, numbers, dates, names; by name for the grammar."""

from __future__ import annotations

from rundblick_sample import company, hours
from rundblick_sample.company import Article
from rundblick_sample.concern import Scene
from rundblick_sample.draw import Draw
from rundblick_sample.hours import DAY
from rundblick_sample.phones import written
from rundblick_sample.words.customers_de import FAULTS

_DER = {"f": ("die", "die", "der"), "m": ("der", "den", "dem"), "n": ("das", "das", "dem")}
_MEIN = {"f": ("meine", "meine", "meiner"), "m": ("mein", "meinen", "meinem"), "n": ("mein", "mein", "meinem")}
_EIN = {"f": "eine", "m": "einen", "n": "ein"}
_ER = {"f": ("sie", "sie"), "m": ("er", "ihn"), "n": ("es", "es")}
_NUMBERS = ("null", "einer", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")
_FAULTS = {thing: faults.split(";") for thing, faults in FAULTS.items()}
_CITIES = (
    "Celle",
    "Neuwied",
    "Börnicke",
    "Hagen",
    "Ludwigsfelde",
    "Kassel",
    "Bremerhaven",
    "Hünxe",
    "Obertshausen",
    "Günzburg",
    "Rüdersdorf",
)


def _of_the_thing(article: Article) -> dict[str, str]:
    thing, g = article.call, article.gender
    bent = thing + "en" if thing.endswith("automat") else thing  # den Automaten
    der, mein, er = _DER[g], _MEIN[g], _ER[g]
    facts = {
        "thing": thing, "article": article.name, "model": article.model,
        "nom": f"{der[0]} {thing}", "acc": f"{der[1]} {bent}", "dat": f"{der[2]} {bent}",
        "mein_nom": f"{mein[0]} {thing}", "mein_acc": f"{mein[1]} {bent}", "mein_dat": f"{mein[2]} {bent}",
        "ein_acc": f"{_EIN[g]} {bent}", "er": er[0], "ihn": er[1], "thing_en": article.name + "s",
    }  # fmt: skip
    facts.update({"Nom": facts["nom"].capitalize(), "Mein_nom": facts["mein_nom"], "Er": er[0].capitalize()})
    facts["Nom"] = facts["nom"][0].upper() + facts["nom"][1:]
    facts["Mein_nom"] = facts["mein_nom"][0].upper() + facts["mein_nom"][1:]
    return facts


_THINGS = {article.name: _of_the_thing(article) for article in company.ARTICLES}


def _ago(draw: Draw, days: int) -> str:
    if days < 12:
        return f"{_NUMBERS[max(2, days)]} Tagen"
    weeks = min(12, round(days / 7))
    return draw.pick(
        (f"{_NUMBERS[weeks]} Wochen", f"über {_NUMBERS[max(2, weeks - 1)]} Wochen", f"nun {_NUMBERS[weeks]} Wochen")
    )


def base_facts(scene: Scene) -> dict[str, str]:
    """Facts that stay the same through a concern."""
    draw, person, purchase = scene.draw, scene.person, scene.purchase
    article = purchase.article
    facts = dict(_THINGS[article.name])
    fault = draw.pick(_FAULTS[article.call])
    start = facts["er"] + " "
    facts["fault"] = fault
    facts["Fault"] = fault[0].upper() + fault[1:]
    facts["faultverb"] = (
        fault[len(start) :]
        if fault.startswith(start)
        else draw.pick(("macht Ärger", "spinnt", "läuft nicht mehr richtig"))
    )
    facts["date"] = hours.spoken_day(draw, purchase.at)
    facts["promised"] = hours.spoken_day(draw, purchase.promised)
    facts["order"] = purchase.number or f"vom {facts['date']}"
    u = draw.u()
    named = (
        f"Bestellung {purchase.number}"
        if u < 0.5
        else f"Bestellung Nr. {purchase.number}"
        if u < 0.7
        else f"Bestellung mit der Nummer {purchase.number}"
    )
    facts["bestellung"] = named if purchase.number and u < 0.78 else f"Bestellung vom {facts['date']}"
    facts["amount"] = company.euros(purchase.cents)
    facts["lower"] = company.euros(int(purchase.cents * (0.55 + 0.4 * draw.u())))
    facts["fee"] = company.euros(draw.pick((690, 990, 1290, 1900, 2490, 3900, 4900)))
    facts["first"], facts["last"] = person.first, person.last
    facts["former"] = person.former_last or person.last
    facts["herr"] = f"{'Frau' if person.female else 'Herr'} {person.last}"
    facts["street"] = f"{person.address[0]} {person.address[1]}"
    facts["plz"], facts["city"] = person.address[2], person.address[3]
    facts["month"] = hours.MONTHS[hours.day_of(scene.start).month - 1]
    facts["wrongcity"] = draw.pick(_CITIES)
    facts["wrongname"] = draw.pick(("Schulz", "Meyer", "Kunze", "Hartwig", "meines Mannes", "Petersen", "Brandt"))
    other = draw.pick(company.ARTICLES)
    facts["wrong_nom"] = f"{'eine' if other.gender == 'f' else 'ein'} {other.name if draw.chance(0.5) else other.call}"
    number = person.mobile or person.landline
    facts["phone"] = written(number, draw.below(8)) if number else "der bekannten Nummer"
    facts["branch"] = (
        f"der {draw.pick(company.BRANCHES)}" if not purchase.place.startswith("Filiale") else f"der {purchase.place}"
    )
    facts["age"] = str(max(18, person.age))
    facts["code"] = str(draw.between(1, 29))
    facts["months"] = _NUMBERS[draw.between(2, 12)]
    facts["handle"] = "@" + (person.handle or person.first.lower())
    facts["address"] = person.mails[0] if person.mails else "unbekannt@example.org"
    facts["rma"] = "folgt"
    facts["ticket"] = ""
    facts["agent"] = "Ihr Kollege"
    return facts


def time_facts(scene: Scene, at: float, keep_due: bool) -> None:
    """Facts that depend on when something is said."""
    draw, facts = scene.draw, scene.facts
    before = scene.contacts[-1].at if scene.contacts else scene.start
    since = max(2, int((at - (scene.contacts[0].at if scene.contacts else scene.purchase.promised)) // DAY))
    facts["today"] = hours.spoken_day(draw, at)
    facts["lastday"] = hours.spoken_day(draw, min(before, at))
    facts["days"] = str(min(since, 60))
    facts["weeks"] = _ago(draw, min(since, 80))
    facts["deadline"] = hours.german_day(at + draw.between(5, 14) * DAY)[:6]
    if not keep_due or "due" not in facts:
        due = at + draw.between(2, 6) * DAY
        day = hours.day_of(due)
        if day.weekday() == 6:
            day = hours.day_of(due + DAY)
        facts["due"] = hours.WEEKDAYS[day.weekday()]
        facts["duedate"] = f"{day.day:02d}.{day.month:02d}."
