"""Files of word processors and spreadsheets: a zip with XML in it (Office Open XML, OpenDocument).

Nothing is unpacked to disk, nothing outside the file is looked at, and the XML is read as a stream: a bomb of zips or
of entities costs no more than it takes to notice it.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Final
from xml.parsers import expat

from rundblick.channels.attached.told import Full, Gathering, Refused, Told, gathered

MEMBERS: Final = 5_000
UNPACKED: Final = 200 << 20  # bytes of XML that are read of one file
SHARED: Final = 100_000  # strings that the cells of a workbook name by their number
_BLOCK: Final = 1 << 16

_WORD = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_SLIDE = re.compile(r"ppt/(slides/slide|notesSlides/notesSlide)(\d+)\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_ODF_BREAKS = {"p", "h", "line-break"}
_SAID: dict[str, str] = {
    "application/vnd.oasis.opendocument.text": "text",
    "application/vnd.oasis.opendocument.spreadsheet": "table",
    "application/vnd.oasis.opendocument.presentation": "slides",
}


def read_zip(data: bytes) -> Told:
    """The words of a document that is a zip; of an archive the names of what is in it. Raises Refused."""
    with _opened(data) as archive:
        names = archive.namelist()
        if len(names) > MEMBERS:
            raise Refused("zip.too_many")
        inside = _Members(archive)
        if "word/document.xml" in names:
            texts = sorted(filter(_WORD.fullmatch, names), key=lambda name: name != "word/document.xml")
            return gathered("word", lambda into: _all_runs(inside, texts, into))
        if "xl/workbook.xml" in names:
            return gathered("table", lambda into: _workbook(inside, names, into))
        if slides := sorted(filter(_SLIDE.fullmatch, names), key=_number):
            return gathered("slides", lambda into: _all_runs(inside, slides, into))
        if "content.xml" in names and "mimetype" in names:
            kind = _kind_of_open_document(inside, names)
            return gathered(kind, lambda into: _open_document(inside.open("content.xml"), into))
        return gathered("archive", lambda into: into.add("\n".join(names)))


def _kind_of_open_document(inside: _Members, names: list[str]) -> str:
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in inside.open(manifest).read(1 << 20):
        raise Refused("encrypted")
    return _SAID.get(inside.open("mimetype").read(100).decode("ascii", "replace").strip(), "text")


class _Members:
    """The members of a zip; together they give at most ``UNPACKED`` bytes, whatever their headers say."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.left = UNPACKED

    def open(self, name: str) -> _Member:
        try:
            return _Member(self._archive.open(name), self)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, ValueError, OSError):
            raise Refused("broken") from None
        except RuntimeError:  # zipfile's word for "a password is needed"
            raise Refused("encrypted") from None


class _Member:
    def __init__(self, file: IO[bytes], of: _Members) -> None:
        self._file = file
        self._of = of

    def read(self, size: int) -> bytes:
        try:
            block = self._file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
            raise Refused("broken") from None
        self._of.left -= len(block)
        if self._of.left < 0:
            raise Refused("zip.bomb")
        return block


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused("broken") from None


def _number(name: str) -> tuple[str, int]:
    found = _SLIDE.fullmatch(name) or _SHEET.fullmatch(name)
    assert found is not None
    return name.rpartition("/")[0], int(found[found.re.groups])


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def parse(
    member: _Member,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> None:
    """Read XML as a stream of local names and texts. Raises Refused for entities and for what is no XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = data

    def refuse(*_: object) -> None:
        raise Refused("xml.entities")

    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
    try:
        while block := member.read(_BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise Refused("broken") from None


def _all_runs(inside: _Members, names: list[str], into: Gathering) -> None:
    for name in names:
        _runs(inside.open(name), into)


def _runs(member: _Member, into: Gathering) -> None:
    """Word and PowerPoint: the texts of <t>, a line for each paragraph, a tab between cells."""
    depth = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal depth
        if name == "t":
            depth += 1
        elif name in ("tab", "tc"):
            into.add("\t")
        elif name in ("br", "cr"):
            into.add("\n")

    def end(name: str) -> None:
        nonlocal depth
        if name == "t":
            depth -= 1
        elif name == "p":
            into.add("\n")

    def data(text: str) -> None:
        if depth:
            into.add(text)

    parse(member, start, end, data)


def _open_document(member: _Member, into: Gathering) -> None:
    """OpenDocument: everything in the body but the settings of fields; a line for each paragraph."""
    body = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal body
        if name == "body":
            body += 1
        elif name == "s":
            into.add(" ")
        elif name in ("tab", "table-cell"):
            into.add("\t")
        elif name == "line-break":
            into.add("\n")

    def end(name: str) -> None:
        nonlocal body
        if name == "body":
            body -= 1
        elif name in _ODF_BREAKS:
            into.add("\n")

    def data(text: str) -> None:
        if body:
            into.add(text)

    parse(member, start, end, data)


def _workbook(inside: _Members, names: list[str], into: Gathering) -> None:
    """The cells of all sheets, row by row; texts that cells share stand in a member of their own."""
    shared = list(_shared(inside)) if "xl/sharedStrings.xml" in names else []
    for name in sorted((n for n in names if _SHEET.fullmatch(n)), key=_number):
        _sheet(inside.open(name), shared, into)


def _shared(inside: _Members) -> Iterator[str]:
    found: list[list[str]] = []
    depth = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal depth
        if name == "si":
            if len(found) >= SHARED:
                raise Full
            found.append([])
        elif name == "t":
            depth += 1

    def end(name: str) -> None:
        nonlocal depth
        depth -= name == "t"

    def data(text: str) -> None:
        if depth and found:
            found[-1].append(text)

    with contextlib.suppress(Full):  # the cells of the first rows name the first strings
        parse(inside.open("xl/sharedStrings.xml"), start, end, data)
    return ("".join(pieces) for pieces in found)


def _sheet(member: _Member, shared: list[str], into: Gathering) -> None:
    kind, taking = "", 0
    pieces: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kind, taking
        if name == "c":
            kind = attributes.get("t", "")
            pieces.clear()
        elif name in ("v", "t"):
            taking += 1

    def end(name: str) -> None:
        nonlocal taking
        if name in ("v", "t"):
            taking -= 1
        elif name == "c" and pieces:
            into.add(_cell("".join(pieces), kind, shared) + "\t")
        elif name == "row":
            into.add("\n")

    def data(text: str) -> None:
        if taking > 0:
            pieces.append(text)

    parse(member, start, end, data)


def _cell(value: str, kind: str, shared: list[str]) -> str:
    if kind != "s":
        return value
    return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
