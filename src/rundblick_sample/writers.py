"""Files as old systems leave them: delimited text in old charsets, packed text, JSON lines, Parquet, Excel. Same bytes each time."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq


class Sink(Protocol):
    """A file that takes rows."""

    rows: int

    def write(self, rows: Sequence[Sequence[Any]]) -> None: ...

    def close(self) -> None: ...


class Delimited:
    """CSV or TSV; a name that ends in .gz is packed without a time stamp."""

    def __init__(
        self, path: Path, header: Sequence[str], delimiter: str = ";", encoding: str = "utf-8", ending: str = "\r\n"
    ) -> None:
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._raw: IO[bytes] = path.open("wb")
        self._packed: IO[bytes] | None = None
        target = self._raw
        if path.suffix == ".gz":
            self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=self._raw, mtime=0)
            target = self._packed
        self._text = io.TextIOWrapper(target, encoding=encoding, errors="replace", newline="", write_through=False)
        self._csv = csv.writer(self._text, delimiter=delimiter, lineterminator=ending)
        self._csv.writerow(header)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._csv.writerows(rows)
        self.rows += len(rows)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()
        if self._packed:
            self._packed.close()
        self._raw.close()


class JsonLines:
    """One JSON object a line; an empty field is left out."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._header = list(header)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        dumps, header = json.dumps, self._header
        self._file.writelines(
            dumps({k: v for k, v in zip(header, row, strict=True) if v not in ("", None)}, ensure_ascii=False) + "\n"
            for row in rows
        )
        self.rows += len(rows)

    def close(self) -> None:
        self._file.close()


class Parquet:
    """Row groups of bounded size."""

    def __init__(self, path: Path, schema: pa.Schema, group: int = 50_000) -> None:
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._held: list[Sequence[Any]] = []
        self._group = group

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._held.extend(rows)
        self.rows += len(rows)
        if len(self._held) >= self._group:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            columns = list(zip(*self._held, strict=True))
            arrays = [pa.array(column, type=field.type) for column, field in zip(columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._held = []

    def close(self) -> None:
        self._flush()
        self._writer.close()


_STAMP = (2026, 11, 2, 7, 30, 0)
_SHEET = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_FIXED = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}  # noqa: E501


class Excel:
    """One sheet, written once at the end. By hand, since openpyxl stamps the time of writing into the file."""

    def __init__(self, path: Path, header: Sequence[str], sheet: str) -> None:
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._sheet = path, sheet
        self._held: list[Sequence[Any]] = [header]

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._held.extend(rows)
        self.rows += len(rows)

    def close(self) -> None:
        parts = [_SHEET]
        for number, row in enumerate(self._held, 1):
            cells = "".join(
                _cell(f"{_letters(at)}{number}", value) for at, value in enumerate(row) if value not in ("", None)
            )
            parts.append(f'<row r="{number}">{cells}</row>')
        parts.append("</sheetData></worksheet>")
        workbook = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
            f'<sheet name="{escape(self._sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        files = {**_FIXED, "xl/workbook.xml": workbook, "xl/worksheets/sheet1.xml": "".join(parts)}
        with zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in files.items():
                package.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)


def _letters(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cell(ref: str, value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<c r="{ref}"><v>{value}</v></c>'
    return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def toml_text(tables: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """A few TOML tables in a fixed order; strings, booleans, numbers and lists of strings only."""

    def value(v: Any) -> str:
        if isinstance(v, bool):
            return "true" if v else "false"
        if isinstance(v, (int, float)):
            return str(v)
        if isinstance(v, (list, tuple)):
            return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in v) + "]"
        return json.dumps(str(v), ensure_ascii=False)

    def key(k: str) -> str:
        return (
            k
            if k.replace("_", "").replace("-", "").isascii() and k.replace("_", "").replace("-", "").isalnum()
            else json.dumps(k, ensure_ascii=False)
        )

    lines: list[str] = []
    for head, table in tables:
        if lines:
            lines.append("")
        if head:
            lines.append(head)
        lines.extend(f"{key(k)} = {value(v)}" for k, v in table.items())
    return "\n".join(lines) + "\n"
