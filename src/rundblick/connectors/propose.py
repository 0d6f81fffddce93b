"""A proposal of a mapping file, from the names and contents of what lies in a folder: ``propose``.

Everything in it is a guess and says how sure it is. It holds names of columns and words of states, channels and the
like; never a value that could name a person.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rundblick.connectors.fields import CHOICES, FIELDS, Kind, fields_of
from rundblick.connectors.files import MAILS, TABLES, Found, discover
from rundblick.connectors.guessing import (
    GUESS,
    LIKELY,
    MARKS,
    SURE,
    Column,
    Guess,
    describe,
    guess_column,
    guess_meaning,
)
from rundblick.connectors.mapping import FileMapping
from rundblick.connectors.notes import Note
from rundblick.connectors.reading import ReaderProcess
from rundblick.connectors.streams import head_of
from rundblick.connectors.survey import Survey
from rundblick.connectors.synonyms import (
    CHANNELS,
    DIMENSION_WORDS,
    DIRECTIONS,
    ORDER_KINDS,
    RATING_KINDS,
    STATES,
    normal,
)
from rundblick.connectors.texts import note_text
from rundblick.connectors.ticket_systems import TicketSystem, fields_for, recognise

_WORDS = {
    Kind.STATE: STATES,
    Kind.CHANNEL: CHANNELS,
    Kind.DIRECTION: DIRECTIONS,
    Kind.ORDER_KIND: ORDER_KINDS,
    Kind.RATING_KIND: RATING_KINDS,
    Kind.DIMENSION: DIMENSION_WORDS,
}
_ALWAYS_UNKNOWN = ("null", "none", "nan", "#n/a", "#nv", "<null>", "0000-00-00")
_IDENTIFIERS = ("customer_no", "account_no", "contract_no", "card_no", "service_no", "order_no", "invoice_no", "handle")
_MAIL_SAMPLES = 200
_ADDRESS = re.compile(rb"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_HEADER = re.compile(rb"^(From|To|Cc|Delivered-To):[ \t]*([^\r\n]*)", re.M | re.I)


@dataclass(slots=True)
class _Entry:
    """One [[file]] of the proposal. ``fields``: field -> (column, certainty)."""

    name: str
    means: str
    comments: list[str] = field(default_factory=list)
    system: str = ""
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    options: list[tuple[str, object, str]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)  # (kind, column), until it is seen who issued them
    identifiers: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    unmapped: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    header: tuple[str, ...] = ()


def propose(folder: Path, without: Collection[Path] = ()) -> str:
    """The text of a ``rundblick.toml`` for this folder. Raises ``FileNotFoundError`` when there is none.

    Tables are looked into in a child process; one that cannot be read is left out with its cause as a comment.
    """
    entries: list[_Entry] = []
    left_out: list[str] = []
    samples: dict[str, dict[str, set[str]]] = {}
    found = discover(folder, without)
    with ReaderProcess() as reader:
        for one in found:
            if one.fault is not None or one.kind not in TABLES:
                if one.kind not in MAILS or one.fault is not None:
                    cause = one.fault or Note("file.unknown_kind", {})
                    left_out.append(f"{one.name}: {note_text(cause)}")
                continue
            survey = reader.survey(one, None, sample=True)
            if isinstance(survey, Note):
                left_out.append(f"{one.name}: {note_text(survey)}")
                continue
            entry, keys = _table(one, survey)
            if entry is None:
                no_table = _("a text that shows no table")
                left_out.append(f"{one.name}: {no_table}")
                continue
            entries.append(entry)
            samples[entry.name] = keys
    _join_systems(entries, samples)
    entries = _together(entries)
    entries += _mails([one for one in found if one.kind in MAILS and one.fault is None], folder)
    return "\n".join(_written(entries, left_out))


# --- tables -----------------------------------------------------------------------------------------------------


def _table(found: Found, survey: Survey) -> tuple[_Entry | None, dict[str, set[str]]]:
    """The entry of one table, and the values of its number columns (to see whose numbers they are)."""
    columns = [
        describe(name, [row[place] for row in survey.sample], survey.words.get(name, []))
        for place, name in enumerate(survey.header)
    ]
    by_name = {column.name: column for column in columns}
    entry = _Entry(found.name, "ignore", header=survey.header)
    known = recognise(survey.header)
    guesses: dict[str, Guess] = {}
    if known is not None:
        entry.comments.append(_("an export of %(system)s, by the names of its columns") % {"system": known.name})
        entry.means, entry.system = known.means, known.system
        entry.fields = {name: (column, SURE) for name, column in fields_for(known, survey.header).items()}
    else:
        guesses = {column.name: guess for column in columns if (guess := guess_column(column)) is not None}
        meaning = guess_meaning(found.name, columns, guesses, len(survey.sample))
        if meaning is None:
            if found.kind == "text":
                return None, {}
            entry.comments.append(_("not recognised: say what a row is, and name the columns"))
            entry.unused = list(survey.header)
            return entry, {}
        entry.means, entry.fields = meaning.means, dict(meaning.fields)
        entry.comments.append(_("%(how_sure)s, by the names of columns and file") % {"how_sure": _(meaning.certainty)})
    entry.system = entry.system or _system_of(found.name)
    entry.key = _key(entry, by_name)
    _options(entry, survey, by_name)
    if known is None:
        _identifiers(entry, columns, guesses)
    for name, (column, _certainty) in entry.fields.items():
        _values(entry, name, by_name[column], known)
    return entry, _numbers(entry, survey, guesses)


def _system_of(name: str) -> str:
    """A folder inside the export is a system; files beside each other are one each."""
    parts = PurePosixPath(name).parts
    return FileMapping(parts[0] if len(parts) > 1 and not parts[0].endswith(".zip") else name, "").system_of(name)


def _key(entry: _Entry, columns: dict[str, Column]) -> tuple[str, ...]:
    """Columns that identify a row: a log's case, counter and time; a number that is unique in the sample."""
    fields = entry.fields
    if entry.means == "case_events":
        return tuple(fields[name][0] for name in ("case", "seq", "at")) if "seq" in fields else ()
    own = {"cases": "case"}.get(entry.means, "key")
    if own in fields and columns[fields[own][0]].unique:
        return (fields[own][0],)
    return ()


