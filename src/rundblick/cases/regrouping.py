"""Which messages are one concern, as people decide it: cases joined, messages moved, each taken back as one.

    join(case, into, by)              the whole case goes on under the number of another
    gather(cases, into, by)           several of them at once
    split(messages, into, by)         some messages of a case go to another or to a new one
    move(message, into, by)           one message, or it and all that follows, goes to another case or to a new one
    part(message, by)                 it is another concern: it and the replies to it get a case of their own
    undo(regrouping, by)              back to where everything stood

A message takes its clocks along, since both cases are folded from what they hold then. Cases that a person took apart
stay apart (``KeptApart``): a reply that names messages of both goes to the one that it names first, instead of making
one case of them again. Each deed is one transaction under the lock of all that comes in and of both cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from rundblick.cases.deeds import LONGEST, locked_case
from rundblick.cases.drafts import drafts_follow
from rundblick.cases.folding import fold
from rundblick.cases.models import (
    OPEN_STATES,
    Attachment,
    Case,
    CaseContent,
    CaseEntry,
    Commitment,
    Draft,
    EntryContent,
    KeptApart,
    Message,
    Participant,
    RegroupedRow,
    Regrouping,
    SideTalk,
)
from rundblick.cases.ownership import offer_again, one_offer_each
from rundblick.cases.routing.following import follow_rules
from rundblick.cases.sidetalks import not_aside, stay_with_their_talk
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor, draw_ids
from rundblick.core.ids import uuid7
from rundblick.core.locks import lock_all
from rundblick.core.models import Event, EventObject
from rundblick.core.numbers import case_number
from rundblick.core.registry import Cursor
from rundblick.people.models import Person

JOINED: Final = "case.joined"
MOVED: Final = "case.messages_moved"
UNDONE: Final = "case.regrouping_undone"


class RegroupingError(ValueError):
    """The deed cannot be done; ``code`` says why.

    same         source and target are one case already
    everything   nothing would stay: join the cases instead
    elsewhere    the message stands in another case meanwhile
    taken_back   it was taken back before
    later        a later deed stands on it: take that back first
    nothing      no message was chosen
    aside        what is said in a side talk stays with it
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def join(
    case: Case, into: Case, by: Person | None, reason: str = "", at: datetime | None = None, why: str = ""
) -> Regrouping:
    """Everything of ``case`` goes on in ``into``; the other number leads there from now on. Raises RegroupingError.

    ``by`` None: nobody's deed, for a reason of which ``why`` is the code.
    """
    now = at or datetime.now(UTC)
    with _nothing_comes_in() as cur:
        source, target = _locked_pair(case, into)
        said = {} if source.state in OPEN_STATES or target.state not in OPEN_STATES else {"state": "open"}
        event = _event(JOINED, now, by, source, target)
        deed = _deed(Regrouping.JOIN, event, source, target, why=why)
        messages = list(Message.objects.filter(case=source).values_list("id", flat=True))
        entries = list(CaseEntry.objects.filter(case=source).values_list("id", flat=True))
        records = _take_part(target, source.participants.values_list("record_id", flat=True))
        source.participants.all().delete()
        leading = list(Case.objects.filter(merged_into=source).values_list("id", flat=True))
        _take(deed, message=messages, entry=entries, participant=records, case=leading)
        _place(cur, messages, entries, target)
        KeptApart.objects.filter(_of_pair(source, target), standing=True).update(standing=False)
        Case.objects.filter(pk__in=[source.pk, *leading]).update(merged_into=target)
        _take(deed, draft=[left for left, _ in drafts_follow(cur, [(source.pk, target.pk)])])
        # nobody's deed leaves the owner to the rules, as if all had come into one case
        keeps = by is not None or CaseEntry.objects.filter(pk__in=entries).exclude(person=None, team=None).exists()
        _tell(event, target, by, reason, owner=target if keeps else None, **said)
        one_offer_each([target], by, now)
        _done(cur, target)
    return deed


