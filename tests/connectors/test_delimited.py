"""Delimited texts as exports write them."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.connectors.formats import Batch, delimited
from rundblick.connectors.formats.delimited import DelimitedTable
from rundblick.connectors.notes import FileFault
from rundblick.connectors.streams import Stream, open_stream
from rundblick.core.message import Unreadable


def blocks_of(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def table_of(data: bytes | str, encoding: str = "", delimiter: str = "", block: int = 1 << 18) -> DelimitedTable:
    raw = data.encode() if isinstance(data, str) else data
    return DelimitedTable(Stream(blocks_of(raw, block), lambda: 0), encoding, delimiter)


def read(table: DelimitedTable) -> tuple[list[list[object]], list[Unreadable], list[Batch]]:
    batches = list(table.batches())
    return [list(row) for b in batches for row in b.rows], [bad for b in batches for bad in b.bad], batches


def codes(table: DelimitedTable) -> dict[str, int]:
    return {note.code: note.count for note in table.notes()}


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3\n", ";"),
        ("a\tb\tc\n1, 2\t2\t3\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("a^b^c\n1^2^3\n", "^"),
        ("a\x1fb\x1fc\n1\x1f2\x1f3\n", "\x1f"),
        ('sep=;\n"a";"b";"c"\n1;2;3\n', ";"),
        ('a;b;c\n"x, y";"2, 3, 4";"z, 5"\n', ";"),
    ],
)
def test_any_delimiter_is_found(text: str, delimiter: str) -> None:
    table = table_of(text)
    assert table.dialect.delimiter == delimiter
    assert table.header == ("a", "b", "c")
    assert len(read(table)[0]) == 1


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman", "cp850"]
)
def test_german_letters_come_through_every_usual_encoding(encoding: str) -> None:
    text = "Kunde;Straße;Ort\n" + "Jürgen Müller;Lindenstraße 5;Köln\nÄnne Größe;Öhmder Weg 3;Überlingen\n" * 3
    rows, bad, _ = read(table := table_of(text.encode(encoding)))
    assert table.header == ("Kunde", "Straße", "Ort")
    assert rows[0] == ["Jürgen Müller", "Lindenstraße 5", "Köln"]
    assert rows[5] == ["Änne Größe", "Öhmder Weg 3", "Überlingen"]
    assert not bad


def test_byte_ranges_lead_back_to_the_row_in_every_encoding() -> None:
    text = 'a;b\r\n1;"zwei\r\nZeilen ä"\r\n\r\n3;vier\r\n'
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        raw = text.encode(encoding)
        table = table_of(raw, encoding)
        rows, _, batches = read(table)
        assert rows == [["1", "zwei\nZeilen ä"], ["3", "vier"]]
        (start, end), (start2, end2) = zip(batches[0].starts, batches[0].ends, strict=True)
        plain = "utf-16-le" if encoding == "utf-16" else encoding
        assert raw[start:end].decode(plain) == '1;"zwei\r\nZeilen ä"\r\n'
        assert raw[start2:end2].decode(plain) == "3;vier\r\n"


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8), min_size=3, max_size=3
        ),
        max_size=12,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 40),
)
def test_what_the_csv_module_writes_is_read_back(
    rows: list[list[str]], delimiter: str, quoting: int, block: int
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    table = table_of(out.getvalue().encode(), "utf-8", delimiter, block)
    found, bad, batches = read(table)
    assert found == [row for row in rows if any(row)]
    assert not bad
    raw = out.getvalue().encode()
    for batch in batches:
        for row, start, end in zip(batch.rows, batch.starts, batch.ends, strict=True):
            assert next(csv.reader(io.StringIO(raw[start:end].decode(), newline=""), delimiter=delimiter)) == row


@given(st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_break_the_reader(data: bytes, block: int) -> None:
    fault = ""
    try:
        table = table_of(data, block=block)
        rows, bad, _ = read(table)
    except FileFault as caught:
        fault = caught.note.code
    else:
        assert all(len(row) == len(table.header) for row in rows)
        assert all(one.row > 0 for one in bad)
    assert fault in ("", "file.empty", "file.binary")


def test_ragged_rows_are_unreadable_and_the_others_stay() -> None:
    rows, bad, _ = read(table_of("a,b,c\n1,2,3\n1,2\n4,5,6\n1,2,3,4\n7,8,9\n"))
    assert [row[0] for row in rows] == ["1", "4", "7"]
    assert [(one.fault, one.row, one.detail["line"], one.detail["cells"]) for one in bad] == [
        ("row.ragged", 2, "3", "2"),
        ("row.ragged", 4, "5", "4"),
    ]


def test_empty_rows_and_empty_cells_behind_are_passed_over_and_told() -> None:
    table = table_of("a;b\n1;2;;\n;\n\n3;4\n   \n")
    assert read(table)[0] == [["1", "2"], ["3", "4"]]
    assert codes(table)["row.empty_cells_behind"] == 1
    assert codes(table)["row.empty"] == 1


def test_a_quote_that_nobody_closes_costs_its_own_row_only() -> None:
    body = "".join(f"{n},text {n},x\n" for n in range(2, 50))
    rows, bad, _ = read(table_of('a,b,c\n1,"open,x\n' + body))
    assert len(rows) == 48
    assert [(one.fault, one.row) for one in bad] == [("row.quote", 1)]


def test_a_quote_open_to_the_end_does_not_swallow_the_last_rows() -> None:
    rows, bad, _ = read(table_of('a,b\n1,2\n3,"open\n4,5\n6,7\n'))
    assert rows == [["1", "2"], ["4", "5"], ["6", "7"]]
    assert [one.fault for one in bad] == ["row.quote"]


def test_a_quote_inside_a_text_is_a_character() -> None:
    assert read(table_of('a,b\n5" Schirm,2\n"er sagte ""ja""",3\n'))[0] == [['5" Schirm', "2"], ['er sagte "ja"', "3"]]


