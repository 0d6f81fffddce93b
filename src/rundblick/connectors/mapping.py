"""The mapping file ``rundblick.toml``: read, checked completely, as typed values. Its format: docs/mapping.md.

It names columns only: no code, no SQL, no path outside its folder, no unknown key. Every problem is collected, with
its line, before anything is read; ``MappingError`` holds them all.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from rundblick.connectors.fields import (
    CHOICES,
    FIELDS,
    IDENTIFIER_KINDS,
    IGNORE,
    MAIL,
    MEANINGS,
    ONCE_OTHER,
    OWN_KEY,
    REQUIRED,
    TAKEN,
    Kind,
    fields_of,
    former_fields,
)
from rundblick.connectors.notes import Note
from rundblick.connectors.promises import promise_of
from rundblick.connectors.toml_lines import Lines
from rundblick.core.home import EXCLUSIVE
from rundblick.core.moments import ORDERS
from rundblick.core.promises import Promise

NAME: Final = "rundblick.toml"
VERSION: Final = 1
MAX_BYTES: Final = 1 << 20
COUNTRIES: Final = ("DE", "AT", "CH")
MOJIBAKE: Final = ("macroman", "utf-8")
TRUE: Final = frozenset({"true", "yes", "y", "ja", "j", "wahr", "1", "x", "on", "t"})
FALSE: Final = frozenset({"false", "no", "n", "nein", "falsch", "0", "off", "f"})

_HEAD_KEYS = ("version", "timezone", "language", "company", "country", "guessed", "slow_topics")
_FILE_TEXTS = (
    "name",
    "is",
    "system",
    "encoding",
    "delimiter",
    "sheet",
    "dates",
    "decimal",
    "mojibake",
    "exclusive_numbers",
)
_FILE_LISTS = ("key", "unknown", "own")
_FILE_TABLES = ("columns", "identifiers", "verified", "values", "fixed", "facts")
_FILE_KEYS = _FILE_TEXTS + _FILE_LISTS + _FILE_TABLES
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}\Z")
_FACT = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_FACTS_MEAN = "customers"  # the only rows that may have facts of their own


class IdentifierColumn(msgspec.Struct, frozen=True, array_like=True):
    """A column that holds an identifier beside the row's own customer key. ``issuer``: the system that issued it."""

    kind: str
    issuer: str
    column: str
    line: int = 0


class FileMapping(msgspec.Struct, frozen=True):
    """One ``[[file]]``: which files, what a row of them is, which column holds which field."""

    name: str
    means: str
    system: str = ""
    key: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    dates: str = ""
    decimal: str = ""
    unknown: tuple[str, ...] = ()
    mojibake: str = ""
    exclusive_numbers: str = ""  # whether the system gives each person one number: yes, no, measured
    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    identifiers: tuple[IdentifierColumn, ...] = ()
    verified: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = {}
    own: tuple[str, ...] = ()
    facts: dict[str, str] = {}  # own name of a fact -> column
    line: int = 0
    lines: dict[str, int] = {}  # column -> line that names it

    def system_of(self, name: str) -> str:
        """The system's code for a file of this entry: as given, else from the entry's name or the file's."""
        if self.system:
            return self.system
        stem = _stem(self.name.partition("*")[0].partition("?")[0].partition("[")[0] or name)
        return stem or _stem(name) or "export"

    def key_columns(self) -> tuple[str, ...]:
        """The columns that identify a row; without own ones those of the list of customers and of cases."""
        if self.key or self.means not in OWN_KEY:
            return self.key
        column = self.columns.get(OWN_KEY[self.means])
        return (column,) if column else ()

    def used_columns(self) -> dict[str, int]:
        """Every column this entry names, with the line that names it first."""
        used = {column: self.lines.get(column, self.line) for column in self.columns.values()}
        for one in self.identifiers:
            used.setdefault(one.column, one.line)
        for column in (*self.facts.values(), *self.key):
            used.setdefault(column, self.lines.get(column, self.line))
        return used

    def matches(self, name: str) -> bool:
        """Whether a file's path, relative to the folder and with ``/``, is one of this entry."""
        return _pattern(self.name).fullmatch(unicodedata.normalize("NFC", name)) is not None


