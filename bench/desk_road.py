"""Cases of bench/desk_texts.py brought in by the ordinary road, one deed after another: what the fill is held against.

    road(everything, house, range(...))

Mails are received and read, a colleague takes the case, answers, the letter leaves, the customer writes again, the case
is resolved. Only what the rules of routing would have said is put there by hand: the team.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from bench.desk_house import ADDRESS, SOURCE, House
from bench.desk_texts import Concern, Everything, Said, mail_of, name_of


def mail_id(concern: Concern, said: Said) -> str:
    return f"{concern.n}.{said.number}@mail.example"


def letter(concern: Concern, said: Said, parent: str) -> bytes:
    """The mail of a customer."""
    mail = EmailMessage()
    mail["From"] = formataddr((name_of(concern.customer), mail_of(concern.customer)))
    mail["To"] = ADDRESS
    mail["Date"] = format_datetime(said.at.replace(microsecond=0))
    mail["Message-ID"] = f"<{mail_id(concern, said)}>"
    mail["Subject"] = concern.subject
    if parent:
        mail["In-Reply-To"] = mail["References"] = f"<{parent}>"
    mail.set_content(said.text + "\n")
    if said.file is not None:
        mail.add_attachment(said.file.text, filename=said.file.name)
    return mail.as_bytes().replace(b"\n", b"\r\n")


def road(everything: Everything, house: House, numbers: Iterable[int]) -> None:
    """Bring these cases in."""
    from rundblick.cases.folding import fold
    from rundblick.cases.models import Case, Message
    from rundblick.core.database import cursor
    from rundblick.core.installation import installation
    from rundblick.intake.road import Options, Road

    way = Road(installation(), Options())
    for n in numbers:
        concern = everything.one(n)
        parent, case = "", None
        for said in concern.said:
            if said.direction == "in":
                _receive(way, concern, said, parent)
                key = mail_id(concern, said)
                message = Message.objects.get(content__key=key)
                if case is None:
                    case = message.case
                    assert case is not None
                    Case.objects.filter(pk=case.pk).update(routed_team=house.teams[concern.team])
                    with cursor() as cur:
                        fold(cur, [case.pk])
                    _take(case, concern, house)
                parent = key
            else:
                assert case is not None
                parent = _answer(case, concern, said, house)
        assert case is not None
        _end(case, concern, house)


def _receive(way, concern: Concern, said: Said, parent: str) -> None:  # type: ignore[no-untyped-def]
    from rundblick.channels.email.reading import read_mail
    from rundblick.core.envelope import Envelope
    from rundblick.intake.work import receive

    raw = letter(concern, said, parent)
    envelope = Envelope(SOURCE, f"1:{concern.n}.{said.number}", "mail", said.at, raw, hints={"own": ADDRESS})
    receive(way, [envelope], lambda new: [read_mail(one) for one in new])


def _take(case, concern: Concern, house: House) -> None:  # type: ignore[no-untyped-def]
    from datetime import timedelta

    from rundblick.cases.ownership import take
    from rundblick.people.models import Person

    if concern.person is not None:
        person = Person.objects.get(pk=house.persons[concern.person])
        take(case, person, at=concern.opened + timedelta(minutes=4))


def _answer(case, concern: Concern, said: Said, house: House) -> str:  # type: ignore[no-untyped-def]
    from datetime import timedelta

    from rundblick.cases.answering import Dispatch, dispatched
    from rundblick.core.database import cursor
    from rundblick.core.letters import Origin, Recipient
    from rundblick.core.message import Attachment as File
    from rundblick.intake.models import Outgoing, OutgoingAttempt, OutgoingContent
    from rundblick.intake.outbox import Answer, put
    from rundblick.people.models import Person

    by = Person.objects.get(pk=house.who(concern))
    case.refresh_from_db()
    to = Recipient(mail_of(concern.customer), name_of(concern.customer), "to")
    files = () if said.file is None else (File(said.file.name, "text/plain", said.file.text.encode()),)
    answer = Answer(recipients=(to,), text=said.text, subject=f"Re: {concern.subject}", files=files)
    origin = Origin(source=house.source, channel="email", name="Service", own=ADDRESS, domain="bench.example")
    message = put(case, answer, origin, by, said.at)
    left = said.at + timedelta(seconds=30)
    with cursor() as cur:
        dispatched(cur, message.pk, Dispatch.SENT, left)
    outgoing = Outgoing.objects.get(message=message)
    Outgoing.objects.filter(pk=outgoing.pk).update(state="sent", attempts=1, ended_at=left)
    OutgoingAttempt.objects.create(outgoing=outgoing, outcome="sent", taken=1)
    return OutgoingContent.objects.get(outgoing=outgoing).key


def _end(case, concern: Concern, house: House) -> None:  # type: ignore[no-untyped-def]
    from rundblick.cases.work import resolve
    from rundblick.people.models import Person

    if concern.resolved is not None:
        resolve(case, Person.objects.get(pk=house.who(concern)), at=concern.resolved)
