"""A folder is planned and read in a child process; whatever happens to it, the rest goes on."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from rundblick.connectors import reading
from rundblick.connectors.mapping import Mapping, MappingError, parse_mapping
from rundblick.connectors.protocol import Mail
from rundblick.connectors.reading import Limits, Piece, Plan, ReaderProcess, open_folder, read_file, register_archive
from rundblick.connectors.texts import CODES, fault_text, note_text, remark_texts
from rundblick.core.message import Message, Unreadable

HERE = Path(__file__).parent

ENTRY = """
[[file]]
name = "{name}"
is = "case_events"
system = "desk"
{more}
[file.columns]
case = "nr"
at = "am"
"""


def mapping(*names: str, more: str = "") -> Mapping:
    return parse_mapping("".join(ENTRY.format(name=name, more=more) for name in names))


def csv_of(rows: int, first: int = 1) -> bytes:
    return b"nr,am\n" + b"".join(b"%d,2016-02-29 01:%02d\n" % (n, n % 60) for n in range(first, first + rows))


def put(folder: Path, name: str, data: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def read_plan(plan: Plan) -> dict[str, Counter[str]]:
    """Per file, how many of what came, and the fault that ended it."""
    told: dict[str, Counter[str]] = {}
    with ReaderProcess() as reader:
        for file in plan.readable:
            run = read_file(file, reader=reader)
            told[file.name] = Counter(
                piece.fault if isinstance(piece, Unreadable) else type(piece).__name__
                for chunk in run
                for piece in chunk
            )
            if run.fault is not None:
                told[file.name][run.fault.code] += 1
                assert "?" not in note_text(run.fault).replace("right?", "")
            for note in run.remarks:
                assert note.code in CODES
    return told


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setattr(reading, "_archives", {})
    register_archive("mail", "archive_of_tests:archive")


# --- planning ---------------------------------------------------------------------------------------------------


def test_a_plan_names_every_file_and_why_it_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(3))
    put(tmp_path, "b.csv", b"")
    put(tmp_path, "c.csv", csv_of(3))
    put(tmp_path, "d.pdf", b"%PDF-1.7\n" + bytes(range(256)))
    put(tmp_path, "e.csv", b"nr,am\n")
    plan = open_folder(tmp_path, mapping("a.csv", "b.csv", "e.csv", "missing*.csv"))
    told = {f.name: [n.code for n in (*f.remarks, f.fault) if n] for f in plan.files}
    assert told == {
        "a.csv": [],
        "b.csv": ["file.empty"],
        "c.csv": ["file.not_mapped"],
        "d.pdf": ["file.unknown_kind"],
        "e.csv": [],
    }
    assert [(note.code, note.values["name"]) for note in plan.remarks] == [("mapping.no_file_for", "missing*.csv")]
    assert [f.name for f in plan.readable] == ["a.csv", "e.csv"]
    assert plan.size == len(csv_of(3)) + 6
    assert read_plan(plan) == {"a.csv": Counter(Message=3), "e.csv": Counter()}


def test_every_unknown_column_of_every_file_is_told_before_anything_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", b"nummer,am\n1,2\n")
    put(tmp_path, "b.csv", b"nr,wann\n1,2\n")
    with pytest.raises(MappingError) as caught:
        open_folder(tmp_path, mapping("a.csv", "b.csv"))
    correct = "Correct the name in the mapping."
    assert str(caught.value).splitlines() == [
        f'rundblick.toml, line 8: a.csv has no column "nr". Its columns: "nummer", "am". {correct}',
        f'rundblick.toml, line 18: b.csv has no column "am". Its columns: "nr", "wann". {correct}',
    ]


def test_a_mail_mapped_as_a_table_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path, "a.eml", b"From: x@example.org\n\nx\n")
    with pytest.raises(MappingError, match="mail"):
        open_folder(tmp_path, mapping("a.eml"))


def test_day_and_month_are_settled_by_a_row_far_below(tmp_path: Path) -> None:
    head = b"nr,am\n" + b"".join(b"%d,4/3/2016 01:%02d\n" % (n, n % 60) for n in range(5000))
    put(tmp_path, "a.csv", head + b"9,3/25/2016 10:00\n")
    put(tmp_path, "b.csv", head)
    plan = open_folder(tmp_path, mapping("a.csv", "b.csv"))
    a, b = plan.files
    assert a.context is not None
    assert b.context is not None
    assert (a.context.orders, a.remarks) == ({"am": "month-first"}, ())
    assert b.context.orders == {"am": "day-first"}
    assert [note.code for note in b.remarks] == ["dates.ambiguous"]
    first = next(iter(read_file(a)))[0]
    assert isinstance(first, Message)
    assert first.at is not None
    assert first.at.at == dt.datetime(2016, 4, 2, 23, 0, tzinfo=dt.UTC)


def test_columns_of_json_that_come_late_are_found(tmp_path: Path) -> None:
    lines = b"".join(b'{"nr": %d, "am": "2016-02-29"}\n' % n for n in range(4000))
    put(tmp_path, "a.jsonl", lines + b'{"nr": 1, "am": "2016-02-29", "team": "T1"}\n')
    plan = open_folder(
        tmp_path, parse_mapping(ENTRY.format(name="a.jsonl", more="") + 'team = "team"\ntopic = "thema"\n')
    )
    assert [(n.code, n.values["column"]) for n in plan.files[0].remarks] == [("columns.absent", "thema")]
    pieces = [piece for chunk in read_file(plan.files[0]) for piece in chunk]
    assert len(pieces) == 4001
    assert isinstance(pieces[-1], Message)
    assert pieces[-1].team == "T1"
    put(tmp_path, "b.jsonl", b'{"nr": 1, "am": "2016-02-29", "team": "T1"}\n')
    with pytest.raises(MappingError, match="did you mean"):
        open_folder(tmp_path, parse_mapping(ENTRY.format(name="b.jsonl", more="") + 'team = "teem"\n'))


def test_a_file_may_be_read_by_two_entries_and_a_member_of_a_zip_by_one(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(2))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("in/c.csv", csv_of(4))
    more = '[[file]]\nname = "a.csv"\nis = "customers"\n[file.columns]\nkey = "nr"\n'
    both = parse_mapping(ENTRY.format(name="a.csv", more="") + more + ENTRY.format(name="b.zip/**", more=""))
    plan = open_folder(tmp_path, both)
    assert [(f.name, f.means, f.system) for f in plan.readable] == [
        ("a.csv", "case_events", "desk"),
        ("a.csv", "customers", "a"),
        ("b.zip/in/c.csv", "case_events", "desk"),
    ]
    assert read_plan(plan)["b.zip/in/c.csv"] == Counter(Message=4)
    assert len({file.sha256() for file in plan.readable}) == 3
    assert plan.readable[0].sha256() == open_folder(tmp_path, mapping("a.csv")).readable[0].sha256()


# --- reading ----------------------------------------------------------------------------------------------------


def test_chunks_are_small_and_tell_how_far_the_file_was_read(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(30_000))
    (file,) = open_folder(tmp_path, mapping("a.csv")).files
    run = read_file(file)
    places = []
    sizes = []
    for chunk in run:
        sizes.append(len(chunk))
        places.append((run.rows, run.position))
    assert sum(sizes) == 30_000
    assert max(sizes) <= 20_000
    assert places == sorted(places)
    assert (run.rows, run.position, run.fault) == (30_000, file.size, None)


def test_a_second_reading_gives_the_same_identities(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(100) + csv_of(50)[6:])
    (file,) = open_folder(tmp_path, mapping("a.csv")).files

    def once() -> list[tuple[bytes, bytes]]:
        return [(p.identity, p.content) for chunk in read_file(file) for p in chunk if isinstance(p, Message)]

    assert once() == once()
    assert len({identity for identity, _ in once()}) == 150


def test_each_bad_file_costs_itself_only(tmp_path: Path) -> None:
    packed = gzip.compress(csv_of(60_000))
    put(tmp_path, "1-ragged.csv", csv_of(2) + b"7\n" + csv_of(2, 5)[6:])
    put(tmp_path, "2-cut.csv.gz", packed[: len(packed) // 2])
    put(tmp_path, "3-dates.csv", csv_of(1) + b"8,gestern\n9,31.02.2016\n,2016-01-01\n")
    put(tmp_path, "4-good.csv", csv_of(2))
    plan = open_folder(tmp_path, mapping("*.csv", "*.csv.gz"))
    told = read_plan(plan)
    assert told["1-ragged.csv"] == Counter({"Message": 4, "row.ragged": 1})
    assert told["2-cut.csv.gz"]["file.truncated"] == 1
    assert 10_000 < told["2-cut.csv.gz"]["Message"] < 60_000
    assert told["3-dates.csv"] == Counter({"Message": 1, "value.date": 2, "value.missing": 1})
    assert told["4-good.csv"] == Counter(Message=2)


def test_every_unreadable_row_says_where_and_what_in_words(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(1) + b"7\n8,gestern\n")
    (file,) = open_folder(tmp_path, mapping("a.csv")).files
    bad = [piece for chunk in read_file(file) for piece in chunk if isinstance(piece, Unreadable)]
    assert [fault_text(one) for one in bad] == [
        "row 2 (line 3): Cells: 1, columns in the header: 2. Often a delimiter or a line end stands inside a text.",
        'row 3: A value in "am" is no date or time. Set dates in the mapping if its form is unusual.',
    ]
    raw = (tmp_path / "a.csv").read_bytes()
    assert [raw[one.span.start : one.span.end] for one in bad if one.span] == [b"7\n", b"8,gestern\n"]


def test_rare_unmapped_values_are_counted_and_not_shown(tmp_path: Path) -> None:
    rows = b"nr,am,st\n" + b"1,2016-02-29,oft\n" * 5 + b"2,2016-02-29,Anna Meier\n2,2016-02-29,Bert\n"
    put(tmp_path, "a.csv", rows)
    (file,) = open_folder(tmp_path, parse_mapping(ENTRY.format(name="a.csv", more="") + 'state = "st"\n')).files
    run = read_file(file)
    assert len([piece for chunk in run for piece in chunk]) == 7
    said = " ".join(remark_texts(run.remarks))
    assert '"oft" in "st" stands under no [file.values.state] and is taken as unknown (rows: 5).' in said
    assert 'Rare values in "st"' in said
    assert "(rows: 2)" in said
    assert "Anna" not in said


def test_leaving_a_file_in_the_middle_ends_its_child(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(60_000))
    (file,) = open_folder(tmp_path, mapping("a.csv")).files
    with ReaderProcess() as reader:
        pieces = iter(read_file(file, reader=reader))
        next(pieces)
        child = reader._child
        assert child is not None
        pieces.close()  # type: ignore[attr-defined]
        assert child.returncode is not None
        assert sum(len(chunk) for chunk in read_file(file, reader=reader)) == 60_000


def test_a_file_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "c.csv", csv_of(1))
    with pytest.raises(ValueError, match=r"c\.csv"):
        read_file(open_folder(tmp_path, mapping("x.csv")).files[0])


# --- what a child may do to us ----------------------------------------------------------------------------------


def mail_plan(folder: Path, data: bytes) -> Plan:
    put(folder, "a.mbox", b"From a@example.org Mon Feb 29 01:16:23 2016\nFrom: a@example.org\n" + data)
    put(folder, "b.csv", csv_of(2))
    text = '[[file]]\nname = "a.mbox"\nis = "mail"\nown = ["Firma.example"]\n' + ENTRY.format(name="b.csv", more="")
    return open_folder(folder, parse_mapping(text))


def read_harm(plan: Plan, limits: Limits) -> tuple[int, str, str, int]:
    """Mails read, fault and its row of the first file; rows of the second one, read by the same process."""
    first, second = plan.readable
    with ReaderProcess(limits) as reader:
        reader._running()  # its start is no silence
        run = read_file(first, reader=reader)
        count = sum(len(chunk) for chunk in run)
        assert run.fault is not None
        assert note_text(run.fault)
        rest = sum(len(chunk) for chunk in read_file(second, reader=reader))
    return count, run.fault.code, run.fault.values.get("row", ""), rest


@pytest.mark.usefixtures("mails")
@pytest.mark.parametrize(
    ("word", "code", "silence"),
    [
        (b"die", "file.reader_died", 60.0),
        (b"hang", "file.reader_silent", 3.0),
        (b"eat", "file.too_much_memory", 60.0),
        (b"break", "archive.truncated", 60.0),
    ],
)
def test_a_child_that_dies_hangs_or_eats_costs_its_file_with_the_row(
    tmp_path: Path, word: bytes, code: str, silence: float
) -> None:
    plan = mail_plan(tmp_path, b"one\ntwo\n" + word + b"\nthree\n")
    assert read_harm(plan, Limits(silence=silence))[1:] == (code, "4", 2)


@pytest.mark.usefixtures("mails")
def test_a_child_that_spins_is_ended_by_its_allowance_of_cpu(tmp_path: Path) -> None:
    plan = mail_plan(tmp_path, b"one\nspin\n")
    assert read_harm(plan, Limits(cpu_base=0, bytes_per_cpu_second=1 << 40))[1:] == ("file.too_slow", "3", 2)


def place(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


@pytest.mark.usefixtures("mails")
def test_mails_come_with_their_bytes_and_keys_that_follow_their_content(tmp_path: Path) -> None:
    plan = mail_plan(tmp_path, b"bad\n")
    register_archive("mail.reader", "archive_of_tests:read")
    when = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    pieces: list[Piece] = [p for chunk in read_file(plan.readable[0], received_at=when) for p in chunk]
    mails_read = [piece for piece in pieces if isinstance(piece, Mail)]
    assert len(mails_read) == 3
    last = mails_read[-1]
    assert (last.envelope.raw, last.envelope.received_at, last.envelope.kind) == (b"bad", when, "mail")
    assert last.envelope.hints == {"own": "firma.example", "zone": "Europe/Berlin"}
    assert last.envelope.source_key.startswith(place("a.mbox:3") + "#")
    assert "mbox" not in last.envelope.source_key  # names of files stay out of what cannot be erased
    assert (last.message, last.unreadable) == (None, Unreadable(fault="mail.broken"))
    assert mails_read[0].message is not None
    assert len({piece.envelope.source_key for piece in mails_read}) == 3


@pytest.mark.usefixtures("mails")
def test_of_a_mail_that_is_too_large_the_beginning_comes_and_says_that_it_is_one(tmp_path: Path) -> None:
    plan = mail_plan(tmp_path, b"large " + b"x" * 2_000_000 + b"\n")
    register_archive("mail.reader", "archive_of_tests:read")
    pieces: list[Piece] = [p for chunk in read_file(plan.readable[0]) for p in chunk]
    (mail,) = [piece for piece in pieces if isinstance(piece, Mail) and piece.unreadable is not None]
    assert (mail.envelope.kind, len(mail.envelope.raw or b"")) == ("cut_mail", 64 << 10)
    assert mail.message is None and mail.unreadable.fault == "mail.too_large"  # type: ignore[union-attr]
    assert mail.unreadable.detail == {"size": "300", "largest": "2"}  # type: ignore[union-attr]


@pytest.mark.usefixtures("mails")
def test_single_mails_and_maildirs_keep_their_place_in_their_keys(tmp_path: Path) -> None:
    for n in range(2):
        put(tmp_path, f"m/{n}.eml", b"From: a@example.org")
        put(tmp_path, f"box/cur/{n}", b"From: a@example.org")
    (tmp_path / "box/new").mkdir()
    plan = open_folder(
        tmp_path, parse_mapping('[[file]]\nname = "m/*.eml"\nis = "mail"\n[[file]]\nname = "box"\nis = "mail"\n')
    )
    keys = {
        piece.envelope.source_key.partition("#")[0]
        for file in plan.readable
        for chunk in read_file(file)
        for piece in chunk
        if isinstance(piece, Mail)
    }
    assert keys == {place(name) for name in ("m/0.eml:1", "m/1.eml:1", "0:1", "1:1")}
    assert len({file.sha256() for file in plan.readable}) == 2


def test_without_a_registered_archive_mails_are_a_mistake_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_archives", {})
    plan = mail_plan(tmp_path, b"x")
    with pytest.raises(RuntimeError, match="register_archive"):
        list(read_file(plan.readable[0]))


def test_a_bug_of_a_reader_costs_its_file_and_names_the_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rundblick.connectors import child

    put(tmp_path, "a.csv", csv_of(3))
    (file,) = open_folder(tmp_path, mapping("a.csv")).files
    monkeypatch.setattr(child, "compile_rows", lambda *_: lambda *_: 1 / 0)
    request = reading._request(file, Limits(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    row = memoryview(bytearray(8)).cast("Q")
    (done,) = child.answers(request, row)
    assert note_text(done.fault).startswith("An error of this program ended the reading at row 1")  # type: ignore[union-attr, arg-type]


def test_the_child_knows_no_django() -> None:
    heavy = "('django', 'pyarrow', 'openpyxl')"
    found = f"any(m.partition('.')[0] in {heavy} for m in sys.modules)"
    code = f"import rundblick.connectors.child, sys; sys.exit({found})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_memory_of_a_child_is_limited(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(2))
    (file,) = open_folder(tmp_path, mapping("a.csv")).files
    assert list(read_file(file, reader=ReaderProcess(Limits(memory=1 << 24)))) == []


def test_every_code_of_a_note_has_its_words() -> None:
    import re

    source = "".join(path.read_text("utf-8") for path in (HERE.parents[1] / "src/rundblick/connectors").rglob("*.py"))
    used = set(
        re.findall(
            r'"((?:mapping|file|zip|excel|parquet|json|header|row|value|values|text|columns|encoding|delimiter|dates|decimal|scale|identifier|fact|folder|archive)\.[a-z_0-9]+)"',
            source,
        )
    )
    assert used - set(CODES) - {"text.py"} == set()
    assert os.sep


def test_a_plan_without_changes_is_the_same_plan(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", csv_of(3))
    first, second = (open_folder(tmp_path, mapping("a.csv")) for _ in range(2))
    assert first == second
    assert replace(first.files[0], size=1) != first.files[0]
