"""``rundblick check``: from a folder of exports to the blind-spot report."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rundblick.blindspots.checking import DONE, NOTHING, Checked, NothingUsable, Wanted, check
from rundblick.blindspots.report.document import to_json
from rundblick.cli.progress import ProgressLine
from rundblick.cli.starting import CommandError, database
from rundblick.cli.weights import read_weights
from rundblick.connectors.mapping import MappingError
from rundblick.core import server
from rundblick.core.scratch import ScratchError
from rundblick.intake.walking import RoadStopped


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "check",
        help=_("show the blind spots in a folder of exports"),
        description=_(
            "Reads every export in the folder, joins the customers, and writes report.json, report.html and "
            "report.pdf. Nothing leaves this machine, and nothing is kept but the report."
        ),
        epilog=_("Example: rundblick check ./exports --out ./report --lang de"),
    )
    parser.add_argument("folder", type=Path, help=_("the folder with the exports"))
    parser.add_argument(
        "--map", type=Path, metavar=_("FILE"), help=_("mapping file; default: rundblick.toml in the folder")
    )
    parser.add_argument("--out", type=Path, metavar=_("DIR"), help=_("where the report goes; default: ./report"))
    parser.add_argument("--lang", dest="language", choices=("de", "en"), help=_("language of the report"))
    parser.add_argument("--json", action="store_true", help=_("print report.json; write files only with --out"))
    parser.add_argument("--cases", type=Path, metavar=_("DIR"), help=_("write the ids of all cases behind each figure"))
    parser.add_argument("--with-ids", action="store_true", help=_("put numbers of cases into the report"))
    parser.add_argument("--keep", default="", metavar=_("NAME"), help=_("keep the database for the desk, read-only"))
    parser.add_argument(
        "--no-match",
        action="store_true",
        help=_("customers by what identifies them; names and addresses stay unweighed"),
    )
    parser.add_argument(
        "--model", type=Path, metavar=_("FILE"), help=_("weights of an earlier run; nothing is learned from the folder")
    )
    parser.add_argument("--save-model", type=Path, metavar=_("FILE"), help=_("write the weights that were used"))
    parser.add_argument("--quiet", action="store_true", help=_("no progress"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check; 0 done, 1 done with unreadable parts, 2 nothing usable."""
    signal.signal(signal.SIGTERM, _stop)
    out = arguments.out or (None if arguments.json else Path("report"))
    wanted = Wanted(
        folder=arguments.folder,
        mapping=arguments.map,
        out=out,
        language=arguments.language or get_language() or "en",
        cases=arguments.cases,
        with_ids=arguments.with_ids,
        keep=arguments.keep,
        match=not arguments.no_match,
        save_model=arguments.save_model,
    )
    if wanted.save_model is not None and not wanted.save_model.resolve().parent.is_dir():
        folder = wanted.save_model.parent
        raise CommandError(_("%(path)s: there is no such folder. Make it first.") % {"path": folder}, NOTHING)
    line = ProgressLine(quiet=arguments.quiet)
    try:
        wanted = replace(wanted, model=read_weights(arguments.model))
        with database():
            checked = check(wanted, server.database_url(), line.say, line.show, line.matching)
    except (MappingError, NothingUsable, ScratchError) as error:
        raise CommandError(str(error), NOTHING) from error
    except FileNotFoundError as error:
        missing = error.filename or error.args[0]
        raise CommandError(_("%(path)s: there is no such file or folder.") % {"path": missing}, NOTHING) from error
    except RoadStopped as error:
        raise CommandError(_("The check cannot go on: %(cause)s") % {"cause": error}, NOTHING) from error
    finally:
        line.end()
    if arguments.json:
        sys.stdout.buffer.write(to_json(checked.report))
        sys.stdout.buffer.write(b"\n")
    _say_what_came(checked, line, wanted.keep)
    return checked.code


def _say_what_came(checked: Checked, line: ProgressLine, keep: str) -> None:
    totals = checked.report.totals
    line.say(
        _("%(cases)s cases of %(customers)s customers, %(interactions)s contacts.")
        % {
            "cases": f"{totals.cases:,}",
            "customers": f"{totals.customers:,}",
            "interactions": f"{totals.interactions:,}",
        }
    )
    if checked.report.matching is not None:
        line.say(checked.report.matching.text)
    if checked.code != DONE:
        line.say(_("Some parts could not be read; the report names them with file and row."))
    if keep:
        line.say(_("Look at its cases with: RUNDBLICK_KEPT=%(name)s rundblick run") % {"name": keep})
    for path in checked.written:
        if path.suffix != ".csv":
            line.say(str(path))


def _stop(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C: the database of this check is dropped on the way out."""
    raise KeyboardInterrupt
