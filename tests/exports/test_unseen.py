"""A road that nobody watches writes late and beside the walk, into a database without what nobody asks: same rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from rundblick.blindspots.unasked import UNASKED
from rundblick.cases.folding import FOLD, SUBJECTS
from rundblick.cases.models import Message
from rundblick.cases.threading import FIND_THREADS
from rundblick.connectors.mapping import parse_mapping
from rundblick.connectors.reading import open_folder
from rundblick.core import server
from rundblick.core.installation import installation
from rundblick.core.scratch import scratch_database, settle
from rundblick.exports.feeding import Fed, feed
from rundblick.intake.road import Options, Road
from rundblick.intake.walking import RoadStopped

pytestmark = pytest.mark.django_db(transaction=True)

MAPPING = """
[rundblick]
version = 1

[[file]]
name = "kunden.csv"
is = "customers"
system = "crm"
[file.columns]
key = "nr"
name = "name"
email = "mail"
[file.verified]
email = true

[[file]]
name = "post*.csv"
is = "interactions"
system = "post"
key = ["id"]
[file.columns]
key = "id"
at = "zeit"
customer = "kunde"
channel = "weg"
direction = "richtung"
reply_to = "auf"
case = "fall"
subject = "betreff"
text = "text"
[file.identifiers]
"customer_no@crm" = "nr"

[[file]]
name = "log.csv"
is = "case_events"
system = "post"
[file.columns]
case = "fall"
at = "zeit"
state = "stand"
team = "team"
customer = "kunde"
text = "notiz"

