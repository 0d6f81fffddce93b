"""``rundblick verify``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cli.starting import CommandError, database
from rundblick.core.verification import Checked, Difference, Options, VerificationError, repair, verify


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "verify",
        help=_("fold all facts again and name every difference"),
        description=_(
            "Folds cases, customers and outcomes again from the facts, looks whether every reference, original and "
            "trigger is there, and names every difference. Reads only, but for --repair; everything goes on running. "
            "Exit code 0: none, 1: some."
        ),
        epilog=_("Example: rundblick verify --blobs all --json"),
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar=_("CHECK"), help=_("only this check; repeatable")
    )
    parser.add_argument(
        "--blobs",
        type=_blobs,
        default=200,
        metavar=_("NUMBER|all"),
        help=_("compare the bytes of so many originals by chance (default: 200), or of all"),
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help=_("compute again what is kept beside the facts: who is which customer, where old numbers lead"),
    )
    parser.add_argument("--json", action="store_true", help=_("write JSON"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify and say what differs."""
    with database():
        try:
            verified = verify(arguments.only, Options(blobs=arguments.blobs))
            repaired = repair(verified) if arguments.repair else []
            if repaired:
                verified = verify(arguments.only, Options(blobs=arguments.blobs))
        except VerificationError as error:
            raise CommandError(str(error)) from error
    if arguments.json:
        told = {"ok": verified.is_right, "repaired": repaired, "checks": [asdict(check) for check in verified.checks]}
        json.dump(told, sys.stdout, indent=2)
        print()
    else:
        if repaired:
            print(_("Computed again: %(checks)s") % {"checks": ", ".join(repaired)})
        for check in verified.checks:
            for line in _lines(check):
                print(line)
    return 0 if verified.is_right else 1


def _blobs(text: str) -> int | None:
    if text == "all":
        return None
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(_('"%s" is no number; give one, or all') % text)


def _lines(check: Checked) -> list[str]:
    if check.fault:
        return [_("%(check)s: could not run: %(fault)s") % {"check": check.name, "fault": check.fault}]
    found = ngettext("%(n)d difference", "%(n)d differences", check.differences) % {"n": check.differences}
    lines = [f"{check.name}: {found if check.differences else _('right')} ({check.seconds:.1f} s)"]
    lines += [f"  {_sentence(one)}" for one in check.shown]
    if check.differences > len(check.shown):
        lines.append("  " + _("and %d more") % (check.differences - len(check.shown)))
    return lines + [f"  {note}" for note in check.notes]


def _sentence(one: Difference) -> str:
    place = one.table if one.row is None else f"{one.table} {one.row}"
    facts = {"place": place, "what": one.what, "stored": one.stored or "-", "expected": one.expected or "-"}
    return _("%(place)s, %(what)s: is %(stored)s, should be %(expected)s") % facts
