"""The sweep of the outbox: what is due is leased, handed to its channel's sender, and what came of it written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from rundblick.cases.answering import Dispatch, dispatched
from rundblick.cases.models import Attachment as Kept
from rundblick.cases.models import Case, Message, MessageContent
from rundblick.cases.work import WorkError, resolve
from rundblick.core.blobs import keep_blobs, read_blob
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.ids import uuid7
from rundblick.core.installation import installation
from rundblick.core.letters import Letter, Quote, Recipient, Sender, Sent
from rundblick.core.message import Attachment
from rundblick.core.registry import Cursor, senders
from rundblick.core.signed import reply_tag, side_place
from rundblick.customers.reaching import Trouble, not_reached
from rundblick.intake.models import Outgoing, OutgoingAttempt, OutgoingContent, OutgoingOriginal
from rundblick.intake.outbox import GIVEN_UP_AFTER, next_pause
from rundblick.intake.sidetalking import references, talk_of

log = structlog.get_logger("rundblick.outbox")

LEASE_SECONDS: Final = 300  # longer than one letter can take: every sender has its own limits
PORTION: Final = 20
_TOLD_AT_MOST: Final = 1000
_REFERENCES_FROM: Final = 40  # messages of the conversation that are looked at for references

_TAKE: Final = """
UPDATE intake_outgoing o SET state = 'sending', lease = %(lease)s, attempts = o.attempts + 1,
       leased_until = %(now)s + make_interval(secs => %(seconds)s)
