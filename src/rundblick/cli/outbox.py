"""``rundblick outbox``: what has not left, sent again or given up."""

from __future__ import annotations

import argparse
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cli.starting import CommandError, database


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "outbox",
        help=_("answers that have not left: list them, send them again, give them up"),
        description=_("Lists letters that wait, are tried again or were refused; sends refused ones again."),
        epilog=_("Example: rundblick outbox retry --all"),
    )
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=_("DEED"))
    deeds.add_parser("list", help=_("one line each: id, state, when it is tried, attempts, case, what is wrong"))
    again = deeds.add_parser("retry", help=_("send refused letters again, to those who have not got them"))
    again.add_argument("id", nargs="*", type=UUID, help=_("ids of letters"))
    again.add_argument("--all", action="store_true", help=_("every refused letter"))
    give = deeds.add_parser("give-up", help=_("do not send a refused letter"))
    give.add_argument("id", type=UUID, help=_("id of the letter"))
    give.add_argument("--reason", required=True, help=_("why, for the audit"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List, send again, give up."""
    with database():
        if arguments.deed == "list":
            return _list()
        if arguments.deed == "retry":
            return _retry(arguments.id, arguments.all)
        return _give_up(arguments.id, arguments.reason)


def _list() -> int:
    from rundblick.intake.models import Outgoing
    from rundblick.intake.sending import case_of

    for row in Outgoing.objects.filter(state__in=("waiting", "sending", "failed", "dead")).order_by("due_at", "id"):
        case = case_of(row)
        due = row.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        print(f"{row.uuid}  {row.state:8}  {due}  {row.attempts}  {case.number if case else '-'}  {row.fault}".rstrip())
    return 0


def _retry(ids: list[UUID], everything: bool) -> int:
    from rundblick.intake.models import Outgoing
    from rundblick.intake.outbox import OutboxError, retry

    if everything == bool(ids):
        raise CommandError(_("Name letters, or say --all."))
    found = Outgoing.objects.filter(state="dead") if everything else Outgoing.objects.filter(uuid__in=ids)
    done = 0
    for row in found.order_by("id"):
        try:
            retry(row, None)
        except OutboxError as error:
            raise CommandError(_("Letter %(id)s is not waiting for a decision.") % {"id": row.uuid}) from error
        done += 1
    if ids and done < len(set(ids)):
        raise CommandError(_("There is no such letter."))
    print(ngettext("%(n)s letter is sent again.", "%(n)s letters are sent again.", done) % {"n": done})
    return 0


def _give_up(id_: UUID, reason: str) -> int:
    from rundblick.intake.models import Outgoing
    from rundblick.intake.outbox import OutboxError, give_up

    row = Outgoing.objects.filter(uuid=id_).first()
    if row is None:
        raise CommandError(_("There is no such letter."))
    try:
        give_up(row, None, reason)
    except OutboxError as error:
        raise CommandError(_("Letter %(id)s is not waiting for a decision.") % {"id": row.uuid}) from error
    print(_("The letter is given up."))
    return 0
