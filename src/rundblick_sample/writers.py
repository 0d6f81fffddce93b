"""Files as old systems leave them: text in old charsets, packed text, JSON lines, Parquet. Same bytes each time."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

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
        self._raw = path.open("wb")
        self._packed: gzip.GzipFile | None = None
        if path.suffix == ".gz":
            self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=self._raw, mtime=0)
        self._text = io.TextIOWrapper(self._packed or self._raw, encoding=encoding, errors="replace", newline="")
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