def test_a_backslash_before_quotes_is_understood() -> None:
    rows, bad, _ = read(table_of('a,b\n"er sagte \\"ja\\" dazu",2\n"x\\"y",3\n'))
    assert rows == [['er sagte "ja" dazu', "2"], ['x"y', "3"]]
    assert not bad


def test_a_column_that_stands_twice_gets_a_number_and_is_told() -> None:
    table = table_of("id,category,category,,category\n1,2,3,4,5\n")
    assert table.header == ("id", "category", "category#2", "column 4", "category#3")
    assert codes(table) == {"columns.doubled": 1}


def test_lines_above_the_header_are_passed_over_and_told() -> None:
    table = table_of("Ticketliste;;;\nStand 1.3.2016;;;\n;;;\nNr;Titel;Status;Gruppe\n1;a;b;c\n2;d;e;f\n")
    assert table.header == ("Nr", "Titel", "Status", "Gruppe")
    assert len(read(table)[0]) == 2
    assert codes(table)["header.below"] == 1


def test_nul_characters_are_removed_and_told() -> None:
    table = table_of(b"a,b\n1,x\0y\n2,z\n")
    assert read(table)[0] == [["1", "xy"], ["2", "z"]]
    assert codes(table)["text.nul_removed"] == 1


def test_single_lines_of_another_encoding_are_read_and_counted() -> None:
    good = "nr,text\n" + "1,Müller und Söhne\n" * 400
    table = table_of(good.encode() + "2,Größe\n".encode("cp1252") + b"3,ok\n")
    rows, _, _ = read(table)
    assert rows[-2:] == [["2", "Größe"], ["3", "ok"]]
    assert codes(table)["encoding.mixed"] == 1


