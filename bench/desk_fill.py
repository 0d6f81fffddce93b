"""Fills a new installation with the cases of bench/desk_texts.py, as the road would have written them, but by COPY.

    python -m bench.desk_fill CASES              with RUNDBLICK_HOME, whose database runs: all of it
    python -m bench.desk_fill CASES LOW HIGH     a part of its cases, started by the former

Rows are what bench/desk_road.py leaves behind, compared by tests/bench/test_desk.py: the same digests, the same folding
of words, the columns that a fold makes of messages and entries. Clocks are counted by cases.clocking itself. Left out:
the bytes of the mails (originals), attempts of sending, who looked at what.
"""

from __future__ import annotations

import itertools
import json
import os
import selectors
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any

from bench.desk_house import House, build
from bench.desk_texts import LONG_CASE, Concern, Everything, Said, mail_of, name_of
from rundblick.core.searching import VECTOR, token_text

if TYPE_CHECKING:
    import psycopg

PORTION = 5_000
JOBS = 2
_PREPARE = "SET synchronous_commit = off; SET session_replication_role = replica"  # no triggers, no foreign keys
TABLES = {
    "customers_customer": "id uuid number",
    "customers_sourcerecord": "id uuid system_id key_digest",
    "customers_recordversion": "id record_id content_digest delivery_id seen_at key facts",
    "customers_identifier": "id record_id kind issuer value digest strength verified",
    "customers_assignment": "id record_id customer_id event_id",
    "core_delivery": "id uuid source_id source_key kind received_at",
    "core_event": "id kind occurred_at actor_type actor_id source_id delivery_id",
    "core_eventobject": "event_id type object_id",
    "core_blob": "id sha256 size",
    "core_blobchunk": "blob_id seq data",
    "intake_outcome": "id delivery_id kind object_type object_id stages",
    "intake_outgoing": "id uuid key message_id source_id channel state due_at first_due_at attempts ended_at",
    "intake_outgoingcontent": "outgoing_id record_id key recipients",
    "intake_outgoingattempt": "id outgoing_id outcome taken at",
    "cases_case": "id uuid number state channel language owner_person_id owner_team_id routed_team_id concerned_id "
    "customer_id opened_at first_reply_at resolved_at last_at messages",
    "cases_casecontent": "case_id record_id key subject",
    "cases_routing": "id uuid case_id at book rule team_id",
    "cases_participant": "id case_id record_id part",
    "cases_caseentry": "id identity content_digest event_id case_id at state team_id person_id updated_by_id "
    "resolved_at",
    "cases_message": "id uuid identity content_digest case_id delivery_id system_id record_id channel direction sender "
    "language at person_id asks_for dispatch dispatched_at",
    "cases_messagecontent": "message_id record_id subject text author address recipients key",
    "cases_searchtext": "id message_id attachment_id at words",
    "cases_threadkey": "digest message_id own",
    "cases_attachment": "id uuid message_id position blob_id media_type size",
    "cases_attachmentcontent": "attachment_id record_id name",
}
_SEARCHED = "cases_searchtext"
SEQUENCES = [table for table, columns in TABLES.items() if columns.startswith("id ")]


# --- all of it --------------------------------------------------------------------------------------------------------


def fill(cases: int, now: datetime, jobs: int = JOBS) -> dict[str, float]:
    """Fill the database of RUNDBLICK_HOME; gives how long each step took, in seconds. Superuser rights are needed."""
    everything, steps = Everything(cases, now), {}
    build()
    with connected() as conn:
        clock = _Clock(steps)
        indexes = _drop_indexes(conn)
        clock.step("prepare")
        if cases <= PORTION or jobs < 2:
            part(everything, 0, cases, conn, say=False)
        else:
            _by_parts(cases, now, jobs)
        customers(everything, conn)
        clock.step("rows")
        for n, definition in enumerate(indexes):
            _say(f"index {n + 1} of {len(indexes)}", cases)
            conn.execute(definition)
        clock.step("indexes")
        for table in SEQUENCES:
            conn.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}) + 1)")
        conn.execute("VACUUM (ANALYZE, FREEZE)")
        clock.step("vacuum")
    _count(cases)
    clock.step("counting")
    with connected() as conn:
        conn.execute("VACUUM ANALYZE cases_clock, cases_word")
        conn.execute("CHECKPOINT")
    print(file=sys.stderr)
    return steps


