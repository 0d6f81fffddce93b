"""``rundblick promises``: shows what customers are promised, tries another promise on the last cases, sets it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.rule_files import read_rules, said
from rundblick.cli.starting import CommandError, database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "promises",
        help=_("show, try or set what customers are promised"),
        description=_(
            "Shows the promise in force as JSON, or puts that of a TOML or JSON file into force for every case that "
            "is opened from now on. With --preview nothing changes: it says what the file would have meant for the "
            "cases of the last 30 days."
        ),
        epilog=_("Example: rundblick promises set promise.toml --preview"),
    )
    deeds = parser.add_subparsers(metavar=_("DEED"), dest="deed", required=True)
    deeds.add_parser("show", help=_("print what is in force"))
    put = deeds.add_parser("set", help=_("put a file's into force"))
    put.add_argument("file", type=Path, metavar=_("FILE"))
    put.add_argument("--preview", action="store_true", help=_("only try it on the last cases, and print that as JSON"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show, try or set; 0 done, 2 not done."""
    from rundblick.cases.promising import PROMISE, check, promised
    from rundblick.cases.trying import preview
    from rundblick.core.promises import Promise
    from rundblick.core.rulebooks import RuleError, in_force, put_in_force

    told = read_rules(arguments.file, Promise) if arguments.deed == "set" else None
    with database():
        if told is None:
            print(said(promised()))
            return 0
        try:
            if arguments.preview:
                check(told)
                print(json.dumps(asdict(preview(told))))
                return 0
            book = in_force(PROMISE)
            put = put_in_force(PROMISE, told, by=None, seen=book.version if book else 0)
        except RuleError as fault:
            raise CommandError(f"{arguments.file}: {fault}") from fault
    print(_("In force since now, as version %(n)s.") % {"n": put.version})
    return 0
