"""What the sample company shows of tiers and escalation: rules in force, and three customers who need a decision."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

_REFUND: Final = """Guten Tag,

seit sechs Wochen warte ich auf mein Geld. Ich setze Ihnen eine letzte Frist bis Freitag. Danach übergebe ich die Sache
meinem Anwalt und der Verbraucherzentrale.

Mit freundlichen Grüßen"""
_REPAIR: Final = """Dreimal war der Techniker da, die Waschmaschine steht immer noch. So ein unverschämter Umgang,
das ist eine Frechheit! Nie wieder."""
_HARD: Final = (
    ("email", 5.0, "Letzte Mahnung wegen meiner Erstattung", "Erstattung", _REFUND),
    ("social", 2.0, "", "Reparatur", _REPAIR),
    ("chat", 1.5, "", "Lieferung", "Hallo?"),
    ("chat", 1.2, "", "Lieferung", "Ist dort jemand? Der Termin ist morgen."),
    ("chat", 0.8, "", "Lieferung", "Ich schreibe jetzt zum dritten Mal. Kommt der Kühlschrank morgen oder nicht?"),
)


def hard_cases(now: datetime) -> int:
    """Tiers by orders are in force, and a customer with a lawyer, an angry one in public and one whom nobody answers
    come in as they would live; gives how many messages."""
    from rundblick.cases import escalating, tiers
    from rundblick.core.envelope import Envelope
    from rundblick.core.installation import installation
    from rundblick.core.money import Money
    from rundblick.core.rulebooks import in_force, put_in_force
    from rundblick.customers.models import RecordVersion, SourceRecord
    from rundblick.intake.accept import accept

    if in_force(tiers.TIERS) is None:
        told = tiers.Tiers(
            (
                tiers.Rule(
                    "Gute Kunden", "gold", tiers.When(orders=Money(1_000_00, "EUR")),
                    {"de": "Wer viel kauft, wartet nicht.", "en": "Who buys much does not wait."},
                ),
                tiers.Rule(
                    "Treue Kunden", "silver", tiers.When(years=5),
                    {"de": "Seit mindestens fünf Jahren Kunde.", "en": "Customer for five years or more."},
                ),
            ),
            "standard",
            {
                "gold": {"de": "Gold", "en": "Gold"},
                "silver": {"de": "Silber", "en": "Silver"},
                "standard": {"de": "Standard", "en": "Standard"},
            },
        )  # fmt: skip
        put_in_force(tiers.TIERS, told, by=None, seen=0)
    # both read on from here, so that what comes in now is met however late their worker begins
    escalating.sweep(now)
    tiers.sweep(now)
    records = list(SourceRecord.objects.filter(system_id__code="crm").order_by("id")[1:4])
    topics = dict(zip(("Erstattung", "Reparatur", "Lieferung"), records, strict=False))
    ours = installation()
    envelopes = []
    for n, (channel, hours, subject, topic, text) in enumerate(_HARD):
        record = topics.get(topic)
        said = RecordVersion.objects.filter(record=record).order_by("-seen_at", "-id").first() if record else None
        if said is None:
            continue
        contact = {
            "key": f"sample-hard-{n}",
            "system": "crm",
            "channel": channel,
            "at": (now - timedelta(hours=hours)).isoformat(),
            "sender": {"customer_no": said.key, "verified": True},
            "subject": subject,
            "text": text,
            "topic": topic,
            "language": "de",
        }
        hints = {"country": ours.country, "timezone": ours.zone}
        raw = json.dumps(contact).encode()
        envelopes.append(Envelope("api:sample", f"sample-hard-{n}", "contact", now, raw, hints=hints))
    accept(envelopes)
    return len(envelopes)