def _options(entry: _Entry, survey: Survey, columns: dict[str, Column]) -> None:
    """Encoding, delimiter, dates, decimal sign and unknown marks, as found."""
    if survey.encoding and survey.encoding != "utf-8":
        entry.options.append(("encoding", survey.encoding, ""))
    if survey.delimiter and survey.delimiter != ",":
        entry.options.append(("delimiter", survey.delimiter, ""))
    kinds = fields_of(entry.means)
    times = [c for f, (c, _certainty) in entry.fields.items() if kinds.get(f) in (Kind.MOMENT, Kind.DAY)]
    orders = {survey.orders[column] for column in times if column in survey.orders}
    certain = [survey.certain.get(column, "") for column in times if column in survey.orders]
    if len(orders) == 1:
        word = _("sure") if certain and all(one == SURE for one in certain) else _("a guess: no value proves it")
        entry.options.append(("dates", orders.pop(), word))
    elif len(orders) > 1:
        entry.comments.append(_("the columns' dates differ in their order, which is found out while reading"))
    numbers = [c for f, (c, _certainty) in entry.fields.items() if kinds.get(f) in (Kind.NUMBER, Kind.MONEY)]
    signs = {survey.decimals[column] for column in numbers if column in survey.decimals}
    if signs == {","}:
        entry.options.append(("decimal", ",", ""))
    marks: Counter[str] = Counter()
    for column in columns.values():
        marks.update(mark for mark in column.marks if mark.casefold() not in _ALWAYS_UNKNOWN)
    if marks:
        entry.options.append(("unknown", sorted(marks), _("found in the values")))
    if survey.mojibake:
        entry.options.append(("mojibake", survey.mojibake, _("look at the texts before you trust this repair")))


