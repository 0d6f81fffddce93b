"""``rundblick tiers``: who gets which tier; the rules as JSON, tried on the open cases, put into force."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database

if TYPE_CHECKING:
    from rundblick.cases.tiers import Tiers


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "tiers",
        help=_("who gets which tier: show the rules, try them, put them into force"),
        description=_("Rules are JSON, as `rundblick tiers show` writes them."),
        epilog=_("Example: rundblick tiers show > tiers.json; rundblick tiers preview tiers.json"),
    )
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=_("DEED"))
    deeds.add_parser("show", help=_("write the rules that are in force"))
    for name, help_ in (
        ("preview", _("what rules would change in the open cases; nothing is written")),
        ("set", _("put rules into force")),
    ):
        deed = deeds.add_parser(name, help=help_)
        deed.add_argument("file", help=_("a file with rules, - for standard input"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show, try, set."""
    from rundblick.cases.tiers import TIERS, Tiers
    from rundblick.core.rulebooks import RuleError, StaleError, in_force, put_in_force

    with database():
        book = in_force(TIERS)
        if arguments.deed == "show":
            import msgspec

            told = book.told if book else Tiers()
            print(json.dumps(msgspec.to_builtins(told), ensure_ascii=False, indent=2))
            return 0
        told = _read(arguments.file)
        try:
            if arguments.deed == "preview":
                TIERS.check(told)
                return _preview(told)
            done = put_in_force(TIERS, told, by=None, seen=book.version if book else 0)
        except RuleError as fault:
            raise CommandError(str(fault)) from fault
        except StaleError as fault:
            raise CommandError(
                _("Somebody else has put other rules into force meanwhile. Look at them first.")
            ) from fault
    print(_("Version %(n)d is in force. Open cases get their tiers within seconds.") % {"n": done.version})
    return 0


def _read(name: str) -> Tiers:
    import msgspec

    from rundblick.cases.tiers import Tiers

    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return msgspec.json.decode(raw, type=Tiers)
    except OSError as fault:
        told = {"file": name, "why": fault.strerror}
        raise CommandError(_("%(file)s cannot be read: %(why)s") % told) from fault
    except msgspec.DecodeError as fault:
        raise CommandError(_("%(file)s holds no rules of tiers: %(why)s") % {"file": name, "why": fault}) from fault


def _preview(told: Tiers) -> int:
    from rundblick.cases.tiers import preview

    n, now, then = preview(told)
    print(_("%(n)s open cases; tier, now, by these rules:") % {"n": n})
    for code in dict.fromkeys([*then, *now]):
        print(f"{code or '-':20} {now.get(code, 0):8} {then.get(code, 0):8}")
    return 0
