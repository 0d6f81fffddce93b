"""``rundblick routing``: the rules by which cases come to teams and people: shown, tried, put into force."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database

if TYPE_CHECKING:
    from rundblick.cases.routing.book import Routing


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "routing",
        help=_("who gets which case: show the rules, try others on last week, put them into force"),
        description=_("Shows the rules of routing as JSON, says what others would do, puts them into force."),
        epilog=_("Example: rundblick routing show > rules.json; rundblick routing preview rules.json"),
    )
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=_("DEED"))
    deeds.add_parser("show", help=_("the rules in force, as JSON"))
    look = deeds.add_parser("preview", help=_("what rules would have done with the cases of the last seven days"))
    look.add_argument("file", help=_("JSON as `show` prints it; - reads from the terminal"))
    put = deeds.add_parser("set", help=_("put rules into force"))
    put.add_argument("file", help=_("JSON as `show` prints it; - reads from the terminal"))
    put.add_argument("--seen", type=int, help=_("refuse when another version than this is in force"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show, try, put into force."""
    with database():
        if arguments.deed == "show":
            return _show()
        told = _read(arguments.file)
        return _preview(told) if arguments.deed == "preview" else _set(told, arguments.seen)


def _show() -> int:
    import msgspec

    from rundblick.cases.routing.book import ROUTING, Routing
    from rundblick.core.rulebooks import in_force

    book = in_force(ROUTING)
    told = msgspec.json.encode(book.told if book is not None else Routing())
    print(msgspec.json.format(told, indent=2).decode())
    return 0


def _read(name: str) -> Routing:
    import msgspec

    from rundblick.cases.routing.book import Routing

    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
    try:
        return msgspec.json.decode(text, type=Routing)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        what = {"file": name, "error": error}
        raise CommandError(_("%(file)s is not what `rundblick routing show` prints: %(error)s") % what) from error


def _preview(told: Routing) -> int:
    from rundblick.cases.routing.preview import preview
    from rundblick.core.rulebooks import RuleError

    try:
        seen = preview(told, datetime.now(UTC))
    except RuleError as error:
        raise CommandError(str(error)) from error
    _warn(seen.warnings)
    print(_("%(n)d of %(cases)d cases of the last seven days would go elsewhere.")
          % {"n": seen.elsewhere, "cases": seen.cases})  # fmt: skip
    if seen.moved:
        print(_("%(moved)d had to be moved; %(now)d of them come right by the rules in force, %(then)d by these.")
              % {"moved": seen.moved, "now": seen.met_now, "then": seen.met_then})  # fmt: skip
    for (one, other), n in sorted(seen.table.items(), key=lambda row: -row[1]):
        if one.pk != other.pk:
            print(f"{n:6}  {one.name} -> {other.name}")
    return 0


def _set(told: Routing, seen: int | None) -> int:
    from rundblick.cases.routing.book import ROUTING, warnings
    from rundblick.core.rulebooks import RuleError, StaleError, in_force, put_in_force

    book = in_force(ROUTING)
    version = book.version if book is not None else 0
    try:
        made = put_in_force(ROUTING, told, by=None, seen=version if seen is None else seen)
    except RuleError as error:
        raise CommandError(str(error)) from error
    except StaleError as error:
        raise CommandError(_("Version %d is in force. Compare it with yours first.") % error.version) from error
    _warn(warnings(told))
    print(_("Version %d is in force.") % made.version)
    return 0


def _warn(warnings: Iterable[str]) -> None:
    for one in warnings:
        print(one, file=sys.stderr)