def _identifiers(entry: _Entry, columns: Sequence[Column], guesses: dict[str, Guess]) -> None:
    """Numbers beside the row's own key; in a list of customers its own key too."""
    taken = {column for column, _certainty in entry.fields.values()}
    for column in columns:
        guess = guesses.get(column.name)
        if guess is None or guess.concept not in _IDENTIFIERS or guess.certainty == GUESS:
            continue
        own_key = entry.means in ("customers", "orders") and entry.fields.get("key", ("",))[0] == column.name
        if column.name not in taken or own_key:
            entry.numbers.append((guess.concept, column.name))


def _values(entry: _Entry, name: str, column: Column, known: TicketSystem | None) -> None:
    """The table of values of one field: the words that occur, ours for those that are known."""
    kind = fields_of(entry.means).get(name)
    if kind is None or kind not in CHOICES:
        return
    told = {theirs.casefold(): our for theirs, our in (known.values.get(name, {}) if known else {}).items()}
    words = _WORDS.get(kind, {})
    ours = CHOICES[kind]
    mapped = dict(known.values.get(name, {})) if known else {}
    for value in column.values[:80]:
        if value.strip().casefold() in MARKS:
            continue
        our = told.get(value.casefold()) or words.get(normal(value))
        if our == "letter" and normal(value) == "post" and re.search(r"social|posts|tweet", entry.name, re.I):
            our = "social"  # a post in a network, not the German word for mail
        if our is not None and value.casefold() != our and value not in mapped:
            mapped[value] = our
        elif our is None and value.casefold() not in ours:
            entry.unmapped.setdefault(name, []).append(value)
    if mapped:
        entry.values[name] = mapped


def _numbers(entry: _Entry, survey: Survey, guesses: dict[str, Guess]) -> dict[str, set[str]]:
    """Values of the columns of numbers: "own" of a list of customers, and of each column that may refer to one."""
    wanted = {column: column for _kind, column in entry.numbers}
    if "customer" in entry.fields:
        wanted[entry.fields["customer"][0]] = entry.fields["customer"][0]
    if entry.means == "customers" and "key" in entry.fields:
        wanted["own"] = entry.fields["key"][0]
    place = {name: index for index, name in enumerate(survey.header)}
    return {
        name: {row[place[column]].strip() for row in survey.sample if len(row[place[column]].strip()) > 2}
        for name, column in wanted.items()
    }


def _join_systems(entries: list[_Entry], samples: dict[str, dict[str, set[str]]]) -> None:
    """A column whose values are another system's customer numbers is an identifier issued by that system."""
    lists = {
        entry.system: samples[entry.name]["own"]
        for entry in entries
        if entry.means == "customers" and samples[entry.name].get("own")
    }
    for entry in entries:
        sampled = samples.get(entry.name, {})
        for kind, column in entry.numbers:
            issuer = _issuer(sampled.get(column, set()), lists, entry.system) if kind == "customer_no" else ""
            entry.identifiers.setdefault(f"{kind}@{issuer}" if issuer else kind, column)
        customer = entry.fields.get("customer", ("", ""))[0]
        issuer = _issuer(sampled.get(customer, set()), lists, entry.system) if customer else ""
        if issuer:
            entry.identifiers.setdefault(f"customer_no@{issuer}", customer)
        used = (
            {column for column, _certainty in entry.fields.values()} | set(entry.identifiers.values()) | set(entry.key)
        )
        entry.unused = [name for name in entry.header if name not in used]


def _issuer(values: set[str], lists: dict[str, set[str]], own: str) -> str:
    """The other system most of these values are customers of, "" when none is."""
    if len(values) < 5:
        return ""
    shares = {system: len(values & numbers) / len(values) for system, numbers in lists.items() if system != own}
    best = max(shares, key=lambda system: shares[system], default="")
    return best if best and shares[best] >= 0.3 else ""


