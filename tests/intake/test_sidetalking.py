"""Side talks by mail: what a supplier answers comes into the talk, and never counts as the customer's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rundblick.cases.clocking import log_of_case
from rundblick.cases.models import Case, Mention, Message, SideMessage, SideTalk, ThreadKey
from rundblick.cases.regrouping import RegroupingError, join, move, undo
from rundblick.cases.sidetalks import Begun, close, look_at_reminders, remind, said_in, talks_of
from rundblick.cases.work import WorkError, add_note, person_of
from rundblick.channels.email.accounts import origins
from rundblick.channels.email.writing import write_mail
from rundblick.core.letters import Recipient
from rundblick.core.signed import read_reply_tag
from rundblick.core.verification import verify
from rundblick.customers.identifying import Alone
from rundblick.customers.models import SourceRecord
from rundblick.intake import road
from rundblick.intake.models import Outgoing
from rundblick.intake.outbox import OutboxError, take_back
from rundblick.intake.replying import begin_reply
from rundblick.intake.sending import work_once
from rundblick.intake.sidetalking import CustomerNamed, SideLetter, start, take_back_aside, write
from rundblick.people.models import Person, Role
from tests.channels.letters import an_account
from tests.intake.test_answered import ANNA, Sends, comes, mail
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db
SUPPLIER, OTHER = "werkstatt@lieferant.example", "chef@lieferant.example"


def olga() -> Person:
    return person_of(a_user("Olga", Role.AGENT, a_team("Support")))


def asked(
    by: Person, *addresses: str, text: str = "Wann kommt das Teil?", subject: str = "Kessel", **more: Any
) -> tuple[SideTalk, bytes]:
    """The customer wrote; somebody asks a supplier. Gives the talk, and the mail as it left."""
    if not origins():
        an_account(1, reply_tags=True)
    (question,) = comes(mail(ANNA, subject))
    assert question.case is not None
    letter = SideLetter(
        recipients=tuple(Recipient(one) for one in (addresses or (SUPPLIER,))), text=text, subject="Rückfrage", **more
    )
    talk = start(question.case, Begun(kind="mail", heading="Rückfrage"), letter, origins()[0], by)
    return talk, leaves()


def leaves() -> bytes:
    sender = Sends()
    Outgoing.objects.filter(state="waiting").update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    work_once(lambda channel: sender)
    letter = sender.letters[-1]
    return write_mail(letter, Recipient(origins()[0].own), reply_to=f"service+{letter.reply_tag}@muster.example")


def id_of(raw: bytes) -> str:
    found = re.search(rb"^Message-ID:\s*(<[^>]+>)", raw, re.MULTILINE)
    assert found is not None
    return found.group(1).decode()


def sound() -> None:
    wrong = [one for one in verify().checks if one.differences or one.fault]
    assert not wrong, wrong


def folded(case: Case) -> dict[str, object]:
    names = ("state", "opened_at", "first_reply_at", "resolved_at", "concerned_id", "customer_id", "channel")
    now = Case.objects.get(pk=case.pk)
    return {name: getattr(now, name) for name in names} | {"subject": now.content.subject}


def test_an_answer_comes_into_the_talk_and_nowhere_else() -> None:
    by = olga()
    talk, sent = asked(by)
    case = talks_of(Case.objects.get(pk=talk.case_id))[0].case
    before, records = folded(case), SourceRecord.objects.count()
    log = log_of_case(case).says.tolist()
    (reply,) = comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    (second,) = comes(mail(SUPPLIER, "Re: Rückfrage", "Doch am Montag.", In_Reply_To=reply.content.key))
    assert (reply.case_id, reply.direction, reply.record_id) == (case.pk, "note", None)
    assert reply.content.address == SUPPLIER
    assert sorted(one.way for one in said_in([talk])[talk.pk]) == ["in", "in", "out"]
    assert second.case_id == case.pk
    assert folded(case) == before
    assert log_of_case(case).says.tolist() == log
    assert SourceRecord.objects.count() == records
    assert not ThreadKey.objects.filter(message__in=[reply.pk, second.pk]).exists()
    assert Case.objects.count() == 1
    sound()


def test_whoever_asked_is_told_and_the_ball_is_ours_again() -> None:
    by = olga()
    _talk, sent = asked(by)
    assert SideTalk.objects.get().waits_since is not None
    comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    assert SideTalk.objects.get().waits_since is None
    assert [(one.why, one.person_id) for one in Mention.objects.all()] == [("reply", by.pk)]


def test_an_absence_notice_of_the_supplier_leaves_it_waiting() -> None:
    talk, sent = asked(olga())
    comes(mail(SUPPLIER, "Abwesend", "Bin weg.", In_Reply_To=id_of(sent), Auto_Submitted="auto-replied"))
    assert SideTalk.objects.get().waits_since is not None
    assert SideMessage.objects.filter(talk=talk, way="in").count() == 1
    assert not Mention.objects.exists()


def test_a_reply_from_another_address_is_taken_and_marked() -> None:
    talk, sent = asked(olga())
    comes(mail(OTHER, "Re: Rückfrage", "Ich übernehme.", In_Reply_To=id_of(sent)))
    assert SideMessage.objects.get(way="in").other_address
    assert talk.pk == SideMessage.objects.get(way="in").talk_id


def test_a_reply_that_lost_its_headers_is_found_by_the_reply_address() -> None:
    talk, sent = asked(olga())
    line = next(one for one in sent.decode().split("\r\n") if one.startswith("Reply-To:"))
    tag = line.partition("+")[2].partition("@")[0]
    assert read_reply_tag(tag) is not None
    comes(mail(SUPPLIER, "Antwort", "Am Freitag.", To=f"service+{tag}@muster.example"))
    assert SideMessage.objects.get(way="in").talk_id == talk.pk
    forged = tag[:-1] + ("a" if tag[-1] != "a" else "b")
    comes(mail(SUPPLIER, "Antwort", "Gefälscht.", To=f"service+{forged}@muster.example"))
    assert SideMessage.objects.filter(way="in").count() == 1


def test_the_customer_who_answers_such_a_mail_stays_the_customer() -> None:
    talk, sent = asked(olga(), SUPPLIER)
    (reply,) = comes(mail(ANNA, "Fwd: Rückfrage", "Das schickte mir Ihr Lieferant.", In_Reply_To=id_of(sent)))
    assert (reply.direction, reply.case_id) == ("in", talk.case_id)
    assert reply.record_id is not None
    assert "side-talk" in (reply.remarks or [])
    assert not SideMessage.objects.filter(way="in").exists()


def test_the_customer_is_no_recipient_without_a_warning() -> None:
    by = olga()
    with pytest.raises(CustomerNamed) as refused:
        asked(by, SUPPLIER, ANNA.upper())
    assert refused.value.addresses == (ANNA,)
    assert not SideTalk.objects.exists()
    talk, _sent = asked(by, SUPPLIER, ANNA, customer_known=True)
    assert talk.kind == "mail"


def test_a_mail_that_could_not_be_delivered_says_so_in_the_talk_and_leaves_the_case_as_it_is() -> None:
    talk, sent = asked(olga())
    case = Case.objects.get(pk=talk.case_id)
    before = folded(case)
    report = (
        b"From: MAILER-DAEMON@muster.example\r\nTo: service@muster.example\r\nSubject: Undeliverable\r\n"
        b"Message-ID: <b1@muster.example>\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n"
        b"\r\n--x\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; " + SUPPLIER.encode() + b"\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: "
        + id_of(sent).encode() + b"\r\n\r\n--x--\r\n"
    )  # fmt: skip
    comes(report)
    assert Message.objects.get(side__way="out").dispatch == "bounced"
    assert SideTalk.objects.get().waits_since is None
    assert folded(case) == before
    assert Case.objects.count() == 1


def test_a_copy_of_our_own_mail_that_comes_back_is_the_one_that_went() -> None:
    _talk, sent = asked(olga())
    (known,) = comes(sent)
    assert known.pk == SideMessage.objects.get().pk


def test_references_name_the_talk_and_not_the_customers_thread() -> None:
    by = olga()
    talk, sent = asked(by)
    comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    add_note(Case.objects.get(pk=talk.case_id), "Hm", by)
    write(talk, SideLetter(recipients=(Recipient(SUPPLIER),), text="Danke", subject="Re: Rückfrage"), origins()[0], by)
    second = leaves().decode().replace("\r\n ", " ")
    named = next(line for line in second.split("\r\n") if line.startswith("References:"))
    assert id_of(sent) in named
    assert named.count("@") == 2


def test_taken_back_its_words_are_the_talks_draft_and_not_the_customers_answer() -> None:
    by = olga()
    an_account(1)
    (question,) = comes(mail(ANNA, "Kessel"))
    assert question.case is not None
    letter = SideLetter(recipients=(Recipient(SUPPLIER),), text="Geheim", subject="x")
    talk = start(question.case, Begun(kind="mail", heading="x"), letter, origins()[0], by)
    message = Message.objects.get(side__talk=talk)
    with pytest.raises(OutboxError):
        take_back(message, by)
    take_back_aside(message, by)
    talk.refresh_from_db()
    assert (talk.content.draft, talk.waits_since) == ("Geheim", None)
    assert not hasattr(question.case, "draft")


def test_the_same_form_sent_twice_is_one_talk() -> None:
    by = olga()
    key = olga().uuid
    one, _ = asked(by, key=key)
    letter = SideLetter(recipients=(Recipient(SUPPLIER),), text="x", key=key)
    again = start(Case.objects.get(pk=one.case_id), Begun(kind="mail", heading="x"), letter, origins()[0], by)
    assert again == one


def test_a_talk_follows_its_case_into_another_and_back() -> None:
    by = olga()
    talk, sent = asked(by)
    case = Case.objects.get(pk=talk.case_id)
    (elsewhere,) = comes(mail("carl@kunde.example", "Anderes"))
    assert elsewhere.case is not None
    deed = join(case, elsewhere.case, by)
    (reply,) = comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    assert reply.case_id == elsewhere.case_id
    assert talks_of(elsewhere.case) == [talk]
    undo(deed, by)
    reply.refresh_from_db()
    assert reply.case_id == case.pk
    sound()


def test_what_is_moved_leaves_the_side_talk_where_it_is() -> None:
    by = olga()
    talk, sent = asked(by)
    comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    question = Message.objects.get(direction="in")
    with pytest.raises(RegroupingError, match="everything"):
        move(question, None, by, following=True)
    assert set(SideMessage.objects.values_list("message__case_id", flat=True)) == {talk.case_id}


def test_a_reminder_is_told_once_and_not_after_an_answer() -> None:
    by = olga()
    talk, sent = asked(by)
    now = datetime.now(UTC)
    with pytest.raises(WorkError, match="past"):
        remind(talk, now - timedelta(hours=1), by)
    remind(talk, now + timedelta(hours=1), by)
    assert look_at_reminders(now) == 0
    assert look_at_reminders(now + timedelta(hours=2)) == 1
    assert look_at_reminders(now + timedelta(hours=3)) == 0
    assert Mention.objects.get().why == "reminder"
    remind(talk, now + timedelta(hours=4), by)
    comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    assert look_at_reminders(now + timedelta(hours=5)) == 0


def test_a_mail_opens_a_closed_talk_again() -> None:
    by = olga()
    talk, sent = asked(by)
    close(talk, by)
    with pytest.raises(WorkError, match="settled"):
        close(talk, by)
    comes(mail(SUPPLIER, "Re: Rückfrage", "Noch etwas.", In_Reply_To=id_of(sent)))
    assert SideTalk.objects.get().state == "open"


def test_the_wrong_clock_of_a_supplier_moves_no_clock_of_the_customer() -> None:
    talk, sent = asked(olga())
    case = Case.objects.get(pk=talk.case_id)
    before = folded(case)
    late = mail(SUPPLIER, "Re: Rückfrage", "Aus der Vergangenheit.", In_Reply_To=id_of(sent))
    comes(re.sub(rb"Date: [^\r\n]+", b"Date: Thu, 01 Jan 2009 00:00:00 +0000", late))
    assert SideMessage.objects.filter(way="in").count() == 1
    assert folded(case) == before
    case.refresh_from_db()
    assert case.last_at >= talk.opened_at


def test_the_subject_of_a_side_talk_is_never_that_of_the_case_or_of_its_answer() -> None:
    talk, sent = asked(olga(), subject="")
    comes(mail(SUPPLIER, "Re: Geheimer Rabatt", "Am Freitag.", In_Reply_To=id_of(sent)))
    case = Case.objects.get(pk=talk.case_id)
    assert case.content.subject == ""
    assert begin_reply(case).subject.strip() in ("Re:", "AW:")


def test_a_mail_that_is_walked_twice_keeps_its_sender() -> None:
    _talk, sent = asked(olga())
    first = [Alone()]
    whole = road.Road._identify

    def once(self: Any, *args: Any, **more: Any) -> None:
        if first:
            raise first.pop()
        whole(self, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(road.Road, "_identify", once)
        (reply,) = comes(mail(SUPPLIER, "Re: Rückfrage", "Am Freitag.", In_Reply_To=id_of(sent)))
    assert reply.content.address == SUPPLIER
    assert not SideMessage.objects.get(way="in").other_address
