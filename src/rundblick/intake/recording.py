"""The record stage: what a batch writes, set by set. Called by the road only, inside its transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final

from rundblick.cases import topics
from rundblick.cases.drafts import drafts_follow
from rundblick.cases.routing.following import OWNER, Following
from rundblick.cases.routing.teams import Facts
from rundblick.cases.search import keeping
from rundblick.cases.threading import Placed, Placing
from rundblick.core.blobs import FIND_BLOBS, keep_blobs
from rundblick.core.database import along, draw_ids, insert_rows
from rundblick.core.digests import Digests
from rundblick.core.foreseeing import Question
from rundblick.core.ids import uuid7s
from rundblick.core.message import Direction, Message, Moment, Sender
from rundblick.core.numbers import case_number
from rundblick.core.registry import Cursor
from rundblick.customers.asking import asks_for
from rundblick.customers.ordering import OrderTold, write_orders
from rundblick.intake.names import Names
from rundblick.intake.pieces import CONTACTS, ENTRIES, Piece, describe


def write_deliveries(cur: Cursor, pieces: Sequence[Piece]) -> None:
    """Rows of a file get their deliveries here; live pieces have theirs since they were accepted.

    A row that was delivered before keeps its delivery.
    """
    rows = [piece for piece in pieces if piece.delivery is None and piece.original is None]
    if not rows:
        return
    read_before = [piece for piece in rows if not piece.first_reading]
    cur.execute(
        "SELECT d.source_id, d.source_key, d.id, EXISTS (SELECT FROM intake_outcome o WHERE o.delivery_id = d.id)"
        " FROM core_delivery d"
        " JOIN unnest(%s::bigint[], %s::text[]) AS k(s, k) ON d.source_id = k.s AND d.source_key = k.k",
        ([piece.source for piece in read_before], [piece.source_key for piece in read_before]),
    )
    known = {}
    settled = set()
    for source, key, delivery, has_outcome in cur.fetchall():
        known[source, key] = delivery
        if has_outcome:
            settled.add(delivery)
    new = [piece for piece in rows if (piece.source, piece.source_key) not in known]
    ids = draw_ids(cur, {"core_delivery": len(new)})["core_delivery"]
    for piece, delivery in zip(new, ids, strict=True):
        piece.delivery = delivery
    for piece in rows:
        if piece.delivery is None:
            piece.delivery = known[piece.source, piece.source_key]
            piece.settled = piece.delivery in settled
    insert_rows(
        cur,
        "core_delivery",
        ("id", "uuid", "source_id", "source_key", "kind", "received_at", "row", "range_start", "range_end"),
        [
            (
                piece.delivery,
                uuid,
                piece.source,
                piece.source_key,
                piece.kind,
                piece.received_at,
                piece.span.row if piece.span else None,
                piece.span.start if piece.span else None,
                piece.span.end if piece.span else None,
            )
            for piece, uuid in zip(new, uuid7s(len(new)), strict=True)
        ],
    )


KEPT = Question(
    "SELECT d.source_key, d.source_id, d.id FROM core_delivery d"
    " JOIN unnest(%s::bigint[], %s::text[]) AS k(s, k) ON d.source_id = k.s AND d.source_key = k.k",
    "text bigint bigint",
)


def questions(pieces: Sequence[Piece]) -> dict[Question, list[Any]]:
    """What ``keep_originals`` will ask about these pieces, to be asked ahead."""
    new = [piece for piece in pieces if piece.delivery is None]
    contents = [piece.original.raw or b"" for piece in new if piece.original is not None]
    contents += [one.data for piece in pieces for one in piece.reading.attachments]
    return {KEPT: _keys(new), FIND_BLOBS: [[sha256(content).digest() for content in contents]]}


def _keys(pieces: Sequence[Piece]) -> list[Any]:
    return [[piece.source for piece in pieces], [piece.source_key for piece in pieces]]


def keep_originals(cur: Cursor, pieces: Sequence[Piece]) -> None:
    """Originals that are not kept yet get their bytes and their deliveries; so do the attachments of what is new.

    An original that was delivered before is settled: whoever took it in then brings it to an end.
    """
    new = [piece for piece in pieces if piece.delivery is None]
    if new:
        cur.execute(KEPT, _keys(new))
        kept = {(source, key): delivery for key, source, delivery in cur.fetchall()}
        for piece in new:
            piece.delivery = kept.get((piece.source, piece.source_key))
            piece.settled = piece.delivery is not None
        new = [piece for piece in new if not piece.settled]
    attached = [piece for piece in pieces if piece.reading.attachments and not piece.known and not piece.settled]
    contents = [piece.original.raw or b"" for piece in new if piece.original is not None]
    contents += [one.data for piece in attached for one in piece.reading.attachments]
    blobs = iter(keep_blobs(cur, contents))
    ids = draw_ids(cur, {"core_delivery": len(new)})["core_delivery"]
    rows = []
    for piece, delivery, uuid in zip(new, ids, uuid7s(len(new)), strict=True):
        assert piece.original is not None
        piece.delivery = delivery
        hints = json.dumps(piece.original.hints) if piece.original.hints else None
        rows.append((delivery, uuid, piece.source, piece.source_key, piece.kind, piece.received_at, next(blobs), hints))
    for piece in attached:
        piece.attached = [next(blobs) for _ in piece.reading.attachments]
    insert_rows(
        cur, "core_delivery", ("id", "uuid", "source_id", "source_key", "kind", "received_at", "blob_id", "hints"), rows
    )


@cache
def stored_question(table: str) -> Question:
    """Which versions of these identities a table of messages, entries or ratings has."""
    return Question(
        f"SELECT identity, content_digest, id, case_id FROM {table} WHERE identity = ANY(%b)",
        "bytea bytea bigint bigint",
    )


def stored_versions(
    cur: Cursor, table: str, identities: Sequence[bytes]
) -> dict[bytes, dict[bytes, tuple[int, int | None]]]:
    """{identity: {content: (row id, case)}} of what is stored already."""
    cur.execute(stored_question(table), (list(identities),))
    found: dict[bytes, dict[bytes, tuple[int, int | None]]] = {}
    for identity, content, row, case in cur.fetchall():
        found.setdefault(bytes(identity), {})[bytes(content)] = (row, case)
    return found


def mark_known(pieces: Sequence[Piece], stored: dict[bytes, dict[bytes, tuple[int, int | None]]]) -> None:
    """A known content is a duplicate delivery; another content of a known identity is a new version of it."""
    for piece in pieces:
        reading = piece.reading
        versions = stored.setdefault(reading.identity, {})
        if reading.content in versions:
            piece.is_known(*versions[reading.content])
            continue
        if versions:
            piece.older_version = True
            case = next(iter(versions.values()))[1]
            if case:
                piece.placing = Placing(known_case=case)
        versions[reading.content] = (0, None)


def create_cases(
    cur: Cursor,
    placed: Placed,
    pieces: Sequence[Piece],
    languages: Sequence[str],
    names: Names,
    rules: Following | None = None,
    search: bool = True,
) -> tuple[list[int], set[int]]:
    """A case for every new group, with the default team as its owner until the fold knows better.

    Gives them all, and those of them that need no fold: they began with one message and show what it says. With
    ``rules`` in force such a case has its team at once.
    """
    if not placed.new:
        return [], set()
    ids = draw_ids(cur, {"cases_case": len(placed.new)})["cases_case"]
    first: dict[int, tuple[Piece, str]] = {}
    for piece, language in zip(pieces, languages, strict=True):
        if piece.placing is not None:
            first.setdefault(id(piece.placing), (piece, language))
    team = default_team(cur)
    if rules is not None:
        rules.ids.setdefault("", team)
    rows: list[tuple[Any, ...]] = []
    routed: list[tuple[Any, ...]] = []
    contents = []
    found = []
    begun = set()
    versions = Counter(piece.reading.identity for piece in pieces)
    for case, uuid, group in zip(ids, uuid7s(len(ids)), placed.new, strict=True):
        leader = group[0]
        for placing in group:  # as if the others had come after it, in a batch of their own
            placing.case = case
            placing.why = placing.why or ("case_key" if placing.case_key is not None else "thread")
        leader.why = "new"
        piece, language = first[id(leader)]
        shown = _UNFOLDED
        if len(group) == 1 and leader.case_key is None and versions[piece.reading.identity] == 1 and _tells_all(piece):
            begun.add(case)
            shown = begins(piece, language)
        row = (case, uuid, case_number(case), leader.case_system, leader.case_key, team, piece.at, *shown)
        if rules is not None and case in begun:
            given = rules.begins(case, _facts(piece, language, names))
            routed.append((*row[:5], given, *row[6:], given))
        else:
            rows.append(row)
        contents.append((case, piece.record, piece.reading.case_key, piece.reading.subject))
        if piece.reading.what in ENTRIES:  # what is found by the texts of its messages, once it has some
            found.append(keeping.row_of_case(case, piece.at, piece.reading.case_key, piece.reading.subject))
    columns = ("id", "uuid", "number", "system_id", "key_digest", "owner_team_id", "last_at", *_SHOWN)
    insert_rows(cur, "cases_case", columns, rows)
    if rules is not None:
        insert_rows(cur, "cases_case", (*columns, "routed_team_id"), routed, computed=(("owner_team_id", OWNER),))
        rules.write(cur)
    insert_rows(cur, "cases_casecontent", ("case_id", "record_id", "key", "subject"), contents)
    if search:
        keeping.write(cur, found)
    return ids, begun


_SHOWN = ("state", "channel", "topic", "language", "concerned_id", "customer_id", "opened_at", "messages")
_UNFOLDED = ("new", "", "", "", None, None, None, 0)


def _tells_all(piece: Piece) -> bool:
    """It is a contact of somebody whose customer is known already, or of nobody."""
    return piece.reading.what in CONTACTS and (piece.record is None) == (piece.customer is None)


def begins(piece: Piece, language: str) -> tuple[Any, ...]:
    """What a case shows that began with this message: what ``cases.folding`` makes of it, without asking.

    ``rundblick verify`` and the tests of any order hold the two together.
    """
    reading = piece.reading
    answered = reading.direction == Direction.OUT and reading.sender == Sender.HUMAN
    return (
        "open" if answered else "new",
        reading.channel or "other",
        reading.topic,
        language,
        piece.record,
        piece.customer,
        piece.at,
        1,
    )


DEFAULT_TEAM: Final = Question(
    "SELECT 1::bigint, id FROM people_team WHERE is_default AND 1 = ANY(%s::bigint[])", "bigint bigint"
)


def _facts(piece: Piece, language: str, names: Names) -> Facts:
    """What the rules ask of a case that begins with this message."""
    reading = piece.reading
    came = names.source_codes.get(piece.source or 0) if reading.direction == Direction.IN else None
    return Facts(
        topic=reading.topic,
        language=language,
        channel=reading.channel or "other",
        addresses=frozenset((came,)) if came else frozenset(),
    )


def default_team(cur: Cursor) -> int:
    """The team that owns what nobody else owns; made when it is missing.

    Asked by each batch under its locks: a person who makes another one the default holds them all (cases.leaving).
    """
    for _ in range(2):
        cur.execute(DEFAULT_TEAM, ([1],))
        for _one, team in cur.fetchall():
            return int(team)
        cur.execute(
            "INSERT INTO people_team (uuid, key, name, is_default, is_partner)"
            " VALUES (%s, 'service', 'Service', true, false) ON CONFLICT DO NOTHING",
            (uuid7s(1)[0],),
        )
    raise LookupError("there is no default team and none can be made")


def join_cases(cur: Cursor, joins: Sequence[tuple[int, int]]) -> None:
    """Cases that turned out to be one: everything moves to the survivor, the other number leads on to it."""
    if not joins:
        return
    absorbed, survivors = [a for a, _ in joins], [s for _, s in joins]
    pairs = (absorbed, survivors)
    move = "FROM unnest(%s::bigint[], %s::bigint[]) AS j(a, s) WHERE t.case_id = j.a"
    cur.execute(f"UPDATE cases_message t SET case_id = j.s {move}", pairs)
    cur.execute(f"UPDATE cases_caseentry t SET case_id = j.s {move}", pairs)
    cur.execute(
        "INSERT INTO cases_participant (case_id, record_id, part) SELECT j.s, t.record_id, 'copied'"
        " FROM cases_participant t JOIN unnest(%s::bigint[], %s::bigint[]) AS j(a, s) ON t.case_id = j.a"
        " ON CONFLICT DO NOTHING",
        pairs,
    )
    cur.execute("DELETE FROM cases_participant WHERE case_id = ANY(%s)", (absorbed,))
    cur.execute(
        "UPDATE cases_case c SET merged_into_id = j.s FROM unnest(%s::bigint[], %s::bigint[]) AS j(a, s)"
        " WHERE c.id = j.a OR c.merged_into_id = j.a",
        pairs,
    )
    drafts_follow(cur, joins)
    events = draw_ids(cur, {"core_event": len(joins)})["core_event"]
    now = datetime.now(UTC)
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "data"),
        [
            (event, "case.joined", now, 0, "machine", json.dumps({"from": a, "to": s}))
            for event, (a, s) in zip(events, joins, strict=True)
        ],
    )
    insert_rows(
        cur,
        "core_eventobject",
        ("event_id", "type", "object_id"),
        [(event, "case", case) for event, pair in zip(events, joins, strict=True) for case in pair],
    )


def supersede(cur: Cursor, table: str, pieces: Sequence[Piece]) -> None:
    """Older versions of these pieces count no more."""
    older = [piece.reading.identity for piece in pieces if piece.older_version]
    if older:
        cur.execute(
            f"UPDATE {table} SET superseded = true WHERE identity = ANY(%s) AND NOT superseded",
            (older,),
        )


def _last_versions(pieces: Sequence[Piece]) -> set[int]:
    """Row ids of pieces that a later piece of the same batch supersedes."""
    newest: dict[bytes, int] = {}
    stale = set()
    for piece in pieces:
        identity = piece.reading.identity
        assert piece.row_id is not None
        if identity in newest:
            stale.add(newest[identity])
        newest[identity] = piece.row_id
    return stale


def write_messages(
    cur: Cursor,
    contacts: Sequence[tuple[Piece, str]],
    names: Names,
    digests: Digests,
    search: bool,
    begun: Collection[int] = (),
) -> None:
    """Messages and calls, their contents, thread keys, attachments and participants, and an event each.

    ``begun``: the cases that began with one of them, and need no fold.
    """
    pieces = [piece for piece, _ in contacts]
    if not pieces:
        return
    supersede(cur, "cases_message", pieces)
    ids = draw_ids(cur, {"cases_message": len(pieces), "core_event": len(pieces)})
    for piece, row in zip(pieces, ids["cases_message"], strict=True):
        piece.row_id = row
    stale = _last_versions(pieces)
    insert_rows(
        cur,
        "cases_message",
        [
            "id",
            "uuid",
            "identity",
            "content_digest",
            "superseded",
            "case_id",
            "delivery_id",
            "system_id",
            "record_id",
            "channel",
            "direction",
            "sender",
            "topic",
            "language",
            "at",
            "precision",
            "seq",
            "person_id",
            "team_id",
            "remarks",
            "asks_for",
        ],
        [
            (
                piece.row_id,
                uuid,
                piece.reading.identity,
                piece.reading.content,
                piece.row_id in stale,
                piece.placing.case if piece.placing else None,
                piece.delivery,
                names.systems[piece.reading.system],
                piece.record,
                piece.reading.channel or "other",
                str(piece.reading.direction),
                str(piece.reading.sender),
                piece.reading.topic,
                language,
                piece.at,
                piece.reading.at.precision if piece.reading.at else "second",
                piece.seq,
                names.persons.get((piece.reading.system, piece.reading.person)),
                names.teams.get((piece.reading.system, piece.reading.team)),
                _remarks(piece),
                _asks_for(piece.reading),
            )
            for (piece, language), uuid in zip(contacts, uuid7s(len(pieces)), strict=True)
        ],
    )
    _write_message_contents(cur, pieces, search)
    _write_calls(cur, pieces)
    _write_threads(cur, pieces, digests)
    _write_attachments(cur, pieces)
    _write_participants(cur, pieces, begun)
    waiting = [(piece.row_id,) for piece in pieces if piece.placing is not None and piece.placing.waits]
    insert_rows(cur, "cases_waitingtag", ("message_id",), waiting)
    _write_events(cur, pieces, ids["core_event"], names)


def _remarks(piece: Piece) -> str | None:
    """What its reader remarked, and whether its topic alone brought it where it is."""
    remarks = piece.reading.remarks
    if piece.placing is not None and piece.placing.why == topics.WHY:
        remarks = (*remarks, topics.REMARK)
    return json.dumps(remarks) if remarks else None


def _asks_for(reading: Message) -> str | None:
    """The kinds of facts that it asks for as its reader found them, in a child; what no child read is asked here."""
    if reading.asks_for is not None and reading.text:
        return reading.asks_for
    return asks_for(reading.direction, reading.sender, reading.text)


def _write_message_contents(cur: Cursor, pieces: Sequence[Piece], search: bool) -> None:
    spoken = [
        piece for piece in pieces if piece.reading.text or piece.reading.subject or piece.reading.html or piece.live
    ]
    if not spoken:
        return
    columns = ["message_id", "record_id", "subject", "text", "html", "author", "address", "recipients", "key"]
    rows = []
    for piece in spoken:
        reading = piece.reading
        party = reading.party
        author = party.facts.get("name", "") if party else ""
        address = party.key if party and party.system == reading.system == "email" else ""
        people = json.dumps([p.key for p in reading.copied]) if reading.copied else None
        # of what came in live only: an answer names what it answers
        key = reading.key if piece.live else ""
        rows.append(
            (piece.row_id, piece.record, reading.subject, reading.text, reading.html, author, address, people, key)
        )
    insert_rows(cur, "cases_messagecontent", columns, rows)
    if search:
        told = [
            keeping.row_of_message(
                row[0], piece.at, row[2], row[5], row[6], row[7] or "", piece.reading.case_key, row[3]
            )
            for piece, row in zip(spoken, rows, strict=True)
        ]
        keeping.write(cur, told)


def _write_calls(cur: Cursor, pieces: Sequence[Piece]) -> None:
    insert_rows(
        cur,
        "cases_call",
        ("message_id", "waited_s", "talked_s", "wrapped_s", "answered", "abandoned"),
        [
            (piece.row_id, call.waited_s, call.talked_s, call.wrapped_s, call.answered, call.abandoned)
            for piece in pieces
            if (call := piece.reading.call) is not None
        ],
    )


def _write_threads(cur: Cursor, pieces: Sequence[Piece], digests: Digests) -> None:
    rows: dict[tuple[bytes, int], bool] = {}
    for piece in pieces:
        assert piece.row_id is not None
        for key in piece.reading.thread.parents:
            rows[digests.thread(key), piece.row_id] = False
        for key in piece.reading.thread.own:
            rows[digests.thread(key), piece.row_id] = True
    insert_rows(cur, "cases_threadkey", ("digest", "message_id", "own"), [(d, m, own) for (d, m), own in rows.items()])


def _write_attachments(cur: Cursor, pieces: Sequence[Piece]) -> None:
    found = [(piece, i, a) for piece in pieces for i, a in enumerate(piece.reading.attachments)]
    if not found:
        return
    ids = draw_ids(cur, {"cases_attachment": len(found)})["cases_attachment"]
    insert_rows(
        cur,
        "cases_attachment",
        ("id", "uuid", "message_id", "position", "blob_id", "media_type", "size"),
        [
            (row, uuid, piece.row_id, i, piece.attached[i], a.media_type, len(a.data))
            for row, uuid, (piece, i, a) in zip(ids, uuid7s(len(ids)), found, strict=True)
        ],
    )
    insert_rows(
        cur,
        "cases_attachmentcontent",
        ("attachment_id", "record_id", "name"),
        [(row, piece.record, a.name) for row, (piece, _, a) in zip(ids, found, strict=True)],
    )


def _write_participants(cur: Cursor, pieces: Sequence[Piece], begun: Collection[int]) -> None:
    parts: dict[tuple[int, int], str] = {}
    for piece in pieces:
        case = piece.placing.case if piece.placing else None
        if case:
            for record in (piece.record, *piece.copied):
                if record is not None:
                    concerned = case in begun and record == piece.record
                    parts[case, record] = "concerned" if concerned else "copied"
    insert_rows(
        cur,
        "cases_participant",
        ("case_id", "record_id", "part"),
        [(case, record, part) for (case, record), part in sorted(parts.items())],
        "ON CONFLICT (case_id, record_id) DO NOTHING",
    )


def _write_events(cur: Cursor, pieces: Sequence[Piece], events: Sequence[int], names: Names) -> None:
    rows = []
    objects: list[tuple[int, str, int | None]] = []
    for event, piece in zip(events, pieces, strict=True):
        reading = piece.reading
        person = names.persons.get((reading.system, reading.person))
        if reading.direction == Direction.IN:
            kind, actor, actor_id = "message.received", "customer", piece.record
        else:
            kind, actor, actor_id = "message.sent", "person" if person else "machine", person
        rows.append((event, kind, piece.at, piece.seq, actor, actor_id, piece.source, piece.delivery))
        objects.append((event, "message", piece.row_id))
        if piece.record:
            objects.append((event, "record", piece.record))
        if piece.placing and piece.placing.case:
            objects.append((event, "case", piece.placing.case))
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "actor_id", "source_id", "delivery_id"),
        rows,
    )
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)


def write_entries(cur: Cursor, pieces: Sequence[Piece], names: Names) -> None:
    """Entries of case logs, an event each, and the case's subject where a row tells it."""
    if not pieces:
        return
    # an older state of a case is history and still counts; a corrected entry of its log does not
    supersede(cur, "cases_caseentry", [p for p in pieces if p.reading.what == "case_event"])
    ids = draw_ids(cur, {"cases_caseentry": len(pieces), "core_event": len(pieces)})
    for piece, row in zip(pieces, ids["cases_caseentry"], strict=True):
        piece.row_id = row
    stale = _last_versions([p for p in pieces if p.reading.what == "case_event"])
    rows = []
    for piece, event in zip(pieces, ids["core_event"], strict=True):
        reading = piece.reading
        case = reading.case
        assert case is not None and piece.placing is not None
        rows.append(
            (
                piece.row_id,
                reading.identity,
                reading.content,
                piece.row_id in stale,
                event,
                piece.placing.case,
                piece.delivery,
                piece.at,
                piece.seq,
                piece.record,
                case.state,
                reading.channel,
                case.topic or reading.topic,
                case.tier,
                case.priority,
                names.teams.get((reading.system, case.team)),
                names.persons.get((reading.system, case.person)),
                names.persons.get((reading.system, case.updated_by)),
                case.reassignments,
                case.reopens,
                case.promise_kept,
                _time(case.opened_at),
                _time(case.first_reply_at),
                _time(case.resolved_at),
                _time(case.closed_at),
                case.tells_resolution,
                "",
            )
        )
    insert_rows(
        cur,
        "cases_caseentry",
        [
            "id",
            "identity",
            "content_digest",
            "superseded",
            "event_id",
            "case_id",
            "delivery_id",
            "at",
            "seq",
            "record_id",
            "state",
            "channel",
            "topic",
            "tier",
            "priority",
            "team_id",
            "person_id",
            "updated_by_id",
            "reassignments",
            "reopens",
            "promise_kept",
            "opened_at",
            "first_reply_at",
            "resolved_at",
            "closed_at",
            "tells_resolution",
            "cause",
        ],
        rows,
    )
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "actor_id", "source_id", "delivery_id"),
        [
            (event, "case.told", p.at, p.seq, "person" if row[17] else "machine", row[17], p.source, p.delivery)
            for event, p, row in zip(ids["core_event"], pieces, rows, strict=True)
        ],
    )
    insert_rows(
        cur,
        "core_eventobject",
        ("event_id", "type", "object_id"),
        [(event, "case", row[5]) for event, row in zip(ids["core_event"], rows, strict=True)],
    )
    insert_rows(
        cur,
        "cases_entrycontent",
        ("entry_id", "record_id", "text"),
        [(piece.row_id, piece.record, piece.reading.text) for piece in pieces if piece.reading.text],
    )
    _write_subjects(cur, pieces)