def move(
    message: Message,
    into: Case | None,
    by: Person,
    reason: str = "",
    *,
    following: bool = False,
    replies: bool = False,
    also: Sequence[Message] = (),
    at: datetime | None = None,
) -> Regrouping:
    """A message, or it and all that ``following`` it in its case, goes to ``into``, or to a new case of the same owner.

    ``replies``: what names it and nothing that stays goes along; ``also``: these go with it. Raises RegroupingError.
    """
    now = at or datetime.now(UTC)
    with _nothing_comes_in() as cur:
        assert message.case_id is not None
        first = Case.objects.get(pk=message.case_id)
        if into is None:
            source, target = locked_case(first), None
        else:
            source, target = _locked_pair(first, into)
        message.refresh_from_db(fields=["case"])
        if message.case_id != source.pk:
            raise RegroupingError("elsewhere")
        wanted = _with_versions(message, source, following)
        for other in also:
            other.refresh_from_db(fields=["case"])
            if other.case_id != source.pk:
                raise RegroupingError("elsewhere")
            wanted = sorted({*wanted, *_with_versions(other, source, False)})
        if not wanted:
            raise RegroupingError("aside")
        if replies:
            wanted = _with_replies(cur, wanted, source)
        if not Message.objects.filter(not_aside(), case=source, superseded=False).exclude(pk__in=wanted).exists():
            raise RegroupingError("everything")
        opened = target is None
        if target is None:
            target = _opened(cur, source, message)
        event = _event(MOVED, now, by, source, target, messages=wanted)
        deed = _deed(Regrouping.MOVE, event, source, target, opened=opened)
        senders = Message.objects.filter(pk__in=wanted, record__isnull=False).values_list("record_id", flat=True)
        _take(deed, message=wanted, participant=_take_part(target, senders))
        _place(cur, wanted, [], target)
        _keep_apart(deed)
        _tell(event, target, by, reason, owner=source if opened else None)
        _tell(event, source, by, reason)
        _done(cur, source, target)
    return deed


def split(
    messages: Sequence[Message], into: Case | None, by: Person, reason: str = "", at: datetime | None = None
) -> Regrouping:
    """Several messages of one case go to another, or to a new one, as one deed. Raises RegroupingError."""
    if not messages:
        raise RegroupingError("nothing")
    in_order = sorted(messages, key=lambda one: (one.at, one.seq, one.pk))
    return move(in_order[0], into, by, reason, also=in_order[1:], at=at)


def gather(cases: Sequence[Case], into: Case, by: Person, reason: str = "") -> list[Regrouping]:
    """All of these go on in ``into``, or none; each is a deed of its own and can be taken back alone, the last first.

    Raises RegroupingError.
    """
    if not cases:
        raise RegroupingError("nothing")
    with transaction.atomic():
        return [join(case, into, by, reason) for case in cases]


@dataclass(frozen=True, slots=True)
class Along:
    """What a join takes along: shown before it is done."""

    messages: int
    files: int
    side_talks: int
    promises: int
    drafts: int  # 2: something is being written in both, and both stay


def goes_along(case: Case, into: Case) -> Along:
    """What would come from ``case`` into the other."""
    said = Message.objects.filter(case=case, superseded=False)
    return Along(
        messages=said.count(),
        files=Attachment.objects.filter(message__case=case, message__superseded=False).count(),
        side_talks=SideTalk.objects.filter(Q(case=case) | Q(case__merged_into=case)).count(),
        promises=Commitment.objects.filter(Q(case=case) | Q(case__merged_into=case), state=Commitment.OPEN).count(),
        drafts=Draft.objects.filter(case__in=[case, into]).exclude(text="").count()
        if Draft.objects.filter(case=case).exclude(text="").exists()
        else 0,
    )


def part(message: Message, by: Person, reason: str = "", at: datetime | None = None) -> Regrouping:
    """It is another concern than the rest of its case: it gets a case of its own, and the replies to it go along.

    The two are not joined or proposed again until this is undone. Raises RegroupingError.
    """
    return move(message, None, by, reason, replies=True, at=at)