class Mapping(msgspec.Struct, frozen=True):
    """A whole mapping file."""

    files: tuple[FileMapping, ...] = ()
    timezone: str = "Europe/Berlin"
    language: str = "de"
    company: str = ""
    country: str = "DE"
    guessed: bool = False
    promise: Promise | None = None
    slow_topics: tuple[str, ...] = ()
    path: str = ""

    def exclusive(self) -> dict[str, str]:
        """{system: whether it gives each person one number}, where an entry says so; "yes" above "no"."""
        said: dict[str, str] = {}
        for entry in self.files:
            if entry.exclusive_numbers:
                system = entry.system_of(entry.name)
                said[system] = max(said.get(system, ""), entry.exclusive_numbers)
        return said

    def entries_for(self, name: str) -> tuple[FileMapping, ...]:
        """The entries a file is read by; ``ignore`` counts only where no other entry matches."""
        found = tuple(entry for entry in self.files if entry.matches(name))
        return tuple(entry for entry in found if entry.means != IGNORE) or found


class Problem(msgspec.Struct, frozen=True, array_like=True):
    """Something wrong in a mapping file: where and what; ``texts.problem_text`` says it with what to do."""

    path: str
    line: int
    note: Note


class MappingError(Exception):
    """A mapping file that cannot be used, with all its problems in order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.path, p.line)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        try:  # Django's translations, which child processes do without
            from rundblick.connectors.texts import problem_text

            return "\n".join(problem_text(problem) for problem in self.problems)
        except Exception:  # no Django here, or one that is not set up: codes say enough to whoever runs it so
            return "\n".join(f"{p.path}:{p.line}: {p.note.code} {p.note.values}" for p in self.problems)


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises ``MappingError`` with every problem found in it."""
    shown = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MappingError([Problem(shown, 0, Note("mapping.no_file", {"why": error.strerror or ""}))]) from None
    if len(data) > MAX_BYTES:
        raise MappingError([Problem(shown, 0, Note("mapping.too_long", {"limit": str(MAX_BYTES)}))])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MappingError([Problem(shown, line, Note("mapping.not_utf8"))]) from None
    return parse_mapping(text, shown)


def parse_mapping(text: str, path: str = NAME) -> Mapping:
    """The mapping written in ``text``. Raises ``MappingError`` with every problem found in it."""
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        values = {"column": place[2] if place else "", "why": str(error).partition(" (at ")[0]}
        raise MappingError([Problem(path, line, Note("mapping.not_toml", values))]) from None
    check = _Check(path, Lines(text))
    mapping = check.mapping(data)
    if check.problems:
        raise MappingError(check.problems)
    return mapping


def missing_columns(entry: FileMapping, header: Sequence[str], file: str, path: str = NAME) -> list[Problem]:
    """The columns that ``entry`` names and the file does not have, each with the nearest that it has."""
    have = set(header)
    problems = []
    for column, line in entry.used_columns().items():
        if column in have:
            continue
        values = {"column": column, "file": file, "near": nearest(column, header), "columns": listed(header)}
        problems.append(Problem(path, line, Note("mapping.no_column", values)))
    return problems


def nearest(word: str, words: Iterable[str], likeness: float = 0.6) -> str:
    """The most similar of ``words``, "" when none is near: what a person may have meant. ``likeness``: 0..1."""
    folded = {w.casefold().replace(" ", "").replace("-", "_"): w for w in words}
    found = difflib.get_close_matches(word.casefold().replace(" ", "").replace("-", "_"), folded, 1, likeness)
    return folded[found[0]] if found else ""


def listed(words: Sequence[str], limit: int = 40) -> str:
    """Words as one text for an error message."""
    shown = ", ".join(f'"{word}"' for word in words[:limit])
    return f"{shown}, ... ({len(words)})" if len(words) > limit else shown


