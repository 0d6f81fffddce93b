"""The command ``rundblick``. Each module of this package that has ``register(commands)`` adds a subcommand.

A module's ``register`` makes its parser and sets ``run``, a function from the parsed arguments to the exit code:
0 done, 1 done with faults that were named, 2 not done.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata

from rundblick import cli
from rundblick.cli.starting import CommandError, set_up_django, terminal_language
from rundblick.core.home import HomeError
from rundblick.core.logs import configure
from rundblick.core.server import AccountError, BinariesError, ServerError

# Sentences for a person; everything else that is raised is a bug and shows its trace.
SPOKEN = (CommandError, HomeError, ServerError, BinariesError, AccountError)
BUG = 70  # sysexits.h: EX_SOFTWARE
FIRST = ("run", "check", "map", "resolve", "import", "verify", "backup", "restore")


def build_parser(given: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser, in the language that is active: with the one subcommand that is given, else with all."""
    from django.utils.translation import gettext as _

    parser = argparse.ArgumentParser(
        prog="rundblick",
        description=_("Joins every channel and every legacy system, and shows the blind spots of your service."),
        epilog=_("Example: rundblick check ./exports --out ./report"),
    )
    parser.add_argument("--version", action="version", version=f"Rundblick {metadata.version('rundblick')}")
    parser.add_argument("--lang", choices=("de", "en"), help=_("language of this command's output"))
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="command", required=True)
    for module in command_modules(given):
        module.register(commands)
    return parser


def command_modules(given: Sequence[str] = ()) -> list[cli.Command]:
    """The modules of this package that add a subcommand, the everyday ones first.

    Of a known command only its own module: the report's numbers would cost every other command half a second.
    """
    names = [name for _, name, _ in pkgutil.iter_modules(cli.__path__) if name != "main"]
    meant = [name for name in names if name.rstrip("_").replace("_", "-") in given[:1]]
    found = _commands(meant) or _commands(names)

    def place(module: object) -> tuple[int, str]:
        name = str(getattr(module, "__name__", "")).rpartition(".")[2].rstrip("_")
        return (FIRST.index(name) if name in FIRST else len(FIRST), name)

    return sorted(found, key=place)


def _commands(names: Sequence[str]) -> list[cli.Command]:
    loaded = [importlib.import_module(f"rundblick.cli.{name}") for name in names]
    return [module for module in loaded if hasattr(module, "register")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        set_up_django()
        from django.utils import translation

        translation.activate(_language(given))
        parsed = build_parser(given).parse_args(given)
        configure("warning")
        return int(parsed.run(parsed))
    except SPOKEN as error:
        print(error, file=sys.stderr)
        return error.code if isinstance(error, CommandError) else 2
    except KeyboardInterrupt:
        return 130
    except Exception:  # a bug: 1 would say "done with unreadable parts"
        traceback.print_exc()
        return BUG
    except BrokenPipeError:  # the reader of our output went away: `rundblick verify | head`
        sys.stderr.close()
        return 141


def _language(arguments: Sequence[str]) -> str:
    """--lang, wherever it stands, before the parser exists: its own help is translated too."""
    for place, argument in enumerate(arguments):
        if argument == "--lang" and arguments[place + 1 : place + 2] in (["de"], ["en"]):
            return arguments[place + 1]
        if argument in ("--lang=de", "--lang=en"):
            return argument[-2:]
    return terminal_language()


if __name__ == "__main__":
    sys.exit(main())