def _time(moment: Moment | None) -> datetime | None:
    return moment.at if moment is not None else None


def _write_subjects(cur: Cursor, pieces: Sequence[Piece]) -> None:
    told = {p.placing.case: p for p in pieces if p.reading.subject and p.placing}
    if told:
        cur.execute(
            "UPDATE cases_casecontent t SET subject = x.s, record_id = x.r"
            " FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS x(c, s, r) WHERE t.case_id = x.c",
            (list(told), [p.reading.subject for p in told.values()], [p.record for p in told.values()]),
        )


def write_orders_told(cur: Cursor, pieces: Sequence[Piece], names: Names, digests: Digests) -> None:
    """Orders, returns, payments and repairs."""
    told = []
    for piece in pieces:
        reading = piece.reading
        assert reading.order is not None
        told.append(
            OrderTold(
                names.systems[reading.system],
                reading.key,
                digests.order(reading.system, reading.key),
                piece.record,
                reading.at.at if reading.at else None,
                piece.at,
                piece.seq,
                piece.source,
                piece.delivery,
                reading.content,
                reading.order,
            )
        )
    changed = write_orders(cur, told)
    for piece, order in zip(pieces, told, strict=True):
        piece.row_id = changed.get(order.key_digest)
        piece.known = piece.row_id is None


def write_outcomes(cur: Cursor, pieces: Sequence[Piece]) -> None:
    """What came of each delivery; a piece that waited waits no more."""
    rows = []
    # the second of two equal pieces of one batch leads to the row that the first one wrote
    written = {(p.reading.identity, p.reading.content): p.row_id for p in pieces if p.row_id}
    for piece in pieces:
        kind = "duplicate" if piece.known else "version" if piece.older_version else "recorded"
        what = piece.reading.what
        table = "message" if what in CONTACTS else "case_entry" if what in ENTRIES else str(what)
        told = describe(piece) if piece.live else None
        row = piece.row_id or written.get((piece.reading.identity, piece.reading.content))
        rows.append((piece.delivery, kind, table, row, told))
    insert_rows(cur, "intake_outcome", ("delivery_id", "kind", "object_type", "object_id", "stages"), rows)
    waited = [piece.delivery for piece in pieces if piece.live and piece.original is None]
    if waited:
        along(cur, "DELETE FROM intake_pending WHERE delivery_id = ANY(%s)", (waited,))
