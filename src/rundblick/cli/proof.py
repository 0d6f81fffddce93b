"""``rundblick proof``: counts what every source says it has against what is stored, and names what is missing."""

from __future__ import annotations

import argparse
import json

from django.utils.translation import gettext as _

from rundblick.cli.starting import database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "proof",
        help=_("count what every source has against what is stored"),
        description=_(
            "Asks every mailbox, the doors' own log and the files what they have, and compares that with what is "
            "stored. Exit code 0: nothing is missing; 1: something is, or could not be asked."
        ),
        epilog=_("Example: rundblick proof --json"),
    )
    parser.add_argument("--last", action="store_true", help=_("show the last count, ask nobody"))
    parser.add_argument("--json", action="store_true", help=_("write JSON"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Count, or show the last count."""
    from rundblick.channels.faults import fault_words
    from rundblick.intake import proof

    with database():
        if not arguments.last:
            proof.prove()
        found = proof.latest()
        for one in found:
            name = one.source.name or one.source.kind
            if arguments.json:
                row = {n: getattr(one, n) for n in ("kind", "good", "told", "kept", "waiting", "lost", "fault")}
                print(json.dumps({"source": name, "at": one.at.isoformat(), **row, "missing": one.missing}))
                continue
            told = "-" if one.told is None else str(one.told)
            result = (
                _("complete")
                if one.good
                else fault_words(one.fault)[0]
                if one.fault
                else _("%(n)d missing") % {"n": one.lost}
            )
            print(f"{name}  {one.kind}  {told}  {one.kept}  {result}")
            for key in one.missing:
                print(f"    {key}")
    return 0 if all(one.good for one in found) else 1
