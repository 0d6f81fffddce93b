"""What lies in a folder of exports: every file, what it is by its content, and what cannot be one.

Only names and the first bytes of files are looked at here; reading happens in a child process.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from rundblick.connectors.encodings import find_encoding, looks_binary
from rundblick.connectors.formats.dialect import find_dialect
from rundblick.connectors.mapping import NAME
from rundblick.connectors.notes import FileFault, Note
from rundblick.connectors.streams import ZIP, ZIP_EMPTY, head_of, zip_members

MAX_FILES: Final = 100_000
HEAD: Final = 1 << 16

TABLES: Final = frozenset({"delimited", "json", "json_lines", "excel", "parquet", "text"})
MAILS: Final = frozenset({"mbox", "maildir", "eml"})

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TABLE_NAMES = (".csv", ".tsv", ".tab", ".psv", ".dsv")
_TEXT_NAMES = (".txt", ".dat", ".asc", ".log", ".prn", "")
_NO_TABLES = (
    ".md",
    ".rst",
    ".html",
    ".htm",
    ".xml",
    ".toml",
    ".yaml",
    ".yml",
    ".ini",
    ".cfg",
    ".py",
    ".sql",
    ".css",
    ".js",
)
_HEADER_LINE = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?\S")
_MAIL_LINE = re.compile(
    rb"^(?:Return-Path|Received|From|To|Subject|Message-ID|Date|Delivered-To|MIME-Version|X-[A-Za-z-]+):", re.I | re.M
)
_HIDDEN = ("__MACOSX",)
_SYSTEM_FILES = ("thumbs.db", "desktop.ini")


class Found(msgspec.Struct, frozen=True):
    """One file, member of an archive, or store of mails.

    name     relative to the folder, with ``/``; a member of a zip as ``archive.zip/member.csv``
    path     where it lies; of a member, its archive
    member   name inside the archive, else ""
    kind     "delimited", "json", "json_lines", "excel", "parquet", "mbox", "maildir", "eml" (all single mails of one
             folder), "text" (a text that shows no table: read as one only when a mapping names it), "other"
    size     bytes on disk; of a member, unpacked
    files    relative names of the single mails, for "eml"
    members  of single mails in one zip: their names inside it, in the order of ``files``
    fault    why it cannot be read at all
    """

    name: str
    path: str
    kind: str
    member: str = ""
    size: int = 0
    files: tuple[str, ...] = ()
    fault: Note | None = None
    members: tuple[str, ...] = ()


def discover(folder: Path, without: Collection[Path] = (), root: Path | None = None) -> list[Found]:
    """Everything in ``folder``, in order of names. ``without``: folders and files that are not looked at (the output);
    ``root``: the folder that names are relative to, where it is not ``folder`` itself but one above it.

    Hidden files, the mapping file, earlier reports and links that lead out of the folder are passed over. A single
    file instead of a folder is a folder of one. Raises ``FileNotFoundError`` when there is nothing at that place.
    """
    if not folder.exists():
        raise FileNotFoundError(folder)
    root = root or (folder if folder.is_dir() else folder.parent)
    real = root.resolve()
    skip = {path.resolve() for path in without}
    found: list[Found] = []
    mails: dict[str, list[tuple[str, int]]] = {}
    for path in _files(folder, skip) if folder.is_dir() else iter([folder]):
        name = unicodedata.normalize("NFC", path.relative_to(root).as_posix())
        if path.is_dir():
            size = sum(entry.stat().st_size for sub in ("cur", "new") for entry in _plain_files(path / sub))
            found.append(Found(name, str(path), "maildir", size=size))
            continue
        if not path.resolve().is_relative_to(real):
            found.append(Found(name, str(path), "other", fault=Note("file.outside")))
            continue
        for one in _look(name, path):
            if one.kind == "eml" and not one.members and one.fault is None:
                mails.setdefault(str(PurePosixPath(name).parent), []).append((name, one.size))
            else:
                found.append(one)
        if len(found) > MAX_FILES:
            raise FileFault("folder.too_many", limit=str(MAX_FILES))
    for parent, singles in mails.items():
        if len(singles) == 1:
            name, size = singles[0]
            found.append(Found(name, str(root / name), "eml", size=size, files=(name,)))
            continue
        names = tuple(name for name, _ in singles)
        path = root if parent == "." else root / parent
        found.append(Found(parent, str(path), "eml", size=sum(size for _, size in singles), files=names))
    return sorted(found, key=lambda one: (one.name, one.member))


def _files(folder: Path, skip: set[Path]) -> Iterator[Path]:
    """Files under a folder and Maildir folders as a whole, in order of names; a folder that cannot be read is told."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    names = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    if {"cur", "new"} <= names:
        yield folder
        entries = [entry for entry in entries if entry.is_dir() and entry.name not in ("cur", "new", "tmp")]
    for entry in entries:
        path = Path(entry.path)
        hidden = entry.name.startswith((".", "~$")) and not (entry.is_dir() and {"cur", "new"} <= _inside(path))
        if hidden or entry.name in _HIDDEN or entry.name.lower() in _SYSTEM_FILES or path.resolve() in skip:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, skip)
        elif entry.is_file() and entry.name != NAME and not entry.name.endswith(f".{NAME}"):
            yield path


def _inside(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in os.scandir(folder)}
    except OSError:
        return set()


def _plain_files(folder: Path) -> Iterator[os.DirEntry[str]]:
    if folder.is_dir():
        yield from (entry for entry in os.scandir(folder) if entry.is_file())


