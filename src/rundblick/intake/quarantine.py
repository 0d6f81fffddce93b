"""What could not be read or recorded: kept, shown as a flagged case with the original attached, and run again.

Rows of a file share one entry per file and kind of fault, with their row numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from rundblick.cases.folding import fold
from rundblick.cases.routing.following import follow_rules
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7
from rundblick.core.message import Unreadable
from rundblick.core.numbers import case_number
from rundblick.core.registry import Cursor
from rundblick.intake import recording
from rundblick.intake.headline import headline
from rundblick.intake.models import Quarantine
from rundblick.intake.pieces import Piece
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.waiting import Waiting, load
from rundblick.intake.walking import walk_again

Kept = tuple[Waiting, Unreadable, str]
"""What goes to the quarantine: the delivery, its fault, and the stage that it failed in."""

_MOST_ROWS = 10_000  # row numbers that one entry names; the count goes on


def failed(error: Exception) -> Unreadable:
    """The fault of a piece that could be read and not recorded."""
    return Unreadable(fault="road.failed", detail={"error": type(error).__name__})


def quarantine_pieces(pieces: Sequence[Kept]) -> None:
    """Give each piece its flagged case and its entry; it waits no more until it is run again."""
    if not pieces:
        return
    with transaction.atomic(), cursor() as cur:
        for waiting, fault, stage in pieces:
            _quarantine(cur, waiting, fault, stage)


def _quarantine(cur: Cursor, waiting: Waiting, fault: Unreadable, stage: str) -> None:
    delivery = waiting.delivery
    cur.execute("SELECT id, case_id FROM intake_quarantine WHERE delivery_id = %s", (delivery,))
    known = cur.fetchone()
    case = known[1] if known else _flagged_case(cur, waiting)
    if known:
        cur.execute(
            "UPDATE intake_quarantine SET fault = %s, stage = %s, detail = %s, last_at = now(), solved_at = NULL,"
            " count = count + 1 WHERE id = %s",
            (fault.fault, stage, json.dumps(fault.detail), known[0]),
        )
    else:
        cur.execute(
            "INSERT INTO intake_quarantine (uuid, source_id, delivery_id, case_id, fault, stage, detail, count)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, 1)",
            (uuid7(), waiting.source, delivery, case, fault.fault, stage, json.dumps(fault.detail)),
        )
    told = json.dumps({"read": {"fault": fault.fault, "stage": stage, "detail": fault.detail}})
    insert_rows(
        cur,
        "intake_outcome",
        ("delivery_id", "kind", "object_type", "object_id", "stages"),
        [(delivery, "quarantined", "case", case, told)],
    )
    cur.execute("DELETE FROM intake_pending WHERE delivery_id = %s", (delivery,))
    announce_cases(cur, [case])


def _flagged_case(cur: Cursor, waiting: Waiting) -> int:
    """A case in the default team's inbox: what the first lines tell, the original one click away, a red flag."""
    case = draw_ids(cur, {"cases_case": 1})["cases_case"][0]
    team = recording.default_team(cur)
    received = waiting.envelope.received_at
    told = headline(waiting.envelope.raw or b"")
    insert_rows(
        cur,
        "cases_case",
        (
            "id",
            "uuid",
            "number",
            "state",
            "channel",
            "flagged",
            "owner_team_id",
            "opened_at",
            "last_at",
        ),
        [(case, uuid7(), case_number(case), "new", _channel(waiting), True, team, received, received)],
    )
    insert_rows(cur, "cases_casecontent", ("case_id", "key", "subject"), [(case, "", told)])
    event = draw_ids(cur, {"core_event": 1})["core_event"][0]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "source_id", "delivery_id"),
        [(event, "case.flagged", received, 0, "machine", waiting.source, waiting.delivery)],
    )
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), [(event, "case", case)])
    return case


def _channel(waiting: Waiting) -> str:
    return "email" if waiting.envelope.kind == "mail" else "other"


def quarantine_rows(cur: Cursor, source: int, faults: Sequence[Unreadable]) -> None:
    """Add rows of a file to their entries, one per kind of fault."""
    by_fault: dict[str, list[Unreadable]] = {}
    for fault in faults:
        by_fault.setdefault(fault.fault, []).append(fault)
    for code, group in by_fault.items():
        cur.execute(
            "SELECT id, rows, count FROM intake_quarantine WHERE source_id = %s AND fault = %s"
            " AND delivery_id IS NULL AND solved_at IS NULL",
            (source, code),
        )
        known = cur.fetchone()
        told = known[1] if known else None  # Django's connection gives jsonb as text
        old: list[int] = json.loads(told) if isinstance(told, str) else told or []
        rows = sorted({*old, *(fault.row for fault in group)})
        new = len(set(rows) - set(old))
        if known:
            cur.execute(
                "UPDATE intake_quarantine SET rows = %s, count = %s, last_at = now() WHERE id = %s",
                (json.dumps(rows[:_MOST_ROWS]), known[2] + new, known[0]),
            )
        else:
            cur.execute(
                "INSERT INTO intake_quarantine (uuid, source_id, fault, stage, detail, rows, count)"
                " VALUES (%s, %s, %s, 'read', %s, %s, %s)",
                (uuid7(), source, code, json.dumps(group[0].detail), json.dumps(rows[:_MOST_ROWS]), len(rows)),
            )


def run_again(road: Road, reader: ReadingProcess, entries: Sequence[Quarantine]) -> int:
    """Run kept pieces again after a mend. Returns how many went through; the others stay, with their newest fault.

    A piece that goes through joins the flagged case that stood for it.
    """
    solved = 0
    for entry in entries:
        if entry.delivery_id is None:
            continue
        waiting = load({entry.delivery_id: 0})[0]
        reading = reader.read(waiting.envelope)
        if isinstance(reading, Unreadable):
            quarantine_pieces([(waiting, reading, "read")])
            continue
        piece = waiting.piece(reading)
        try:
            walk_again(road, [piece])
        except Exception as error:
            quarantine_pieces([(waiting, failed(error), "record")])
            continue
        _solve(entry, piece)
        solved += 1
    return solved


def _solve(entry: Quarantine, piece: Piece) -> None:
    """The flagged case joins the case that the piece went to; the entry is solved."""
    now = datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        case = piece.placing.case if piece.placing else None
        if entry.case_id is not None and case is not None and case != entry.case_id:
            recording.join_cases(cur, [(entry.case_id, case)])
            fold(cur, [case])
            follow_rules(cur, [case])
        cur.execute("UPDATE cases_case SET flagged = false WHERE id = %s", (entry.case_id,))
        cur.execute("UPDATE intake_quarantine SET solved_at = %s WHERE id = %s", (now, entry.pk))
