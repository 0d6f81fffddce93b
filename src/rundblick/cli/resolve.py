"""``rundblick resolve``: which records of several exports are one customer, into a CSV file."""

from __future__ import annotations

import argparse
import json
import signal
from pathlib import Path
from types import FrameType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rundblick.cli.progress import ProgressLine
from rundblick.cli.starting import CommandError
from rundblick.cli.waterfall import waterfall
from rundblick.cli.weights import read_weights
from rundblick.connectors.mapping import NAME, Mapping, MappingError, read_mapping
from rundblick.connectors.notes import Note
from rundblick.connectors.reading import Plan
from rundblick.connectors.texts import note_text
from rundblick.core.numbers import spaced
from rundblick.core.spreadsheets import whole_file
from rundblick.customers.matching import Explanation, explain, to_json
from rundblick.customers.numbers_words import numbers_told
from rundblick.customers.on_spark import NoSpark, require_spark
from rundblick.exports.feeding import Fed
from rundblick.exports.inputs import open_inputs
from rundblick.exports.persons import Persons, read_persons
from rundblick.exports.resolving import NoSuchRecord, Resolved, resolve_persons, write_clusters, write_review
from rundblick.exports.telling import faults_of

DONE, PARTLY, NOTHING = 0, 1, 2
_STAGES = {
    "train": gettext_noop("Learning the weights"),
    "compare": gettext_noop("Comparing pairs"),
    "group": gettext_noop("Forming customers"),
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "resolve",
        help=_("find which records of several exports are one customer"),
        description=_(
            "Reads files and folders by a mapping, finds which records are one person or firm, and writes "
            "source,record_id,customer_number. The weights are learned from these records, without labels. "
            "Nothing leaves this machine; no database is needed. The same input gives the same numbers; they are this "
            "file's own and not those of the live database."
        ),
        epilog=_("Example: rundblick resolve kunden.csv shop/ --map rundblick.toml --out clusters.csv"),
    )
    parser.add_argument("inputs", type=Path, nargs="+", metavar=_("INPUT"), help=_("files and folders"))
    parser.add_argument(
        "--map", type=Path, metavar=_("FILE"), help=_("mapping file; default: rundblick.toml beside the first input")
    )
    parser.add_argument("--out", type=Path, metavar=_("FILE"), help=_("where source,record_id,customer_number goes"))
    parser.add_argument(
        "--model", type=Path, metavar=_("FILE"), help=_("weights of an earlier run; nothing is learned")
    )
    parser.add_argument("--save-model", type=Path, metavar=_("FILE"), help=_("write the weights that were used"))
    parser.add_argument(
        "--explain", nargs=2, metavar=("A", "B"), help=_("show what speaks for and against two records being one")
    )
    parser.add_argument("--review", type=Path, metavar=_("FILE"), help=_("write the unsure pairs, field by field"))
    parser.add_argument(
        "--engine",
        choices=("memory", "spark"),
        default="memory",
        help=_(
            "where pairs are compared: in memory, or on Spark through Splink (pip install rundblick[spark], Java 17)"
        ),
    )
    parser.add_argument("--json", action="store_true", help=_("print the outcome as JSON"))
    parser.add_argument("--lang", choices=("de", "en"), help=_("language of this command's output"))
    parser.add_argument("--quiet", action="store_true", help=_("no progress"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Resolve; 0 done, 1 done with unreadable parts, 2 nothing usable."""
    if not (arguments.out or arguments.explain or arguments.review or arguments.json):
        raise CommandError(_("Say where the result goes: --out clusters.csv"), NOTHING)
    _check_outputs(arguments)
    signal.signal(signal.SIGTERM, _stop)
    line = ProgressLine(quiet=arguments.quiet)
    try:
        if arguments.engine == "spark":
            require_spark()
        model = read_weights(arguments.model)
        plan = _plan(arguments)
        persons = read_persons(plan, line.show)
        _tell_files(persons, line)
        if not persons.parties:
            raise CommandError(_nothing(plan, persons), NOTHING)

        def stage(name: str, done: int, total: int) -> None:
            line.stage(_(_STAGES[name]) if name in _STAGES else name, done, total)

        resolved = resolve_persons(
            persons, model, stage, spark=arguments.engine == "spark", exclusive=plan.mapping.exclusive()
        )
        written = _write(arguments, resolved, line)
        explained = _explanation(arguments, resolved)
    except NoSpark as error:
        raise CommandError(no_spark(error), NOTHING) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}", NOTHING) from error
    finally:
        line.end()
    line.say(_outcome(resolved))
    for text in numbers_told(resolved.resolution.model):
        line.say(text)
    for path in written:
        line.say(str(path))
    if arguments.json:
        print(json.dumps(_answer(resolved, persons, explained, written), ensure_ascii=False))
    elif explained is not None:
        a, b, explanation = explained
        numbers = (spaced(resolved.numbers[a]), spaced(resolved.numbers[b]))
        print(waterfall(explanation, (_name(resolved, a), _name(resolved, b)), numbers))
    return PARTLY if _faulty(persons) else DONE


def _outputs(arguments: argparse.Namespace) -> list[Path]:
    return [path for path in (arguments.save_model, arguments.review, arguments.out) if path is not None]


def _check_outputs(arguments: argparse.Namespace) -> None:
    """Before hours of work: every result has a place, and none takes an input's."""
    inputs = {path.resolve() for path in arguments.inputs}
    for path in _outputs(arguments):
        if not path.resolve().parent.is_dir():
            raise CommandError(_("%(path)s: there is no such folder. Make it first.") % {"path": path.parent}, NOTHING)
        if path.is_dir():
            raise CommandError(_("%(path)s is a folder. Name a file.") % {"path": path}, NOTHING)
        if path.resolve() in inputs:
            raise CommandError(_("%(path)s is an input; it would be overwritten.") % {"path": path}, NOTHING)


# --- what goes in -------------------------------------------------------------------------------------------------


def no_spark(error: NoSpark) -> str:
    """What is missing, and what to do."""
    if error.missing == "extra":
        return _("Spark needs further packages: pip install 'rundblick[spark]'. Without --engine it goes without them.")
    if error.found:
        return _("Spark needs Java 17 or newer; this is %(found)s. Install it, or leave --engine out.") % {
            "found": error.found
        }
    return _("Spark needs Java 17, and there is none. Install it, or leave --engine out.")


def _plan(arguments: argparse.Namespace) -> Plan:
    try:
        return open_inputs(arguments.inputs, _mapping(arguments), without=_outputs(arguments))
    except MappingError as error:
        raise CommandError(str(error), NOTHING) from error
    except FileNotFoundError as error:
        missing = error.filename or error.args[0]
        raise CommandError(_("%(path)s: there is no such file or folder.") % {"path": missing}, NOTHING) from error


def _mapping(arguments: argparse.Namespace) -> Mapping:
    first: Path = arguments.inputs[0]
    beside = (first if first.is_dir() else first.parent) / NAME
    path = arguments.map or beside
    if arguments.map is None and not beside.is_file():
        if not first.exists():
            raise FileNotFoundError(first)
        raise CommandError(
            _(
                "No mapping says what the columns mean. Write one with: rundblick map %(folder)s --out %(path)s, "
                "read and correct it, and name it with --map."
            )
            % {"folder": beside.parent, "path": beside},
            NOTHING,
        )
    return read_mapping(path)


# --- what came ----------------------------------------------------------------------------------------------------


def _faulty(persons: Persons) -> bool:
    return any(one.tally.unreadable or one.fault for one in persons.files)


def _tell_files(persons: Persons, line: ProgressLine) -> None:
    """What could not be read, with file, rows and what to do. A file that no entry names is told too."""
    for one in persons.files:
        for text in _file_texts(one):
            line.say(f"{one.file.name}: {text}")


def _file_texts(fed: Fed) -> list[str]:
    texts = [note_text(fed.fault)] if fed.fault is not None else []
    texts += [note_text(note) for note in fed.remarks if note.code == "file.not_mapped"]
    for told in faults_of(fed):
        rows = ", ".join(map(str, told.rows)) + (" ..." if told.count > len(told.rows) else "")
        texts.append(_("%(text)s Rows: %(count)s (%(rows)s).") % {"text": told.text, "count": told.count, "rows": rows})
    return texts


def _nothing(plan: Plan, persons: Persons) -> str:
    lines = [_("Nothing in these files names a person.")]
    if not plan.files:
        lines.append(_("There are no files. Name exports: tables, mail archives."))
    elif not plan.readable:
        lines.append(note_text(Note("file.not_mapped", {})))
    return "\n".join(lines)


def _outcome(resolved: Resolved) -> str:
    return _("%(records)s records, %(customers)s customers; %(pairs)s pairs unsure. Model %(model)s.") % {
        "records": f"{len(resolved.parties):,}",
        "customers": f"{resolved.customers:,}",
        "pairs": f"{len(resolved.unsure()):,}",
        "model": resolved.resolution.model.version,
    }


# --- what goes out ------------------------------------------------------------------------------------------------


def _write(arguments: argparse.Namespace, resolved: Resolved, line: ProgressLine) -> list[Path]:
    """Every file that was asked for, each whole or not at all."""
    written: list[Path] = []
    if arguments.save_model is not None:
        with whole_file(arguments.save_model) as file:
            file.write(to_json(resolved.resolution.model).decode())
        written.append(arguments.save_model)
    if arguments.review is not None:
        write_review(resolved, arguments.review, lambda done, total: line.stage(_("Explaining pairs"), done, total))
        written.append(arguments.review)
    if arguments.out is not None:
        write_clusters(resolved, arguments.out)
        written.append(arguments.out)
    return written


def _explanation(arguments: argparse.Namespace, resolved: Resolved) -> tuple[int, int, Explanation] | None:
    if arguments.explain is None:
        return None
    try:
        a, b = (resolved.find(name) for name in arguments.explain)
    except NoSuchRecord as error:
        if error.candidates:
            text = _('Several sources have a record "%(name)s". Name one of: %(candidates)s.')
        else:
            text = _('There is no record "%(name)s". Records are called source:record_id, as in the result.')
        values = {"name": error.name, "candidates": ", ".join(error.candidates)}
        raise CommandError(text % values, NOTHING) from error
    return a, b, explain(resolved.resolution.model, resolved.parties[a], resolved.parties[b])


def _name(resolved: Resolved, place: int) -> str:
    return f"{resolved.parties[place].system}:{resolved.parties[place].key}"


def _answer(
    resolved: Resolved, persons: Persons, explained: tuple[int, int, Explanation] | None, written: list[Path]
) -> dict[str, Any]:
    """The outcome as data."""
    answer: dict[str, Any] = {
        "records": len(resolved.parties),
        "customers": resolved.customers,
        "pairs": resolved.decided(),
        "model": resolved.resolution.model.version,
        "numbers": [
            {
                "system": one.system,
                "numbers": one.records,
                "twice": one.twice,
                "exclusive": one.exclusive,
                "setting": one.setting,
            }
            for one in resolved.resolution.model.origin.numbers
        ],
        "files": [
            {
                "name": one.file.name,
                "rows": one.tally.read,
                "unreadable": one.tally.unreadable,
                "faults": _file_texts(one),
            }
            for one in persons.files
        ],
        "written": [str(path) for path in written],
    }
    if explained is not None:
        a, b, explanation = explained
        answer["explanation"] = {
            "a": _name(resolved, a),
            "b": _name(resolved, b),
            "customer_a": resolved.numbers[a],
            "customer_b": resolved.numbers[b],
            "score": explanation.score,
            "rule": explanation.rule,
            "against": explanation.against,
            "decision": explanation.decision,
            "fields": [
                {"field": row.field, "level": row.level, "a": row.value_a, "b": row.value_b, "weight": row.weight}
                for row in explanation.rows
            ],
        }
    return answer


def _stop(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C: what is half written is removed on the way out."""
    raise KeyboardInterrupt
