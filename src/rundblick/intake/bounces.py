"""What could not be delivered: a report of it finds the message that it is about, and marks the address.

Only a report that gives back one of our own keys counts; anybody can write a mail that looks like one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rundblick.cases.answering import Dispatch, dispatched
from rundblick.core.digests import Digests
from rundblick.core.message import Sender
from rundblick.core.registry import Cursor
from rundblick.core.signed import MARK
from rundblick.customers.reaching import Trouble, not_reached
from rundblick.intake.pieces import Piece

_OURS = f"mid:{MARK}"
_BOUNCES = (Sender.BOUNCE_HARD, Sender.BOUNCE_SOFT)

_RETURNED = """
SELECT k.digest, m.id, c.recipients::text FROM cases_threadkey k JOIN cases_message m ON m.id = k.message_id
JOIN intake_outgoing o ON o.message_id = m.id JOIN intake_outgoingcontent c ON c.outgoing_id = o.id
WHERE k.digest = ANY(%s) AND k.own AND m.direction = 'out' AND NOT m.superseded
"""


def note_bounces(cur: Cursor, pieces: Sequence[Piece], digests: Digests) -> None:
    """Mark messages of ours that these pieces report as undeliverable, and the addresses that were not reached."""
    reports = [piece for piece in pieces if piece.reading.sender in _BOUNCES and piece.reading.party is not None]
    keys = {
        digests.thread(key): piece for piece in reports for key in piece.reading.thread.parents if key.startswith(_OURS)
    }
    if not keys:
        return
    cur.execute(_RETURNED, (list(keys),))
    troubles = []
    for digest, message, told in cur.fetchall():
        piece = keys[bytes(digest)]
        assert piece.reading.party is not None
        address = piece.reading.party.key
        named = {one["address"].lower(): one["part"] for one in json.loads(told)}
        hard = piece.reading.sender == Sender.BOUNCE_HARD
        # a report may name an address behind the one that we wrote to; one that went to a copy leaves the answer sent
        if hard and named.get(address, "to") == "to":
            dispatched(cur, message, Dispatch.BOUNCED, piece.at)
        troubles.append(Trouble(address, piece.at, hard))
    not_reached(cur, troubles, digests)