[[file]]
name = "urteile.csv"
is = "ratings"
system = "umfrage"
[file.columns]
at = "zeit"
value = "note"
customer = "kunde"
case = "fall"
text = "text"
"""


def write(folder: Path) -> None:
    """Customers, a late link of two cases, cases with and without contacts, versions, a file twice, a bad row."""
    customers = [f"{100 + i},Kunde {i},k{i % 4}@kunde.example" for i in range(7)]
    (folder / "kunden.csv").write_text("\n".join(["nr,name,mail", *customers]) + "\n", "utf-8")
    head = "id,zeit,kunde,weg,richtung,auf,fall,betreff,text,nr"
    posts = [head]
    for i in range(120):
        number, of_case = 119 - i, "" if i % 3 else f"F{i % 5}"
        way = "in" if number % 2 == 0 else "out"
        text = "Bitte nennen Sie uns Ihre Kundennummer." if number % 4 == 1 else f"Frage {number}"
        answers = f"p{number - 1}" if number % 2 and not of_case else ""
        posts.append(
            f"p{number},2026-03-{1 + number % 28:02d} 10:{number % 60:02d},H{number % 6},email,{way},{answers},"
            f"{of_case},Betreff {number},{text},{100 + number % 7}"
        )
    posts.append("y,2026-03-02 09:00,H1,email,in,q,F2,,,101")
    posts += ["kaputt,morgen,H1,email,in,,,,hallo,100", "p5,2026-03-06 10:05,H5,email,out,p4,,Betreff neu,anders,105"]
    (folder / "post.csv").write_text("\n".join(posts) + "\n", "utf-8")
    (folder / "post_kopie.csv").write_text("\n".join(posts) + "\n", "utf-8")
    (folder / "post_spaet.csv").write_text(f"{head}\nq,2026-03-01 09:00,H1,email,in,p116,,,,101\n", "utf-8")
    log = [entry(i) for i in range(24)]
    (folder / "log.csv").write_text("\n".join(["fall,zeit,stand,team,kunde,notiz", *log]) + "\n", "utf-8")
    (folder / "urteile.csv").write_text(
        "zeit,note,kunde,fall,text\n2026-03-20,4,H1,F1,gut\n2026-03-21,1,H2,F9,schlecht\n", "utf-8"
    )


def entry(i: int) -> str:
    state = ("new", "open", "resolved", "open")[i // 6]
    return f"F{i % 6},2026-03-0{1 + i // 6} 12:00,{state},T{i % 2},H{i % 5},Notiz {i}"


@pytest.fixture
def url() -> str:
    return server.database_url()


def fed_into(url: str, folder: Path, options: Options, unasked: tuple[str, ...]) -> dict[str, list[str]]:
    """Every row of every table after feeding the folder, without chance and the clock."""
    start = datetime.now(UTC)
    with scratch_database(url, unasked=unasked):
        run(folder, options)
        return {table: rows_of(table, start) for table in tables()}


def run(folder: Path, options: Options) -> list[Fed]:
    here = installation()
    here.salt = b"the same in both"
    here.save(update_fields=["salt"])
    return feed(open_folder(folder, parse_mapping(MAPPING)), Road(here, options))


def tables() -> list[str]:
    with connection.cursor() as cur:
        cur.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'")
        return sorted(name for (name,) in cur.fetchall())


def rows_of(table: str, start: datetime) -> list[str]:
    # who takes part is said again by each fold: the same rows under other ids
    dropped = "- 'uuid' - 'tx'" + (" - 'id'" if table == "cases_participant" else "")
    with connection.cursor() as cur:
        cur.execute(f"SELECT (to_jsonb(t) {dropped})::text FROM {table} t")
        return sorted(without_clock(row, start) for (row,) in cur.fetchall())


def without_clock(row: str, start: datetime) -> str:
    def told(value: object) -> object:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            return value
        return "now" if at.tzinfo is not None and at >= start.replace(microsecond=0) else value

    return json.dumps({name: told(value) for name, value in json.loads(row).items()})


def test_every_table_holds_the_same_rows_as_after_the_ordinary_road(tmp_path: Path, url: str) -> None:
    write(tmp_path)
    ordinary = fed_into(url, tmp_path, Options(understand=False, notify=False, search=False), ())
    unseen = Options(understand=False, notify=False, search=False, unseen=True)
    assert fed_into(url, tmp_path, unseen, UNASKED) == ordinary
    assert len(ordinary["core_event"]) > 150
    assert any('"case.joined"' in row for row in ordinary["core_event"])
    assert any('"asks_for": "customer_no"' in row for row in ordinary["cases_message"])


def test_what_a_check_does_without_is_there_to_be_done_without() -> None:
    with connection.cursor() as cur:
        cur.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        assert set(UNASKED) <= {name for (name,) in cur.fetchall()}


def test_a_check_does_without_references_and_unasked_indexes_and_tells_the_planner_what_came_in(url: str) -> None:
    with scratch_database(url, unasked=UNASKED), connection.cursor() as cur:
        cur.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f'")
        assert cur.fetchone() == (0,)
        cur.execute("SELECT relname FROM pg_class WHERE relkind = 'i' AND relname = ANY(%s)", (list(UNASKED),))
        assert cur.fetchall() == []
        cur.execute(
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relpersistence <> 'u'"
        )
        assert cur.fetchone() == (0,)
        cur.execute("INSERT INTO core_system (code, name) SELECT 's' || i, '' FROM generate_series(1, 500) AS i")
        settle()
        cur.execute("SELECT reltuples FROM pg_class WHERE relname = 'core_system'")
        assert cur.fetchone() == (500,)


def test_a_check_finds_what_belongs_to_a_case_without_reading_all(url: str) -> None:
    with scratch_database(url, unasked=UNASKED), connection.cursor() as cur:
        cur.execute("SET enable_seqscan = off")  # read whole is then only what no index leads to
        for question in (FOLD, SUBJECTS, FIND_THREADS):
            cur.execute(f"EXPLAIN {question}", ([1] if question != FIND_THREADS else [b"1"],))
            assert "Seq Scan on cases_" not in "\n".join(line for (line,) in cur.fetchall())


def test_rows_that_cannot_be_written_beside_the_walk_stop_the_road(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise psycopg.errors.DiskFull("no space left")

    write(tmp_path)
    monkeypatch.setattr("rundblick.core.aside.insert_rows", refused)
    with pytest.raises(RoadStopped, match="no space left"):
        run(tmp_path, Options(understand=False, notify=False, unseen=True))


def test_a_reader_tells_what_an_answer_asks_for(tmp_path: Path) -> None:
    write(tmp_path)
    asked_here: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("rundblick.intake.recording.asks_for", lambda *told: asked_here.append(told[-1]))
        run(tmp_path, Options(understand=False, notify=False))
    found = dict(Message.objects.values_list("content__text", "asks_for"))
    assert found["Bitte nennen Sie uns Ihre Kundennummer."] == "customer_no"
    assert found["Frage 3"] == ""
    assert found["Frage 2"] is None
    assert "Frage 3" not in asked_here  # it was read in the child
