"""``rundblick restore FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.migrate import migrate
from rundblick.cli.starting import CommandError, database
from rundblick.core import backup as keeping
from rundblick.core import home, server
from rundblick.privacy import erasure


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "restore",
        help=_("bring a back-up into an empty database"),
        description=_(
            "Brings a back-up into an empty database, compares every table with what was saved, brings the tables to "
            "this version's form, and erases again whom the back-up still knows."
        ),
        epilog=_("Example: RUNDBLICK_HOME=/srv/rundblick-new rundblick restore /srv/backups/2026-11-22.rundblick"),
    )
    parser.add_argument("file", type=Path, help=_("a file that rundblick backup wrote"))
    parser.add_argument(
        "--erasures",
        type=Path,
        metavar=_("FILE"),
        help=_("erasures.jsonl of the former RUNDBLICK_HOME: who was erased after the back-up is erased again"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Restore and say what came back."""
    folder = home.home()
    if arguments.erasures is not None:
        if not arguments.erasures.is_file():
            raise CommandError(_("There is no file %s.") % arguments.erasures)
        erasure.adopt_list(arguments.erasures)
    try:
        keeping.read_manifest(arguments.file)
        with database() as running:
            programs = running.binaries if running else server.find(home.settings(folder).pg_bin)
            manifest = keeping.restore(server.database_url(folder), programs, arguments.file)
            migrate()
            done = keeping.finish()
    except keeping.BackupError as error:
        raise CommandError(str(error)) from error
    rows = sum(table.rows for table in manifest.tables.values())
    facts = {"tables": len(manifest.tables), "rows": rows, "time": manifest.made_at.isoformat(timespec="seconds")}
    print(_("Restored: %(rows)s rows of %(tables)s tables, as they were at %(time)s; every table compared.") % facts)
    for name, count in done.items():
        print(f"  {name}: {count}")
    if not erasure.list_path().exists():
        print(
            _(
                "There is no list of erasures here. If somebody was erased after this back-up was made, restore again "
                "with --erasures and the erasures.jsonl of the former RUNDBLICK_HOME."
            )
        )
    return 0