class _Check:
    """Turns parsed TOML into a ``Mapping`` and gathers what is wrong on the way."""

    def __init__(self, path: str, lines: Lines) -> None:
        self.path = path
        self.lines = lines
        self.problems: list[Problem] = []

    def wrong(self, where: tuple[str | int, ...], code: str, **values: str) -> None:
        self.problems.append(Problem(self.path, self.lines.of(where), Note(code, values)))

    def unknown_keys(self, where: tuple[str | int, ...], table: Dict[str, object], known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                self.wrong(
                    (*where, key), "mapping.unknown_key", key=key, near=nearest(key, known), known=", ".join(known)
                )

    def text(self, where: tuple[str | int, ...], value: object) -> str:
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value)
        self.wrong(where, "mapping.wrong_type", key=str(where[-1]), wanted="text", got=_type_name(value))
        return ""

    def texts(self, where: tuple[str | int, ...], value: object) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(unicodedata.normalize("NFC", one) for one in value)
        self.wrong(where, "mapping.wrong_type", key=str(where[-1]), wanted="list", got=_type_name(value))
        return ()

    def table(self, where: tuple[str | int, ...], value: object) -> dict[str, object]:
        if isinstance(value, dict):
            return value
        self.wrong(where, "mapping.wrong_type", key=str(where[-1]), wanted="table", got=_type_name(value))
        return {}

    def mapping(self, data: dict[str, object]) -> Mapping:
        self.unknown_keys((), data, ("rundblick", "promise", "file"))
        head = self.table(("rundblick",), data.get("rundblick", {}))
        self.unknown_keys(("rundblick",), head, _HEAD_KEYS)
        version = head.get("version", VERSION)
        if version != VERSION or isinstance(version, bool):
            self.wrong(("rundblick", "version"), "mapping.version", got=str(version), known=str(VERSION))
        guessed = head.get("guessed", False)
        if not isinstance(guessed, bool):
            self.wrong(
                ("rundblick", "guessed"), "mapping.wrong_type", key="guessed", wanted="flag", got=_type_name(guessed)
            )
        timezone = self.text(("rundblick", "timezone"), head.get("timezone", "Europe/Berlin"))
        if not _is_zone(timezone):
            self.wrong(
                ("rundblick", "timezone"),
                "mapping.timezone",
                got=timezone,
                near=nearest(timezone, available_timezones()),
            )
        country = self.text(("rundblick", "country"), head.get("country", "DE"))
        if country not in COUNTRIES:
            self.wrong(
                ("rundblick", "country"), "mapping.not_one_of", key="country", got=country, known=", ".join(COUNTRIES)
            )
        entries = data.get("file", [])
        if not isinstance(entries, list):
            self.wrong(("file",), "mapping.file_is_no_list")
            entries = []
        files = [self.entry(number, entry) for number, entry in enumerate(entries)]
        if not files:
            self.wrong((), "mapping.empty")
        return Mapping(
            files=tuple(files),
            timezone=timezone,
            language=self.text(("rundblick", "language"), head.get("language", "de")),
            company=self.text(("rundblick", "company"), head.get("company", "")),
            country=country,
            guessed=guessed is True,
            promise=promise_of(self, data["promise"], timezone) if "promise" in data else None,
            slow_topics=self.texts(("rundblick", "slow_topics"), head.get("slow_topics", [])),
            path=self.path,
        )

    def entry(self, number: int, value: object) -> FileMapping:
        at: tuple[str | int, ...] = ("file", number)
        table = self.table(at, value)
        self.unknown_keys(at, table, _FILE_KEYS)
        plain = {key: self.text((*at, key), table[key]) for key in _FILE_TEXTS if key in table}
        lists = {key: self.texts((*at, key), table[key]) for key in _FILE_LISTS if key in table}
        name = self.file_name(at, plain.get("name"))
        means = self.meaning(at, plain.get("is"))
        self.options(at, plain)
        columns = self.columns(at, means, table.get("columns", {}))
        fixed = self.fixed(at, means, table.get("fixed", {}), columns)
        identifiers = self.identifiers(at, table.get("identifiers", {}))
        facts = self.facts(at, means, table.get("facts", {}))
        if means in FIELDS:
            for field in REQUIRED[means]:
                if field not in columns and field not in fixed:
                    self.wrong((*at, "columns"), "mapping.missing_field", field=field, means=means)
        elif columns or identifiers or fixed:
            self.wrong((*at, "columns"), "mapping.no_columns_here", means=means)
        if "own" in lists and means != MAIL:
            self.wrong((*at, "own"), "mapping.only_mail", key="own")
        lines = {column: self.lines.of((*at, "columns", field)) for field, column in columns.items()}
        for name_of_fact, column in facts.items():
            lines.setdefault(column, self.lines.of((*at, "facts", name_of_fact)))
        for column in lists.get("key", ()):
            lines.setdefault(column, self.lines.of((*at, "key")))
        return FileMapping(
            name=name,
            means=means,
            system=plain.get("system", ""),
            key=lists.get("key", ()),
            encoding=plain.get("encoding", ""),
            delimiter=plain.get("delimiter", ""),
            sheet=plain.get("sheet", ""),
            dates=plain.get("dates", ""),
            decimal=plain.get("decimal", ""),
            unknown=lists.get("unknown", ()),
            mojibake=plain.get("mojibake", ""),
            exclusive_numbers=plain.get("exclusive_numbers", ""),
            columns=columns,
            fixed=fixed,
            identifiers=identifiers,
            verified=self.verified(at, table.get("verified", {})),
            values=self.values(at, means, table.get("values", {}), facts),
            own=tuple(one.lower() for one in lists.get("own", ())),
            facts=facts,
            line=self.lines.of(at),
            lines=lines,
        )

    def file_name(self, at: tuple[str | int, ...], name: str | None) -> str:
        if not name:
            self.wrong(at, "mapping.missing_key", key="name")
            return ""
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if "\\" in name or ":" in name or name.startswith(("/", "~")) or ".." in parts or "\x00" in name:
            self.wrong((*at, "name"), "mapping.outside", name=name)
        return name.removeprefix("./")

    def meaning(self, at: tuple[str | int, ...], means: str | None) -> str:
        if means is None:
            self.wrong(at, "mapping.missing_key", key="is")
            return IGNORE
        if means not in MEANINGS:
            self.wrong(
                (*at, "is"), "mapping.meaning", got=means, near=nearest(means, MEANINGS), known=", ".join(MEANINGS)
            )
            return ""
        return means

    def options(self, at: tuple[str | int, ...], plain: dict[str, str]) -> None:
        system = plain.get("system", "")
        if system and not _SYSTEM.match(system):
            self.wrong((*at, "system"), "mapping.system", got=system)
        encoding = plain.get("encoding", "")
        if encoding and not _is_encoding(encoding):
            self.wrong((*at, "encoding"), "mapping.encoding", got=encoding)
        delimiter = plain.get("delimiter", "")
        if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n\x00'):
            self.wrong((*at, "delimiter"), "mapping.delimiter", got=delimiter)
        dates = plain.get("dates", "")
        if dates and dates not in ORDERS and not _is_pattern(dates):
            self.wrong((*at, "dates"), "mapping.dates", got=dates, near=nearest(dates, ORDERS), known=", ".join(ORDERS))
        for key, known in (("decimal", (",", ".")), ("mojibake", MOJIBAKE), ("exclusive_numbers", EXCLUSIVE)):
            if plain.get(key, known[0]) not in known:
                self.wrong((*at, key), "mapping.not_one_of", key=key, got=plain[key], known=", ".join(known))

    def columns(self, at: tuple[str | int, ...], means: str, value: object) -> dict[str, str]:
        where = (*at, "columns")
        table = self.table(where, value)
        known = fields_of(means)
        columns: dict[str, str] = {}
        for field, column in table.items():
            if known and field not in known:
                self.wrong(
                    (*where, field),
                    "mapping.unknown_field",
                    field=field,
                    means=means,
                    near=nearest(field, known),
                    known=", ".join(FIELDS[means]),
                )
                continue
            if isinstance(column, list) and field in ONCE_OTHER and means == _FACTS_MEAN:
                several = self.texts((*where, field), column)
                fields = (field, *former_fields(field))
                if not 1 <= len(several) <= len(fields):
                    self.wrong((*where, field), "mapping.too_many_columns", field=field, most=str(len(fields)))
                columns.update(zip(fields, several, strict=False))
                continue
            columns[field] = self.text((*where, field), column)
            base = field.removesuffix("_time")
            if base != field and base not in table:
                self.wrong((*where, field), "mapping.time_alone", field=field, base=base)
        return columns

    def fixed(self, at: tuple[str | int, ...], means: str, value: object, columns: dict[str, str]) -> dict[str, str]:
        where = (*at, "fixed")
        known = fields_of(means)
        fixed = {}
        for field, one in self.table(where, value).items():
            kind = known.get(field)
            if known and kind is None:
                self.wrong(
                    (*where, field),
                    "mapping.unknown_field",
                    field=field,
                    means=means,
                    near=nearest(field, known),
                    known=", ".join(FIELDS[means]),
                )
                continue
            if field in columns:
                self.wrong((*where, field), "mapping.column_and_fixed", field=field)
            if kind is not None and kind in CHOICES and one not in CHOICES[kind]:
                self.wrong(
                    (*where, field),
                    "mapping.not_one_of",
                    key=field,
                    got=str(one),
                    known=", ".join(CHOICES[kind]),
                )
            fixed[field] = str(one).lower() if isinstance(one, (bool, int, float)) else self.text((*where, field), one)
        return fixed

    def identifiers(self, at: tuple[str | int, ...], value: object) -> tuple[IdentifierColumn, ...]:
        where = (*at, "identifiers")
        found = []
        for name, column in self.table(where, value).items():
            kind, _, issuer = name.partition("@")
            if kind not in IDENTIFIER_KINDS:
                self.wrong(
                    (*where, name),
                    "mapping.identifier",
                    got=kind,
                    near=nearest(kind, IDENTIFIER_KINDS),
                    known=", ".join(IDENTIFIER_KINDS),
                )
                continue
            line = self.lines.of((*where, name))
            columns = column if isinstance(column, list) else [column]  # two telephone columns, say
            found += [IdentifierColumn(kind, issuer, self.text((*where, name), one), line) for one in columns]
        return tuple(found)

    def facts(self, at: tuple[str | int, ...], means: str, value: object) -> dict[str, str]:
        where = (*at, "facts")
        table = self.table(where, value)
        if table and means and means != _FACTS_MEAN:
            self.wrong(where, "mapping.no_facts_here", means=means)
            return {}
        found = {}
        for name, column in table.items():
            if name in TAKEN:
                self.wrong((*where, name), "mapping.fact_taken", name=name)
            elif not _FACT.match(name):
                self.wrong((*where, name), "mapping.fact_name", name=name)
            else:
                found[name] = self.text((*where, name), column)
        return found

    def verified(self, at: tuple[str | int, ...], value: object) -> tuple[str, ...]:
        where = (*at, "verified")
        found = []
        for kind, flag in self.table(where, value).items():
            if kind not in IDENTIFIER_KINDS:
                self.wrong(
                    (*where, kind),
                    "mapping.identifier",
                    got=kind,
                    near=nearest(kind, IDENTIFIER_KINDS),
                    known=", ".join(IDENTIFIER_KINDS),
                )
            elif not isinstance(flag, bool):
                self.wrong((*where, kind), "mapping.wrong_type", key=kind, wanted="flag", got=_type_name(flag))
            elif flag:
                found.append(kind)
        return tuple(found)

    def values(
        self, at: tuple[str | int, ...], means: str, value: object, facts: dict[str, str]
    ) -> dict[str, dict[str, str]]:
        where = (*at, "values")
        known = {**fields_of(means), **dict.fromkeys(facts, Kind.TEXT)}
        found: dict[str, dict[str, str]] = {}
        for field, table in self.table(where, value).items():
            kind = known.get(field)
            if kind is None:
                self.wrong(
                    (*where, field),
                    "mapping.unknown_field",
                    field=field,
                    means=means,
                    near=nearest(field, known),
                    known=", ".join(FIELDS.get(means, ())),
                )
                continue
            ours = CHOICES.get(kind, ())
            found[field] = {}
            for theirs, our in self.table((*where, field), table).items():
                our_text = str(our).lower() if isinstance(our, bool) else self.text((*where, field, theirs), our)
                if kind is Kind.FLAG and our_text.lower() not in TRUE | FALSE:
                    self.wrong(
                        (*where, field, theirs), "mapping.not_one_of", key=field, got=our_text, known="true, false"
                    )
                if ours and our_text.lower() not in ours:
                    self.wrong(
                        (*where, field, theirs), "mapping.not_one_of", key=field, got=our_text, known=", ".join(ours)
                    )
                found[field][unicodedata.normalize("NFC", theirs)] = our_text
        return found


