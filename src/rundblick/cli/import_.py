"""``rundblick import``: takes the exports of legacy systems over into the live database."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rundblick.blindspots.checking import DONE, NOTHING, PARTLY, Wanted, mapping_of
from rundblick.cli.migrate import migrate
from rundblick.cli.progress import ProgressLine
from rundblick.cli.starting import CommandError, database
from rundblick.connectors.mapping import MappingError
from rundblick.connectors.reading import open_folder
from rundblick.connectors.texts import note_text
from rundblick.core.installation import installation
from rundblick.customers.weighed.running import RunError, look, match, model_in_force, model_of, suspended
from rundblick.customers.weighed.words import run_refusal
from rundblick.exports.feeding import Fed, feed
from rundblick.intake.road import Road
from rundblick.intake.walking import RoadStopped


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "import",
        help=_("take exports over into the live database"),
        description=_(
            "Reads every export in the folder into the live database. Importing a folder again adds what is new, "
            "makes new versions of what changed, and leaves the rest alone. A run that was cut off goes on."
        ),
        epilog=_("Example: rundblick import ./exports --map ./exports/rundblick.toml"),
    )
    parser.add_argument("folder", type=Path, help=_("the folder with the exports"))
    parser.add_argument(
        "--map", type=Path, metavar=_("FILE"), help=_("mapping file; default: rundblick.toml in the folder")
    )
    parser.add_argument(
        "--match",
        action=argparse.BooleanOptionalAction,
        default=True,
        help=_("compare what came with all records by the model in force, if there is one; default: yes"),
    )
    parser.add_argument("--quiet", action="store_true", help=_("no progress"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import; 0 done, 1 done with unreadable parts, 2 nothing usable."""
    line = ProgressLine(quiet=arguments.quiet)
    wanted = Wanted(arguments.folder, arguments.map, language=get_language() or "en")
    try:
        mapping = mapping_of(wanted, line.say)
        if mapping.guessed:
            raise CommandError(
                _(
                    "An import needs a mapping that a person has read: correct the proposal, take its line "
                    '"guessed = true" out, and name it with --map.'
                ),
                NOTHING,
            )
        plan = open_folder(arguments.folder, mapping)
        with database():
            migrate()
            ours = installation()
            if mapping.promise is not None and ours.promise != mapping.promise.to_json():
                ours.promise = mapping.promise.to_json()
                ours.save(update_fields=["promise"])
                line.say(_("What the mapping promises is now what the report's own clocks go by."))
            with suspended(until_a_run=not arguments.match):
                fed = feed(plan, Road(ours), line.show)
                matched = _match(line) if arguments.match else _left_out()
    except MappingError as error:
        raise CommandError(str(error), NOTHING) from error
    except FileNotFoundError as error:
        missing = error.filename or error.args[0]
        raise CommandError(_("%(path)s: there is no such file or folder.") % {"path": missing}, NOTHING) from error
    except RoadStopped as error:
        raise CommandError(_("The import cannot go on: %(cause)s") % {"cause": error}, NOTHING) from error
    finally:
        line.end()
    for one in fed:
        line.say(_told(one))
    if matched:
        line.say(matched)
    if not any(one.tally.kept for one in fed):
        return NOTHING
    return PARTLY if any(one.tally.unreadable or one.fault for one in fed) else DONE


def _match(line: ProgressLine) -> str:
    """One run over all records by the model in force; what came of it, or why there was none."""
    model = model_in_force()
    if model is None:
        return _(
            "Names and addresses were not weighed: no model is in force. Learn one from your records, and see first "
            "what it would join: rundblick customers match --dry-run"
        )
    try:
        run = match(look(model_of(model), line.matching), progress=line.matching)
    except RunError as error:
        return run_refusal(error)
    text = _("%(records)s records compared, %(moved)s came to another customer.") % {
        "records": f"{run.records:,}",
        "moved": f"{run.moved:,}",
    }
    if run.added or run.ended or run.moved:
        text += " " + _("Take it back with: rundblick customers undo %(run)s") % {"run": run.uuid}
    return text


def _left_out() -> str:
    """What follows from leaving the run out."""
    if model_in_force() is None:
        return ""
    return _("Nothing is weighed as it comes in until the next run: rundblick customers match")


def _told(one: Fed) -> str:
    tally = one.tally
    text = _("%(file)s: %(kept)s kept (%(new)s new, %(versions)s changed, %(known)s known), %(bad)s unreadable") % {
        "file": one.file.name,
        "kept": f"{tally.kept:,}",
        "new": f"{tally.kept - tally.versions - tally.duplicates:,}",
        "versions": f"{tally.versions:,}",
        "known": f"{tally.duplicates:,}",
        "bad": f"{tally.unreadable:,}",
    }
    return f"{text}. {note_text(one.fault)}" if one.fault is not None else text