def _look(name: str, path: Path) -> list[Found]:
    """What a file is; the members of an archive each."""
    try:
        size = path.stat().st_size
        if size == 0:
            fault = None if name.lower().endswith(".eml") else Note("file.empty")
            return [Found(name, str(path), "eml" if fault is None else "other", fault=fault)]
        with path.open("rb") as file:
            first = file.read(8)
        if first.startswith((ZIP, ZIP_EMPTY)):
            return _look_into_zip(name, path, size)
        kind = kind_of(name, head_of(path, size=HEAD))
        if kind == "report":
            return []
        return [Found(name, str(path), kind, size=size)]
    except FileFault as fault:
        return [Found(name, str(path), "other", fault=fault.note)]
    except OSError as error:
        return [Found(name, str(path), "other", fault=Note("file.unreadable", {"why": error.strerror or ""}))]


def _look_into_zip(name: str, path: Path, size: int) -> list[Found]:
    members = zip_members(path)
    names = {member for member, _ in members}
    if any(member.startswith("xl/") for member in names) and "[Content_Types].xml" in names:
        kind = "other" if name.lower().endswith(".xlsb") else "excel"
        fault = Note("excel.binary") if kind == "other" else None
        return [Found(name, str(path), kind, size=size, fault=fault)]
    found = []
    for member, unpacked in members:
        inner = PurePosixPath(member)
        if any(part.startswith((".", "~$")) or part in _HIDDEN for part in inner.parts) or inner.name == NAME:
            continue
        whole = f"{name}/{unicodedata.normalize('NFC', member)}"
        if unpacked == 0:
            found.append(Found(whole, str(path), "other", member, fault=Note("file.empty")))
            continue
        try:
            head = head_of(path, member, HEAD)
            kind = "excel" if head.startswith(ZIP) and b"xl/" in head else kind_of(member, head)
            fault = Note("zip.nested") if head.startswith(ZIP) and kind != "excel" else None
            found.append(Found(whole, str(path), kind, member, unpacked, fault=fault))
        except FileFault as broken:
            found.append(Found(whole, str(path), "other", member, unpacked, fault=broken.note))
    return _together(name, path, found) or [Found(name, str(path), "other", size=size, fault=Note("zip.empty"))]


def _together(name: str, path: Path, found: list[Found]) -> list[Found]:
    """All single mails of a zip are one store of mails, as those of a folder are."""
    mails = [one for one in found if one.kind == "eml" and one.fault is None]
    if not mails:
        return found
    members, names = tuple(one.member for one in mails), tuple(one.name for one in mails)
    size = sum(one.size for one in mails)
    store = Found(name, str(path), "eml", size=size, files=names, members=members)
    return [*(one for one in found if one not in mails), store]


def kind_of(name: str, head: bytes) -> str:
    """What a file is, by its first unpacked bytes and, where they leave it open, by its name. Raises ``FileFault``."""
    suffix = PurePosixPath(name.lower().removesuffix(".gz")).suffix
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((ZIP, _OLD_OFFICE)):
        return "excel" if head.startswith(_OLD_OFFICE) or b"xl/" in head else "other"
    if suffix == ".eml":
        return "eml"
    if head.startswith(b"From ") and _MAIL_LINE.search(head[:4096]):
        return "mbox"
    if not head.strip():
        raise FileFault("file.empty")
    encoding = find_encoding(head, cut=True)
    if looks_binary(head, encoding):
        if suffix in _TABLE_NAMES or suffix in (".json", ".jsonl", ".ndjson"):
            raise FileFault("file.binary")
        return "other"
    text = head[encoding.bom :].decode(encoding.name, "replace")
    if text.lstrip()[:1] in ("{", "[") and suffix not in _TABLE_NAMES:
        return _json_kind(text, suffix)
    if suffix in _TABLE_NAMES:
        return "delimited"
    if _is_mail(head):
        return "eml"
    if suffix in _NO_TABLES:
        return "other"
    return _text_kind(text, suffix)


def _json_kind(text: str, suffix: str) -> str:
    if '"schema"' in text[:200] and "rundblick" in text[:200]:
        return "report"
    if suffix in (".jsonl", ".ndjson"):
        return "json_lines"
    first, newline, rest = text.strip().partition("\n")
    try:
        value = json.loads(first)
    except ValueError:
        return "json"
    if not isinstance(value, dict):
        return "json"
    if newline and rest.lstrip().startswith("{"):
        return "json_lines"
    holds_table = any(isinstance(v, list) and v and isinstance(v[0], dict) for v in value.values())
    return "json" if holds_table else "json_lines"


def _is_mail(head: bytes) -> bool:
    """Header lines from the first one on, some of them a mail's."""
    lines = head[:8192].split(b"\n")
    start = head.lstrip()[:80]
    return (
        bool(_HEADER_LINE.match(start))
        and bool(_HEADER_LINE.match(lines[0]))
        and len(_MAIL_LINE.findall(head[:8192])) >= 3
    )


def _text_kind(text: str, suffix: str) -> str:
    lines = [line + "\n" for line in text.replace("\r\n", "\n").split("\n")[:100] if line.strip()]
    if len(lines) < 2:
        return "text"
    dialect = find_dialect(lines)
    wide = dialect.certain and len(lines[min(dialect.skip, len(lines) - 1)].split(dialect.delimiter)) >= 3
    return "delimited" if wide and suffix in _TEXT_NAMES else "text"