def _together(entries: list[_Entry]) -> list[_Entry]:
    """Files of one shape whose names differ by digits only are one entry with a pattern."""
    groups: dict[tuple[object, ...], list[_Entry]] = {}
    for entry in entries:
        pattern = re.sub(r"\d+", "*", entry.name)
        groups.setdefault((pattern, entry.means, entry.header, tuple(sorted(entry.fields))), []).append(entry)
    names = [entry.name for entry in entries]
    out: list[_Entry] = []
    for shape, group in groups.items():
        matcher = FileMapping(re.sub(r"\*+", "*", str(shape[0])), "")
        if len(group) == 1 or sorted(n for n in names if matcher.matches(n)) != sorted(e.name for e in group):
            out += group
            continue
        first = group[0]
        values = {name: dict(table) for name, table in first.values.items()}
        for other in group[1:]:
            for name, table in other.values.items():
                values.setdefault(name, {}).update(table)
        system = first.system if len({e.system for e in group}) == 1 else matcher.system_of(first.name)
        out.append(replace(first, name=matcher.name, values=values, system=system))
    return out


# --- mails ------------------------------------------------------------------------------------------------------


_Place = tuple[Path, str]  # a file, or a zip and the name of a member


def _mails(found: Sequence[Found], folder: Path) -> list[_Entry]:
    """Entries for stores of mail; single mails of several folders share one."""
    singles = [one for one in found if one.kind == "eml"]
    stores = [one for one in found if one.kind != "eml"]
    entries: list[_Entry] = []
    plain = all(name.lower().endswith(".eml") for one in singles for name in one.files)
    if len(singles) > 1 and plain:
        paths = [path for one in singles for path in _paths(one, folder)]
        entries.append(_mail_entry("**/*.eml", "mail", paths))
    else:
        for one in singles:
            entries.append(_mail_entry(one.files[0] if len(one.files) == 1 else one.name, "mail", _paths(one, folder)))
    for one in stores:
        paths = _paths(one, folder)
        entries.append(_mail_entry(one.name, "mail", paths))
    return [entry for entry in entries if entry.name != "."] + [
        replace(entry, name="*.eml" if plain else "*") for entry in entries if entry.name == "."
    ]


def _paths(one: Found, folder: Path) -> list[_Place]:
    root = folder if folder.is_dir() else folder.parent
    if members := one.members or ((one.member,) if one.member else ()):
        return [(Path(one.path), member) for member in members]
    if one.files:
        return [(root / name, "") for name in one.files]
    path = Path(one.path)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return [(file, "") for file in files]


def _mail_entry(name: str, system: str, paths: Sequence[_Place]) -> _Entry:
    entry = _Entry(name, "mail", system=system)
    own = _own_domain(paths)
    if own:
        entry.options.append(("own", [own], _("a guess: the domain that most mails come from or go to")))
    else:
        entry.comments.append(_('add own = ["your-company.example"], your domains: they tell answers from questions'))
    return entry


