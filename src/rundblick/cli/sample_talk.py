"""Cases of the sample company with what people do among themselves: a supplier asked, a colleague named, a link."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta


def talk_some(now: datetime) -> int:
    """A side talk with an invented supplier who answered, a note that names the sample agent, and a link.

    Gives the number of cases that were touched, 0 where people, cases or a mailbox are missing.
    """
    from rundblick.cases.deeds import WorkError, person_of
    from rundblick.cases.links import LinkError, link
    from rundblick.cases.mentions import MentionError, write_note
    from rundblick.cases.models import OPEN_STATES, Case, Mention, SideTalk
    from rundblick.cases.sidetalks import Begun
    from rundblick.core.letters import Recipient, origins
    from rundblick.intake.sidetalking import SideLetter, start
    from rundblick.people.models import User

    users = {user.email.partition("@")[0]: user for user in User.objects.filter(is_active=True)}
    usable = [one for one in origins() if one.enabled]
    if not {"agent", "lead"} <= users.keys() or not usable or SideTalk.objects.exists():
        return 0
    agent, lead = person_of(users["agent"]), person_of(users["lead"])
    found = Case.objects.filter(system=None, merged_into=None, state__in=OPEN_STATES, owner_person=agent)
    cases = list(found.order_by("-last_at")[:2])
    if len(cases) < 2:
        return 0
    repair, other = cases
    letter = SideLetter(
        recipients=(Recipient("technik@nordteile.example", "Nordteile Ersatzteildienst"),),
        text="Guten Tag,\n\nist die Laugenpumpe zum Modell NW 6200 lieferbar, und bis wann?\n\nViele Grüße",
        subject="Laugenpumpe NW 6200",
    )
    with suppress(WorkError, LinkError, MentionError):
        how = Begun(kind="mail", heading="Laugenpumpe NW 6200", remind_at=now + timedelta(days=1))
        talk = start(repair, how, letter, usable[0], agent, now - timedelta(minutes=40))
        _supplier_answers(talk.pk, now - timedelta(minutes=12))
        name = users["agent"].name
        write_note(other, f"@{name} Kannst du beim Lieferanten nachfassen? Es ist dieselbe Pumpe.", lead)
        link(other, repair, "cause", lead)
        Mention.objects.filter(person=agent).update(seen_at=None)
    return len(cases)


def _supplier_answers(talk: int, at: datetime) -> None:
    """His mail goes down the road, as it would come in."""
    from email.message import EmailMessage

    from rundblick.core.envelope import Envelope
    from rundblick.core.letters import origins
    from rundblick.intake.accept import accept
    from rundblick.intake.models import Outgoing
    from rundblick.intake.worker import RoadSweep

    sent = Outgoing.objects.select_related("content").filter(message__side__talk=talk).first()
    if sent is None:
        return
    mail = EmailMessage()
    mail["From"] = "Nordteile Ersatzteildienst <technik@nordteile.example>"
    mail["To"] = origins()[0].own
    mail["Subject"] = "Re: Laugenpumpe NW 6200"
    mail["Date"] = at
    mail["Message-ID"] = f"<{sent.uuid.hex}@nordteile.example>"
    mail["In-Reply-To"] = f"<{sent.content.key}>"
    mail.set_content("Guten Tag,\n\ndie Pumpe geht heute ab und ist am Mittwoch bei Ihnen.\n\nNordteile")
    accept([Envelope("mailbox:sample-talk", sent.uuid.hex, "mail", at, mail.as_bytes())])
    road = RoadSweep()
    try:
        while road():
            pass
    finally:
        road.close()