class _Clock:
    def __init__(self, steps: dict[str, float]) -> None:
        self.steps, self.last = steps, time.monotonic()

    def step(self, name: str) -> None:
        now = time.monotonic()
        self.steps[name], self.last = round(now - self.last, 1), now


def connected() -> psycopg.Connection[Any]:
    import psycopg

    from rundblick.core import server

    with server.ensure() as running, running.admin() as admin:
        info = admin.info
        conn = psycopg.connect(
            host=info.host, port=info.port, user=info.user, password=info.password, dbname=server.DATABASE,
            autocommit=True,
        )  # fmt: skip
    conn.execute(_PREPARE)
    return conn


def _by_parts(cases: int, now: datetime, jobs: int) -> None:
    """The cases in as many processes; each tells how far it is."""
    cuts = [cases * n // jobs for n in range(jobs + 1)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.desk_fill", str(cases), now.isoformat(), str(low), str(high)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for low, high in itertools.pairwise(cuts)
    ]
    done = 0
    with selectors.DefaultSelector() as waiting:
        for one in started:
            assert one.stdout is not None
            waiting.register(one.stdout, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _events in waiting.select():
                line = key.fileobj.readline()  # type: ignore[union-attr]
                if line:
                    done += int(line)
                    _say(f"{done:,} written", cases)
                else:
                    waiting.unregister(key.fileobj)
    if any(one.wait() for one in started):
        raise SystemExit("filling failed, see above")


def _say(text: str, cases: int) -> None:
    if cases > PORTION:
        print(f"\r  {cases:,} cases: {text}          ", end="", file=sys.stderr, flush=True)


def _drop_indexes(conn: psycopg.Connection[Any]) -> list[str]:
    """Take indexes away that are no primary keys; gives what makes them again, the widest last."""
    names = list(TABLES)
    unique = conn.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)",
        (names,),
    ).fetchall()
    again = []
    for table, name, definition in unique:
        conn.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    plain = conn.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE NOT i.indisprimary AND i.indrelid::regclass::text = ANY(%s)",
        (names,),
    ).fetchall()
    for name, definition in plain:
        conn.execute(f"DROP INDEX {name}")
        again.append(definition)
    return again


def _count(cases: int) -> None:
    """What the sweeps count: words and clocks; who follows the feed has come to its end."""
    from rundblick.cases.clocking import recompute
    from rundblick.cases.search.words import recount_all

    _say("words are counted", cases)
    recount_all()

    for done, _of, _changed in recompute():
        _say(f"clocks of {done:,} counted", cases)
    from django.db import connection

    with connection.cursor() as cursor:
        # what is over was told long ago, as cases.clocking.strike would have done
        cursor.execute(
            "UPDATE cases_clock SET state = 'breached', breached_at = due_at, warned_at = least(next_at, due_at),"
            " next_at = NULL WHERE state = 'running' AND due_at < now()"
        )
        for name in ("clocks", "escalation", "tiers", "search.words"):
            cursor.execute(
                "INSERT INTO core_reader (name, tx, event_id)"
                " SELECT %s, max(tx::text::bigint), max(id) FROM core_event"
                " ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, event_id = excluded.event_id",
                [name],
            )


# --- rows -------------------------------------------------------------------------------------------------------------


