"""The sample company's competence centres: teams, invented people, rules, and a few cases that come in by them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

# key, name, whether an outside firm
_TEAMS: Final = (
    ("rechnungen", "Rechnungen", False),
    ("retouren", "Retouren & Reparatur", False),
    ("beschwerden", "Beschwerden", False),
    ("werkstatt", "Werkstatt Hagedorn (Partner)", True),
)
# name, teams, topics, languages, capacity
_PEOPLE: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], int], ...]] = (
    ("Birte Mommsen", ("rechnungen",), (), ("de", "en"), 10),
    ("Emre Yildiz", ("rechnungen",), ("Rechnung",), ("de", "tr"), 8),
    ("Greta Lorenzen", ("retouren",), (), ("de",), 8),
    ("Henrik Sörensen", ("retouren", "beschwerden"), (), ("de", "en", "da"), 6),
    ("Paula Wichmann", ("retouren",), ("Retoure",), ("de", "en"), 8),
    ("Ulrike Asmussen", ("beschwerden",), (), ("de", "en"), 5),
    ("Karsten Hagedorn", ("werkstatt",), (), ("de",), 12),
)
# key, channel, hours before the start, topic, language, subject, text
_CASES: Final = (
    ("r1", "form", 5.0, "Rechnung", "de", "Rechnung zweimal abgebucht",
     "Guten Tag, die Rechnung wurde zweimal abgebucht. Bitte überweisen Sie einen Betrag zurück."),
    ("r2", "form", 4.0, "Rechnung", "en", "Invoice without VAT number",
     "Hello, my invoice lacks our VAT number. Could you send a corrected one?"),
    ("r3", "chat", 2.5, "Retoure", "de", "",
     "Hallo, die Kaffeemaschine geht zurück. Wo finde ich das Etikett für das Paket?"),
    ("r4", "form", 2.0, "Reparatur", "de", "Waschmaschine schleudert nicht",
     "Die Waschmaschine schleudert seit gestern nicht mehr. Sie ist neun Monate alt."),
    ("r5", "letter", 1.5, "Beschwerde", "de", "Dritter Brief ohne Antwort",
     "Sehr geehrte Damen und Herren, dies ist mein dritter Brief. Ich erwarte eine Antwort."),
    ("r6", "chat", 1.0, "Rückruf", "en", "", "Hi, could somebody call me back about my order?"),
)  # fmt: skip


def competence_centres(now: datetime) -> int:
    """Make teams, people and rules where there are none, and let some cases come in; gives how many."""
    from rundblick.cases.routing.book import ROUTING, Centre, Member, Routing, Rule
    from rundblick.core.installation import installation
    from rundblick.core.rulebooks import in_force, put_in_force
    from rundblick.people.models import Membership, Person, PersonContent, Role, Team, User

    if not installation().sample or in_force(ROUTING) is not None:
        return 0
    teams = {
        key: Team.objects.get_or_create(
            system=None, key=key, defaults={"name": name, "is_partner": outside}
        )[0]
        for key, name, outside in _TEAMS
    }  # fmt: skip
    members = []
    for name, of, topics, languages, capacity in _PEOPLE:
        first, last = (word.lower().replace("ö", "oe") for word in name.split())
        partner = any(teams[key].is_partner for key in of)
        user, made = User.objects.get_or_create(
            email=f"{first}.{last}@nordlicht.example",
            defaults={"name": name, "role": Role.PARTNER if partner else Role.AGENT},
        )
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        person, _made = Person.objects.get_or_create(user=user)
        PersonContent.objects.get_or_create(person=person, defaults={"name": name})
        for key in of:
            Membership.objects.get_or_create(person=person, team=teams[key])
        members.append(Member(str(person.uuid), topics, languages, capacity=capacity))
    uuid = {key: str(team.uuid) for key, team in teams.items()}
    rules = (Rule("Große Reparaturen zur Werkstatt", uuid["werkstatt"], topics=("Werkstatt",)),)
    centres: list[Centre] = [
        Centre(uuid["rechnungen"], ("Rechnung", "Mahnung", "Zahlung"), ("de", "en"), takes="push", capacity=10),
        Centre(uuid["retouren"], ("Retoure", "Reparatur", "Garantie"), ("de", "en"), takes="push"),
        Centre(uuid["beschwerden"], ("Beschwerde", "Reklamation"), ("de", "en"), takes="push", capacity=5),
    ]
    if (usual := Team.objects.filter(is_default=True).first()) is not None:
        centres.insert(0, Centre(str(usual.uuid)))
    centres.append(Centre(uuid["werkstatt"]))
    put_in_force(ROUTING, Routing(rules, tuple(centres), tuple(members)), by=None, seen=0)
    return _arrive(now)


def _arrive(now: datetime) -> int:
    """Contacts of customers of the CRM, each of another one."""
    from rundblick.core.envelope import Envelope
    from rundblick.core.installation import installation
    from rundblick.customers.models import RecordVersion, SourceRecord
    from rundblick.intake.accept import accept

    records = SourceRecord.objects.filter(system_id__code="crm").order_by("id")[20 : 20 + len(_CASES)]
    known = RecordVersion.objects.filter(record__in=list(records)).order_by("record", "-seen_at").distinct("record")
    numbers = [one.key for one in known]
    ours = installation()
    envelopes = []
    for number, (key, channel, hours, topic, language, subject, text) in zip(numbers, _CASES, strict=False):
        contact: dict[str, Any] = {
            "key": f"sample-{key}",
            "system": "crm",
            "channel": channel,
            "at": (now - timedelta(hours=hours)).isoformat(),
            "sender": {"customer_no": number, "verified": True},
            "subject": subject,
            "text": text,
            "topic": topic,
            "language": language,
        }
        hints = {"country": ours.country, "timezone": ours.zone}
        raw = json.dumps(contact).encode()
        envelopes.append(Envelope("api:sample", f"sample-{key}", "contact", now, raw, hints=hints))
    accept(envelopes)
    return len(envelopes)
