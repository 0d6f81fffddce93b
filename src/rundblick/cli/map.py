"""``rundblick map``: proposes a mapping file for a folder of exports."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError
from rundblick.connectors.propose import propose


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "map",
        help=_("propose a mapping file for a folder of exports"),
        description=_(
            "Guesses from names and contents what the files and columns of the folder are, and prints the mapping as a "
            "rundblick.toml. Everything in it is a guess until you have read it. Nothing else is read or written."
        ),
        epilog=_("Example: rundblick map ./exports --out ./exports/rundblick.toml"),
    )
    parser.add_argument("folder", type=Path, help=_("the folder with the exports"))
    parser.add_argument("--out", type=Path, metavar=_("FILE"), help=_("write it to this file; must not exist"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Propose; 2 when there is no such folder."""
    target: Path | None = arguments.out
    try:
        text = propose(arguments.folder)
        if target is None:
            sys.stdout.write(text)
            return 0
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise CommandError(_("%(path)s exists already; it may hold your corrections.") % {"path": target}) from error
    except FileNotFoundError as error:
        missing = error.filename or error.args[0]
        raise CommandError(_("%(path)s: there is no such file or folder.") % {"path": missing}) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    print(_("Written to %(path)s. Read it before you trust it.") % {"path": target}, file=sys.stderr)
    return 0
