"""Signed keys on the road: what answers one of ours comes to its case; what only looks like one is a stranger's key."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from rundblick.core.foreseeing import Question
from rundblick.core.message import Direction, Message, Thread
from rundblick.core.registry import Cursor
from rundblick.core.signed import MARK, case_key, read_message_key, read_reply_tag
from rundblick.intake.pieces import Piece

_SENT = Question("""
SELECT m.uuid, m.id, m.case_id, c.text FROM cases_message m JOIN cases_messagecontent c ON c.message_id = m.id
WHERE m.uuid = ANY(%s::uuid[]) AND m.dispatch <> '' AND NOT m.superseded
""")


def open_signed(pieces: Sequence[Piece]) -> dict[int, UUID]:
    """Add to each piece's parents the case that a valid key of ours names; drop tags that nobody of us has signed.

    Gives {index: message} of pieces that say they are a message of ours and went out: a copy that came back, perhaps.
    """
    echoes: dict[int, UUID] = {}
    for i, piece in enumerate(pieces):
        thread = piece.reading.thread
        if not any(MARK in key for key in (*thread.own, *thread.parents)):
            continue
        own, message = _opened_own(piece.reading)
        if message is not None:
            echoes[i] = message
        elif own != thread.own:  # somebody else sends under a key of ours: he has read it, so he answers it
            thread = Thread(own, (*thread.own, *thread.parents))
        parents = _opened_parents(thread.parents)
        piece.reading = msgspec.structs.replace(piece.reading, thread=Thread(own, parents))
    return echoes


def _opened_own(reading: Message) -> tuple[tuple[str, ...], UUID | None]:
    found = [signed for key in reading.thread.own if (signed := _message(key)) is not None]
    if not found:
        return reading.thread.own, None
    if reading.direction == Direction.OUT:
        return reading.thread.own, found[0][1]
    return tuple(key for key in reading.thread.own if _message(key) is None), None


def _opened_parents(parents: Sequence[str]) -> tuple[str, ...]:
    cases: dict[str, None] = {}
    others: dict[str, None] = {}
    for key in parents:
        kind, _, rest = key.partition(":")
        if kind == "reply":
            if (tag := read_reply_tag(rest)) is not None:
                cases[case_key(tag.case)] = None
            continue
        others[key] = None
        if (signed := _message(key)) is not None:
            cases[case_key(signed[0])] = None
    return (*cases, *others)


def _message(key: str) -> tuple[str, UUID] | None:
    """(case number, message) of a key of ours."""
    if not key.startswith("mid:" + MARK):
        return None
    signed = read_message_key(key[4:])
    return None if signed is None or signed.message is None else (signed.case, signed.message)


def known_copies(cur: Cursor, pieces: Sequence[Piece], echoes: dict[int, UUID]) -> None:
    """A copy of what we sent, come back by a copy to ourselves or the folder of sent mail, is the message it is of.

    It is, when it begins with the same words; what a list or a forger made of it stays a message of its own.
    """
    if not echoes:
        return
    cur.execute(_SENT, (list(echoes.values()),))
    sent = {uuid: (row, case, text) for uuid, row, case, text in cur.fetchall()}
    for i, uuid in echoes.items():
        piece = pieces[i]
        if uuid not in sent or piece.known:
            continue
        row, case, text = sent[uuid]
        words = text.split()
        if piece.reading.text.split()[: len(words)] == words:
            piece.is_known(row, case)
