"""CSV, TSV and their relatives: any delimiter, any of the usual encodings, rows with their byte ranges, streamed.

Blocks of whole lines are decoded at once. A block without a quote or an escape is cut at its delimiters directly
(what the csv module would do there, at a third of its cost); any other goes through the csv module.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rundblick.connectors.encodings import find_encoding, looks_binary, told_encoding
from rundblick.connectors.formats import BATCH, MAX_COLUMNS, Batch, unique_columns
from rundblick.connectors.formats.dialect import Dialect, find_dialect
from rundblick.connectors.notes import FileFault, Note, Notes
from rundblick.connectors.streams import Stream
from rundblick.core.envelope import Span
from rundblick.core.message import Unreadable

SAMPLE: Final = 1 << 17
MAX_LINE: Final = 1 << 22  # bytes of one line
MAX_RECORD_LINES: Final = 5_000  # lines of one quoted record: more is a quote that nobody closed
MAX_RECORD: Final = 1 << 22

csv.field_size_limit(MAX_RECORD * 2)


@dataclass(slots=True)
class _Lines:
    """Whole lines of one block: decoded texts without their line ends, and how many bytes each took."""

    texts: list[str]
    sizes: list[int]
    plain: bool  # no quote and no escape in it
    too_long: bool = False


class _RunawayQuote(Exception):
    """A quote that is opened and not closed within reason."""


class DelimitedTable:
    """A table of a delimited text. ``encoding`` and ``delimiter`` are found out unless they are given."""

    def __init__(self, stream: Stream, encoding: str = "", delimiter: str = "") -> None:
        self._notes = Notes()
        self._stream = stream
        self._blocks = iter(stream)
        head, self._fault = self._sample()
        cut = len(head) >= SAMPLE
        self.encoding = told_encoding(encoding, head) if encoding else find_encoding(head, cut=cut)
        if not encoding and looks_binary(head, self.encoding):
            raise FileFault("file.binary")
        if not head.strip():
            raise self._fault or FileFault("file.empty")
        self._newline = b"\r" if b"\n" not in head and b"\r" in head else b"\n"
        lines = self._cut(head[self.encoding.bom :], whole=not cut)
        self._notes = Notes()  # what the sample showed is told when its rows are read
        self.dialect = find_dialect([text + "\n" for text in lines.texts[:500]], delimiter)
        self._head = head[self.encoding.bom :]
        self._feed = _Feed(self._lines(), self.encoding.bom)
        self.header = self._read_header()
        self._tell(mapped_encoding=bool(encoding), mapped_delimiter=bool(delimiter))

    @property
    def position(self) -> int:
        return self._stream.position

    def notes(self) -> tuple[Note, ...]:
        return self._notes.all()

    def batches(self) -> Iterator[Batch]:
        """Rows in batches of about 2,000; after the rows before it, ``FileFault`` where the file breaks off."""
        feed, width = self._feed, len(self.header)
        batch = Batch()
        number = 0
        while feed.more():
            if feed.too_long:
                number += 1
                batch.bad.append(_bad("row.too_long", number, feed, feed.skip_line(), limit=str(MAX_LINE)))
            elif feed.plain:
                number = self._plain_rows(batch, number, width)
            else:
                number = self._quoted_rows(batch, number, width)
            batch.last = number
            if len(batch.rows) + len(batch.bad) >= BATCH:
                yield from _in_parts(batch)
                batch = Batch(last=number)
        if batch.rows or batch.bad:
            yield from _in_parts(batch)
        if self._fault is not None:
            raise self._fault

    # --- reading ----------------------------------------------------------------------------------------------

    def _plain_rows(self, batch: Batch, number: int, width: int) -> int:
        """All rows of the block at hand, which holds no quotes: one line is one row."""
        feed, delimiter = self._feed, self.dialect.delimiter
        texts, sizes, offset, line = feed.take_block()
        rows, numbers, starts, ends = batch.rows, batch.numbers, batch.starts, batch.ends
        for text, size in zip(texts, sizes, strict=True):
            row = text.split(delimiter)
            end = offset + size
            if len(row) == width and (row[0] or any(row)):
                number += 1
                rows.append(row)  # type: ignore[arg-type]  # a list of str is one of cells here
                numbers.append(number)
                starts.append(offset)
                ends.append(end)
            elif text.strip():
                number += 1
                self._odd_row(batch, row, number, width, offset, end, line)
            offset = end
            line += 1
        return number

    def _quoted_rows(self, batch: Batch, number: int, width: int) -> int:
        """Rows by the csv module until the block at hand is used up at the end of a row."""
        feed = self._feed
        reader = self.dialect.reader(self._feed)
        while True:
            feed.begin()
            try:
                row = next(reader)
            except StopIteration:
                break
            except (_RunawayQuote, csv.Error):
                row = None
            if row is not None and len(row) != width and feed.used > 1:
                row = None  # a stray quote swallowed lines: give up its first one only
            elif row is not None and feed.used > 1 and feed.at_end and self._open_quote():
                row = None
            if row is None:
                number += 1
                feed.back_to_second()
                batch.bad.append(_bad("row.quote", number, feed, feed.span()))
                reader = self.dialect.reader(self._feed)
            elif len(row) == width and any(row):
                number += 1
                start, end = feed.span()
                batch.rows.append(row)  # type: ignore[arg-type]
                batch.numbers.append(number)
                batch.starts.append(start)
                batch.ends.append(end)
            elif len(row) > 1 or any(cell.strip() for cell in row):
                number += 1
                start, end = feed.span()
                self._odd_row(batch, row, number, width, start, end, feed.line - feed.used + 1)
            if feed.block_done:
                break
        return number

    def _odd_row(self, batch: Batch, row: list[str], number: int, width: int, start: int, end: int, line: int) -> None:
        """A row of another width than the header: empty cells too many are dropped, anything else is ragged."""
        if not any(cell.strip() for cell in row):
            self._notes.add("row.empty")
            return
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            batch.rows.append(row[:width])  # type: ignore[arg-type]
            batch.numbers.append(number)
            batch.starts.append(start)
            batch.ends.append(end)
            self._notes.add("row.empty_cells_behind")
            return
        detail = {"line": str(line), "cells": str(len(row)), "columns": str(width)}
        batch.bad.append(Unreadable(fault="row.ragged", detail=detail, row=number, span=Span(number, start, end)))

    def _open_quote(self) -> bool:
        """Whether the last row of the file ended inside a quote."""
        try:
            list(self.dialect.reader(self._feed.held(), strict=True))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False

    def _read_header(self) -> tuple[str, ...]:
        feed = self._feed
        for _ in range(self.dialect.skip):
            if feed.more():
                feed.skip_line()
        if self.dialect.skip:
            self._notes.add("header.below", line=str(self.dialect.skip + 1))
        while feed.more():
            if feed.too_long:
                raise FileFault("file.binary")
            feed.begin()
            row = next(self.dialect.reader(self._feed), [])
            if any(cell.strip() for cell in row):
                break
        else:
            raise self._fault or FileFault("file.empty")
        while len(row) > 1 and not row[-1].strip():
            row = row[:-1]  # a delimiter behind the last name
        if len(row) > MAX_COLUMNS:
            raise FileFault("header.too_wide", columns=str(len(row)), limit=str(MAX_COLUMNS))
        names, doubled = unique_columns(row)
        for name in doubled:
            self._notes.add("columns.doubled", column=name, second=f"{name}#2")
        return names

    def _tell(self, *, mapped_encoding: bool, mapped_delimiter: bool) -> None:
        """Say what was found out; nothing of what the mapping said itself."""
        if self.encoding.name != "utf-8" and not mapped_encoding:
            self._notes.add("encoding.found", encoding=self.encoding.name)
        if self.dialect.delimiter != "," and not mapped_delimiter:
            shown = {"\t": "tab"}.get(self.dialect.delimiter, self.dialect.delimiter)
            self._notes.add("delimiter.found", delimiter=shown if shown.isprintable() else repr(shown))
        if not self.dialect.certain and len(self.header) > 1:
            self._notes.add("delimiter.unsure", delimiter=self.dialect.delimiter)

    # --- bytes to lines ---------------------------------------------------------------------------------------

    def _sample(self) -> tuple[bytes, FileFault | None]:
        head = b""
        try:
            for block in self._blocks:
                head += block
                if len(head) >= SAMPLE:
                    break
        except FileFault as fault:
            return head, fault
        return head, None

    def _lines(self) -> Iterator[_Lines]:
        """Blocks of whole lines, the sample first."""
        if self.encoding.wide:
            yield from self._wide_lines()
            return
        rest = self._head
        self._head = b""
        newline = self._newline
        while True:
            cut = rest.rfind(newline) + 1
            if cut:
                yield self._cut(rest[:cut], whole=True)
                rest = rest[cut:]
            if len(rest) > MAX_LINE:
                size = len(rest)
                rest = b""
                while block := self._next_block():
                    found = block.find(newline) + 1
                    size += found or len(block)
                    if found:
                        rest = block[found:]
                        break
                yield _Lines([""], [size], plain=False, too_long=True)
                continue
            block = self._next_block()
            if not block:
                break
            rest += block
        if rest and self._fault is None:  # of a file that broke off, the last line is half a row
            yield self._cut(rest, whole=True)

    def _cut(self, data: bytes, *, whole: bool) -> _Lines:
        """Lines of a block of bytes; not ``whole``: the last line is cut off and left out."""
        if self.encoding.wide:
            text = codecs.getincrementaldecoder(self.encoding.name)("replace").decode(data)
            texts = text.split("\n")
            return _Lines([_without_returns(t) for t in texts if t or not whole], [], plain=False)
        if b"\0" in data:
            self._notes.add("text.nul_removed", data.count(b"\0"))
        raw = data.split(self._newline)
        tail = raw.pop()
        sizes = [len(line) + 1 for line in raw]
        texts = self._decode(data)
        last = texts.pop()
        if tail and whole:
            sizes.append(len(tail))
            texts.append(last)
        if b"\r" in data and self._newline == b"\n":
            texts = [_without_returns(text) for text in texts]
        if b"\0" in data:
            texts = [text.replace("\0", "") for text in texts]
        return _Lines(texts, sizes, plain=b'"' not in data and not (b"\\" in data and self._escapes()))

    def _escapes(self) -> bool:
        return bool(getattr(self, "dialect", Dialect(",")).escape)

    def _decode(self, data: bytes) -> list[str]:
        """Texts of a block's lines. Lines that the encoding cannot read are read by themselves, and told."""
        newline = self._newline.decode("ascii")
        try:
            return data.decode(self.encoding.name).split(newline)
        except UnicodeDecodeError:
            pass
        texts = []
        for line in data.split(self._newline):
            try:
                texts.append(line.decode(self.encoding.name))
            except UnicodeDecodeError:
                other = "cp1252" if self.encoding.name == "utf-8" else "latin-1"
                texts.append(line.decode(other, "replace"))
                self._notes.add("encoding.mixed", encoding=self.encoding.name, other=other)
        return texts

    def _wide_lines(self) -> Iterator[_Lines]:
        name = self.encoding.name
        decode = codecs.getincrementaldecoder(name)("replace").decode
        rest = decode(self._head)
        self._head = b""
        while True:
            texts = rest.split("\n")
            rest = texts.pop()
            if texts:
                sizes = [len(text.encode(name, "surrogatepass")) + len("\n".encode(name)) for text in texts]
                yield _Lines([_without_returns(text).replace("\0", "") for text in texts], sizes, plain=False)
            if len(rest) > MAX_LINE:
                raise FileFault("file.binary")
            block = self._next_block()
            if not block:
                break
            rest += decode(block)
        if rest and self._fault is None:
            yield _Lines([_without_returns(rest).replace("\0", "")], [len(rest.encode(name))], plain=False)

    def _next_block(self) -> bytes:
        """The next block of bytes; b"" at the end of the file or where it breaks off, which is kept for later."""
        try:
            return next(self._blocks, b"") if self._fault is None else b""
        except FileFault as fault:
            self._fault = fault
            return b""


