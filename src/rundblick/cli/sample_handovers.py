"""Live cases of the sample company that changed hands: offered, given back, come back, with something promised."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rundblick.cases.models import Case

# channel, hours before the start, topic, what the customer says
_CONCERNS: Final = (
    (
        "form",
        5.0,
        "Rechnung",
        "Auf der Rechnung steht der Aufbau, den ich selbst gemacht habe. Bitte schicken Sie mir eine berichtigte.",
    ),
    (
        "phone",
        4.0,
        "Reparatur",
        "Die Waschmaschine schleudert nicht mehr. Fragt, ob der Techniker noch in dieser Woche kommen kann.",
    ),
    (
        "chat",
        3.0,
        "Vertrag",
        "Ich möchte meine Garantieverlängerung kündigen und habe das schon zweimal geschrieben.",
    ),
)


def hand_over_some(now: datetime) -> int:
    """Three concerns of the default team come in and change hands; gives how many, 0 where people are missing.

    The sample agent is offered one; of one the repair firm says that it is not theirs; one came back to her.
    """
    from rundblick.cases import ownership
    from rundblick.cases.commitments import promise
    from rundblick.cases.deeds import WorkError, person_of
    from rundblick.cases.models import OPEN_STATES
    from rundblick.cases.work import add_note
    from rundblick.people.models import Membership, Person, Team, User

    users = {user.email.partition("@")[0]: user for user in User.objects.filter(is_active=True)}
    if not {"agent", "lead", "partner"} <= users.keys():
        return 0
    agent, lead, outside = (person_of(users[name]) for name in ("agent", "lead", "partner"))
    Team.objects.filter(name__contains="(Partner)").update(is_partner=True)
    firm = Team.objects.filter(memberships__in=Membership.objects.filter(person=outside)).first()
    cases = [case for case in _come_in(now) if case.state in OPEN_STATES and case.system_id is None]
    if len(cases) < len(_CONCERNS):
        return 0
    invoice, repair, contract = cases

    def minutes_ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    def hand(case: Case, to: Person | Team, by: Person, cause: str, at: float, reason: str, summary: str = "") -> None:
        ownership.hand_over(case, to, by, reason, cause, minutes_ago(at), summary=summary)

    with suppress(WorkError):  # somebody works here already
        ownership.take(invoice, lead, at=minutes_ago(120))
        summary = "Der Aufbau wurde berechnet, aber nicht ausgeführt. Die Gutschrift ist noch nicht angestoßen."
        hand(invoice, agent, lead, "skill", 35, "Es geht um eine Gutschrift, das kennst du besser.", summary)
        promise(invoice, "Berichtigte Rechnung per Mail", now + timedelta(minutes=50), lead, at=minutes_ago(90))

        ownership.take(repair, agent, at=minutes_ago(110))
        if firm is not None:
            hand(repair, firm, agent, "skill", 100, "Bitte einen Termin in dieser Woche anbieten.")
            (row,) = ownership.offered_in([repair.pk])
            why = "Dieses Gerät betreuen wir nicht, es ist noch in der Garantie des Herstellers."
            ownership.give_back(row, outside, why, minutes_ago(60))
        promise(repair, "Rückruf mit einem Termin", now + timedelta(hours=20), agent, at=minutes_ago(105))

        ownership.take(contract, agent, at=minutes_ago(95))
        hand(contract, lead, agent, "escalation", 80, "Er droht mit der Verbraucherzentrale; darf ich kulant sein?")
        add_note(contract, "Kulanz ist in Ordnung, bitte so bestätigen.", lead, minutes_ago(70))
        hand(contract, agent, lead, "request", 65, "Entschieden: wir nehmen die Kündigung an.")
        (row,) = ownership.offered_in([contract.pk])
        ownership.accept(row, agent, minutes_ago(55))
    return len(cases)


def _come_in(now: datetime) -> Sequence[Case]:
    """The concerns go down the road at once; gives their cases, in order."""
    from rundblick.cases.models import Message
    from rundblick.core.envelope import Envelope
    from rundblick.core.installation import installation
    from rundblick.customers.models import RecordVersion, SourceRecord
    from rundblick.intake.accept import accept
    from rundblick.intake.worker import RoadSweep

    records = list(SourceRecord.objects.filter(system_id__code="crm").order_by("id")[1 : 1 + len(_CONCERNS)])
    ours = installation()
    envelopes = []
    for record, (channel, hours, topic, text) in zip(records, _CONCERNS, strict=False):
        said = RecordVersion.objects.filter(record=record).order_by("-seen_at", "-id").first()
        if said is None:
            continue
        contact = {
            "key": f"sample-owned-{channel}",
            "system": "crm",
            "channel": channel,
            "at": (now - timedelta(hours=hours)).isoformat(),
            "sender": {"customer_no": said.key, "verified": True},
            "text": text,
            "topic": topic,
            "language": "de",
        }
        hints = {"country": ours.country, "timezone": ours.zone}
        raw = json.dumps(contact).encode()
        envelopes.append(Envelope("api:sample", f"sample-owned-{channel}", "contact", now, raw, hints=hints))
    accept(envelopes)
    road = RoadSweep()
    try:
        while road():
            pass
    finally:
        road.close()
    keys = [envelope.source_key for envelope in envelopes]
    messages = Message.objects.filter(delivery__source__code="api:sample", delivery__source_key__in=keys)
    found = {one.delivery.source_key: one.case for one in messages.select_related("delivery", "case") if one.delivery}
    return [case for key in keys if (case := found.get(key)) is not None]