def undo(deed: Regrouping, by: Person, at: datetime | None = None) -> Regrouping:
    """Take a join or a move back, and with it what came since by a reply to what goes back. Raises RegroupingError."""
    now = at or datetime.now(UTC)
    with _nothing_comes_in() as cur:
        deed = Regrouping.objects.select_for_update().get(pk=deed.pk)
        if not deed.standing or deed.kind == Regrouping.UNDO:
            raise RegroupingError("taken_back")
        later = Regrouping.objects.filter(standing=True, pk__gt=deed.pk).exclude(kind=Regrouping.UNDO)
        if later.filter(source_id__in=[deed.source_id, deed.target_id]).exists():
            raise RegroupingError("later")
        cases = Case.objects.select_for_update().filter(pk__in=[deed.source_id, deed.target_id]).order_by("pk")
        found = {case.pk: case for case in cases}
        source, target = found[deed.source_id], found[deed.target_id]
        if target.merged_into_id is not None or (deed.kind == Regrouping.MOVE and source.merged_into_id is not None):
            raise RegroupingError("later")
        rows = _rows_of(deed)
        if deed.kind == Regrouping.MOVE and deed.opened:  # nothing of the new case is left over
            messages = list(Message.objects.filter(case=target).values_list("id", flat=True))
            entries = list(CaseEntry.objects.filter(case=target).values_list("id", flat=True))
        else:
            entries = rows["entry"]
            messages = sorted({*rows["message"], *_answers_to(cur, deed, rows["message"])})
        event = _event(UNDONE, now, by, source, target, messages=messages)
        back = _deed(Regrouping.UNDO, event, target, source, undoes=deed)
        _take(back, message=messages, entry=entries)
        if deed.kind == Regrouping.JOIN:
            Case.objects.filter(pk=source.pk).update(merged_into=None)
            Case.objects.filter(pk__in=rows["case"]).update(merged_into=source)
            if rows["draft"] and not _answered_since(deed):
                drafts_follow(cur, [(target.pk, source.pk)])
        _place(cur, messages, entries, source)
        _leave(target, rows["participant"])
        senders = Message.objects.filter(pk__in=messages, record__isnull=False).values_list("record_id", flat=True)
        _take_part(source, senders)
        stay_with_their_talk(cur, [source.pk, target.pk])
        KeptApart.objects.filter(regrouping=deed).update(standing=False)
        Regrouping.objects.filter(pk=deed.pk).update(standing=False)
        if deed.opened:
            target.participants.all().delete()
            Case.objects.filter(pk=target.pk).update(merged_into=source)
            Case.objects.filter(merged_into=target).update(merged_into=source)
            stay_with_their_talk(cur, [target.pk])
            drafts_follow(cur, [(target.pk, source.pk)])
        else:
            if deed.kind == Regrouping.JOIN:
                _keep_apart(back)
            _tell(event, target, by)
        _tell(event, source, by)
        _done(cur, source, *(() if deed.opened else (target,)))
        offer_again(entries, deed.event.occurred_at)
        one_offer_each([source], by, now)
    return back


# -- the pieces of a deed --------------------------------------------------------------------------------------------


@contextmanager
def _nothing_comes_in() -> Iterator[Cursor]:
    """One transaction for which the road waits: it looks where a reply belongs and writes it there, and in between
    that case may not go on in another one."""
    with transaction.atomic(), cursor() as cur:
        lock_all(cur)
        yield cur


def _locked_pair(one: Case, other: Case) -> tuple[Case, Case]:
    """Both, locked in the order of their ids so that two people who act at once wait instead of blocking each other."""
    for pk in sorted({one.pk, other.pk}):
        Case.objects.select_for_update().get(pk=pk)
    a, b = locked_case(one), locked_case(other)
    if a.pk == b.pk:
        raise RegroupingError("same")
    return a, b