FROM (
    SELECT id FROM intake_outgoing
    WHERE state IN ('waiting', 'failed', 'sending') AND due_at <= %(now)s
      AND (state <> 'sending' OR leased_until < %(now)s)
    ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
) d WHERE o.id = d.id RETURNING o.id, o.message_id
"""
# what was to leave later rests when a person wrote before, however late its case was joined with another
_HOLD: Final = """
UPDATE intake_outgoing o SET state = 'held'
FROM cases_message m
WHERE o.state = 'waiting' AND o.scheduled AND m.id = o.message_id AND EXISTS (
    SELECT FROM cases_message n WHERE n.case_id = m.case_id AND n.direction = 'in' AND n.sender = 'human'
      AND NOT n.superseded AND n.id > coalesce(o.seen_up_to, o.message_id)
) RETURNING o.message_id
"""
_STILL_MINE: Final = """
UPDATE intake_outgoing SET leased_until = now() + make_interval(secs => %s)
WHERE id = %s AND lease = %s AND state = 'sending' RETURNING id
"""


class OutSweep:
    """The worker's sweep; keeps each channel's sender, and its connections while there is something to send."""

    def __init__(self, paths: Mapping[str, str] | None = None) -> None:
        self._paths = senders if paths is None else paths
        self._senders: dict[str, Sender] = {}

    def __call__(self) -> int:
        """Send one portion; says how many letters it took in hand."""
        done = work_once(self._sender)
        if not done:
            self.close()
        return done

    def _sender(self, channel: str) -> Sender | None:
        if channel not in self._senders and channel in self._paths:
            module, _, name = self._paths[channel].partition(":")
            self._senders[channel] = getattr(import_module(module), name)()
        return self._senders.get(channel)

    def close(self) -> None:
        """Leave the servers."""
        for sender in self._senders.values():
            sender.close()


def work_once(
    sender_of: Callable[[str], Sender | None], most: int = PORTION, clock: Callable[[], datetime] | None = None
) -> int:
    """Take what is due, at most ``most`` letters, and try to send each once. Gives how many were taken."""
    now = clock or (lambda: datetime.now(UTC))
    lease = uuid7()
    taken = _take(lease, most, now())
    for outgoing in taken:
        with transaction.atomic(), cursor() as cur:
            cur.execute(_STILL_MINE, (LEASE_SECONDS, outgoing, lease))
            if cur.fetchone() is None:  # it took too long: another worker has it, or somebody gave it up
                continue
            letter = load(cur, outgoing)
            if letter is not None:
                letter = _kept(cur, outgoing, sender_of, letter)
        sent = _send(sender_of, letter) if letter is not None else Sent(fault="erased", permanent=True)
        with transaction.atomic(), cursor() as cur:
            _settle(cur, outgoing, lease, sent, now())
    return len(taken)


def _take(lease: UUID, most: int, now: datetime) -> list[int]:
    with transaction.atomic(), cursor() as cur:
        cur.execute(_HOLD)
        for (message,) in sorted(cur.fetchall()):
            dispatched(cur, message, Dispatch.HELD, now)
        cur.execute(_TAKE, {"lease": lease, "now": now, "seconds": LEASE_SECONDS, "most": most})
        rows = cur.fetchall()
        for _outgoing, message in sorted(rows):
            dispatched(cur, message, Dispatch.SENDING, now)
    return sorted(outgoing for outgoing, _message in rows)


def _send(sender_of: Callable[[str], Sender | None], letter: tuple[str, Letter]) -> Sent:
    channel, told = letter
    sender = sender_of(channel)
    if sender is None:
        return Sent(fault="no_sender", permanent=True)
    try:
        return sender.send(told)
    except Exception as error:  # a sender's own mistake must not hold up the others' letters
        log.exception("sending failed", letter=str(told.id), error=repr(error))
        return Sent(fault="failed", told=type(error).__name__)


def _kept(
    cur: Cursor, outgoing: int, sender_of: Callable[[str], Sender | None], letter: tuple[str, Letter]
) -> tuple[str, Letter]:
    """The letter with the bytes that leave: those of an earlier attempt, else as it is written now, kept first."""
    channel, told = letter
    sender = sender_of(channel)
    if told.raw or sender is None:
        return letter
    try:
        raw = sender.write(told)
    except Exception as error:  # sending says what is wrong with it
        log.exception("letter not written", letter=str(told.id), error=repr(error))
        return letter
    if raw:
        (blob,) = keep_blobs(cur, [raw])
        Outgoing.objects.filter(pk=outgoing).update(blob=blob)
        OutgoingOriginal.objects.create(outgoing_id=outgoing, blob_id=blob)
    return channel, replace(told, raw=raw)


# --- the letter ------------------------------------------------------------------------------------------------------


def load(cur: Cursor, outgoing: int) -> tuple[str, Letter] | None:
    """(channel, letter) of a row of the outbox; None when what it carried was erased."""
    row = Outgoing.objects.select_related("content").get(pk=outgoing)
    message = Message.objects.select_related("content", "case").get(pk=row.message_id)
    recipients = tuple(Recipient(one["address"], one["name"], one["part"]) for one in row.content.recipients)
    if not recipients or message.case is None:
        return None
    raw = read_blob(cur, row.blob_id) if row.blob_id is not None else None
    talk = talk_of(message.pk)
    return row.channel, Letter(
        id=row.uuid,
        source=row.source_id,
        key=row.content.key,
        at=message.at,
        recipients=recipients,
        still=tuple(one["address"] for one in row.content.recipients if not one.get("state")),
        subject=message.content.subject,
        text=message.content.text,
        language=message.language,
        quote=None if row.automatic else _quote(row.answers_id),
        reply_tag=reply_tag(message.case.number if talk is None else side_place(talk.pk)),
        references=_references(cur, message, row.answers_id) if talk is None else references(cur, message.pk),
        attachments=() if raw else tuple(_files(cur, message)),
        automatic=row.automatic,
        raw=raw or b"",
    )


def _quote(answers: int | None) -> Quote | None:
    if answers is None:
        return None
    found = MessageContent.objects.filter(message_id=answers).select_related("message").first()
    if found is None or not found.text:
        return None
    return Quote(found.author or found.address, found.message.at, found.text)


def _references(cur: Cursor, message: Message, answers: int | None) -> tuple[str, ...]:
    """Keys of the conversation, oldest first, the answered one last.

    They stand in the originals (what came in) and in the outbox (what went out); the database's own thread keys are
    digests, from which no key comes back.
    """
    cur.execute(
        "SELECT m.id, coalesce(oc.key, mc.key, '') FROM cases_message m "
        "LEFT JOIN intake_outgoing o ON o.message_id = m.id "
        "LEFT JOIN intake_outgoingcontent oc ON oc.outgoing_id = o.id "
        "LEFT JOIN cases_messagecontent mc ON mc.message_id = m.id "
        "WHERE m.case_id = %s AND m.id <> %s AND m.channel = %s AND m.direction <> 'note' AND NOT m.superseded "
        "AND (m.at, m.id) < (%s, %s) ORDER BY m.at DESC, m.id DESC LIMIT %s",
        (message.case_id, message.pk, message.channel, message.at, message.pk, _REFERENCES_FROM),
    )
    found = [(row, key) for row, key in reversed(cur.fetchall()) if key]
    last = [key for row, key in found if row == answers]
    return (*(key for row, key in found if row != answers), *last)


def _files(cur: Cursor, message: Message) -> list[Attachment]:
    found = []
    for one in Kept.objects.filter(message=message).select_related("content").order_by("position"):
        data = read_blob(cur, one.blob_id)
        if data is not None:
            found.append(Attachment(one.content.name, one.media_type, data))
    return found


# --- what came of it -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: str
    dispatch: Dispatch
    fault: str
    due_at: datetime


def _settle(cur: Cursor, outgoing: int, lease: UUID, sent: Sent, now: datetime) -> None:
    """Write down one attempt: whom the server took, whom it refused, and what happens next."""
    row = Outgoing.objects.select_for_update().get(pk=outgoing)
    if row.lease != lease or row.state != Outgoing.State.SENDING:
        return  # somebody else has it by now; at least once means that it may leave twice, under one key
    content = OutgoingContent.objects.select_for_update().get(pk=outgoing)
    told = {refused.address: refused for refused in sent.refused}
    for one in content.recipients:
        if one["address"] in sent.taken:
            one["state"] = "taken"
            one.pop("told", None)
        elif refused := told.get(one["address"]):
            one["told"] = refused.told[:_TOLD_AT_MOST]
            if refused.permanent:
                one["state"] = "refused"
    outcome = _outcome(row, content.recipients, sent, now)
    content.told = (sent.told or next((r.told for r in sent.refused), ""))[:_TOLD_AT_MOST]
    content.save(update_fields=["recipients", "told"])
    row.state, row.fault, row.due_at, row.lease, row.leased_until = (
        outcome.state,
        outcome.fault,
        outcome.due_at,
        None,
        None,
    )
    row.ended_at = now if outcome.state in (Outgoing.State.SENT, Outgoing.State.DEAD) else None
    row.save(update_fields=["state", "fault", "due_at", "lease", "leased_until", "ended_at"])
    OutgoingAttempt.objects.create(
        outgoing=row, outcome=outcome.state, fault=outcome.fault, taken=len(sent.taken), refused=len(sent.refused)
    )
    dispatched(cur, row.message_id, outcome.dispatch, now)
    if outcome.dispatch == Dispatch.SENT and row.then == "resolve":
        _resolve(row)
    not_reached(
        cur,
        [Trouble(refused.address, now, hard=True) for refused in sent.refused if refused.permanent],
        Digests(bytes(installation().salt)),
    )
    if outcome.state != Outgoing.State.SENT:
        log.warning("letter not sent", letter=str(row.uuid), state=outcome.state, fault=outcome.fault)


def _resolve(row: Outgoing) -> None:
    """Its writer wanted the case resolved with it; unless something came meanwhile, or it is resolved already."""
    message = Message.objects.select_related("case", "person").get(pk=row.message_id)
    seen = row.seen_up_to or message.pk
    came = Message.objects.filter(case=message.case, direction="in", sender="human", superseded=False, pk__gt=seen)
    if message.case is not None and message.person is not None and not came.exists():
        with suppress(WorkError), transaction.atomic():
            resolve(message.case, by=message.person)


def _outcome(row: Outgoing, recipients: list[dict[str, Any]], sent: Sent, now: datetime) -> _Outcome:
    """Sent when a server answers for everybody who can be reached; dead when nobody can, or after two days."""
    still = [one for one in recipients if not one.get("state")]
    taken = [one for one in recipients if one.get("state") == "taken"]
    main_taken = any(one["part"] == "to" for one in taken)
    permanent = sent.permanent or not still
    fault = sent.fault or ("refused" if sent.refused else "")
    if not still and main_taken:
        return _Outcome(Outgoing.State.SENT, Dispatch.SENT, fault, row.due_at)
    if permanent or now - row.first_due_at >= GIVEN_UP_AFTER:
        if main_taken:  # others of a letter that arrived are tried no more; each shows what his server said
            return _Outcome(Outgoing.State.SENT, Dispatch.SENT, fault, row.due_at)
        return _Outcome(Outgoing.State.DEAD, Dispatch.DEAD, fault, row.due_at)
    due = now + next_pause(row.attempts)
    # the customer has it: what is still tried concerns others, and is no reason to call the answer late
    dispatch = Dispatch.SENT if main_taken else Dispatch.FAILED
    return _Outcome(Outgoing.State.FAILED, dispatch, fault, min(due, row.first_due_at + GIVEN_UP_AFTER))


def due_soon(now: datetime, within: timedelta = timedelta(minutes=1)) -> int:
    """How many letters are due by then: for whoever watches the outbox."""
    return Outgoing.objects.filter(state__in=("waiting", "failed"), due_at__lte=now + within).count()


def case_of(outgoing: Outgoing) -> Case | None:
    """The case that a letter belongs to."""
    return Message.objects.select_related("case").get(pk=outgoing.message_id).case
