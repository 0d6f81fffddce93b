"""``rundblick team``: lists, makes and closes competence centres."""

from __future__ import annotations

import argparse
import csv
import sys

from django.utils.translation import gettext as _

from rundblick.cli.person import team_called
from rundblick.cli.starting import CommandError, database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "team",
        help=_("list, make and close teams"),
        description=_("Competence centres. What a closed team had goes on in another one."),
        epilog=_('Example: rundblick team close "Returns" --into "Service"'),
    )
    parts = parser.add_subparsers(metavar=_("WHAT"), dest="what", required=True)
    parts.add_parser("list", help=_("all teams, as comma-separated values"))
    add = parts.add_parser("add", help=_("a new team"))
    add.add_argument("name", help=_("its name"))
    add.add_argument("--partner", action="store_true", help=_("an outside firm's"))
    close = parts.add_parser("close", help=_("close a team"))
    close.add_argument("name", help=_("its name"))
    close.add_argument("--into", required=True, metavar=_("TEAM"), help=_("the team that takes its cases"))
    close.add_argument("--members", action="store_true", help=_("its members work there from now on"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; what is refused says why."""
    from rundblick.cases.leaving import LeavingError, close_team
    from rundblick.people.teams import TeamError, make_team

    with database():
        try:
            if arguments.what == "list":
                _list()
            elif arguments.what == "add":
                make_team(arguments.name, partner=arguments.partner, by=None)
            else:
                into = team_called(arguments.into)
                handed = close_team(team_called(arguments.name), into, None, take_members=arguments.members)
                print(_("Open cases handed over: %(n)d") % {"n": handed.cases})
        except (LeavingError, TeamError) as error:
            raise CommandError(str(error)) from error
    return 0


def _list() -> None:
    from rundblick.core.spreadsheets import safe_cell
    from rundblick.people.models import Team

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["name", "system", "default", "partner", "closed", "successor"])
    for team in Team.objects.select_related("system", "successor").order_by("name", "id"):
        cells = [
            team.name,
            team.system.code if team.system else "",
            "yes" if team.is_default else "",
            "yes" if team.is_partner else "",
            team.closed_at.date().isoformat() if team.closed_at else "",
            team.successor.name if team.successor else "",
        ]
        writer.writerow([safe_cell(cell) for cell in cells])