def _with_versions(message: Message, case: Case, following: bool) -> list[int]:
    """The message with all its versions; with ``following`` also what stands behind it in the timeline."""
    chosen = Message.objects.filter(not_aside(), case=case)
    if not following:
        return sorted(chosen.filter(identity=message.identity).values_list("id", flat=True))
    place = (message.at, message.seq, message.pk)
    later = {
        bytes(identity)
        for pk, at, seq, identity in chosen.filter(at__gte=message.at).values_list("id", "at", "seq", "identity")
        if (at, seq, pk) >= place
    }
    return sorted(chosen.filter(identity__in=[*later, message.identity]).values_list("id", flat=True))


def _with_replies(cur: Cursor, moved: Sequence[int], case: Case) -> list[int]:
    """And what names one of them in turn, but nothing else that stands in the case."""
    cur.execute(
        "SELECT k.message_id, k.digest, k.own FROM cases_threadkey k JOIN cases_message m ON m.id = k.message_id "
        "WHERE m.case_id = %s",
        (case.pk,),
    )
    owner: dict[bytes, int] = {}
    named: dict[int, set[bytes]] = {}
    for pk, digest, own in cur.fetchall():
        if own:
            owner[bytes(digest)] = pk
        else:
            named.setdefault(pk, set()).add(bytes(digest))
    going = set(moved)
    while more := {
        pk
        for pk, keys in named.items()
        if pk not in going and (to := {owner[key] for key in keys if key in owner}) and to <= going
    }:
        going |= more
    identities = Message.objects.filter(pk__in=going).values_list("identity", flat=True)
    return sorted(Message.objects.filter(case=case, identity__in=[*identities]).values_list("id", flat=True))


def _opened(cur: Cursor, source: Case, message: Message) -> Case:
    """A new case for what is moved out of ``source``."""
    pk = draw_ids(cur, {"cases_case": 1})["cases_case"][0]
    case = Case.objects.create(
        pk=pk,
        number=case_number(pk),
        state="new",
        owner_person_id=source.owner_person_id,
        owner_team_id=source.owner_team_id,
        last_at=message.at,
    )
    CaseContent.objects.create(case=case, record_id=message.record_id)
    return case


def _event(
    kind: str, at: datetime, by: Person | None, source: Case, target: Case, messages: Sequence[int] = ()
) -> Event:
    actor = {"actor_type": "machine"} if by is None else {"actor_type": "person", "actor_id": by.pk}
    event = Event.objects.create(kind=kind, occurred_at=at, data={"from": source.pk, "to": target.pk}, **actor)
    about = [("case", source.pk), ("case", target.pk), *(("message", pk) for pk in messages)]
    if by is not None:
        about.append(("person", by.pk))
    EventObject.objects.bulk_create(EventObject(event=event, type=type_, object_id=pk) for type_, pk in about)
    return event


def _tell(
    event: Event, case: Case, by: Person | None, reason: str = "", owner: Case | None = None, state: str = ""
) -> None:
    """The deed's line in a case's log. ``owner``: the case whose owner this one has from now on."""
    key = uuid7().bytes
    entry = CaseEntry.objects.create(
        identity=key,
        content_digest=key,
        event=event,
        case=case,
        at=event.occurred_at,
        updated_by=by,
        state=state,
        person_id=owner.owner_person_id if owner else None,
        team_id=owner.owner_team_id if owner else None,
    )
    reason = reason.replace("\x00", "").strip()[:LONGEST]
    if reason:
        EntryContent.objects.create(entry=entry, record_id=case.concerned_id, text=reason)


def _deed(kind: str, event: Event, source: Case, target: Case, **said: Any) -> Regrouping:
    newest = Message.objects.filter(case=target).order_by("-id").values_list("id", flat=True).first() or 0
    return Regrouping.objects.create(kind=kind, event=event, source=source, target=target, newest=newest, **said)