class Rows:
    """Rows as COPY reads them, gathered by table."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = defaultdict(list)

    def add(self, table: str, *values: object) -> None:
        self.lines[table].append("\t".join(map(_text, values)))

    def write(self, conn: psycopg.Connection[Any]) -> None:
        for table, columns in TABLES.items():
            lines = self.lines.pop(table, None)
            if not lines:
                continue
            names, into = columns.split(), table
            with conn.transaction(), conn.cursor() as cur:
                if table == _SEARCHED:  # its vectors are made by the server, of words that are made here
                    into = "bench_words"
                    cur.execute(f"CREATE TEMP TABLE {into} AS SELECT {', '.join(names[:-1])} FROM {table} LIMIT 0")
                    cur.execute(f"ALTER TABLE {into} ADD COLUMN words text")
                with cur.copy(f"COPY {into} ({', '.join(names)}) FROM STDIN") as copy:
                    copy.write("\n".join(lines) + "\n")
                if into != table:
                    told = ", ".join(names[:-1])
                    cur.execute(f"INSERT INTO {table} ({told}, words) SELECT {told}, {VECTOR} FROM {into} x")
                    cur.execute(f"DROP TABLE {into}")


_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    return str(value)


class Ids:
    """Ids of rows, from the numbers of cases and messages, so that several processes draw none twice."""

    def __init__(self, everything: Everything) -> None:
        self.cases = everything.cases
        self.rows = self.cases * 3 + LONG_CASE  # messages at most
        self.records = {customer: everything.customers + n + 1 for n, customer in enumerate(everything.more_customers)}

    def case(self, n: int) -> int:
        return n + 1

    def message(self, n: int, number: int) -> int:
        return n * 3 + number + 1 if number < 3 else self.cases * 3 + number + 1

    def event(self, message: int, which: int) -> int:
        """Of a message: 0 it came or was written, 1 it was sent."""
        return message + which * self.rows

    def entry_event(self, entry: int) -> int:
        return 2 * self.rows + entry

    def record(self, customer: int) -> int:
        return self.records.get(customer, customer + 1)

    def record_event(self, record: int) -> int:
        return 2 * self.rows + 2 * self.cases + record


def customers(everything: Everything, conn: psycopg.Connection[Any]) -> None:
    """The customers who have written, their records, addresses and names."""
    from rundblick.core.digests import Digests
    from rundblick.core.ids import uuid7s
    from rundblick.core.installation import installation
    from rundblick.core.numbers import customer_number

    house, ids = build(), Ids(everything)
    digests = Digests(bytes(installation().salt))
    first = _first_contacts(everything, conn)
    all_of_them = [*range(everything.customers), *everything.more_customers]
    for low in range(0, len(all_of_them), PORTION):
        some, rows = [c for c in all_of_them[low : low + PORTION] if c in first], Rows()
        for customer, one, two in zip(some, uuid7s(len(some)), uuid7s(len(some)), strict=True):
            record, address = ids.record(customer), mail_of(customer)
            message, at = first[customer]
            facts = json.dumps({"name": name_of(customer)}, ensure_ascii=False, separators=(",", ":"))
            rows.add("customers_customer", record, one, customer_number(record))
            rows.add("customers_sourcerecord", record, two, house.email, digests.record("email", address))
            content = blake2b(facts.encode(), digest_size=16).digest()
            rows.add("customers_recordversion", record, record, content, message, at, address, facts)
            digest = digests.identifier("email", "", address)
            rows.add("customers_identifier", record, record, "email", "", address, digest, "strong", "f")
            event = ids.record_event(record)
            rows.add("customers_assignment", record, record, record, event)
            rows.add("core_event", event, "record.attached", at, "machine", None, None, None)
            rows.add("core_eventobject", event, "record", record)
            rows.add("core_eventobject", event, "customer", record)
        rows.write(conn)


def _first_contacts(everything: Everything, conn: psycopg.Connection[Any]) -> dict[int, tuple[int, datetime]]:
    """{customer: (message, when)} of those who have written."""
    with conn.cursor() as cur:
        cur.execute(
            "SELECT DISTINCT ON (m.record_id) m.record_id, m.id, m.at FROM cases_message m WHERE m.direction = 'in'"
            " ORDER BY m.record_id, m.at"
        )
        told = {record: (message, at) for record, message, at in cur.fetchall()}
    ids = Ids(everything)
    everybody = [*range(everything.customers), *everything.more_customers]
    return {customer: told[ids.record(customer)] for customer in everybody if ids.record(customer) in told}


def part(everything: Everything, low: int, high: int, conn: psycopg.Connection[Any], say: bool = True) -> None:
    """The cases from ``low`` to before ``high``; says on standard output how many each portion had."""
    writer = Writer(everything)
    for start in range(low, high, PORTION):
        end = min(start + PORTION, high)
        for n in range(start, end):
            writer.case(everything.one(n))
        writer.rows.write(conn)
        if say:
            print(end - start, flush=True)


class Writer:
    """Makes rows of cases."""

    def __init__(self, everything: Everything) -> None:
        from rundblick.core.digests import Digests
        from rundblick.core.ids import uuid7s
        from rundblick.core.installation import installation
        from rundblick.core.numbers import case_number
        from rundblick.core.signed import case_key

        self.house: House = build()
        self.ids, self.rows = Ids(everything), Rows()
        self.digests = Digests(bytes(installation().salt))
        self._case_number, self._case_key = case_number, case_key
        self._uuids = _endless(uuid7s)

    def case(self, concern: Concern) -> None:
        rows, ids, house = self.rows, self.ids, self.house
        case, record = ids.case(concern.n), ids.record(concern.customer)
        number = self._case_number(case)
        owner = None if concern.person is None else house.persons[concern.person]
        team = house.teams[concern.team]
        replied = next((said.at + _LEFT for said in concern.said if said.direction == "out"), None)
        moments = [_second(said.at) if said.direction == "in" else said.at for said in concern.said]
        moments += [concern.opened + _TAKEN] if owner is not None else []
        last = max([*moments, self._set_at(concern) or moments[0]])
        rows.add(
            "cases_case", case, next(self._uuids), number, concern.state, "email", "de", owner,
            team if owner is None else None, team, record, record, _second(concern.opened), replied, concern.resolved,
            last, len(concern.said),
        )  # fmt: skip
        rows.add("cases_casecontent", case, record, "", concern.subject)
        rows.add("cases_routing", case, next(self._uuids), case, _second(concern.opened), 1, "bench", team)
        rows.add("cases_participant", case, case, record, "concerned")
        for said in concern.said:
            if said.direction == "in":
                self._received(concern, said, case, record)
            else:
                self._written(concern, said, case, record, number)
        self._entries(concern, case, owner, team)

    def _received(self, concern: Concern, said: Said, case: int, record: int) -> None:
        rows, ids, house = self.rows, self.ids, self.house
        message = ids.message(concern.n, said.number)
        key, address, name = (
            f"{concern.n}.{said.number}@mail.example",
            mail_of(concern.customer),
            name_of(concern.customer),
        )
        at = _second(said.at)
        identity = self.digests.thread(f"mid:{key}")
        uuid, delivery = next(self._uuids), next(self._uuids)
        rows.add("core_delivery", message, delivery, house.source, f"1:{concern.n}.{said.number}", "mail", said.at)
        stages = _STAGES % ("new" if said.number == 0 else "thread", case, record)
        rows.add("intake_outcome", message, message, "recorded", "message", message, stages)
        rows.add(
            "cases_message", message, uuid, identity, identity, case, message, house.email, record, "email", "in",
            "human", "de", at, None, None, "", None,
        )  # fmt: skip
        rows.add("cases_messagecontent", message, record, concern.subject, said.text, name, address, None, key)
        rows.add(_SEARCHED, message, message, None, at, token_text(concern.subject, name, address, said.text))
        event = ids.event(message, 0)
        rows.add("core_event", event, "message.received", at, "customer", record, house.source, message)
        self._about(event, ("message", message), ("record", record), ("case", case))
        rows.add("cases_threadkey", self.digests.thread(f"mid:{key}"), message, "t")
        if said.number:
            rows.add("cases_threadkey", self.digests.thread(f"mid:{self._before(concern, said)}"), message, "f")
            if concern.said[said.number - 1].direction == "out":  # our own keys name their case
                rows.add("cases_threadkey", self.digests.thread(self._case_key(self._case_number(case))), message, "f")
        if said.file is not None:
            self._attached(said, message, record)

    def _written(self, concern: Concern, said: Said, case: int, record: int, number: str) -> None:
        rows, ids, house = self.rows, self.ids, self.house
        message, by = ids.message(concern.n, said.number), house.who(concern)
        uuid, sent = next(self._uuids), said.at + _LEFT
        address, subject = mail_of(concern.customer), f"Re: {concern.subject}"
        rows.add(
            "cases_message", message, uuid, uuid.bytes, uuid.bytes, case, None, house.email, record, "email", "out",
            "human", "de", said.at, by, "", "sent", sent,
        )  # fmt: skip
        rows.add("cases_messagecontent", message, record, subject, said.text, "", "", f'["{address}"]', "")
        rows.add(_SEARCHED, message, message, None, said.at, token_text(subject, f'["{address}"]', said.text))
        if said.file is not None:
            self._attached(said, message, record)
        key = self._out_key(concern, said)
        due = said.at + timedelta(seconds=10)
        rows.add(
            "intake_outgoing", message, next(self._uuids), uuid, message, house.source, "email", "sent", due, due, 1,
            sent,
        )  # fmt: skip
        rows.add("intake_outgoingattempt", message, message, "sent", 1, sent)
        to = json.dumps([{"address": address, "name": name_of(concern.customer), "part": "to"}], ensure_ascii=False)
        rows.add("intake_outgoingcontent", message, record, key, to)
        for which, kind, at, who in ((0, "message.written", said.at, by), (1, "message.sent", sent, None)):
            event = ids.event(message, which)
            rows.add("core_event", event, kind, at, "machine" if who is None else "person", who, None, None)
            self._about(event, ("message", message), ("record", record), ("case", case))
        rows.add("cases_threadkey", self.digests.thread(f"mid:{key}"), message, "t")
        rows.add("cases_threadkey", self.digests.thread(self._case_key(number)), message, "t")

    def _before(self, concern: Concern, said: Said) -> str:
        """The key of the message that this one answers: the one before it."""
        former = concern.said[said.number - 1]
        if former.direction == "out":
            return self._out_key(concern, former)
        return f"{concern.n}.{former.number}@mail.example"

    @staticmethod
    def _out_key(concern: Concern, said: Said) -> str:
        return f"rb1.{concern.n}.{said.number}@bench.example"

    def _attached(self, said: Said, message: int, record: int) -> None:
        assert said.file is not None
        data = said.file.text.encode()
        rows = self.rows
        rows.add("core_blob", message, sha256(data).digest(), len(data))
        rows.add("core_blobchunk", message, 0, data)
        rows.add("cases_attachment", message, next(self._uuids), message, 0, message, "text/plain", len(data))
        rows.add("cases_attachmentcontent", message, record, said.file.name)
        words = token_text(said.file.name, said.file.text)
        at = _second(said.at) if said.direction == "in" else said.at
        rows.add(_SEARCHED, self.ids.rows + message, message, message, at, words)

    def _entries(self, concern: Concern, case: int, owner: int | None, team: int) -> None:
        by = self.house.who(concern)
        if owner is not None:
            self._entry(1, concern, "case.taken", concern.opened + _TAKEN, "", team, owner, by, None)
            self._about(self.ids.entry_event(concern.n * 2 + 1), ("case", case), ("person", owner))
        if (at := self._set_at(concern)) is not None:
            kind = "case.resolved" if concern.state == "resolved" else "case.pending"
            self._entry(2, concern, kind, at, concern.state, None, None, by, concern.resolved)
            self._about(self.ids.entry_event(concern.n * 2 + 2), ("case", case))

    @staticmethod
    def _set_at(concern: Concern) -> datetime | None:
        """When its state was set: what nobody set is open."""
        if concern.state == "pending":
            return concern.said[-1].at + timedelta(minutes=1)
        return concern.resolved

    def _entry(
        self, which: int, concern: Concern, kind: str, at: datetime, state: str, team: int | None, person: int | None,
        by: int, resolved: datetime | None,
    ) -> None:  # fmt: skip
        entry = concern.n * 2 + which
        key = next(self._uuids).bytes
        event, case = self.ids.entry_event(entry), self.ids.case(concern.n)
        self.rows.add("core_event", event, kind, at, "person", by, None, None)
        self.rows.add("cases_caseentry", entry, key, key, event, case, at, state, team, person, by, resolved)

    def _about(self, event: int, *objects: tuple[str, int]) -> None:
        for kind, one in objects:
            self.rows.add("core_eventobject", event, kind, one)


_LEFT, _TAKEN = timedelta(seconds=30), timedelta(minutes=4)
_STAGES = (
    '{"read": {"what": "message", "remarks": []}, "sender": "human", "thread": {"why": "%s", "case": %d}, '
    '"identify": {"record": %d}}'
)


def _second(at: datetime) -> datetime:
    """A mail's date has no fractions."""
    return at.replace(microsecond=0)


def _endless(draw: Any) -> Iterator[Any]:
    while True:
        yield from draw(10_000)


def main(arguments: Sequence[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rundblick.settings")
    import django

    django.setup()
    cases, now = int(arguments[0]), datetime.fromisoformat(arguments[1])
    if len(arguments) == 4:
        with connected() as conn:
            part(Everything(cases, now), int(arguments[2]), int(arguments[3]), conn)
    else:
        print(json.dumps(fill(cases, now)))


if __name__ == "__main__":
    main(sys.argv[1:])
