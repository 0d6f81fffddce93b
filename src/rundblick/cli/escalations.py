"""``rundblick escalations``: what waits for a decision."""

from __future__ import annotations

import argparse
import json

from django.utils.translation import gettext as _

from rundblick.cli.starting import database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "escalations",
        help=_("cases that wait for somebody who can decide"),
        epilog=_("Example: rundblick escalations list --json"),
    )
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=_("DEED"))
    listed = deeds.add_parser("list", help=_("one line each: when, case, state, for whom, why"))
    listed.add_argument("--json", action="store_true", help=_("write JSON"))
    listed.add_argument("--all", action="store_true", help=_("also those that are ended"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List them."""
    from rundblick.cases.escalation_words import rule_label, why_words
    from rundblick.cases.models import Escalation

    with database():
        found = Escalation.objects.select_related("case", "to_team").order_by("id")
        if not arguments.all:
            found = found.exclude(state=Escalation.ENDED)
        names = dict(found.values_list("pk", "to_person__user__name"))
        rows = [
            {
                "uuid": str(one.uuid),
                "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "case": one.case.number,
                "state": one.state,
                "to": names.get(one.pk) or (one.to_team.name if one.to_team else ""),
                "trigger": one.trigger,
                "rule": rule_label(one.rule),
                "why": why_words(one.trigger, one.detail),
            }
            for one in found
        ]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        print(f"{row['at']}  {row['case']}  {row['state']:5}  {row['to'] or '-':20}  {row['rule']}  {row['why']}")
    if not rows:
        print(_("Nothing waits for a decision."))
    return 0
