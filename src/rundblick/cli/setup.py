"""``rundblick setup``: what an empty installation still needs, and who the company is."""

from __future__ import annotations

import argparse

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.cli.admin_link import desk_address
from rundblick.cli.starting import CommandError, database
from rundblick.core import home


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "setup",
        help=_("show what is set up and what is missing, or set the company"),
        description=_(
            "Says of each step of the first hour whether it is done, put off or missing, and where in the desk it is "
            "done. Ends with 1 while one is missing."
        ),
        epilog=_('Example: rundblick setup company "Muster GmbH" --country DE --holidays DE-BY'),
    )
    parts = parser.add_subparsers(metavar=_("WHAT"), dest="what")
    company = parts.add_parser("company", help=_("set name, country, zone and holidays; what is left out stays"))
    company.add_argument("name", nargs="?", help=_("its name"))
    company.add_argument("--country", metavar="CC", help=_("two letters, as DE"))
    company.add_argument("--zone", metavar=_("ZONE"), help=_("time zone, as Europe/Berlin"))
    company.add_argument("--holidays", metavar=_("PLACE"), help=_("state or country, as DE-BY or AT; empty for none"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Set the company, or list the steps; 0 nothing is missing, 1 something is, 2 not done."""
    with database():
        if arguments.what == "company":
            _set_company(arguments)
        return _list()


def _set_company(arguments: argparse.Namespace) -> None:
    from rundblick.cases.company import Company, CompanyError, company, set_company
    from rundblick.people.setting_up import keep

    told = company()
    given = {name: getattr(arguments, name) for name in Company.__slots__}
    values = {name: getattr(told, name) if value is None else value for name, value in given.items()}
    try:
        set_company(Company(**values), by=None)
    except CompanyError as error:
        raise CommandError("\n".join(f"{name}: {text}" for name, text in error.faults.items())) from error
    keep("company", by=None)


def _list() -> int:
    from rundblick.people.setting_up import MISSING, standings

    words = {
        "done": pgettext("step", "done"),
        "later": pgettext("step", "later"),
        "missing": pgettext("step", "missing"),
    }
    found = standings()
    address = desk_address(home.home()).rstrip("/")
    for one in found:
        line = f"{words[one.state]:10} {one.step.name}"
        print(f"{line}: {one.told}" if one.told else f"{line} ({address}/setup/{one.step.code}/)")
    return 1 if any(one.state == MISSING for one in found) else 0
