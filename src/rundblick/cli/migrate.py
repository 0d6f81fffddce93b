"""``rundblick migrate``: brings the tables to this version's form."""

from __future__ import annotations

import argparse

from django.utils.translation import gettext as _

from rundblick.cli.starting import database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "migrate",
        help=_("bring the tables to this version's form"),
        description=_("Checks the server and its extensions, then brings the tables to this version's form."),
        epilog=_("Example: RUNDBLICK_DATABASE_URL=postgresql://rundblick@db/rundblick rundblick migrate"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Migrate and say so."""
    with database():
        migrate()
    print(_("The tables are up to date."))
    return 0


def migrate() -> None:
    """Apply what is missing. The database must run."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