def test_line_ends_of_old_macs_are_line_ends() -> None:
    assert read(table_of(b"a,b\r1,2\r3,4\r"))[0] == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b"\n\n  \n", "file.empty"),
        (codecs.BOM_UTF8, "file.empty"),
        (bytes(range(256)) * 20, "file.binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "file.binary"),
        (b",".join(b"c%d" % n for n in range(6000)) + b"\n1\n", "header.too_wide"),
    ],
)
def test_what_is_no_table_is_refused_with_its_cause(data: bytes, code: str) -> None:
    with pytest.raises(FileFault) as caught:
        read(table_of(data))
    assert caught.value.note.code == code


def test_a_header_without_rows_gives_no_row() -> None:
    assert read(table_of("a,b,c\n"))[0] == []


def test_one_column_is_a_table_too() -> None:
    table = table_of("name\nAnna\n\nBert\n")
    assert (table.header, read(table)[0]) == (("name",), [["Anna"], ["Bert"]])


def test_a_truncated_gz_gives_its_rows_and_then_the_place(tmp_path: Path) -> None:
    text = "nr,text\n" + "".join(f"{n},text number {n * 7919 % 10007}\n" for n in range(40000))
    whole = gzip.compress(text.encode())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    with open_stream(tmp_path / "cut.csv.gz") as stream:
        table = DelimitedTable(stream)
        rows: list[list[object]] = []
        batches = table.batches()
        with pytest.raises(FileFault) as caught:
            rows.extend(list(row) for batch in batches for row in batch.rows)
    assert caught.value.note.code == "file.truncated"
    assert 10000 < len(rows) < 40000
    assert rows == [[str(n), f"text number {n * 7919 % 10007}"] for n in range(len(rows))]


def test_damage_inside_a_gz_is_a_fault_with_the_place(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(("a,b\n" + "".join(f"{n},{n * n}\n" for n in range(50000))).encode()))
    whole[len(whole) // 2] ^= 0xFF
    (tmp_path / "bad.csv.gz").write_bytes(whole)
    with pytest.raises(FileFault) as caught, open_stream(tmp_path / "bad.csv.gz") as stream:
        read(DelimitedTable(stream))
    assert caught.value.note.code in ("file.damaged", "file.truncated")
    assert caught.value.note.values["at"].isdigit()


def test_a_gz_of_several_members_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "two.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n") + b"\0" * 100)
    with open_stream(tmp_path / "two.csv.gz") as stream:
        assert read(DelimitedTable(stream))[0] == [["1", "2"], ["3", "4"]]


def test_a_line_without_end_costs_its_row_and_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE", 1 << 18)

    def blocks() -> Iterator[bytes]:
        yield b"a,b\n1,2\n"
        for _ in range(256):  # 16 MiB without a line end
            yield b"x" * (1 << 16)
        yield b"\n3,4\n"

    tracemalloc.start()
    rows, bad, _ = read(DelimitedTable(Stream(blocks(), lambda: 0)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == [["1", "2"], ["3", "4"]]
    assert [(one.fault, one.row) for one in bad] == [("row.too_long", 2)]
    assert peak < 6 << 20


def test_a_long_line_inside_quotes_does_not_swallow_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE", 1 << 18)
    data = b'a,b\n1,"open\n' + b"x" * (1 << 19) + b"\n3,4\n"
    rows, bad, _ = read(table_of(data, "utf-8", ",", 1 << 16))
    assert rows == [["3", "4"]]
    assert {one.fault for one in bad} == {"row.quote", "row.too_long"}


def test_memory_does_not_grow_with_the_file() -> None:
    def blocks(count: int) -> Iterator[bytes]:
        yield b"nr,text\n"
        for n in range(count):
            yield b"".join(b"%d,some text of usual length\n" % (n * 1000 + i) for i in range(1000))

    def peak(count: int) -> int:
        table = DelimitedTable(Stream(blocks(count), lambda: 0))
        tracemalloc.start()
        rows = sum(len(batch.rows) for batch in table.batches())
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows == count * 1000
        return high

    assert peak(60) < 1.5 * peak(15)
