"""Translations, compiled at build time, checked, updated: ``python -m rundblick.core.catalogues [--check | --update]``.

Each room keeps the German of its own texts in ``<room>/locale/de/LC_MESSAGES/django.po``. The texts themselves are
English, in the code and in the templates. ``--check`` names every text without German, every fuzzy or broken one,
every one that nothing uses any more, and every text in a template that stands outside gettext. ``--update`` writes
new texts into the catalogues, untranslated, and drops unused ones.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1]
LANGUAGES = ("de",)
_KINDS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")
KEYWORDS = dict.fromkeys((*_KINDS, "npgettext", "npgettext_lazy"))
NAMES = {"Rundblick"}  # said in every language alike
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")
# Every place a person reads that is neither markup nor program.
_ATTRIBUTE = re.compile(r"""\b(?:title|alt|placeholder|aria-label|aria-description|label)\s*=\s*("[^"]*"|'[^']*')""")
_SKIPPED = re.compile(
    r"\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}"
    r"|\{%\s*blocktrans(?:late)?\b.*?%\}.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    r"|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<!DOCTYPE[^>]*>"
    r"|<(script|style|svg|code|kbd)\b.*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""", re.DOTALL)
# Attributes in a block that is put into a tag of another template.
_LOOSE = re.compile(r"""[\w-]+=("[^"]*"|'[^']*')""")
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNTRANSLATED = re.compile(r"\{#\s*untranslated: .+?#\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in code or template, and where it stands."""

    path: Path
    line: int
    id: str | tuple[str, str]
    context: str | None


def rooms(package: Path = PACKAGE) -> list[Path]:
    """The folders that can have a catalogue of their own."""
    return sorted(path for path in package.iterdir() if path.is_dir() and path.name != "__pycache__")


def catalogue_file(room: Path, language: str) -> Path:
    """Where a room keeps its translations into a language."""
    return room / "locale" / language / "LC_MESSAGES" / "django.po"


def texts(room: Path) -> Iterator[Text]:
    """Every text of a room that is marked for translation."""
    for path in sorted(room.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _marked(path, path.read_text(encoding="utf-8"))
    for path in _templates(room):
        yield from _marked(path, _as_python(path.read_text(encoding="utf-8")))


def outside(room: Path) -> Iterator[tuple[Path, int, str]]:
    """Words in the room's templates that are not marked for translation. ``{# untranslated: why #}`` excuses a line."""
    for path in _templates(room):
        if path.suffix == ".txt":
            continue
        content = path.read_text(encoding="utf-8")
        excused = {number for number, line in enumerate(content.splitlines(), 1) if _UNTRANSLATED.search(line)}
        bare = _SKIPPED.sub(_blank, content)
        spoken = [(match.start(1), match[1]) for match in _ATTRIBUTE.finditer(bare)]
        between = _LOOSE.sub(_blank, _TAG.sub(_angle, bare))
        spoken += [(match.start(), match[0]) for match in re.finditer(r"[^<>]+", between)]
        for start, words in spoken:
            for match in _WORD.finditer(_entities_removed(words)):
                line = bare.count("\n", 0, start + match.start()) + 1
                if line not in excused and match[0] not in NAMES:
                    yield path, line, match[0]
                    break


def check(package: Path = PACKAGE) -> list[str]:
    """Everything that is wrong, one line each, with file and line."""
    found: list[str] = []
    for room in rooms(package):
        found += [f'{path}:{line}: "{word}" stands outside gettext' for path, line, word in outside(room)]
        used = {(text.id, text.context): text for text in texts(room)}
        for language in LANGUAGES:
            path = catalogue_file(room, language)
            if not path.exists() and not used:
                continue
            catalogue = _read(path, language)
            found += _twice(path)
            there = {(_key(message), message.context) for message in catalogue if message.id}
            for key, text in used.items():
                if key not in there:
                    found.append(f"{text.path}:{text.line}: not in {path}: {text.id!r}")
            for message in catalogue:
                if message.id:
                    fault = _fault(message, (_key(message), message.context) in used)
                    if fault:
                        found.append(f"{path}:{message.lineno}: {fault}: {message.id!r}")
    return found


_ENTRY: Final = re.compile(r'^(msgctxt ".*"\n)?msgid (".*"\n(?:".*"\n)*)', re.MULTILINE)


def _twice(path: Path) -> Iterator[str]:
    """Entries that stand in a catalogue before: a reader gets one of the two, and nobody sees which."""
    if not path.exists():
        return
    told, seen = path.read_text(encoding="utf-8"), set()
    for entry in _ENTRY.finditer(told):
        if entry.groups() in seen:
            line = told.count("\n", 0, entry.start()) + 1
            yield f"{path}:{line}: stands twice: {entry.group(2).strip()}"
        seen.add(entry.groups())


def update(package: Path = PACKAGE, only: str = "") -> None:
    """Write new texts into the catalogues and drop unused ones. Translations that fit stay as they are."""
    for room in rooms(package):
        if only and room.name != only:
            continue
        used = list(texts(room))
        for language in LANGUAGES:
            path = catalogue_file(room, language)
            if not used and not path.exists():
                continue
            old = _read(path, language)
            fresh = Catalog(locale=language, domain="django", fuzzy=False)
            for text in used:
                place = (str(text.path.relative_to(package)), text.line)
                message = fresh.add(text.id, context=text.context, locations=[place])
                former = old.get(text.id if isinstance(text.id, str) else text.id[0], text.context)
                if former is not None and former.string:
                    message.string = former.string
                    message.flags |= former.flags & {"fuzzy"}
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as stream:
                stream.write(_HEAD.format(language=language).encode())
                write_po(stream, fresh, omit_header=True, sort_by_file=True, width=100, include_lineno=False)


def compile_all(package: Path = PACKAGE) -> int:
    """Compile every catalogue that is newer than its compiled form; returns how many were."""
    count = 0
    for path in sorted(package.glob("*/locale/*/LC_MESSAGES/django.po")):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            draft = target.with_suffix(".mo.new")
            with draft.open("wb") as stream:
                write_mo(stream, _read(path, path.parts[-3]))
            draft.replace(target)
            count += 1
    return count


_HEAD = """msgid ""
msgstr ""
"Project-Id-Version: Rundblick\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def _templates(room: Path) -> list[Path]:
    return sorted(path for path in room.glob("templates/**/*") if path.suffix in (".html", ".txt", ".svg"))


def _as_python(template: str) -> str:
    # Django's own reading of a template: what xgettext gets from makemessages, lines kept.
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    return templatize(template)


def _marked(path: Path, content: str) -> Iterator[Text]:
    stream = io.BytesIO(content.encode())
    for line, function, messages, _comments in extract_python(stream, KEYWORDS, (), {"encoding": "utf-8"}):
        given = cast("str | Sequence[str | None] | None", messages)  # None: no literal text inside
        parts = [given] if isinstance(given, str) else [part for part in given or () if part]
        name = str(function)
        context = parts.pop(0) if "pgettext" in name and parts else None
        if parts:
            plural = name.startswith(("ngettext", "npgettext")) and len(parts) > 1
            yield Text(path, line, (parts[0], parts[1]) if plural else parts[0], context)


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, domain="django", fuzzy=False)
    with path.open("rb") as stream:
        return read_po(stream, locale=language, domain="django", abort_invalid=True)


def _key(message: Message) -> str | tuple[str, str]:
    if isinstance(message.id, str):
        return message.id
    return message.id[0], message.id[1]


def _fault(message: Message, used: bool) -> str:
    """What is wrong with a translation, or nothing."""
    if not used:
        return "no longer used"
    if message.fuzzy:
        return "fuzzy"
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    given = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if len(given) != len(originals) or not all(given):
        return "not translated"
    for index, translation in enumerate(given):
        wanted = sorted(PLACEHOLDER.findall(originals[min(index, len(originals) - 1)]))
        # A singular may leave its number out ("one day").
        if sorted(PLACEHOLDER.findall(translation)) != wanted and not (len(given) > 1 and index == 0):
            return "broken placeholders"
        if translation.startswith("\n") != originals[0].startswith("\n"):
            return "line break at the start differs"
    return ""


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _angle(match: re.Match[str]) -> str:
    return "<" + re.sub(r"[^\n]", " ", match[0][1:-1]) + ">"


def _entities_removed(words: str) -> str:
    return re.sub(r"&#?\w+;", _blank, words)


def main(arguments: list[str] | None = None) -> int:
    """The command; 1 when the check found something."""
    parser = argparse.ArgumentParser(description="Compile the translations, or check or update them.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="name what is missing, fuzzy, broken or unused")
    choice.add_argument("--update", action="store_true", help="write new texts into the catalogues")
    parser.add_argument("--room", default="", help="update only this room's catalogue")
    chosen = parser.parse_args(arguments)
    if chosen.update:
        update(only=chosen.room)
        return 0
    if chosen.check:
        problems = check()
        for problem in problems:
            print(problem.removeprefix(f"{PACKAGE.parents[1]}/"), file=sys.stderr)
        print(f"translations: {len(problems)} problems" if problems else "translations: complete")
        return 1 if problems else 0
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
