"""``rundblick hours``: shows when teams work, and puts other hours into force from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.rule_files import read_rules, said
from rundblick.cli.starting import CommandError, database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "hours",
        help=_("show or set the opening hours of teams"),
        description=_(
            "Shows the opening hours in force as JSON, or puts those of a TOML or JSON file into force from now on. "
            "What was before counts by the old ones."
        ),
        epilog=_("Example: rundblick hours show > hours.json"),
    )
    deeds = parser.add_subparsers(metavar=_("DEED"), dest="deed", required=True)
    deeds.add_parser("show", help=_("print what is in force"))
    put = deeds.add_parser("set", help=_("put a file's into force"))
    put.add_argument("file", type=Path, metavar=_("FILE"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show or set; 0 done, 2 not done."""
    from rundblick.cases.promising import put_hours
    from rundblick.core.rulebooks import RuleError, in_force
    from rundblick.people.hours import TIMETABLES, Timetables, timetables

    told = read_rules(arguments.file, Timetables) if arguments.deed == "set" else None
    with database():
        book = in_force(TIMETABLES)
        if told is None:
            print(said(timetables()))
            return 0
        try:
            put = put_hours(told, by=None, seen=book.version if book else 0)
        except RuleError as fault:
            raise CommandError(f"{arguments.file}: {fault}") from fault
    print(_("In force since now, as version %(n)s.") % {"n": put.version})
    return 0
