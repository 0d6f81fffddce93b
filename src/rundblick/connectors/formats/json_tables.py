"""JSON: one object a line, an array of objects, or an object that holds such arrays; streamed.

Nested objects become columns with dots (``customer.id``), arrays stay as JSON text. The columns are those of the
first 2,000 objects; later ones are told.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any, Final

from rundblick.connectors.encodings import find_encoding, looks_binary, told_encoding
from rundblick.connectors.formats import BATCH, MAX_CELL, MAX_COLUMNS, Batch, Cell, plain_cell, unique_columns
from rundblick.connectors.notes import FileFault, Note, Notes
from rundblick.connectors.streams import Stream
from rundblick.core.envelope import Span
from rundblick.core.message import Unreadable

SURVEYED: Final = 2000
MAX_OBJECT: Final = 1 << 24  # characters of one object
MAX_DEPTH: Final = 6
_SPACE: Final = " \t\r\n"

# (value, start, end, fault): one element of the file
_Item = tuple[Any, int, int, str]


class JsonTable:
    """Objects as rows.

    lines   one object a line
    sheet   the array's name, where an object holds several
    wanted  columns that the mapping names: they stand in the header though no early object has them; ``absent`` says
            which these are
    """

    def __init__(
        self, stream: Stream, *, lines: bool, encoding: str = "", sheet: str = "", wanted: Collection[str] = ()
    ) -> None:
        self._notes = Notes()
        self._stream = stream
        self._fault: FileFault | None = None
        blocks = iter(stream)
        head = next(blocks, b"")
        if not head.strip():
            raise FileFault("file.empty")
        self.encoding = told_encoding(encoding, head) if encoding else find_encoding(head, cut=True)
        if looks_binary(head, self.encoding):
            raise FileFault("file.binary")
        if self.encoding.name != "utf-8":
            self._notes.add("encoding.found", encoding=self.encoding.name)
        source = chain([head[self.encoding.bom :]], blocks)
        self._items = self._of_lines(source) if lines else self._of_arrays(self._texts(source), sheet)
        self._first = self._take(SURVEYED)
        if not self._first:
            raise self._fault or FileFault("json.no_table")
        names: dict[str, None] = {}
        for value, *_ in self._first:
            if isinstance(value, dict):
                names.update(dict.fromkeys(_flat(value)))
        if not names:
            raise FileFault("json.no_table")
        if len(names) > MAX_COLUMNS:
            raise FileFault("header.too_wide", columns=str(len(names)), limit=str(MAX_COLUMNS))
        self.absent = tuple(name for name in wanted if name not in names)
        self._names = (*names, *self.absent)
        self.header, _ = unique_columns(list(self._names))

    @property
    def position(self) -> int:
        return self._stream.position

    def notes(self) -> tuple[Note, ...]:
        return self._notes.all()

    def batches(self) -> Iterator[Batch]:
        names, known = self._names, set(self._names)
        number = 0
        items = self._first
        while items:
            batch = Batch()
            for value, start, end, fault in items:
                number += 1
                if fault or not isinstance(value, dict):
                    code = fault or "row.no_object"
                    batch.bad.append(Unreadable(fault=code, row=number, span=Span(number, start, end)))
                    continue
                flat = _flat(value)
                if len(flat) > len(names) or not flat.keys() <= known:
                    for name in sorted(flat.keys() - known)[:20]:
                        self._notes.add("columns.late", column=name)
                batch.rows.append([flat.get(name, "") for name in names])
                batch.numbers.append(number)
                batch.starts.append(start)
                batch.ends.append(end)
            batch.last = number
            yield batch
            items = self._take(BATCH)
        if self._fault is not None:
            raise self._fault

    def _take(self, count: int) -> list[_Item]:
        taken: list[_Item] = []
        try:
            for item in self._items:
                taken.append(item)
                if len(taken) >= count:
                    break
        except FileFault as fault:
            self._fault = fault
        return taken

    # --- one object a line --------------------------------------------------------------------------------------

    def _of_lines(self, blocks: Iterator[bytes]) -> Iterator[_Item]:
        if self.encoding.wide:
            yield from self._of_wide_lines(blocks)
            return
        rest, offset = b"", self.encoding.bom
        for block in blocks:
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                if line.strip():
                    yield self._line(line, offset, offset + len(line) + 1)
                offset += len(line) + 1
            if len(rest) > MAX_OBJECT:
                raise FileFault("json.broken", at=str(offset))
        if rest.strip():
            yield self._line(rest, offset, offset + len(rest))

    def _line(self, line: bytes, start: int, end: int) -> _Item:
        try:
            return json.loads(line.decode(self.encoding.name)), start, end, ""
        except (ValueError, RecursionError):
            return None, start, end, "row.no_json"

    def _of_wide_lines(self, blocks: Iterator[bytes]) -> Iterator[_Item]:
        rest = ""
        for text in chain(self._texts(blocks), ["\n"]):
            lines = (rest + text).split("\n")
            rest = lines.pop()
            for line in lines:
                if line.strip():
                    yield self._line(line.encode(self.encoding.name, "surrogatepass"), 0, 0)

    # --- arrays ---------------------------------------------------------------------------------------------------

    def _texts(self, blocks: Iterator[bytes]) -> Iterator[str]:
        decode = codecs.getincrementaldecoder(self.encoding.name)("replace").decode
        for block in blocks:
            yield decode(block)

    def _of_arrays(self, texts: Iterator[str], sheet: str) -> Iterator[_Item]:
        buffer = _Buffer(texts, self.encoding.name, self.encoding.bom)
        first = buffer.next_char()
        if first == "[":
            buffer.skip(1)
            yield from self._array(buffer)
            return
        if first != "{":
            raise FileFault("json.broken", at="0")
        buffer.skip(1)
        others: list[str] = []
        found = False
        while buffer.next_char() not in ("}", ""):
            name = buffer.value()
            buffer.expect(":")
            wanted = not found and (not sheet or name == sheet)
            if wanted and buffer.next_char() == "[" and buffer.char_after() in ("{", "]" if sheet else "{"):
                buffer.skip(1)
                found = True
                yield from self._array(buffer)
            elif buffer.next_char() == "[" and buffer.char_after() == "{":
                others.append(str(name))
                buffer.pass_over()
            else:
                buffer.pass_over()
            if buffer.next_char() == ",":
                buffer.skip(1)
        for name in others:
            self._notes.add("json.other_array", name=name[:60])
        if not found and sheet:
            raise FileFault("json.no_sheet", sheet=sheet, names=", ".join(others))

    def _array(self, buffer: _Buffer) -> Iterator[_Item]:
        while True:
            char = buffer.next_char()
            if char == "]":
                buffer.skip(1)
                return
            if char == "":
                raise FileFault("file.truncated", at=str(buffer.offset))
            start = buffer.offset
            value = buffer.value()
            yield value, start, buffer.offset, ""
            if buffer.next_char() == ",":
                buffer.skip(1)


class _Buffer:
    """A window over a long JSON text: values are read one after the other, and what was read is let go."""

    def __init__(self, texts: Iterator[str], encoding: str, bom: int) -> None:
        self._texts = texts
        self._text = ""
        self._at = 0
        self._encoding = encoding
        self.offset = bom  # in bytes, of ``_at``
        self._decoder = json.JSONDecoder()

    def _more(self) -> bool:
        text = next(self._texts, "")
        while text == "" and (text := next(self._texts, "\x00end")) == "":
            pass
        if text == "\x00end":
            return False
        self._text = self._text[self._at :] + text
        self._at = 0
        return True

    def skip(self, count: int) -> None:
        self.offset += len(self._text[self._at : self._at + count].encode(self._encoding, "surrogatepass"))
        self._at += count

    def next_char(self) -> str:
        """The next character that is no space, without taking it; "" at the end."""
        while True:
            at = self._at
            while at < len(self._text) and self._text[at] in _SPACE:
                at += 1
            self.skip(at - self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def char_after(self) -> str:
        """The first character behind the next one that is no space, without taking either."""
        self.next_char()
        while True:
            behind = self._text[self._at + 1 :].lstrip(_SPACE)
            if behind or not self._more():
                return behind[:1]

    def expect(self, char: str) -> None:
        if self.next_char() != char:
            raise FileFault("json.broken", at=str(self.offset))
        self.skip(1)

    def value(self) -> Any:
        """Read the next value whole."""
        self.next_char()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise FileFault("json.broken", at=str(self.offset)) from None
            except ValueError:
                value, end = None, -1
            # a number may go on in the next block
            if end >= 0 and (end < len(self._text) or self._text[end - 1] in '}]"'):
                self.skip(end - self._at)
                return value
            if len(self._text) - self._at > MAX_OBJECT:
                raise FileFault("json.broken", at=str(self.offset))
            if not self._more():
                if end >= 0:
                    self.skip(end - self._at)
                    return value
                code = "json.broken" if self._text[self._at :].rstrip().endswith(("}", "]")) else "file.truncated"
                raise FileFault(code, at=str(self.offset))

    def pass_over(self) -> None:
        """Skip the next value; an array element by element, so that a long one needs no memory."""
        if self.next_char() != "[":
            self.value()
            return
        self.skip(1)
        while self.next_char() not in ("]", ""):
            self.value()
            if self.next_char() == ",":
                self.skip(1)
        self.skip(1)


def _flat(value: dict[str, Any]) -> dict[str, Cell]:
    """An object as columns: ``{"a": {"b": 1}}`` is ``{"a.b": 1}``."""
    flat: dict[str, Cell] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            _flatten(flat, name, inner, 1)
        elif isinstance(inner, list):
            flat[name] = json.dumps(inner, ensure_ascii=False)[:MAX_CELL] if inner else ""
        else:
            flat[name] = plain_cell(inner)
    return flat


def _flatten(flat: dict[str, Cell], prefix: str, value: dict[str, Any], depth: int) -> None:
    for name, inner in value.items():
        path = f"{prefix}.{name}"
        if isinstance(inner, dict) and depth < MAX_DEPTH:
            _flatten(flat, path, inner, depth + 1)
        elif isinstance(inner, (dict, list)):
            flat[path] = json.dumps(inner, ensure_ascii=False)[:MAX_CELL] if inner else ""
        else:
            flat[path] = plain_cell(inner)
