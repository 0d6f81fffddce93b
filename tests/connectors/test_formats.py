"""JSON, Excel and Parquet as tables."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.connectors.formats import Table, json_tables, plain_cell
from rundblick.connectors.formats.excel import ExcelTable
from rundblick.connectors.formats.json_tables import JsonTable
from rundblick.connectors.formats.parquet import ParquetTable
from rundblick.connectors.notes import FileFault
from rundblick.connectors.streams import Stream


def json_table(
    data: bytes | str, *, lines: bool = False, sheet: str = "", block: int = 1 << 16, wanted: tuple[str, ...] = ()
) -> JsonTable:
    raw = data.encode() if isinstance(data, str) else data
    parts: Iterator[bytes] = (raw[at : at + block] for at in range(0, len(raw), block))
    return JsonTable(Stream(parts, lambda: 0), lines=lines, sheet=sheet, wanted=wanted)


def rows_of(table: Table) -> list[list[object]]:
    return [list(row) for batch in table.batches() for row in batch.rows]


def codes(table: Table) -> set[str]:
    return {note.code for note in table.notes()}


# --- JSON -------------------------------------------------------------------------------------------------------


def test_lines_of_json_are_rows_and_nested_objects_columns() -> None:
    table = json_table('{"a": 1, "b": {"c": "x", "d": [1, 2]}}\n\n{"a": true, "b": null, "e": 1.5}\n', lines=True)
    assert table.header == ("a", "b.c", "b.d", "b", "e")
    assert rows_of(table) == [[1, "x", "[1, 2]", "", ""], ["true", "", "", "", 1.5]]


def test_byte_ranges_of_json_lead_back_to_the_object() -> None:
    for text, lines in (('{"a": "ä"}\n{"a": 2}\n', True), (' [ {"a": "ä"},\n {"a": 2} ]', False)):
        raw = text.encode()
        (batch,) = json_table(raw, lines=lines, block=7).batches()
        assert [json.loads(raw[s:e])["a"] for s, e in zip(batch.starts, batch.ends, strict=True)] == ["ä", 2]


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.text(max_size=5) | st.integers(-9, 9) | st.booleans(), min_size=1),
        min_size=1,
        max_size=10,
    ),
    st.integers(1, 30),
    st.sampled_from([None, 1]),
)
def test_arrays_lines_and_objects_that_hold_arrays_are_one_table(
    objects: list[dict[str, object]], block: int, indent: int | None
) -> None:
    expected = [[plain_cell(o.get(name)) for name in json_table(json.dumps(objects)).header] for o in objects]
    array = json.dumps(objects, indent=indent, ensure_ascii=False)
    inside = json.dumps({"count": 3, "x": {"y": [1]}, "tickets": objects, "next": None}, indent=indent)
    line_text = "\n".join(json.dumps(o) for o in objects)
    assert rows_of(json_table(array, block=block)) == expected
    assert rows_of(json_table(inside, block=block)) == expected
    assert rows_of(json_table(line_text, lines=True, block=block)) == expected


def test_of_several_lists_the_first_is_read_and_the_others_are_told() -> None:
    text = '{"users": [{"id": 1}], "tickets": [{"nr": 2}, {"nr": 3}], "tags": []}'
    first = json_table(text)
    assert rows_of(first) == [[1]]
    assert [note.values["name"] for note in first.notes() if note.code == "json.other_array"] == ["tickets"]
    assert rows_of(json_table(text, sheet="tickets", block=3)) == [[2], [3]]
    with pytest.raises(FileFault) as caught:
        json_table(text, sheet="orders")
    assert caught.value.note.code == "json.no_sheet"


def test_broken_lines_cost_themselves_only() -> None:
    table = json_table('{"a": 1}\n{"a": \n[1]\n{"a": 2}\n', lines=True)
    (batch,) = table.batches()
    assert [row[0] for row in batch.rows] == [1, 2]
    assert [(bad.fault, bad.row) for bad in batch.bad] == [("row.no_json", 2), ("row.no_object", 3)]


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.9, 0.99])
def test_an_array_that_breaks_off_gives_what_came_before(cut: float) -> None:
    text = json.dumps([{"a": n, "t": "x" * 20} for n in range(5000)])
    table = json_table(text[: int(len(text) * cut)])
    rows: list[list[object]] = []
    batches = table.batches()
    with pytest.raises(FileFault) as caught:
        rows.extend(list(row) for batch in batches for row in batch.rows)
    assert caught.value.note.code == "file.truncated"
    assert [row[0] for row in rows] == list(range(len(rows)))
    assert len(rows) > 5000 * cut - 20


@pytest.mark.parametrize("text", ["[]", "{}", '{"a": 1}', "[1, 2]", '"x"', "[[1]]", "tru", '{"a": [1]}'])
def test_json_without_objects_is_no_table(text: str) -> None:
    with pytest.raises(FileFault):
        rows_of(json_table(text))


@given(st.text(max_size=60), st.booleans())
def test_no_text_breaks_the_json_reader(text: str, lines: bool) -> None:
    code = ""
    try:
        rows_of(json_table("[" + text, lines=lines))
    except FileFault as fault:
        code = fault.note.code
    assert code.partition(".")[0] in ("", "json", "file")


def test_columns_that_come_late_are_told_and_wanted_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_tables, "SURVEYED", 2)
    text = '{"a": 1}\n{"a": 2}\n{"a": 3, "late": 4, "other": 5}\n'
    table = json_table(text, lines=True, wanted=("late",))
    assert (table.header, table.absent) == (("a", "late"), ("late",))
    assert rows_of(table) == [[1, ""], [2, ""], [3, 4]]
    assert [note.values["column"] for note in table.notes()] == ["other"]


def test_json_in_utf16_is_read() -> None:
    assert rows_of(json_table('[{"ä": "ö"}]'.encode("utf-16"))) == [["ö"]]
    assert rows_of(json_table('{"ä": "ö"}\n{"ä": "ü"}\n'.encode("utf-16"), lines=True)) == [["ö"], ["ü"]]


def test_depth_without_end_is_broken_json() -> None:
    with pytest.raises(FileFault) as caught:
        json_table("[" + '{"a":' * 100_000)
    assert caught.value.note.code in ("json.broken", "file.truncated")


# --- Excel ------------------------------------------------------------------------------------------------------


def workbook(sheets: dict[str, list[list[object]]]) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def excel(file: io.BytesIO, sheet: str = "") -> ExcelTable:
    return ExcelTable(file, len(file.getvalue()), sheet)


def test_a_sheet_is_a_table_with_dates_that_are_dates() -> None:
    file = workbook(
        {
            "T": [
                ["Nr", "Datum", "Uhr", "Zeit", "Betrag", "ok", "Nr"],
                [1, dt.datetime(2016, 2, 29), dt.time(1, 16), dt.datetime(2016, 2, 29, 1, 16), 12.5, True, "x"],
                [2.0, dt.datetime(2016, 3, 1), None, dt.datetime(2016, 3, 1), "1.234,50", None, None],
                [None] * 7,
                [3],
            ]
        }
    )
    table = excel(file)
    assert table.header == ("Nr", "Datum", "Uhr", "Zeit", "Betrag", "ok", "Nr#2")
    rows = rows_of(table)
    assert rows[0] == [1, dt.date(2016, 2, 29), dt.time(1, 16), dt.datetime(2016, 2, 29, 1, 16), 12.5, "true", "x"]
    assert rows[1] == [2, dt.date(2016, 3, 1), "", dt.datetime(2016, 3, 1), "1.234,50", "", ""]
    assert rows[2] == [3, "", "", "", "", "", ""]
    assert codes(table) == {"columns.doubled"}


def test_a_title_and_merged_cells_above_the_header_are_passed_over() -> None:
    file = workbook(
        {
            "T": [
                ["Ticketliste 2016"],
                [],
                ["Kunde", None, "Ticket", None],
                ["Nr", "Name", "Nr", "Titel"],
                [1, "A", 2, "B"],
            ]
        }
    )
    book = openpyxl.load_workbook(file)
    book["T"].merge_cells("A3:B3")
    book["T"].merge_cells("C3:D3")
    out = io.BytesIO()
    book.save(out)
    table = excel(out)
    assert table.header == ("Nr", "Name", "Nr#2", "Titel")
    assert rows_of(table) == [[1, "A", 2, "B"]]
    assert "header.below" in codes(table)


def test_a_sheet_is_chosen_by_name_and_others_are_told() -> None:
    sheets: dict[str, list[list[object]]] = {"Leer": [], "Eins": [["a"], ["x"]], "Zwei": [["b"], ["y"]]}
    table = excel(workbook(sheets))
    assert (table.header, codes(table)) == (("a",), {"excel.other_sheets"})
    assert excel(workbook(sheets), "Zwei").header == ("b",)
    with pytest.raises(FileFault) as caught:
        excel(workbook(sheets), "Drei")
    assert caught.value.note.code == "excel.no_sheet"


def test_a_formula_without_saved_result_is_told() -> None:
    table = excel(workbook({"T": [["a", "b"], [1, "=A2*2"], [2, "=A3*2"]]}))
    assert rows_of(table) == [[1, ""], [2, ""]]
    assert [note.values["column"] for note in table.notes() if note.code == "excel.formula_without_value"] == ["b"]


def test_rows_wider_than_the_header_are_ragged() -> None:
    (batch,) = excel(workbook({"T": [["a", "b"], [1, 2], [1, 2, None, 4]]})).batches()
    assert [bad.fault for bad in batch.bad] == ["row.ragged"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "excel.encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "excel.old"),
        (b"PK\x03\x04" + bytes(600), "excel.broken"),
        (b"no workbook", "excel.broken"),
    ],
)
def test_what_is_no_readable_workbook_says_what_to_do(data: bytes, code: str) -> None:
    with pytest.raises(FileFault) as caught:
        excel(io.BytesIO(data))
    assert caught.value.note.code == code


def test_an_empty_workbook_is_empty() -> None:
    with pytest.raises(FileFault) as caught:
        excel(workbook({"T": []}))
    assert caught.value.note.code == "file.empty"


def test_a_workbook_with_a_damaged_sheet_gives_what_came_before() -> None:
    file = workbook({"T": [["a", "b"]] + [[n, "x"] for n in range(5000)]})
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, data[: len(data) // 2] if info.filename.endswith("sheet1.xml") else data)
    out.seek(0)
    table = excel(out)
    rows: list[list[object]] = []
    batches = table.batches()
    with pytest.raises(FileFault) as caught:
        rows.extend(list(row) for batch in batches for row in batch.rows)
    assert caught.value.note.code == "excel.broken"
    assert len(rows) >= 1000


# --- Parquet ----------------------------------------------------------------------------------------------------


def test_parquet_columns_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    when = dt.datetime(2016, 2, 29, 1, 16, 23, 123456)
    frame = pa.table(
        {
            "n": pa.array([1, None], pa.int64()),
            "at": pa.array([when, None], pa.timestamp("ns")),
            "zoned": pa.array([when, None], pa.timestamp("us", "UTC")),
            "day": pa.array([when.date(), None]),
            "x": pa.array([1.5, 2.0]),
            "ok": pa.array([True, None]),
            "t": pa.array(["ä", None]).dictionary_encode(),
        }
    )
    pq.write_table(frame, path)
    with path.open("rb") as file:
        table = ParquetTable(file, 1)
        assert table.header == ("n", "at", "zoned", "day", "x", "ok", "t")
        assert rows_of(table) == [
            [1, when, when.replace(tzinfo=dt.UTC), when.date(), 1.5, "true", "ä"],
            ["", "", "", "", 2, "", ""],
        ]


@pytest.mark.parametrize("damage", ["head", "middle"])
def test_broken_parquet_is_a_fault(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"n": list(range(20000))}), path, compression="snappy")
    data = bytearray(path.read_bytes())
    if damage == "head":
        data = data[: len(data) // 2]
    else:
        data[100 : len(data) // 2] = b"\xff" * (len(data) // 2 - 100)
    path.write_bytes(data)
    with path.open("rb") as file, pytest.raises(FileFault) as caught:
        rows_of(ParquetTable(file, 1))
    assert caught.value.note.code.startswith("parquet.")
