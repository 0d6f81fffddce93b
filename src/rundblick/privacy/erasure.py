"""Erased means gone everywhere: one function over all registered tables, kept bytes and lists.

    report = erase(customer=4711, by=user.id, reason=Reason.REQUEST)

Skeleton rows stay; content is emptied. What a law demands moves out of sight until its date. What remains of the
person is the keyed digest of his keys, so that a re-import does not bring him back, and a line in ``erasures.jsonl``
beside the database, so that a restored backup forgets him again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.home import home
from rundblick.core.ids import uuid7
from rundblick.core.locks import lock_keys
from rundblick.privacy import registry
from rundblick.privacy.audit import record_audit
from rundblick.privacy.registry import Content, Cursor, Subject
from rundblick.privacy.retention import CONTACT, keep_until

LIST = "erasures.jsonl"
STRUCK = "[…]"
_SHORTEST_WORD = 5  # a shorter one ("Ott") would be struck out of words that only contain it


class Reason(StrEnum):
    """Why; GDPR Art. 17 (1)."""

    REQUEST = "request"
    WITHDRAWN = "withdrawn"  # of consent
    RETENTION = "retention"  # the time for which it was needed is over
    UNLAWFUL = "unlawful"
    RESTORED = "restored"  # applied again after a restore


class ErasureError(ValueError):
    """There is nobody to erase: neither records nor a customer nor persons, or the customer has no records."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One erasure as the list beside the database knows it: digests, no ids."""

    uuid: UUID
    at: datetime
    reason: str
    keys: dict[Subject, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What an erasure did.

    rows          {table: rows whose content is gone}
    restricted    {law: rows moved out of sight until the law's date}
    mentions      {table: rows of others in which the person's addresses and names were struck out}
    blobs         kept originals that were removed
    shared_blobs  kept originals that stay, because somebody else's content refers to them too
    """

    uuid: UUID
    records: int
    persons: int
    rows: dict[str, int] = field(default_factory=dict)
    restricted: dict[str, int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    shared_blobs: int = 0


@dataclass(slots=True)
class _Work:
    """One erasure under way."""

    id: int
    uuid: UUID
    at: datetime
    country: str
    subjects: dict[Subject, list[int]]
    rows: dict[str, int] = field(default_factory=dict)
    restricted: dict[str, int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    shared_blobs: int = 0


def erase(
    records: Sequence[int] = (),
    *,
    customer: int | None = None,
    persons: Sequence[int] = (),
    by: int | None,
    reason: Reason = Reason.REQUEST,
) -> ErasureReport:
    """Empty all content that concerns these source records, this customer's records, or these persons who work here.

    by      id of the user who ordered it; None for a rule
    Raises ErasureError when that names nobody.
    """
    with transaction.atomic(), cursor() as cur:
        found = sorted(set(records) | set(_records_of(cur, customer)))
        subjects = {Subject.RECORD: found, Subject.PERSON: sorted(set(persons))}
        if not any(subjects.values()):
            raise ErasureError(_("nobody to erase: give source records, a customer that has some, or persons"))
        digests = {kind: registry.keys[kind].digests(cur, ids) for kind, ids in subjects.items() if ids}
        entry = ListEntry(uuid7(), datetime.now(UTC), str(reason), {k: tuple(d) for k, d in digests.items()})
        report = _carry_out(cur, subjects, entry, by)
        transaction.on_commit(lambda: _append(list_path(), [entry]), robust=True)
    return report


def is_erased(cur: Cursor, key_digests: Iterable[bytes]) -> set[bytes]:
    """Those of the keyed digests whose owner was erased. Content of an *export* must not be stored for them.

    A live message under such a key is a new contact by the person himself and is kept as any other; compare its time
    with ``erased_at``.
    """
    return set(erased_at(cur, key_digests))


def erased_at(cur: Cursor, key_digests: Iterable[bytes]) -> dict[bytes, datetime]:
    """Digest -> when its owner was erased (the last time); digests of others are left out."""
    cur.execute("SELECT digest, at FROM privacy_erasedkey WHERE digest = ANY(%s)", (list(key_digests),))
    return {bytes(digest): at for digest, at in cur.fetchall()}


def erased_rows(cur: Cursor, table: str, rows: Sequence[int]) -> set[int]:
    """Those of the rows of a content table whose content was erased."""
    cur.execute('SELECT row_id FROM privacy_erasedrow WHERE "table" = %s AND row_id = ANY(%s)', (table, list(rows)))
    return {row for (row,) in cur.fetchall()}


def forget_deliveries(cur: Cursor, deliveries: Sequence[int]) -> int:
    """Remove the originals of deliveries that only repeat what was erased; gives the number of originals removed."""
    cur.execute("SELECT max(id) FROM privacy_erasure")
    row = cur.fetchone()
    if row is None or row[0] is None:
        return 0
    cur.execute(
        "WITH gone AS (UPDATE core_delivery SET hints = NULL WHERE id = ANY(%(ids)s) RETURNING id, blob_id), "
        'noted AS (INSERT INTO privacy_erasedrow ("table", row_id, erasure_id) '
        "SELECT 'core_delivery', id, %(erasure)s FROM gone ON CONFLICT DO NOTHING) "
        "SELECT DISTINCT blob_id FROM gone WHERE blob_id IS NOT NULL",
        {"ids": list(deliveries), "erasure": row[0]},
    )
    removed, _shared = _remove_blobs(cur, [blob for (blob,) in cur.fetchall()], row[0])
    return removed


def end_restrictions(today: date) -> dict[str, int]:
    """Remove what no law demands any more: {law: rows}. Run once a day."""
    with transaction.atomic(), cursor() as cur:
        cur.execute(
            "WITH gone AS (DELETE FROM privacy_restriction WHERE until < %s RETURNING law) "
            "SELECT law, count(*) FROM gone GROUP BY law",
            (today,),
        )
        counts = dict(cur.fetchall())
        if counts:
            record_audit(cur, "privacy.restrictions_ended", details={"counts": counts})
        return counts


# -- the list beside the database ------------------------------------------------------------------------------------


def list_path() -> Path:
    """The list of erasures in the installation's folder. It holds no names: keyed digests only."""
    return home() / LIST


def write_list(path: Path | None = None) -> int:
    """Bring the list up to the database (other machines erase too); gives the number of lines added.

    ``rundblick backup`` calls it, and whoever restores a backup on a new machine takes the file along.
    """
    target = path or list_path()
    known = {entry.uuid for entry in read_list(target)}
    missing = [entry for entry in _stored() if entry.uuid not in known]
    _append(target, missing)
    return len(missing)


def adopt_list(path: Path) -> int:
    """Take the entries of another home's list into this one's, before a restore; gives the number of new ones."""
    known = {entry.uuid for entry in read_list()}
    missing = [entry for entry in read_list(path) if entry.uuid not in known]
    _append(list_path(), missing)
    return len(missing)


def read_list(path: Path | None = None) -> list[ListEntry]:
    """The list of erasures, oldest first; a line torn by a crash at the end is left out."""
    target = path or list_path()
    return list(_parsed(target.read_text(encoding="utf-8").splitlines())) if target.is_file() else []


def reapply(path: Path | None = None) -> list[ErasureReport]:
    """After a restore: carry out again every erasure of the list that the restored database does not know.

    An erasure that the database knows was carried out before the backup; what was kept after it is a new contact.
    """
    reports = []
    for entry in read_list(path):
        with transaction.atomic(), cursor() as cur:
            cur.execute("SELECT 1 FROM privacy_erasure WHERE uuid = %s", (entry.uuid,))
            if cur.fetchone():
                continue
            subjects = {kind: registry.keys[kind].subjects(cur, list(entry.keys.get(kind, ()))) for kind in Subject}
            reports.append(_carry_out(cur, subjects, entry, None))
    return reports


def _append(path: Path, entries: Sequence[ListEntry]) -> None:
    if not entries:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as stream:
        for entry in entries:
            line = {
                "uuid": str(entry.uuid),
                "at": entry.at.isoformat(),
                "reason": entry.reason,
                "keys": {str(kind): [digest.hex() for digest in digests] for kind, digests in entry.keys.items()},
            }
            # a line begins with its own break, so that one torn by a crash spoils no other
            stream.write(b"\n" + json.dumps(line).encode())
        stream.flush()
        os.fsync(stream.fileno())


def _parsed(lines: Iterable[str]) -> Iterator[ListEntry]:
    for line in lines:
        try:
            told = json.loads(line)
            digests = {Subject(k): tuple(bytes.fromhex(d) for d in ds) for k, ds in told["keys"].items()}
            yield ListEntry(UUID(told["uuid"]), datetime.fromisoformat(told["at"]), told["reason"], digests)
        except (ValueError, KeyError, TypeError):
            continue


def _stored() -> list[ListEntry]:
    with cursor() as cur:
        cur.execute(
            "SELECT e.uuid, e.at, e.reason, coalesce(jsonb_object_agg(k.subject, k.digests) "
            "FILTER (WHERE k.subject IS NOT NULL), '{}')::text FROM privacy_erasure e LEFT JOIN ("
            " SELECT erasure_id, subject, jsonb_agg(encode(digest, 'hex')) AS digests FROM privacy_erasedkey"
            " GROUP BY 1, 2) k ON k.erasure_id = e.id GROUP BY e.id ORDER BY e.id"
        )
        return [
            ListEntry(
                uuid,
                at,
                reason,
                {Subject(k): tuple(bytes.fromhex(d) for d in ds) for k, ds in json.loads(found).items()},
            )
            for uuid, at, reason, found in cur.fetchall()
        ]


# -- carrying it out -------------------------------------------------------------------------------------------------


def _records_of(cur: Cursor, customer: int | None) -> list[int]:
    if customer is None:
        return []
    return [record for records_of in registry.records_of_customers for record in records_of(cur, [customer])]


def _carry_out(cur: Cursor, subjects: dict[Subject, list[int]], entry: ListEntry, by: int | None) -> ErasureReport:
    erased = subjects[Subject.RECORD]
    beside = {digest for before in registry.around_erasure for digest in before(cur, erased)[0]}
    lock_keys(cur, {*(digest for digests in entry.keys.values() for digest in digests), *beside})
    after = [before(cur, erased)[1] for before in registry.around_erasure]
    cur.execute("SELECT coalesce((SELECT country FROM core_installation), 'DE')")
    row = cur.fetchone()
    work = _Work(
        draw_ids(cur, {"privacy_erasure": 1})["privacy_erasure"][0],
        entry.uuid,
        entry.at,
        row[0] if row else "DE",
        subjects,
    )
    words = _words(cur, subjects[Subject.RECORD])  # before they are gone
    blobs = _blobs(cur, subjects[Subject.RECORD])
    for table, content in registry.contents.items():
        if content.concerns and subjects[content.subject]:
            _restrict(cur, work, table, content)
            _empty(cur, work, table, content)
    for table, content in registry.contents.items():
        if content.mentioned and words:
            _strike_out(cur, work, table, content, words)
    work.blobs, work.shared_blobs = _remove_blobs(cur, blobs, work.id)
    _remember(cur, work, entry, by)
    for decide_again in after:
        decide_again(cur)
    records, persons = subjects[Subject.RECORD], subjects[Subject.PERSON]
    return ErasureReport(
        work.uuid,
        len(records),
        len(persons),
        work.rows,
        work.restricted,
        work.mentions,
        work.blobs,
        work.shared_blobs,
    )


def _words(cur: Cursor, records: list[int]) -> list[str]:
    found = {w.strip() for words_of in registry.words_of_records for w in words_of(cur, records)} if records else set()
    return sorted((w for w in found if len(w) >= _SHORTEST_WORD), key=len, reverse=True)


def _blobs(cur: Cursor, records: list[int]) -> list[int]:
    found: set[int] = set()
    for use in registry.blob_uses if records else ():
        cur.execute(use.of_subjects, {"subjects": records})
        found.update(row[0] for row in cur.fetchall() if row[0] is not None)
    return sorted(found)


def _restrict(cur: Cursor, work: _Work, table: str, content: Content) -> None:
    """Move what a law still demands out of the table. What is empty is not demanded."""
    if content.retention == CONTACT:
        return
    names = list(content.columns)
    kept = ", ".join(f"'{name}', {table}.{name}" for name in names)
    filled = " OR ".join(f"{table}.{name} IS DISTINCT FROM {blank}" for name, blank in content.columns.items())
    cur.execute(
        f"SELECT {table}.{content.key}, ({content.since or 'NULL'})::date, jsonb_build_object({kept})::text "
        f"FROM {table} WHERE ({content.concerns}) AND ({filled})",
        {"subjects": work.subjects[content.subject]},
    )
    rows = []
    for row_id, since, told in cur.fetchall():
        until = keep_until(content.retention, since or work.at.date(), work.country)
        if until is not None and until >= work.at.date():
            rows.append((work.id, table, row_id, content.retention, until, told))
    columns = ("erasure_id", '"table"', "row_id", "law", "until", "content")
    insert_rows(cur, "privacy_restriction", columns, rows)
    if rows:
        work.restricted[content.retention] = work.restricted.get(content.retention, 0) + len(rows)


def _empty(cur: Cursor, work: _Work, table: str, content: Content) -> None:
    if content.whole:
        change = f"DELETE FROM {table}"
    else:
        change = f"UPDATE {table} SET " + ", ".join(f"{name} = {blank}" for name, blank in content.columns.items())
    cur.execute(
        f"WITH gone AS ({change} WHERE {content.concerns} RETURNING {table}.{content.key} AS key), "
        f'noted AS (INSERT INTO privacy_erasedrow ("table", row_id, erasure_id) '
        f"SELECT DISTINCT %(table)s, key, %(erasure)s::bigint FROM gone ON CONFLICT DO NOTHING) "
        f"SELECT count(*) FROM gone",
        {"subjects": work.subjects[content.subject], "table": table, "erasure": work.id},
    )
    row = cur.fetchone()
    if row and row[0]:
        work.rows[table] = row[0]


def _strike_out(cur: Cursor, work: _Work, table: str, content: Content, words: Sequence[str]) -> None:
    """Other people's content stays; in it the person's addresses, numbers and full names are struck out."""
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    names = ", ".join(f"{table}.{name}::text" for name in content.texts)
    own = content.concerns if content.subject is Subject.RECORD else "false"  # ids of persons are no ids of records
    cur.execute(
        f"SELECT {table}.{content.key}, {names} FROM {table} "
        f"WHERE ({content.mentioned}) AND NOT coalesce({own}, false)",
        {"subjects": work.subjects[Subject.RECORD]},
    )
    changed = []
    for key, *texts in cur.fetchall():
        struck = [None if text is None else pattern.sub(STRUCK, text) for text in texts]
        if struck != texts:
            changed.append((*struck, key))
    if not changed:
        return
    cur.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0",
        (table,),
    )
    types = dict(cur.fetchall())
    sets = ", ".join(f"{name} = %s::{types[name]}" for name in content.texts)
    cur.executemany(f"UPDATE {table} SET {sets} WHERE {content.key} = %s", changed)
    if content.derived is not None:
        content.derived(cur, [row[-1] for row in changed])
    work.mentions[table] = len(changed)


def _remove_blobs(cur: Cursor, blobs: Sequence[int], erasure: int) -> tuple[int, int]:
    """Remove the bytes of originals that nobody's living content refers to; their row and digest stay.

    Returns (removed, kept because somebody else's content refers to them).
    """
    if not blobs:
        return 0, 0
    alive: set[int] = set()
    for use in registry.blob_uses:
        cur.execute(use.alive, {"blobs": list(blobs)})
        alive.update(row[0] for row in cur.fetchall())
    dead = [blob for blob in blobs if blob not in alive]
    cur.execute(
        "WITH gone AS (DELETE FROM core_blobchunk WHERE blob_id = ANY(%(blobs)s) RETURNING blob_id), "
        'noted AS (INSERT INTO privacy_erasedrow ("table", row_id, erasure_id) '
        "SELECT DISTINCT 'core_blobchunk', blob_id, %(erasure)s::bigint FROM gone ON CONFLICT DO NOTHING) "
        "SELECT count(DISTINCT blob_id) FROM gone",
        {"blobs": dead, "erasure": erasure},
    )
    row = cur.fetchone()
    return row[0] if row else 0, len(blobs) - len(dead)


def _remember(cur: Cursor, work: _Work, entry: ListEntry, by: int | None) -> None:
    """Leave the digests, the event for whoever reads the feed, and the entry of the audit."""
    counts = {**work.rows, **({"core_blob": work.blobs} if work.blobs else {})}
    insert_rows(
        cur,
        "privacy_erasure",
        ("id", "uuid", "at", "by_user", "reason", "records", "counts"),
        [(work.id, work.uuid, work.at, by, entry.reason, len(work.subjects[Subject.RECORD]), json.dumps(counts))],
    )
    insert_rows(
        cur,
        "privacy_erasedkey",
        ("digest", "subject", "erasure_id", "at"),
        [(digest, str(kind), work.id, work.at) for kind, digests in entry.keys.items() for digest in digests],
        "ON CONFLICT (digest) DO UPDATE SET erasure_id = EXCLUDED.erasure_id, at = EXCLUDED.at",
    )
    event = draw_ids(cur, {"core_event": 1})["core_event"][0]
    actor = "machine" if by is None else "person"
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "actor_id"),
        [(event, "privacy.erased", work.at, 0, actor, by)],
    )
    objects = [("erasure", work.id, event)]
    objects += [(str(kind), subject, event) for kind, ids in work.subjects.items() for subject in ids]
    insert_rows(cur, "core_eventobject", ("type", "object_id", "event_id"), objects)
    record_audit(cur, "privacy.erased", actor_type=actor, actor_id=by, object_type="erasure", object_id=work.id)


def scrub() -> None:
    """VACUUM the emptied tables, so that the old rows also leave the database's files. Outside a transaction."""
    with connection.cursor() as cur:
        for table in (*registry.contents, "core_blobchunk"):
            cur.execute(f"VACUUM {table}")
