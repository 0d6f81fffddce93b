"""What comes back: replies, copies of our own, reports of non-delivery, numbers and tags in subjects, forged keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from rundblick.cases.models import Case, Message, WaitingTag
from rundblick.cases.work import person_of, resolve
from rundblick.channels.email.accounts import origins
from rundblick.channels.email.reading import read_mail
from rundblick.channels.email.writing import write_mail
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.letters import Letter, Recipient, Sent
from rundblick.core.message import CaseValues, What
from rundblick.core.message import Message as Reading
from rundblick.core.signed import message_key, read_message_key, read_reply_tag, reply_tag
from rundblick.core.verification import verify
from rundblick.customers.reaching import unreachable
from rundblick.intake.models import Outcome
from rundblick.intake.outbox import Answer, put
from rundblick.intake.road import Road
from rundblick.intake.sending import work_once
from rundblick.intake.tagged import join_all_tagged
from rundblick.intake.work import receive
from rundblick.people.models import Role
from tests.channels.letters import an_account
from tests.intake.builders import address, digest
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db
ANNA, CARL, STRANGER = "anna@kunde.example", "carl@kunde.example", "stranger@else.example"
HINTS = {"own": "service@muster.example"}


def mail(sender: str, subject: str = "Frage", text: str = "Guten Tag", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"] = sender
    made["To"] = headers.pop("To", "service@muster.example")
    made["Subject"] = subject
    made["Date"] = datetime.now(UTC)
    made["Message-ID"] = headers.pop("Message_ID", f"<{digest(sender, subject, text).hex()}@kunde.example>")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def comes(*mails: bytes, box: str = "service") -> list[Message]:
    """They come in, in this order, in one batch; gives the messages they became or were known as."""
    now = datetime.now(UTC)
    keys = [str(digest(box, raw).hex()) for raw in mails]
    envelopes = [
        Envelope(f"mailbox:{box}", key, "mail", now, raw, None, HINTS) for key, raw in zip(keys, mails, strict=True)
    ]
    received = receive(Road(installation()), envelopes, lambda new: [read_mail(one) for one in new])
    outcomes = {o.delivery_id: o for o in Outcome.objects.filter(delivery__in=[a.delivery for a in received.accepted])}
    return [Message.objects.get(pk=outcomes[one.delivery].object_id) for one in received.accepted]


class Sends:
    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def write(self, letter: Letter) -> bytes:
        return b""

    def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        return Sent(taken=letter.still)

    def close(self) -> None:
        pass


def answer(asked: Message, *cc: str, text: str = "It comes tomorrow.") -> tuple[Message, bytes]:
    """Somebody answers; gives the message, and the mail as it left."""
    if not origins():
        an_account(1, reply_tags=True)
    person = person_of(a_user("Olga", Role.AGENT, a_team("Support")))
    assert asked.case is not None
    told = Answer(
        recipients=(Recipient(asked.content.address), *(Recipient(one, "", "cc") for one in cc)),
        text=text,
        subject="Re: Frage",
        answers=asked,
    )
    message = put(asked.case, told, origins()[0], person)
    sends = Sends()
    work_once(lambda _channel: sends, clock=lambda: datetime.now(UTC) + timedelta(seconds=30))
    message.refresh_from_db()
    us = Recipient("service@muster.example", "Muster")
    return message, write_mail(sends.letters[-1], us, f"service+{sends.letters[-1].reply_tag}@muster.example")


def key_of(raw: bytes) -> str:
    return raw.split(b"Message-ID: ")[1].split(b"\r\n")[0].decode()


def tag_of(raw: bytes) -> str:
    return raw.split(b"service+")[1].split(b"@")[0].decode()


def right() -> None:
    found = verify(["cases", "outbox", "message-versions", "participants", "joined-cases", "outcomes", "references"])
    assert [(c.name, c.shown) for c in found.checks if c.differences or c.fault] == []


@pytest.fixture
def asked(db: None) -> Message:
    return comes(mail(ANNA))[0]


# --- replies ---------------------------------------------------------------------------------------------------------


def test_a_reply_to_our_answer_joins_by_its_header(asked: Message) -> None:
    _message, sent = answer(asked)
    reply = comes(mail(ANNA, "Danke", In_Reply_To=key_of(sent)))[0]
    assert reply.case_id == asked.case_id
    right()


def test_a_reply_whose_headers_were_lost_joins_by_the_address_it_went_to(asked: Message) -> None:
    _message, sent = answer(asked)
    to = f"Muster <service+{tag_of(sent).upper()}@muster.example>"
    assert comes(mail(ANNA, "Danke", To=to))[0].case_id == asked.case_id


def test_a_reply_without_any_header_joins_by_what_it_quotes(asked: Message) -> None:
    _message, sent = answer(asked)
    tag = tag_of(sent)
    assert comes(mail(ANNA, "Danke", f"Danke!\n<div class='{tag}'>"))[0].case_id == asked.case_id


def test_what_quotes_two_conversations_answers_neither(asked: Message) -> None:
    other = comes(mail(CARL, "Anderes"))[0]
    _message, one = answer(asked)
    _message, two = answer(other)
    both = comes(mail(STRANGER, "Beides", f"{tag_of(one)} und {tag_of(two)}"))[0]
    assert both.case_id not in (asked.case_id, other.case_id)


def test_somebody_who_got_a_copy_answers_in_the_same_case(asked: Message) -> None:
    _message, sent = answer(asked, CARL)
    assert comes(mail(CARL, "Re: Frage", References=f"<x@y.example> {key_of(sent)}"))[0].case_id == asked.case_id


@pytest.mark.parametrize("forge", ["seal", "case", "message"])
def test_a_forged_key_opens_nothing(asked: Message, forge: str) -> None:
    _message, sent = answer(asked)
    key = key_of(sent).strip("<>")
    _mark, case, code, rest = key.split(".", 3)
    forged = {
        "seal": f"rb1.{case}.{code}.{'a' * 16}@muster.example",
        "case": f"rb1.{'599999999'}.{code}.{rest}",
        "message": f"rb1.{case}.{'a' * 26}.{rest}",
    }[forge]
    assert read_message_key(forged) is None
    got = comes(mail(STRANGER, "Ich auch", In_Reply_To=f"<{forged}>"))[0]
    assert got.case_id != asked.case_id
    tag = f"rb1.{case}.{'b' * 16}"
    assert read_reply_tag(tag) is None
    assert comes(mail(STRANGER, "Nochmal", To=f"service+{tag}@muster.example"))[0].case_id != asked.case_id


def test_another_installations_keys_are_strangers_keys(asked: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    number = asked.case.number if asked.case else ""
    monkeypatch.setenv("RUNDBLICK_SECRET_KEY", "k" * 40)
    theirs, tag = message_key(number, asked.uuid, "muster.example"), reply_tag(number)
    assert read_message_key(theirs) is not None
    monkeypatch.delenv("RUNDBLICK_SECRET_KEY")
    assert read_message_key(theirs) is None and read_reply_tag(tag) is None
    first, second = comes(mail(STRANGER, "Eins", Message_ID=f"<{theirs}>"), mail(STRANGER, "2", In_Reply_To=theirs))
    assert first.case_id != asked.case_id and second.case_id == first.case_id  # among themselves they are keys


def test_keys_survive_a_server_that_changes_their_case(asked: Message) -> None:
    key = message_key("510000125", asked.uuid, "muster.example")
    found = read_message_key(key.upper())
    assert found is not None and (found.case, found.message) == ("510000125", asked.uuid)


def test_a_strangers_mail_under_a_key_of_ours_is_kept_as_his(asked: Message) -> None:
    message, sent = answer(asked)
    got = comes(mail(STRANGER, "Buh", "something quite different", Message_ID=key_of(sent)))[0]
    assert got != message and got.direction == "in" and got.content.text.startswith("something")
    right()


# --- copies of our own -----------------------------------------------------------------------------------------------


def test_a_copy_of_what_we_sent_is_the_message_that_we_sent(asked: Message) -> None:
    message, sent = answer(asked)
    assert comes(sent) == [message]
    assert comes(sent, box="sent") == [message]
    wrapped = sent.replace(b"Subject: ", b"X-Changed: by a list\r\nSubject: [list] ")
    assert comes(wrapped, box="list") == [message]
    assert Message.objects.filter(case=asked.case).count() == 2
    right()


def test_a_copy_that_says_something_else_is_kept_as_a_message_of_its_own(asked: Message) -> None:
    message, sent = answer(asked)
    changed = comes(sent.replace(b"It comes tomorrow.", b"Pay at once."))[0]
    assert changed != message and changed.case_id == asked.case_id


# --- bounces ---------------------------------------------------------------------------------------------------------


def bounce(sent: bytes, failed: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    head = sent.partition(b"\r\n\r\n")[0].decode()
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: service@muster.example\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <{digest(sent, failed, status).hex()}@mx.example>\r\nDate: Mon, 2 Mar 2099 09:00:00 +0000\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n--b--\r\n"
    ).encode()


def troubled(*addresses: str) -> list[tuple[str, bool]]:
    with cursor() as cur:
        found = unreachable(cur, addresses, Digests(bytes(installation().salt)))
    return [(one.address, one.hard) for one in found]


def test_a_bounce_finds_its_message_and_takes_the_reaction_back(asked: Message) -> None:
    message, sent = answer(asked)
    case = Case.objects.get(pk=asked.case_id)
    assert case.first_reply_at is not None
    resolve(case, person_of(a_user("Kurt", Role.AGENT)))
    report = comes(bounce(sent, ANNA))[0]
    message.refresh_from_db()
    after = Case.objects.get(pk=asked.case_id)
    assert (report.case_id, report.sender, message.dispatch) == (case.pk, "bounce_hard", "bounced")
    assert (after.first_reply_at, after.state) == (None, "open")
    assert troubled(ANNA, CARL) == [(ANNA, True)]
    right()


def test_a_full_mailbox_is_told_and_the_answer_stays_sent(asked: Message) -> None:
    message, sent = answer(asked)
    comes(bounce(sent, ANNA, "4.2.2", "delayed"))
    message.refresh_from_db()
    assert message.dispatch == "sent" and troubled(ANNA) == [(ANNA, False)]


def test_a_copy_that_bounced_leaves_the_answer_sent(asked: Message) -> None:
    message, sent = answer(asked, CARL)
    comes(bounce(sent, CARL))
    message.refresh_from_db()
    assert message.dispatch == "sent" and troubled(ANNA, CARL) == [(CARL, True)]


def test_a_report_about_a_mail_that_was_never_ours_marks_nobody(asked: Message) -> None:
    answer(asked)
    foreign = bounce(mail(STRANGER), ANNA)
    assert comes(foreign)[0].case_id != asked.case_id
    assert troubled(ANNA) == []


def test_an_absence_notice_is_kept_and_changes_no_clock(asked: Message) -> None:
    _message, sent = answer(asked)
    case = Case.objects.get(pk=asked.case_id)
    resolve(case, person_of(a_user("Kurt", Role.AGENT)))
    before = Case.objects.get(pk=case.pk)
    away = comes(
        mail(ANNA, "Abwesend: Re: Frage", "Ich bin im Urlaub.", In_Reply_To=key_of(sent), Auto_Submitted="auto-replied")
    )[0]
    after = Case.objects.get(pk=case.pk)
    assert (away.case_id, away.sender) == (case.pk, "out_of_office")
    assert (after.state, after.resolved_at, after.first_reply_at) == (
        "resolved",
        before.resolved_at,
        before.first_reply_at,
    )


# --- numbers and tags in subjects ------------------------------------------------------------------------------------


def test_a_case_number_counts_from_somebody_who_takes_part_and_from_nobody_else(asked: Message) -> None:
    number = asked.case.number if asked.case else ""
    written = f"Re: =?utf-8?q?Fall_{number[:3]}=C2=A0{number[3:6]}_{number[6:]}?="
    mine = comes(mail(ANNA, "x").replace(b"Subject: x", b"Subject: " + written.encode()))[0]
    theirs = comes(mail(STRANGER, f"Fall {number}"))[0]
    assert mine.case_id == asked.case_id and theirs.case_id != asked.case_id
    assert WaitingTag.objects.get().message_id == theirs.pk
    assert join_all_tagged() == 0


def legacy(key: str, party: str) -> Reading:
    made = digest("legacy", key)
    return Reading(
        what=What.CASE,
        system="netline",
        identity=made,
        content=made,
        key=key,
        party=address(party),
        case_key=key,
        case=CaseValues(state="open"),
    )


def imported(key: str, party: str) -> None:
    from rundblick.core.models import Source
    from rundblick.intake.pieces import Piece

    source, _ = Source.objects.get_or_create(code="file:x", kind="file")
    Road(installation()).walk([Piece(legacy(key, party), source.pk, key, datetime.now(UTC))])


def test_a_legacy_tag_counts_from_somebody_who_takes_part(db: None) -> None:
    imported("NL-304719", ANNA)
    mine, theirs = comes(mail(ANNA, "AW: [NL-304719] Gerät"), mail(STRANGER, "AW: [NL-304719] Gerät"))
    case = Case.objects.get(content__key="NL-304719")
    assert mine.case_id == case.pk and theirs.case_id != case.pk
    right()


def test_a_legacy_tag_counts_too_when_its_case_comes_later(db: None) -> None:
    mine, theirs = comes(mail(ANNA, "AW: [NL-304719] Gerät"), mail(STRANGER, "AW: [NL-304719] Gerät"))
    imported("NL-304719", ANNA)
    assert join_all_tagged() == 1
    mine.refresh_from_db()
    theirs.refresh_from_db()
    case = Case.objects.get(content__key="NL-304719", merged_into=None)
    assert mine.case_id == case.pk and theirs.case_id != case.pk
    assert join_all_tagged() == 0
    right()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_any_order_of_answers_to_our_answer_gives_one_case(asked: Message, order: tuple[int, ...]) -> None:
    _message, sent = answer(asked)
    first = mail(ANNA, "Danke", In_Reply_To=key_of(sent), Message_ID="<r1@kunde.example>")
    second = mail(CARL, "Re: Danke", In_Reply_To="<r1@kunde.example>", Message_ID="<r2@kunde.example>")
    third = mail(STRANGER, "Re: Re: Danke", References="<r1@kunde.example> <r2@kunde.example>")
    mails: list[Any] = [first, second, third]
    for i in order:
        comes(mails[i])
    assert Case.objects.filter(merged_into=None).count() == 1
    right()
