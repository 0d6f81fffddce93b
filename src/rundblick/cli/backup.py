"""``rundblick backup FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database
from rundblick.core import backup as keeping
from rundblick.core import home, server


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "backup",
        help=_("save the whole database in one file"),
        description=_(
            "Saves the whole database in one file, while everything goes on running. Secrets are not in it: keep "
            "secret.key of RUNDBLICK_HOME elsewhere."
        ),
        epilog=_("Example: rundblick backup /srv/backups/$(date +%F).rundblick"),
    )
    parser.add_argument("file", type=Path, help=_("the file to write; must not exist"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Save and say what was saved."""
    folder = home.home()
    with database() as running:
        programs = running.binaries if running else server.find(home.settings(folder).pg_bin)
        try:
            manifest = keeping.backup(server.database_url(folder), programs, arguments.file)
        except keeping.BackupError as error:
            raise CommandError(str(error)) from error
    rows = sum(table.rows for table in manifest.tables.values())
    size = arguments.file.stat().st_size / 1e6
    facts = {"file": arguments.file, "tables": len(manifest.tables), "rows": rows, "size": f"{size:.1f}"}
    print(_("%(file)s: %(rows)s rows of %(tables)s tables, %(size)s MB.") % facts)
    return 0
