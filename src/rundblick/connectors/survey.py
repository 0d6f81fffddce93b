"""A first look into a table: its columns, a sample of rows, the order of its dates, its decimal sign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from rundblick.connectors.encodings import mojibake_in, repairer
from rundblick.connectors.fields import Kind, fields_of
from rundblick.connectors.formats import Batch, Cell, Table, cell_text
from rundblick.connectors.mapping import FileMapping
from rundblick.connectors.notes import FileFault, Note, Notes
from rundblick.connectors.streams import open_seekable, open_stream
from rundblick.connectors.values import decimal_sign, unknown_marks
from rundblick.core.moments import AMBIGUOUS, DAY_FIRST, GUESSED, SURE, Order, detect_order

ROWS: Final = 3000  # of the first look
SHOWN: Final = 1000  # rows of the sample that a proposal is made from
MAX_WORDS: Final = 60  # different values of a column whose values are worth a table
MAX_SEARCHED: Final = 2_000_000  # rows looked through for a day above 12
_SLASHED = re.compile(r"\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


class Survey(msgspec.Struct, frozen=True):
    """What the first look found.

    header    the columns, repaired where the mapping says so
    sample    up to 1,000 rows as texts, cells cut at 300 characters; only when asked for
    orders    order of dates by column; ``certain``: "sure", "guessed" or "ambiguous" by column
    decimals  decimal sign by column, where the values show one
    scale     (low, high) of the values of ratings, guessed from the largest, where the mapping has none
    words     all values of the columns that have few different short ones; only with a sample
    mojibake  kind of wrong reading that the texts show, "" for none
    notes     what to tell about all that
    """

    header: tuple[str, ...]
    sample: list[list[str]] = []
    orders: dict[str, str] = {}
    certain: dict[str, str] = {}
    decimals: dict[str, str] = {}
    scale: tuple[float, float] | None = None
    words: dict[str, list[str]] = {}
    mojibake: str = ""
    delimiter: str = ""
    encoding: str = ""
    notes: tuple[Note, ...] = ()


@contextmanager
def open_table(path: Path, member: str, kind: str, entry: FileMapping | None, size: int) -> Iterator[Table]:
    """Open a table of any format. Raises ``FileFault`` when it cannot be read at all."""
    options = entry or FileMapping("", "")
    with ExitStack() as stack:
        table: Table
        if kind in ("excel", "parquet"):
            file = stack.enter_context(open_seekable(path, member))
            if kind == "excel":
                from rundblick.connectors.formats.excel import ExcelTable

                table = ExcelTable(file, size, options.sheet)
            else:
                from rundblick.connectors.formats.parquet import ParquetTable

                table = ParquetTable(file, size)
        else:
            stream = stack.enter_context(open_stream(path, member))
            if kind in ("json", "json_lines"):
                from rundblick.connectors.formats.json_tables import JsonTable

                table = JsonTable(
                    stream,
                    lines=kind == "json_lines",
                    encoding=options.encoding,
                    sheet=options.sheet,
                    wanted=options.used_columns(),
                )
            else:
                from rundblick.connectors.formats.delimited import DelimitedTable

                table = DelimitedTable(stream, options.encoding, options.delimiter)
        yield table


def survey(path: Path, member: str, kind: str, entry: FileMapping | None, size: int, *, sample: bool) -> Survey:
    """Look into a table. With ``entry`` at the columns it names, without at all. Raises ``FileFault``."""
    with open_table(path, member, kind, entry, size) as table:
        batches = table.batches()
        first: list[list[Cell]] = []
        fault: FileFault | None = None
        try:
            for batch in batches:
                first += batch.rows
                if len(first) >= ROWS:
                    break
        except FileFault as broken:
            fault = broken
        if fault is not None and not first:
            raise fault
        repair = repairer(entry.mojibake) if entry and entry.mojibake else None
        header = tuple(repair(name) for name in table.header) if repair else table.header
        look = _Look(header, entry, first, getattr(table, "absent", ()), words=sample)
        if fault is None:
            look.search_on(batches)
        shown = [[cell_text(cell)[:300] for cell in row] for row in first[:SHOWN]] if sample else []
        return Survey(
            header=tuple(name for name in header if name not in look.absent),
            sample=shown,
            orders={column: order.order for column, order in look.orders.items()},
            certain={column: order.certainty for column, order in look.orders.items()},
            decimals=look.decimals(getattr(getattr(table, "dialect", None), "delimiter", "")),
            scale=look.scale(),
            words={header[place]: sorted(words) for place, words in look.words.items()},
            mojibake="" if repair else look.mojibake(),
            delimiter=getattr(getattr(table, "dialect", None), "delimiter", ""),
            encoding=getattr(getattr(table, "encoding", None), "name", ""),
            notes=look.notes.all(),
        )


class _Look:
    """What the first rows of a table say, and the search through the rest for what they leave open."""

    def __init__(
        self,
        header: Sequence[str],
        entry: FileMapping | None,
        rows: list[list[Cell]],
        absent: Sequence[str],
        *,
        words: bool,
    ) -> None:
        self.header = header
        self.absent = set(absent)  # columns of the mapping that no object had so far
        self.entry = entry
        self.rows = rows
        self.notes = Notes()
        self.words: dict[int, set[str]] = {place: set() for place in range(len(header))} if words else {}
        self.unknown = unknown_marks(entry.unknown if entry else ("?", "-", "n/a", "unbekannt"))
        self.orders: dict[str, Order] = {}
        settled = entry is not None and bool(entry.dates)
        for column in [] if settled else self._of_kind({Kind.MOMENT, Kind.DAY}):
            order = detect_order(self._texts(column))
            if order.order:
                self.orders[column] = order

    def _of_kind(self, kinds: set[Kind]) -> list[str]:
        """Columns of the entry whose fields are of these kinds; without an entry all columns."""
        if self.entry is None:
            return list(self.header)
        known = fields_of(self.entry.means)
        have = set(self.header)
        columns = [column for field, column in self.entry.columns.items() if known.get(field) in kinds]
        return list(dict.fromkeys(column for column in columns if column in have))

    def _texts(self, column: str) -> Iterator[str]:
        place = self.header.index(column)
        for row in self.rows:
            cell = row[place]
            if type(cell) is str and cell and cell.strip().casefold() not in self.unknown:
                yield cell

    def search_on(self, batches: Iterator[Batch]) -> None:
        """Look through the rest of the file for a value that settles the order of a column; tell what stays open."""
        open_places = {
            self.header.index(column): column for column, order in self.orders.items() if order.certainty != SURE
        }
        waiting = {place: column for place, column in open_places.items() if not self.orders[column].against}
        rows = 0
        self._see(self.rows)
        try:
            for batch in batches if waiting or self.absent or self.words else ():
                rows += len(batch.rows)
                self._see(batch.rows)
                for place in list(waiting):
                    texts = {cell for row in batch.rows if type(cell := row[place]) is str and _SLASHED.match(cell)}
                    proof = detect_order(texts)
                    if proof.certainty == SURE and proof.order != "year-first":
                        self.orders[waiting.pop(place)] = proof
                if not (waiting or self.absent or self.words) or rows > MAX_SEARCHED:
                    break
        except FileFault:
            pass
        self._borrow()
        for column, order in self.orders.items():
            if order.certainty == GUESSED:
                self.notes.add("dates.guessed", column=column, order=order.order)
            elif order.certainty == AMBIGUOUS:
                code = "dates.mixed" if order.against else "dates.ambiguous"
                self.notes.add(code, column=column, order=order.order)

    def _see(self, rows: list[list[Cell]]) -> None:
        """Note columns that appear at last, and the words of columns that have few."""
        for place, words in list(self.words.items()):
            words.update({cell.strip() for row in rows if type(cell := row[place]) is str})
            if len(words) > MAX_WORDS or any(len(word) > MAX_WORDS for word in words):
                del self.words[place]
        for column in list(self.absent):
            place = self.header.index(column)
            if any(row[place] != "" for row in rows):
                self.absent.discard(column)

    def _borrow(self) -> None:
        """A column without proof is written as the ones of its file that have one."""
        proven = {order.order for order in self.orders.values() if order.certainty == SURE} - {"year-first"}
        if len(proven) != 1:
            return
        order = proven.pop()
        for column, own in self.orders.items():
            if own.certainty == AMBIGUOUS and not own.against and self._slashed(column):
                self.orders[column] = Order(order, GUESSED if own.order != DAY_FIRST or order != DAY_FIRST else SURE)

    def _slashed(self, column: str) -> bool:
        return any(_SLASHED.match(text) for text in self._texts(column))

    def decimals(self, delimiter: str) -> dict[str, str]:
        """Decimal signs by column. What no value decides follows the other columns, then the delimiter."""
        if self.entry is not None and self.entry.decimal:
            return {}
        numeric = self._of_kind({Kind.NUMBER, Kind.MONEY, Kind.COUNT, Kind.SECONDS})
        signs = {column: decimal_sign(_numbers(self._texts(column))) for column in numeric}
        known = {sign for sign in signs.values() if sign}
        usual = known.pop() if len(known) == 1 else "," if delimiter == ";" and not known else "."
        for column, sign in signs.items():
            if not sign and self.entry is not None and any(re.search(r"\d[.,]\d{3}\b", t) for t in self._texts(column)):
                self.notes.add("decimal.guessed", column=column, sign=usual)
        return {column: sign or usual for column, sign in signs.items()}

    def scale(self) -> tuple[float, float] | None:
        entry = self.entry
        if entry is None or entry.means not in ("ratings", "reviews", "self_image", "staff_view"):
            return None
        if "high" in entry.columns or "high" in entry.fixed or "kind" in entry.columns or "kind" in entry.fixed:
            return None
        place = self.header.index(entry.columns["value"]) if entry.columns.get("value") in self.header else None
        largest = 0.0
        for row in self.rows if place is not None else ():
            text = cell_text(row[place]).replace(",", ".").strip() if place is not None else ""
            if re.fullmatch(r"\d+(\.\d+)?", text):
                largest = max(largest, float(text))
        low, high = (
            (1.0, 5.0)
            if largest <= 5
            else (1.0, 7.0)
            if largest <= 7
            else (0.0, 10.0)
            if largest <= 10
            else (0.0, 100.0)
        )
        self.notes.add("scale.assumed", low=f"{low:g}", high=f"{high:g}")
        return low, high

    def mojibake(self) -> str:
        """The wrong reading that at least three cells show, and at least a tenth of those beyond ASCII."""
        counts: dict[str, int] = {}
        beyond = 0
        for cell in chain(self.header, *self.rows):
            if type(cell) is str and not cell.isascii():
                beyond += 1
                kind = mojibake_in(cell)
                if kind:
                    counts[kind] = counts.get(kind, 0) + 1
        if not counts:
            return ""
        kind = max(counts, key=lambda one: counts[one])
        if counts[kind] < 3 or counts[kind] * 10 < beyond:
            return ""
        self.notes.add("text.mojibake", kind=kind, cells=str(counts[kind]))
        return kind


def _numbers(texts: Iterator[str]) -> Iterator[str]:
    return (text for text in texts if re.search(r"\d", text) and len(text) < 30)