def _take(deed: Regrouping, **rows: Iterable[int]) -> None:
    RegroupedRow.objects.bulk_create(
        RegroupedRow(regrouping=deed, kind=kind, row_id=pk) for kind, taken in rows.items() for pk in taken
    )


def _rows_of(deed: Regrouping) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {"message": [], "entry": [], "participant": [], "case": [], "draft": []}
    for kind, pk in RegroupedRow.objects.filter(regrouping=deed).values_list("kind", "row_id"):
        found[kind].append(pk)
    return found


def _place(cur: Cursor, messages: Sequence[int], entries: Sequence[int], case: Case) -> None:
    cur.execute("UPDATE cases_message SET case_id = %s WHERE id = ANY(%s)", (case.pk, list(messages)))
    cur.execute("UPDATE cases_caseentry SET case_id = %s WHERE id = ANY(%s)", (case.pk, list(entries)))
    cur.execute("UPDATE cases_mention SET case_id = %s WHERE message_id = ANY(%s)", (case.pk, list(messages)))


def _take_part(case: Case, records: Iterable[int]) -> list[int]:
    """These records take part in the case; returns those that did not before."""
    known = set(case.participants.values_list("record_id", flat=True))
    new = sorted(set(records) - known)
    Participant.objects.bulk_create(Participant(case=case, record_id=record, part="copied") for record in new)
    return new


def _leave(case: Case, records: Sequence[int]) -> None:
    """These records take part no more, where nothing of them is left in the case."""
    still = Message.objects.filter(case=case, record_id__in=records).values_list("record_id", flat=True)
    case.participants.filter(record_id__in=set(records) - set(still)).delete()


# Replies that came since, and name what goes back, but nothing that stood in the case before.
_ANSWERS = """
WITH RECURSIVE back (id) AS (
    SELECT unnest(%(moved)s::bigint[])
    UNION
    SELECT reply.id FROM back
    JOIN cases_threadkey mine ON mine.message_id = back.id AND mine.own
    JOIN cases_threadkey named ON named.digest = mine.digest AND NOT named.own
    JOIN cases_message reply ON reply.id = named.message_id AND reply.case_id = %(case)s AND reply.id > %(newest)s
    WHERE NOT EXISTS (
        SELECT FROM cases_threadkey other
        JOIN cases_threadkey theirs ON theirs.digest = other.digest AND theirs.own
        JOIN cases_message staying ON staying.id = theirs.message_id AND staying.case_id = %(case)s
        WHERE other.message_id = reply.id AND NOT other.own AND staying.id <= %(newest)s
          AND staying.id <> ALL(%(moved)s)
    )
)
SELECT id FROM back WHERE id <> ALL(%(moved)s)
"""


def _answers_to(cur: Cursor, deed: Regrouping, moved: Sequence[int]) -> list[int]:
    cur.execute(_ANSWERS, {"moved": list(moved), "case": deed.target_id, "newest": deed.newest})
    return [pk for (pk,) in cur.fetchall()]


def _answered_since(deed: Regrouping) -> bool:
    """Somebody sent an answer there: what is being written now is another one."""
    since = Message.objects.filter(case_id=deed.target_id, pk__gt=deed.newest, direction="out", person__isnull=False)
    return since.exclude(pk__in=RegroupedRow.objects.filter(regrouping=deed, kind="message").values("row_id")).exists()


def _of_pair(one: Case, other: Case) -> Q:
    a, b = sorted((one.pk, other.pk))
    return Q(a_id=a, b_id=b)


def _keep_apart(deed: Regrouping) -> None:
    a, b = sorted((deed.source_id, deed.target_id))
    KeptApart.objects.get_or_create(a_id=a, b_id=b, standing=True, defaults={"regrouping": deed})


def _done(cur: Cursor, *cases: Case) -> None:
    ids = [case.pk for case in cases]
    fold(cur, ids)
    follow_rules(cur, ids)
    announce_cases(cur, ids)
