"""``rundblick person``: lists, invites and changes who may sign in; enters absences and leavings."""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cli.admin_link import desk_address
from rundblick.cli.starting import CommandError, database
from rundblick.core import home

if TYPE_CHECKING:
    from rundblick.people.models import Person, Team


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "person",
        help=_("list, invite and change who works here; absences and leaving"),
        description=_("Who may sign in, as what. Everything here is in the audit as the machine's deed."),
        epilog=_("Example: rundblick person leave jana@muster.example --to murat@muster.example"),
    )
    parts = parser.add_subparsers(metavar=_("WHAT"), dest="what", required=True)
    parts.add_parser("list", help=_("everybody, as comma-separated values"))
    invite = parts.add_parser("invite", help=_("a new user; prints the link with which the password is chosen"))
    invite.add_argument("address", help=_("mail address"))
    invite.add_argument("name", help=_("first and last name"))
    invite.add_argument("--role", default="agent", help=_("agent, lead, manager, analyst, admin, auditor, partner"))
    invite.add_argument("--team", action="append", default=[], help=_("name of a team; may be repeated"))
    role = parts.add_parser("role", help=_("another role; an empty one opens nothing"))
    role.add_argument("address", help=_("mail address"))
    role.add_argument("role", help=_("agent, lead, manager, analyst, admin, auditor, partner"))
    leave = parts.add_parser("leave", help=_("has left: every open case goes to its team or to somebody"))
    leave.add_argument("address", help=_("mail address"))
    leave.add_argument("--to", metavar=_("ADDRESS"), help=_("mail address of the successor"))
    away = parts.add_parser("away", help=_("enter an absence, or with --back end it"))
    away.add_argument("address", help=_("mail address"))
    away.add_argument("begin", nargs="?", help=_("first day, as year-month-day; default: today"))
    away.add_argument("end", nargs="?", help=_("last day; without it until further notice"))
    away.add_argument("--deputy", metavar=_("ADDRESS"), help=_("mail address of who takes the cases"))
    away.add_argument("--back", action="store_true", help=_("back again"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; what is refused says why."""
    from rundblick.cases.absences import AbsenceError
    from rundblick.cases.leaving import LeavingError
    from rundblick.people.teams import TeamError
    from rundblick.people.users import UserError

    deeds = {"list": _list, "invite": _invite, "role": _role, "leave": _leave, "away": _away}
    with database():
        try:
            deeds[arguments.what](arguments)
        except (AbsenceError, LeavingError, TeamError, UserError) as error:
            raise CommandError(str(error)) from error
    return 0


def _list(_arguments: argparse.Namespace) -> None:
    from rundblick.core.spreadsheets import safe_cell
    from rundblick.people.models import Membership, Person

    teams: dict[int, list[str]] = {}
    members = Membership.objects.filter(team__closed_at__isnull=True).order_by("team__name")
    for person, name in members.values_list("person_id", "team__name"):
        teams.setdefault(person, []).append(name)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["address", "name", "role", "teams", "state"])
    for one in Person.objects.filter(user__isnull=False).select_related("user").order_by("user__email"):
        assert one.user is not None
        state = "left" if one.left_at else "" if one.user.is_active else "locked"
        cells = [one.user.email, one.user.name, one.user.role, "; ".join(teams.get(one.pk, ())), state]
        writer.writerow([safe_cell(cell) for cell in cells])


def _invite(arguments: argparse.Namespace) -> None:
    from rundblick.people.invitations import invitation_path
    from rundblick.people.users import invite

    teams = [team_called(name) for name in arguments.team]
    user = invite(arguments.address, arguments.name, arguments.role, by=None, teams=teams)
    print(desk_address(home.home()).rstrip("/") + invitation_path(user))


def _role(arguments: argparse.Namespace) -> None:
    from rundblick.people.users import change

    person = _person(arguments.address)
    assert person.user is not None
    change(person.user, by=None, role=arguments.role)


def _leave(arguments: argparse.Namespace) -> None:
    from rundblick.cases.leaving import leave

    handed = leave(_person(arguments.address), None, successor=_person(arguments.to) if arguments.to else None)
    print(_("Open cases handed over: %(n)d") % {"n": handed.cases})


def _away(arguments: argparse.Namespace) -> None:
    from rundblick.cases.absences import add_absence, end_absence
    from rundblick.people.models import Absence

    person = _person(arguments.address)
    if arguments.back:
        now = timezone.now()
        found = Absence.objects.filter(person=person, begin__lte=now).order_by("-begin").first()
        if found is None:
            raise CommandError(_("%(address)s is not away.") % {"address": arguments.address})
        end_absence(found, None)
        return
    begin = _day(arguments.begin) if arguments.begin else _day(timezone.localdate().isoformat())
    end = _day(arguments.end) + timedelta(days=1) if arguments.end else None
    add_absence(person, begin, end, _person(arguments.deputy) if arguments.deputy else None, by=None)


def _day(text: str) -> datetime:
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError as error:
        raise CommandError(_('"%(day)s" is no day; write it as year-month-day.') % {"day": text}) from error


def _person(address: str) -> Person:
    from rundblick.people.models import User
    from rundblick.people.users import person_of_user

    user = User.objects.filter(email=address.strip().lower()).first()
    if user is None:
        raise CommandError(_("Nobody signs in as %(address)s.") % {"address": address})
    return person_of_user(user)


def team_called(name: str) -> Team:
    """The open team of that name. Raises CommandError when there is none or more than one."""
    from rundblick.people.models import Team

    found = list(Team.objects.filter(name__iexact=name.strip(), closed_at__isnull=True)[:2])
    if len(found) != 1:
        text = _("There is no open team %(name)s.") if not found else _("There are several teams %(name)s.")
        raise CommandError(text % {"name": name})
    return found[0]
