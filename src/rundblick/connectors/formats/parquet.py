"""Parquet files, one row group's batch after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from rundblick.connectors.formats import BATCH, MAX_COLUMNS, Batch, plain_cell, unique_columns
from rundblick.connectors.notes import FileFault, Note, Notes


class ParquetTable:
    """A Parquet file as a table. Nested columns become columns with dots, lists stay as text."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        import pyarrow as pa  # 0.4 s: only when such a file is met
        import pyarrow.parquet as pq

        self._notes = Notes()
        self._errors: tuple[type[BaseException], ...] = (pa.ArrowException, OSError, ValueError)
        pa.set_cpu_count(1)
        try:
            self._file = pq.ParquetFile(file, memory_map=False, pre_buffer=False, buffer_size=1 << 20)
            schema = self._file.schema_arrow
        except self._errors:
            raise FileFault("parquet.broken") from None
        if len(schema) > MAX_COLUMNS:
            raise FileFault("header.too_wide", columns=str(len(schema)), limit=str(MAX_COLUMNS))
        self.header, doubled = unique_columns([str(name) for name in schema.names])
        for name in doubled:
            self._notes.add("columns.doubled", column=name, second=f"{name}#2")
        if not self.header:
            raise FileFault("file.empty")
        self._nanoseconds = [i for i, field in enumerate(schema) if str(field.type).startswith("timestamp[ns")]
        self._size, self._done = size, 0
        self._total: int = self._file.metadata.num_rows

    @property
    def position(self) -> int:
        """Estimated: the rows read, as their share of all rows."""
        return self._size * self._done // max(self._total, 1)

    def notes(self) -> tuple[Note, ...]:
        return self._notes.all()

    def batches(self) -> Iterator[Batch]:
        import pyarrow as pa

        number = 0
        batches = self._file.iter_batches(batch_size=BATCH, use_threads=False)
        while True:
            try:
                found: Any = next(batches, None)
                if found is None:
                    return
                columns = []
                for place, column in enumerate(found.columns):
                    if place in self._nanoseconds:  # Python has microseconds
                        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
                    columns.append(column.to_pylist())
            except self._errors:
                raise FileFault("parquet.damaged", row=str(number + 1)) from None
            batch = Batch()
            for row in zip(*columns, strict=True):
                number += 1
                batch.rows.append([plain_cell(cell) for cell in row])
                batch.numbers.append(number)
            batch.last = self._done = number
            yield batch
