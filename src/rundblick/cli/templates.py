"""``rundblick templates``: text modules of answers as a table, out and in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "templates",
        help=_("text modules of answers as a table (CSV): write them out, take them in"),
        description=_("Columns: name, text, language, channel, topic, team. One wrong row, and nothing is taken in."),
        epilog=_("Example: rundblick templates export > texts.csv; rundblick templates import texts.csv"),
    )
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=_("DEED"))
    deeds.add_parser("export", help=_("write all that are in use"))
    take = deeds.add_parser("import", help=_("take a table in; a name that is there gets a new version"))
    take.add_argument("file", metavar=_("FILE"), help=_("a table, - for standard input"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write out or take in; 0 done."""
    from rundblick.cases.templates import TemplateError, from_csv, offered, to_csv

    if arguments.deed == "export":
        with database():
            sys.stdout.write(to_csv(offered(None).select_related("team").order_by("name", "id")))
        return 0
    name = arguments.file
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as fault:
        raise CommandError(_("%(file)s cannot be read: %(why)s") % {"file": name, "why": fault.strerror}) from fault
    except UnicodeDecodeError as fault:
        raise CommandError(_("%(file)s is not UTF-8. Save it as CSV UTF-8.") % {"file": name}) from fault
    with database():
        try:
            done = from_csv(text, name, None)
        except TemplateError as fault:
            raise CommandError(str(fault)) from fault
    told = {"new": done.new, "changed": done.changed, "same": done.same}
    print(_("%(new)d new, %(changed)d changed, %(same)d as they were.") % told)
    return 0