class _Feed:
    """Gives the csv module one line after the other and remembers where the row at hand began."""

    __slots__ = ("_blocks", "_lines", "_next", "_offset", "_pending", "_row", "at_end", "line", "used")

    def __init__(self, blocks: Iterator[_Lines], offset: int) -> None:
        self._blocks = blocks
        self._pending: _Lines | None = None  # a line too long, met inside a quoted row
        self._lines = _Lines([], [], plain=True)
        self._next = 0  # index of the line to give next
        self._row = 0  # index of the first line of the row at hand
        self._offset = offset  # where that line begins
        self.line = 0  # lines given so far
        self.used = 0  # lines of the row at hand
        self.at_end = False

    def more(self) -> bool:
        """Make sure that there is a line to give; False at the end of the file."""
        while self._next >= len(self._lines.texts):
            self._move(self._next)
            block = self._pull()
            if block is None:
                self.at_end = True
                return False
            self._lines, self._next, self._row = block, 0, 0
        return True

    def _pull(self) -> _Lines | None:
        pending, self._pending = self._pending, None
        return pending or next(self._blocks, None)

    @property
    def plain(self) -> bool:
        return self._lines.plain

    @property
    def too_long(self) -> bool:
        return self._lines.too_long

    @property
    def block_done(self) -> bool:
        return self._next >= len(self._lines.texts)

    def take_block(self) -> tuple[list[str], list[int], int, int]:
        """The rest of the block's lines, their sizes, where they begin and the number of the first one."""
        self._move(self._next)
        texts, sizes = self._lines.texts[self._next :], self._lines.sizes[self._next :]
        offset, line = self._offset, self.line + 1
        self._next = len(self._lines.texts)
        self.line += len(texts)
        return texts, sizes, offset, line

    def skip_line(self) -> tuple[int, int]:
        self.begin()
        self._next += 1
        self.line += 1
        return self.span()

    def begin(self) -> None:
        """A new row begins with the next line."""
        self._move(self._next)
        self.used = 0

    def _move(self, index: int) -> None:
        self._offset += sum(self._lines.sizes[self._row : index])
        self._row = index

    def span(self) -> tuple[int, int]:
        """Byte range of the row at hand."""
        return self._offset, self._offset + sum(self._lines.sizes[self._row : self._next])

    def held(self) -> list[str]:
        return [text + "\n" for text in self._lines.texts[self._row : self._next]]

    def back_to_second(self) -> None:
        """Give all lines of the row at hand again but its first."""
        self.line -= self._next - self._row - 1
        self._next = self._row + 1

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        lines = self._lines
        if self._next >= len(lines.texts):
            block = self._pull()
            if block is None:
                self.at_end = True
                raise StopIteration
            if block.too_long:
                self._pending = block
                raise _RunawayQuote
            # the row at hand goes on in the next block: keep its lines, to give them again if it is none
            kept = slice(self._row, None)
            self._lines = lines = _Lines(lines.texts[kept] + block.texts, lines.sizes[kept] + block.sizes, plain=False)
            self._next -= self._row
            self._row = 0
        if self.used >= MAX_RECORD_LINES or (
            self.used % 64 == 63 and sum(lines.sizes[self._row : self._next]) > MAX_RECORD
        ):
            raise _RunawayQuote
        text = lines.texts[self._next]
        self._next += 1
        self.line += 1
        self.used += 1
        return text + "\n"


def _without_returns(text: str) -> str:
    """A line without its \\r\\n; one that stands alone inside is white space (the csv module refuses it)."""
    text = text.removesuffix("\r")
    return text.replace("\r", " ") if "\r" in text else text


def _bad(code: str, number: int, feed: _Feed, span: tuple[int, int], /, **detail: str) -> Unreadable:
    return Unreadable(fault=code, detail={"line": str(feed.line), **detail}, row=number, span=Span(number, *span))


def _in_parts(batch: Batch) -> Iterator[Batch]:
    """Cut a block's rows into batches of the usual size; rows that could not be read go with the first part."""
    if len(batch.rows) <= BATCH + BATCH // 2:
        yield batch
        return
    for at in range(0, len(batch.rows), BATCH):
        part = slice(at, at + BATCH)
        yield Batch(
            batch.rows[part],
            batch.numbers[part],
            batch.starts[part],
            batch.ends[part],
            batch.bad if at == 0 else [],
            batch.numbers[part][-1],
        )
