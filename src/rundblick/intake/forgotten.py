"""Rows of an export that name somebody who was erased: the fact stays countable, what names him does not come back.

A live message of the same person is a new contact by himself and walks as any other (privacy.erasure).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rundblick.core.foreseeing import Question
from rundblick.core.message import Party
from rundblick.core.registry import Cursor
from rundblick.customers.identifying import Marks
from rundblick.intake.pieces import Piece
from rundblick.privacy.erasure import erased_rows, forget_deliveries, is_erased


def forget(cur: Cursor, pieces: Sequence[Piece], marks: Marks) -> None:
    """Strip such rows of their parties and texts, in place."""
    rows = [piece for piece in pieces if not piece.live]
    if not rows:
        return
    cur.execute(Question("SELECT EXISTS (SELECT FROM privacy_erasedkey)"))
    found = cur.fetchone()
    if found is None or not found[0]:
        return
    keys = {
        id(party): _digests(party, marks)
        for piece in rows
        for party in (piece.reading.party, *piece.reading.copied)
        if party is not None
    }
    erased = is_erased(cur, {digest for some in keys.values() for digest in some})
    if not erased:
        return
    for piece in rows:
        reading = piece.reading
        concerned = reading.party is not None and bool(keys[id(reading.party)] & erased)
        copied = tuple(party for party in reading.copied if not keys[id(party)] & erased)
        if concerned:
            piece.reading = msgspec.structs.replace(
                reading, party=None, copied=copied, subject="", text="", html="", attachments=()
            )
        elif len(copied) < len(reading.copied):
            piece.reading = msgspec.structs.replace(reading, copied=copied)


def forget_repeated(cur: Cursor, pieces: Sequence[Piece]) -> None:
    """A delivery that only repeats a message that was erased: its original goes, and nobody is identified by it."""
    repeated = {piece.row_id: piece for piece in pieces if piece.known and piece.row_id and piece.live}
    if not repeated:
        return
    again = [repeated[row] for row in erased_rows(cur, "cases_messagecontent", list(repeated))]
    for piece in again:
        piece.reading = msgspec.structs.replace(piece.reading, party=None, copied=())
    if again:
        forget_deliveries(cur, [piece.delivery for piece in again if piece.delivery is not None])


def _digests(party: Party, marks: Marks) -> set[bytes]:
    record, identifiers = marks.of(party)
    return {record, *(digest for digest, _ in identifiers)}