def _type_name(value: object) -> str:
    names = {bool: "flag", int: "number", float: "number", str: "text", list: "list", dict: "table"}
    return names.get(type(value), "date")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True


def _is_encoding(name: str) -> bool:
    try:
        return "".encode(name) == "".encode(name) and isinstance(b"".decode(name), str)
    except (LookupError, UnicodeError, TypeError):
        return False


def _is_pattern(text: str) -> bool:
    """A strptime pattern that can hold at least a year: it must read back what it wrote."""
    if "%" not in text:
        return False
    try:
        wrote = datetime(2016, 2, 29, 13, 14, 15, tzinfo=UTC).strftime(text)
        return datetime.strptime(wrote, text).year == 2016
    except ValueError:
        return False


def _stem(name: str) -> str:
    """ "Tickets 2016.csv.gz" -> "tickets_2016": lower case ASCII letters, digits and underscores."""
    stem = PurePosixPath(name).name
    while "." in stem[1:]:
        stem = stem.rpartition(".")[0]
    for german, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        stem = stem.lower().replace(german, plain)
    stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")[:40]


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _pattern(name: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay within one folder, ``**/`` is any number of folders, ``[...]`` one of some characters."""
    found = _PATTERNS.get(name)
    if found is None:
        out = ""
        for token in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", name, re.S):
            if token == "**/":
                out += "(?:[^/]+/)*"
            elif token == "**":
                out += ".*"
            elif token == "*":
                out += "[^/]*"
            elif token == "?":
                out += "[^/]"
            elif len(token) > 1:
                inside = token[1:-1].replace("\\", "\\\\")
                out += f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
            else:
                out += re.escape(token)
        found = _PATTERNS[name] = re.compile(out, re.S)
    return found
