"""An answer leaves once, or is tried again, or is shown: never lost, and never counted before it left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rundblick.cases.answering import newest
from rundblick.cases.drafts import drop_draft, save_draft
from rundblick.cases.models import Case, Draft, DraftAttachment, Message, MessageContent
from rundblick.cases.work import WorkError, person_of
from rundblick.channels import accounts
from rundblick.channels.channel import channels
from rundblick.channels.email.accounts import origins
from rundblick.channels.email.sending import MailSender
from rundblick.channels.models import Account, AccountHealth
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.installation import installation
from rundblick.core.letters import Letter, Origin, Recipient, Refused, Sent
from rundblick.core.message import Attachment
from rundblick.core.models import Event, Installation
from rundblick.core.verification import verify
from rundblick.intake.models import Outgoing, OutgoingAttempt, OutgoingOriginal
from rundblick.intake.outbox import GIVEN_UP_AFTER, PAUSES, Answer, OutboxError, give_up, put, retry, take_back
from rundblick.intake.sending import OutSweep, work_once
from rundblick.people.models import Person
from tests.channels.letters import an_account
from tests.channels.postbox import Letterbox, a_server
from tests.people.house import House, a_house, a_message

ANNA = Recipient("anna@kunde.example", "Anna Muster")
CARL = Recipient("carl@kunde.example", "", "cc")


@pytest.fixture
def house(db: None) -> House:
    return a_house()


@pytest.fixture
def olga(house: House) -> Person:
    return person_of(house.olga)


@pytest.fixture
def case(house: House) -> Case:
    a_message(house.olgas)
    return house.olgas


@pytest.fixture
def origin(house: House) -> Origin:
    an_account(1)
    return origins()[0]


class Script:
    """A sender that says what it is told to say, in order; then yes."""

    def __init__(self, *answers: Sent) -> None:
        self.answers = list(answers)
        self.letters: list[Letter] = []

    def write(self, letter: Letter) -> bytes:
        return b""

    def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        return self.answers.pop(0) if self.answers else Sent(taken=letter.still)

    def close(self) -> None:
        pass


def stored(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def answered(case: Case, origin: Origin, by: Person, *more: Recipient, **fields: Any) -> Message:
    told = {"text": "It comes tomorrow.", "subject": "Re: Parcel", **fields}
    return put(case, Answer(recipients=(ANNA, *more), **told), origin, by)


def later(seconds: float = 60) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


def right() -> bool:
    found = verify(["cases", "message-versions", "outbox"])
    assert [check for check in found.checks if check.differences or check.fault] == []
    return True


def test_an_answer_waits_and_is_no_reaction_until_its_server_took_it(case: Case, origin: Origin, olga: Person) -> None:
    message = answered(case, origin, olga)
    assert (stored(case).first_reply_at, message.dispatch) == (None, "waiting")
    script = Script()
    assert work_once(lambda _channel: script) == 0  # it can still be taken back
    assert work_once(lambda _channel: script, clock=later()) == 1
    message.refresh_from_db()
    after = stored(case)
    assert (message.dispatch, after.first_reply_at) == ("sent", message.dispatched_at)
    assert list(Event.objects.filter(kind__startswith="message.").values_list("kind", flat=True)) == [
        "message.written",
        "message.sent",
    ]
    assert right()


def test_what_leaves_carries_the_text_the_quote_and_the_keys(case: Case, origin: Origin, olga: Person) -> None:
    asked = a_message(case, "Where is it?")
    MessageContent.objects.filter(message=asked).update(key="asked@kunde.example", author="Anna")
    message = answered(case, origin, olga, CARL, answers=asked, files=(Attachment("a.txt", "text/plain", b"1"),))
    script = Script()
    work_once(lambda _channel: script, clock=later())
    letter = script.letters[0]
    assert (letter.text, letter.quote and letter.quote.text) == ("It comes tomorrow.", "Where is it?")
    assert letter.references[-1] == "asked@kunde.example"
    assert letter.still == ("anna@kunde.example", "carl@kunde.example")
    assert [file.data for file in letter.attachments] == [b"1"]
    assert letter.key.startswith(f"rb1.{case.number}.") and letter.key.endswith("@muster.example")
    assert letter.id == Outgoing.objects.get(message=message).uuid


def test_the_same_form_sent_twice_is_one_answer(case: Case, origin: Origin, olga: Person) -> None:
    key = uuid7()
    first, second = (answered(case, origin, olga, key=key) for _ in range(2))
    assert first == second and Outgoing.objects.count() == 1


def test_an_answer_is_stopped_when_something_came_that_its_writer_did_not_see(
    case: Case, origin: Origin, olga: Person
) -> None:
    seen = newest(case)
    assert seen is not None
    a_message(case, "I have found it!")
    with pytest.raises(WorkError, match="newer"):
        answered(case, origin, olga, seen=seen.uuid)
    assert not Outgoing.objects.exists() and not Message.objects.filter(direction="out").exists()
    now = newest(case)
    assert now is not None and answered(case, origin, olga, seen=now.uuid)


def test_taken_back_it_never_leaves_and_is_a_draft_again(case: Case, origin: Origin, olga: Person) -> None:
    save_draft(case, olga, text="something else")
    message = answered(case, origin, olga, CARL, files=(Attachment("a.txt", "text/plain", b"1"),))
    assert not Draft.objects.exists()
    take_back(message, olga)
    script = Script()
    assert work_once(lambda _channel: script, clock=later()) == 0 and not script.letters
    draft = Draft.objects.get(case=case)
    assert (draft.text, draft.to, draft.cc) == ("It comes tomorrow.", "anna@kunde.example", "carl@kunde.example")
    assert DraftAttachment.objects.get().name == "a.txt"
    after = stored(case)
    assert (after.first_reply_at, after.messages) == (None, 1)
    assert right()
    drop_draft(case)
    with pytest.raises(OutboxError, match="gone"):
        take_back(message, olga)


def test_it_can_be_told_when_to_leave(case: Case, origin: Origin, olga: Person) -> None:
    answered(case, origin, olga, due_at=datetime.now(UTC) + timedelta(hours=2))
    assert work_once(lambda _channel: Script(), clock=later(3600)) == 0
    assert work_once(lambda _channel: Script(), clock=later(7300)) == 1


def test_a_server_that_is_away_is_asked_again_with_growing_pauses_and_then_somebody_is(
    case: Case, origin: Origin, olga: Person
) -> None:
    message = answered(case, origin, olga)
    away = Script(*[Sent(fault="unreachable", told="no route")] * 50)
    at = datetime.now(UTC) + timedelta(seconds=30)
    waited = []
    while Outgoing.objects.get().state != "dead":
        assert work_once(lambda _channel: away, clock=lambda at=at: at) == 1  # type: ignore[misc]
        message.refresh_from_db()
        assert message.dispatch in ("failed", "dead")
        due = Outgoing.objects.get().due_at
        waited.append(due - at)
        at = max(due, at)
    assert waited[:5] == list(PAUSES) and len(away.letters) < 15
    assert at >= Outgoing.objects.get().first_due_at + GIVEN_UP_AFTER
    assert len({letter.key for letter in away.letters}) == 1
    assert stored(case).first_reply_at is None
    assert Event.objects.filter(kind="message.refused").count() == 1
    assert OutgoingAttempt.objects.count() == len(away.letters)
    assert right()
    retry(Outgoing.objects.get(), olga)
    assert work_once(lambda _channel: Script(), clock=later(5)) == 1
    message.refresh_from_db()
    assert message.dispatch == "sent" and stored(case).first_reply_at is not None
    assert right()


def test_a_refusal_for_good_is_shown_at_once_and_can_be_given_up(case: Case, origin: Origin, olga: Person) -> None:
    message = answered(case, origin, olga)
    script = Script(Sent(refused=(Refused(ANNA.address, True, "550 5.1.1 no such mailbox"),)))
    work_once(lambda _channel: script, clock=later())
    outgoing = Outgoing.objects.get()
    assert (outgoing.state, outgoing.fault, outgoing.content.told) == ("dead", "refused", "550 5.1.1 no such mailbox")
    with pytest.raises(OutboxError, match="empty"):
        give_up(outgoing, olga, " ")
    give_up(outgoing, olga, "He called.")
    message.refresh_from_db()
    assert (message.dispatch, message.superseded, Outgoing.objects.get().state) == ("dead", False, "cancelled")
    assert right()


def test_of_two_recipients_one_is_refused_and_the_other_has_it(case: Case, origin: Origin, olga: Person) -> None:
    message = answered(case, origin, olga, CARL)
    script = Script(Sent((ANNA.address,), (Refused(CARL.address, True, "550 unknown"),), told="250 ok"))
    work_once(lambda _channel: script, clock=later())
    message.refresh_from_db()
    outgoing = Outgoing.objects.get()
    assert (message.dispatch, outgoing.state) == ("sent", "sent")
    assert [one.get("state") for one in outgoing.content.recipients] == ["taken", "refused"]


def test_who_has_it_does_not_get_it_again_while_the_other_is_tried(case: Case, origin: Origin, olga: Person) -> None:
    message = answered(case, origin, olga, CARL)
    script = Script(Sent((ANNA.address,), (Refused(CARL.address, False, "450 later"),)))
    work_once(lambda _channel: script, clock=later())
    message.refresh_from_db()
    assert (message.dispatch, Outgoing.objects.get().state) == ("sent", "failed")
    sent_at = message.dispatched_at
    with pytest.raises(OutboxError, match="gone"):
        take_back(message, olga)
    work_once(lambda _channel: script, clock=later(300))
    assert [letter.still for letter in script.letters] == [(ANNA.address, CARL.address), (CARL.address,)]
    message.refresh_from_db()
    assert (message.dispatch, message.dispatched_at, Outgoing.objects.get().state) == ("sent", sent_at, "sent")
    assert Event.objects.filter(kind="message.sent").count() == 1
    assert right()


def test_a_letter_whose_worker_died_is_sent_again_under_the_same_key(case: Case, origin: Origin, olga: Person) -> None:
    answered(case, origin, olga)

    class Dies(Script):
        def send(self, letter: Letter) -> Sent:
            super().send(letter)
            raise KeyboardInterrupt

    dead, alive = Dies(), Script()
    with pytest.raises(KeyboardInterrupt):
        work_once(lambda _channel: dead, clock=later())
    assert work_once(lambda _channel: alive, clock=later()) == 0  # the lease still holds
    assert work_once(lambda _channel: alive, clock=later(3600)) == 1
    assert dead.letters[0].key == alive.letters[0].key and dead.letters[0].id == alive.letters[0].id
    assert right()


def test_a_sender_that_fails_in_itself_holds_up_nobody_elses_letter(
    house: House, case: Case, origin: Origin, olga: Person
) -> None:
    answered(case, origin, olga)
    answered(house.supports, origin, olga)

    class Fails(Script):
        def send(self, letter: Letter) -> Sent:
            self.letters.append(letter)
            if len(self.letters) == 1:
                raise ZeroDivisionError
            return Sent(taken=letter.still)

    failing = Fails()
    work_once(lambda _channel: failing, clock=later())
    assert sorted(Outgoing.objects.values_list("state", "fault")) == [("failed", "failed"), ("sent", "")]


def test_nothing_leaves_of_what_was_erased_meanwhile(case: Case, origin: Origin, olga: Person) -> None:
    from rundblick.privacy.erasure import erase

    answered(case, origin, olga)
    erase([case.concerned_id], by=None)  # type: ignore[list-item]
    script = Script()
    work_once(lambda _channel: script, clock=later())
    assert not script.letters and Outgoing.objects.get().state == "dead"
    assert "kunde.example" not in str(Outgoing.objects.get().content.recipients)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"recipients": (CARL,)}, "nobody"),
        ({"recipients": (ANNA, *[Recipient(f"c{i}@x.example", "", "cc") for i in range(60)])}, "too_many"),
        ({"text": " \x00 "}, "empty"),
        ({"files": (Attachment("big", "x/y", b"x" * (21 << 20)),)}, "too_large"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_is_written(
    case: Case, origin: Origin, olga: Person, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(WorkError, match=code):
        put(case, Answer(**({"recipients": (ANNA,), "text": "x"} | change)), origin, olga)
    assert not Outgoing.objects.exists() and not Message.objects.filter(direction="out").exists()


# --- over a real server ----------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Letterbox]:
    with a_server() as box:
        yield box


def sends() -> int:
    sender = MailSender()
    try:
        return work_once(lambda _channel: sender, clock=later())
    finally:
        sender.close()


def test_a_real_server_gets_it_whole(house: House, case: Case, olga: Person, server: Letterbox) -> None:
    an_account(server.port, reply_tags=True)
    answered(
        case,
        origins()[0],
        olga,
        CARL,
        text=".\n..\nGrüße\n.",
        files=(Attachment("ä.bin", "application/x-y", bytes(256)),),
    )
    answered(house.supports, origins()[0], olga)
    assert sends() == 2
    path, to, _raw = server.taken[0]
    assert (path, to) == ("service@muster.example", ("anna@kunde.example", "carl@kunde.example"))
    mail = server.mails[0]
    body = mail.get_body(("plain",))
    assert body is not None and body.get_content().split() == [".", "..", "Grüße", "."]
    assert next(iter(mail.iter_attachments())).get_content() == bytes(256)
    assert str(mail["Reply-To"]).startswith("Muster Kundendienst <service+rb1.")
    assert server.connections == 1  # one connection for both
    assert AccountHealth.objects.get(direction="out").fault == ""


def test_a_server_that_refuses_one_of_two_recipients(case: Case, olga: Person, server: Letterbox) -> None:
    server.refuses = {CARL.address: "550 5.1.1 there is no Carl"}
    an_account(server.port)
    answered(case, origins()[0], olga, CARL)
    sends()
    assert server.taken[0][1] == (ANNA.address,)
    told = Outgoing.objects.get().content.recipients
    assert [(one["state"], one.get("told", "")) for one in told] == [
        ("taken", ""),
        ("refused", "550 5.1.1 there is no Carl"),
    ]


@pytest.mark.parametrize(
    ("answer", "state", "fault"),
    [("451 4.3.0 try later", "failed", "refused"), ("554 5.7.1 spam", "dead", "refused")],
)
def test_what_a_server_says_to_the_mail_decides(
    case: Case, olga: Person, server: Letterbox, answer: str, state: str, fault: str
) -> None:
    server.answer = answer
    an_account(server.port)
    answered(case, origins()[0], olga)
    sends()
    outgoing = Outgoing.objects.get()
    assert (outgoing.state, outgoing.fault, outgoing.content.told) == (state, fault, answer)
    assert AccountHealth.objects.get(direction="out").fault == fault


@pytest.mark.parametrize(("password", "state"), [("right", "sent"), ("wrong", "failed")])
def test_a_wrong_password_is_tried_again_later(
    case: Case, olga: Person, server: Letterbox, password: str, state: str
) -> None:
    account = an_account(server.port, smtp_user="service")
    account.keep_secret("smtp_password", password)
    answered(case, origins()[0], olga)
    sends()
    assert server.logins[0] == ("service", password)
    assert Outgoing.objects.get().state == state
    assert password not in str(AccountHealth.objects.values())


def test_a_server_that_is_not_there_is_told_as_that(case: Case, olga: Person) -> None:
    an_account(1)
    answered(case, origins()[0], olga)
    sends()
    assert (Outgoing.objects.get().state, Outgoing.objects.get().fault) == ("failed", "unreachable")


def test_a_sample_database_sends_nothing_past_this_machine(case: Case, olga: Person, server: Letterbox) -> None:
    installation()
    Installation.objects.update(sample=True)
    an_account(server.port)
    answered(case, origins()[0], olga)
    sends()
    assert len(server.taken) == 1
    an_account(25, "other@muster.example", smtp_host="192.0.2.1")
    answered(case, origins()[1], olga)
    sends()
    assert list(Outgoing.objects.order_by("id").values_list("state", "fault")) == [("sent", ""), ("dead", "sample")]


def test_the_workers_sweep_sends_and_leaves_its_servers(case: Case, olga: Person, server: Letterbox) -> None:
    an_account(server.port)
    message = answered(case, origins()[0], olga)
    Outgoing.objects.update(due_at=datetime.now(UTC))
    sweep = OutSweep()
    assert [sweep(), sweep()] == [1, 0]
    with cursor() as cur:
        cur.execute("SELECT dispatch FROM cases_message WHERE id = %s", (message.pk,))
        assert cur.fetchone() == ("sent",)


@pytest.mark.parametrize(("fault", "due"), [("consent", 1), ("login", 1), ("unreachable", 0)])
def test_what_rests_because_nobody_could_sign_in_leaves_when_somebody_can(
    case: Case, origin: Origin, olga: Person, fault: str, due: int
) -> None:
    answered(case, origin, olga)
    script = Script(Sent(fault=fault))
    work_once(lambda _channel: script, clock=later())
    Outgoing.objects.update(due_at=datetime.now(UTC) + timedelta(hours=8))
    account = Account.objects.get(source_id=origin.source)
    filled = accounts.fill(
        channels["email"], {"smtp_user": "service", "smtp_password": "right", "imap_host": "x"}, account
    )
    assert accounts.save(replace(filled, faults={}), None, account) == account
    assert work_once(lambda _channel: script, clock=lambda: datetime.now(UTC)) == due
    assert Outgoing.objects.get().state == ("sent" if due else "failed")
    assert right()


def kept_bytes(message: Message) -> list[bytes]:
    """What is kept of a letter, in the order of its writing."""
    found = OutgoingOriginal.objects.filter(outgoing__message=message).order_by("id").values_list("blob_id", flat=True)
    with cursor() as cur:
        return [read_blob(cur, blob) or b"" for blob in found]


def test_what_is_kept_of_a_letter_is_what_its_server_was_given(case: Case, house: House, olga: Person) -> None:
    with a_server() as box:
        an_account(box.port)
        message = answered(case, origins()[0], olga, files=(Attachment("a.txt", "text/plain", b"1"),))
        sender = MailSender()
        work_once(lambda _channel: sender, clock=later())
        sender.close()
    assert kept_bytes(message) == [raw for _path, _to, raw in box.taken] != []
    assert right()


def test_every_attempt_hands_over_the_same_bytes_whatever_changed_since(case: Case, house: House, olga: Person) -> None:
    with a_server(box=Letterbox(answer="451 4.3.0 later")) as box:
        account = an_account(box.port)
        asked = a_message(case, "Where is it?")
        MessageContent.objects.filter(message=asked).update(key="asked@kunde.example", author="Anna")
        message = answered(case, origins()[0], olga, answers=asked)
        sender = MailSender()
        work_once(lambda _channel: sender, clock=later())
        before = kept_bytes(message)
        account.name = "Another name"
        account.save(update_fields=["name"])
        Message.objects.filter(pk=asked.pk).update(case=house.supports)
        box.answer = ""
        work_once(lambda _channel: sender, clock=later(600))
        sender.close()
    assert [raw for _path, _to, raw in box.taken] == before == kept_bytes(message)
    assert b"asked@kunde.example" in before[0] and b"Another name" not in before[0]


def test_a_dead_letter_that_a_person_sends_again_is_written_anew(case: Case, olga: Person) -> None:
    with a_server(box=Letterbox(refuses={"anna@kunde.example": "550 5.1.1 nobody"})) as box:
        account = an_account(box.port)
        message = answered(case, origins()[0], olga)
        sender = MailSender()
        work_once(lambda _channel: sender, clock=later())
        outgoing = Outgoing.objects.get(message=message)
        assert outgoing.state == "dead"
        account.name = "The right name"
        account.save(update_fields=["name"])
        box.refuses.clear()
        retry(outgoing, olga)
        work_once(lambda _channel: sender, clock=later())
        sender.close()
    first, second = kept_bytes(message)
    assert [raw for _path, _to, raw in box.taken] == [second] and b"The right name" in second and first != second
    assert right()


def test_erasing_somebody_removes_the_letters_that_left_to_him(case: Case, house: House, olga: Person) -> None:
    from rundblick.privacy.erasure import erase

    with a_server() as box:
        an_account(box.port)
        message, other = answered(case, origins()[0], olga), answered(house.billings, origins()[0], olga)
        sender = MailSender()
        work_once(lambda _channel: sender, clock=later())
        sender.close()
    assert case.concerned_id is not None and case.concerned_id != house.billings.concerned_id
    erase([case.concerned_id], by=None)
    assert kept_bytes(message) == [b""] and all(kept_bytes(other))
    found = verify(["outbox", "originals"])
    assert [check for check in found.checks if check.differences or check.fault] == []
