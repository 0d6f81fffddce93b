"""Mails of side talks on the road: what answers one comes into it, and not into the customer's thread.

A mail that names a key of a side talk is turned aside before anybody is identified and before it finds a case: it
becomes a note of its case with a place in the talk. Only when the customer himself answers such a mail (somebody gave
it on to him) it stays his message, in his case, with a remark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from rundblick.cases.answering import Dispatch, dispatched
from rundblick.cases.models import Case, Mention, Message, SideMessage, SideTalk
from rundblick.cases.sidetalks import IN, OUT, concerned, of_the_customer, tell
from rundblick.cases.threading import Placing
from rundblick.core.database import insert_rows
from rundblick.core.digests import Digests
from rundblick.core.foreseeing import Question
from rundblick.core.message import Direction, Moment, Sender, Thread, What
from rundblick.core.models import Event, EventObject
from rundblick.core.registry import Cursor
from rundblick.core.signed import MARK
from rundblick.customers.reaching import Trouble, not_reached
from rundblick.intake.pieces import Aside, Piece

FIND_ASIDE: Final = Question("SELECT digest, talk_id FROM cases_sidekey WHERE digest = ANY(%b)", "bytea bigint")
REMARK: Final = "side-talk"  # the customer answered a mail of a side talk
_BOUNCES: Final = (Sender.BOUNCE_HARD, Sender.BOUNCE_SOFT)
_RETURNED: Final = """
SELECT k.digest, k.message_id FROM cases_sidekey k JOIN intake_outgoing o ON o.message_id = k.message_id
WHERE k.digest = ANY(%s)
"""


def turn_aside(cur: Cursor, pieces: Sequence[Piece], digests: Digests) -> None:
    """Turn aside what names a side talk; in a batch also what only names another of its mails."""
    asked = [piece for piece in pieces if piece.reading.what == What.MESSAGE and piece.reading.thread.parents]
    if not asked:
        return
    keys = {id(piece): [digests.thread(key) for key in piece.reading.thread.parents] for piece in asked}
    cur.execute(FIND_ASIDE, (sorted({digest for named in keys.values() for digest in named}),))
    talk_of: dict[bytes, int] = {bytes(digest): talk for digest, talk in cur.fetchall()}
    if not talk_of:
        return
    found: dict[int, list[Piece]] = defaultdict(list)
    left = [piece for piece in asked if not piece.known]
    while left:
        more = {id(p): talk_of[key] for p in left for key in reversed(keys[id(p)]) if key in talk_of}
        if not more:
            break
        for piece in left:
            if id(piece) in more:
                found[more[id(piece)]].append(piece)
                talk_of |= {digests.thread(key): more[id(piece)] for key in piece.reading.thread.own}
        left = [piece for piece in left if id(piece) not in more]
    talks = SideTalk.objects.filter(pk__in=found).select_related("content").in_bulk()
    for pk, members in found.items():
        if pk in talks:
            _turn(talks[pk], members)


def _turn(talk: SideTalk, pieces: Sequence[Piece]) -> None:
    case = Case.objects.get(pk=talk.case_id)
    while case.merged_into_id is not None:
        case = Case.objects.get(pk=case.merged_into_id)
    senders = {id(piece): _address(piece) for piece in pieces}
    customers = of_the_customer(case, [one for one in senders.values() if one])
    known = {str(one["address"]).lower() for one in talk.content.recipients or []}
    for piece in pieces:
        reading = piece.whole = piece.reading
        address = senders[id(piece)]
        if reading.direction == Direction.IN and address in customers and reading.sender not in _BOUNCES:
            own = Thread(reading.thread.own)  # what it names is no customer's
            piece.placing = Placing(known_case=case.pk)
            piece.reading = msgspec.structs.replace(reading, thread=own, remarks=(*reading.remarks, REMARK))
            continue
        out = reading.direction == Direction.OUT
        foreign = not out and reading.sender not in _BOUNCES and address not in known
        author = reading.party.facts.get("name", "") if reading.party and not out else ""
        piece.aside = Aside(
            talk.pk, case.pk, case.concerned_id, OUT if out else IN, author, "" if out else address, foreign
        )
        piece.placing = Placing(known_case=case.pk)
        piece.reading = msgspec.structs.replace(
            reading,
            at=_told_at(piece, talk),
            direction=Direction.NOTE,
            party=None,
            copied=(),
            case_key="",
            topic="",
            order=None,
            asks_for=None,
        )


def _told_at(piece: Piece, talk: SideTalk) -> Moment:
    """When it was written, but not before the talk began nor after it reached us.

    A case begins with its first message: the wrong clock of a supplier must not put the customer's clocks back.
    """
    latest = max(piece.received_at, talk.opened_at)
    return Moment(min(max(piece.at, talk.opened_at), latest))


def _address(piece: Piece) -> str:
    party = piece.reading.party
    return party.key.lower() if party is not None and party.system == "email" else ""


def write_asides(cur: Cursor, pieces: Sequence[Piece], digests: Digests) -> None:
    """Their place in the talk, their keys, and who is to look; a talk that was closed is open again."""
    mine = [piece for piece in pieces if piece.aside is not None and piece.row_id is not None]
    if not mine:
        return
    insert_rows(
        cur,
        "cases_sidemessage",
        ("message_id", "talk_id", "way", "other_address"),
        [(p.row_id, p.aside.talk, p.aside.way, p.aside.foreign) for p in mine if p.aside is not None],
    )
    rows = {
        (digests.thread(key), piece.aside.talk): piece.row_id
        for piece in mine
        if piece.aside is not None
        for key in piece.reading.thread.own
    }
    insert_rows(
        cur,
        "cases_sidekey",
        ("digest", "talk_id", "message_id"),
        [(digest, talk, row) for (digest, talk), row in rows.items()],
        "ON CONFLICT DO NOTHING",
    )
    came_back = _bounced(cur, mine, digests)
    for piece in mine:
        _hear(piece, came_back)


def _hear(piece: Piece, came_back: set[int]) -> None:
    """What a mail does to its talk: a person's answer gives us the ball, a report that it came back as well."""
    aside = piece.aside
    assert aside is not None
    talk = SideTalk.objects.select_for_update().get(pk=aside.talk)
    sender = piece.reading.sender
    talk.last_at = max(talk.last_at, piece.at)
    if sender == Sender.HUMAN and aside.way == OUT:
        talk.waits_since = piece.at
    elif sender == Sender.HUMAN or (sender == Sender.BOUNCE_HARD and aside.talk in came_back):
        talk.state, talk.closed_at, talk.closed_by = SideTalk.OPEN, None, None
        talk.waits_since, talk.remind_at = None, None
        case = Case.objects.get(pk=aside.case)
        message = Message(pk=piece.row_id, case_id=aside.case)
        tell(talk, message, concerned(talk, case), Mention.REPLY, None, piece.received_at)
    talk.save(update_fields=["last_at", "state", "closed_at", "closed_by", "waits_since", "remind_at"])
    event = Event.objects.create(kind="side_talk.heard", occurred_at=piece.at, actor_type="machine")
    about = [("case", aside.case), ("message", piece.row_id), ("side_talk", aside.talk)]
    EventObject.objects.bulk_create(
        EventObject(event=event, type=type_, object_id=pk) for type_, pk in about if pk is not None
    )


def _bounced(cur: Cursor, pieces: Sequence[Piece], digests: Digests) -> set[int]:
    """Mails of ours that these pieces report as undeliverable are marked so; gives their talks."""
    keys = {
        digests.thread(key): piece
        for piece in pieces
        if piece.reading.sender in _BOUNCES
        for key in piece.reading.thread.parents
        if key.startswith(f"mid:{MARK}")
    }
    if not keys:
        return set()
    cur.execute(_RETURNED, (list(keys),))
    talks, troubles = set(), []
    for digest, message in cur.fetchall():
        piece = keys[bytes(digest)]
        assert piece.aside is not None
        hard = piece.reading.sender == Sender.BOUNCE_HARD
        if hard:
            dispatched(cur, message, Dispatch.BOUNCED, piece.at)
            talks.add(piece.aside.talk)
        if piece.aside.address:
            troubles.append(Trouble(piece.aside.address, piece.at, hard))
    not_reached(cur, troubles, digests)
    return talks


def is_aside(message: int) -> bool:
    """Whether a message stands in a side talk."""
    return SideMessage.objects.filter(pk=message).exists()