def _own_domain(paths: Sequence[_Place]) -> str:
    """The domain in at least 60 % of the mails looked at, and among both senders and recipients; "" when none is."""
    seen: Counter[str] = Counter()
    senders: set[str] = set()
    receivers: set[str] = set()
    mails = 0
    step = max(1, len(paths) // _MAIL_SAMPLES)
    for path, member in paths[::step][:_MAIL_SAMPLES]:
        try:
            head = head_of(path, member, 1 << 18 if len(paths) == 1 else 1 << 14)
        except (OSError, ValueError):
            continue
        for part in re.split(rb"^From [^\r\n]*\r?$", head, flags=re.M) if len(paths) == 1 else [head]:
            domains: set[str] = set()
            for found in _HEADER.finditer(part.partition(b"\n\n")[0][:16384]):
                named = {d.decode("ascii", "ignore").lower() for d in _ADDRESS.findall(found[2])}
                domains |= named
                (senders if found[1].lower() == b"from" else receivers).update(named)
            if domains:
                mails += 1
                seen.update(domains)
    if mails < 10 or not seen:
        return ""
    domain, count = seen.most_common(1)[0]
    return domain if count >= 0.6 * mails and domain in senders and domain in receivers else ""


# --- writing ----------------------------------------------------------------------------------------------------

_HEAD = (
    gettext_noop("A proposal, made from the names and contents of the files in this folder."),
    gettext_noop("Everything in it is a guess until somebody who knows the systems has read it:"),
    gettext_noop("correct what is wrong, then set guessed = false. The format: docs/mapping.md."),
    gettext_noop("Behind a column: sure (name and contents agree), likely (by its name), guess (by its contents)."),
)
_CERTAIN = {SURE: gettext_noop("sure"), LIKELY: gettext_noop("likely"), GUESS: gettext_noop("guess")}


def _head() -> Iterator[str]:
    yield from (f"# {_comment(_(line))}" for line in _HEAD)
    yield from ("", "[rundblick]", "version = 1")
    yield _line("timezone", "Europe/Berlin", _("of times that name none: check this"))
    yield from ('language = "de"', 'company = ""', 'country = "DE"', "guessed = true", "")


def _written(entries: Sequence[_Entry], left_out: Sequence[str]) -> Iterator[str]:
    yield from _head()
    for entry in entries:
        yield from _written_entry(entry)
        yield ""
    if not entries:
        yield "[[file]]"
        yield 'name = "**"'
        yield _line("is", "ignore", _("nothing was found that could be read"))
        yield ""
    if left_out:
        yield "# " + _("Not read:")
        yield from (f"# {_comment(line)}" for line in left_out)
        yield ""


def _written_entry(entry: _Entry) -> Iterator[str]:
    yield "[[file]]"
    yield f"name = {_quoted(entry.name)}"
    yield _line("is", entry.means, "; ".join(entry.comments))
    if entry.means not in ("ignore",):
        yield f"system = {_quoted(entry.system)}"
    if entry.key:
        yield _line("key", list(entry.key), _("unique in the first rows") if entry.means != "case_events" else "")
    for key, value, why in entry.options:
        yield _line(key, value, why)
    if entry.fields:
        yield ""
        yield "[file.columns]"
        kinds = fields_of(entry.means)
        order = {name: place for place, name in enumerate(kinds)}
        for name in sorted(entry.fields, key=lambda one: order.get(one, 0)):
            column, certainty = entry.fields[name]
            yield _line(name, column, _(_CERTAIN[certainty]))
    if entry.identifiers:
        yield ""
        yield "[file.identifiers]"
        for kind, column in entry.identifiers.items():
            key = kind if re.fullmatch(r"[\w-]+", kind) else _quoted(kind)
            yield _line(key, column, _("by its values") if "@" in kind else "")
    for name in [n for n in FIELDS.get(entry.means, ()) if n in entry.values or n in entry.unmapped]:
        yield ""
        yield f"[file.values.{name}]"
        for theirs, our in entry.values.get(name, {}).items():
            yield f"{_quoted(theirs)} = {_quoted(our)}"
        known = ", ".join(CHOICES[fields_of(entry.means)[name]])
        hint = _("one of: %(known)s") % {"known": known}
        for theirs in entry.unmapped.get(name, [])[:20]:
            yield f'# {_comment(_quoted(theirs))} = "?"   # {hint}'
    if entry.unused:
        yield ""
        yield "# " + _comment(_("Columns without a field: %(names)s") % {"names": ", ".join(entry.unused[:60])})


def _line(key: str, value: object, why: str) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else _quoted(value)
    return f"{key} = {text}" + (f"   # {_comment(why)}" if why else "")


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, except for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """A text that stays on its line: TOML allows no control characters in comments."""
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]+", " ", text)[:800]
