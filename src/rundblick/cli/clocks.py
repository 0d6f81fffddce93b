"""``rundblick clocks``: counts the clocks of all cases again from their logs."""

from __future__ import annotations

import argparse
import json
import time

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cli.progress import ProgressLine
from rundblick.cli.starting import CommandError, database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "clocks",
        help=_("count the clocks of all cases again"),
        description=_(
            "Counts for every case of our own again, from its log, until when an answer and a solution are promised, "
            "and says how many clocks changed. Workers do that by themselves; nothing is told twice."
        ),
        epilog=_("Example: rundblick clocks"),
    )
    parser.add_argument("--json", action="store_true", help=_("print the outcome as JSON"))
    parser.add_argument("--quiet", action="store_true", help=_("no progress"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Count; 0 done, 2 not done."""
    from rundblick.cases.clocking import recompute
    from rundblick.core.calendars import CalendarError

    line, begun = ProgressLine(quiet=arguments.quiet), time.monotonic()
    done, changed = 0, 0
    with database():
        try:
            for portion in recompute():
                done, cases, changed = portion
                line.stage(_("Counting clocks"), done, cases)
        except CalendarError as error:
            raise CommandError(str(error)) from error
        finally:
            line.end()
    if arguments.json:
        told = {"cases": done, "changed": changed, "seconds": round(time.monotonic() - begun, 2)}
        print(json.dumps(told))
        return 0
    cases_text = ngettext("%(n)s case", "%(n)s cases", done) % {"n": f"{done:,}"}
    print(
        ngettext("%(cases)s counted, %(n)s clock changed", "%(cases)s counted, %(n)s clocks changed", changed)
        % {"cases": cases_text, "n": f"{changed:,}"}
    )
    return 0
