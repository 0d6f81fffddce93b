"""``rundblick case``: whose a case is and was, and take, hand over, accept, give back from a terminal."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database, database_to_decide_in

if TYPE_CHECKING:
    from rundblick.cases.handed import HandedOver
    from rundblick.cases.models import Case, Handover
    from rundblick.people.models import Person, Team


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with its deeds."""
    parser = commands.add_parser(
        "case",
        help=_("show whose a case is; take, hand over, accept, give back"),
        description=_(
            "Shows who has a case, who had it and why it changed hands, what its customer was promised and whom he "
            "talked to; and hands it over. Each deed is in the log of the case under the name of who did it."
        ),
        epilog=_("Example: rundblick case hand-over 500000123 --to Billing --cause skill --reason 'about the invoice'"),
    )
    deeds = parser.add_subparsers(title=_("deeds"), metavar=_("DEED"), dest="deed", required=True)
    show = deeds.add_parser("show", help=_("owner, hand-overs, promises"))
    take = deeds.add_parser("take", help=_("make a case of a team one person's; a colleague's with a reason"))
    hand = deeds.add_parser("hand-over", help=_("make somebody else the owner"))
    accept = deeds.add_parser("accept", help=_("accept what was handed over"))
    back = deeds.add_parser("give-back", help=_("return what was handed over"))
    for deed, run in ((show, _show), (take, _take), (hand, _hand_over), (accept, _accept), (back, _give_back)):
        deed.add_argument("ref", metavar=_("REF"), help=_("case number in any notation, or UUID"))
        deed.add_argument("--json", action="store_true", help=_("write JSON"))
        deed.set_defaults(run=run)
    hand.add_argument("--to", required=True, help=_("name of a team, or an agent's e-mail address"))
    hand.add_argument("--summary", default="", help=_("what was done, what is open"))
    for deed in (take, hand):
        deed.add_argument("--cause", default="request", help=_("routing, skill, absence, escalation, request ..."))
    for deed in (take, hand, accept, back):
        deed.add_argument("--by", metavar=_("ADDRESS"), required=True, help=_("who does it: an e-mail address"))
    for deed in (take, hand, back):
        deed.add_argument("--reason", default="", required=deed is not take, help=_("why, in a few words"))


def _show(arguments: argparse.Namespace) -> int:
    with database():
        return _write(_case(arguments.ref), arguments.json)


def _take(arguments: argparse.Namespace) -> int:
    from rundblick.cases import ownership

    with _deciding():
        case = _case(arguments.ref)
        owner = ownership.owner_of(case)
        ownership.take(case, _agent(arguments.by), owner, arguments.reason, arguments.cause)
        return _write(_case(arguments.ref), arguments.json)


def _hand_over(arguments: argparse.Namespace) -> int:
    from rundblick.cases import ownership

    with _deciding():
        case, to, by = _case(arguments.ref), _target(arguments.to), _agent(arguments.by)
        ownership.hand_over(case, to, by, arguments.reason, arguments.cause, summary=arguments.summary)
        return _write(_case(arguments.ref), arguments.json)


def _accept(arguments: argparse.Namespace) -> int:
    from rundblick.cases import ownership

    with _deciding():
        ownership.accept(_offered(arguments.ref), _agent(arguments.by))
        return _write(_case(arguments.ref), arguments.json)


def _give_back(arguments: argparse.Namespace) -> int:
    from rundblick.cases import ownership

    with _deciding():
        ownership.give_back(_offered(arguments.ref), _agent(arguments.by), arguments.reason)
        return _write(_case(arguments.ref), arguments.json)


@contextlib.contextmanager
def _deciding() -> Iterator[None]:
    """The database while something is decided; what is refused becomes a sentence."""
    from rundblick.cases.deeds import WorkError
    from rundblick.cases.words import ownership_refusal

    with database_to_decide_in():
        try:
            yield
        except WorkError as error:
            raise CommandError(ownership_refusal(error)) from error


# -- what is named ---------------------------------------------------------------------------------------------------


def _case(text: str) -> Case:
    """The case of a number in any notation, or of a UUID; one that was joined leads to the other."""
    from rundblick.cases.models import Case
    from rundblick.core.numbers import NumberError, parse

    try:
        found = Case.objects.filter(uuid=UUID(text)).first()
    except ValueError:
        try:
            found = Case.objects.filter(number=parse(text)).first()
        except NumberError as error:
            raise CommandError(
                _("%(text)s is no case number: it has nine digits, the last one a check digit.") % {"text": text}
            ) from error
    while found is not None and found.merged_into is not None:
        found = found.merged_into
    if found is None:
        raise CommandError(_("There is no case %(text)s.") % {"text": text})
    return found


def _offered(text: str) -> Handover:
    from rundblick.cases.ownership import offered_in

    case = _case(text)
    rows = offered_in([case.pk])
    if not rows:
        raise CommandError(
            _("Nothing is offered in case %(number)s; `rundblick case show` tells what became of its hand-overs.")
            % {"number": case.number}
        )
    return rows[-1]


def _agent(address: str) -> Person:
    from rundblick.cases.deeds import person_of
    from rundblick.people.models import User

    user = User.objects.filter(email=address.strip().lower(), is_active=True).first()
    if user is None:
        raise CommandError(_("Nobody signs in as %(address)s.") % {"address": address})
    return person_of(user)


def _target(text: str) -> Team | Person:
    from rundblick.people.models import Team

    if "@" in text:
        return _agent(text)
    own = Team.objects.filter(system__isnull=True)
    team = own.filter(name__iexact=text.strip()).first()
    if team is None:
        names = ", ".join(own.filter(closed_at__isnull=True).order_by("name").values_list("name", flat=True)[:20])
        raise CommandError(_("There is no team %(text)s. There are: %(names)s") % {"text": text, "names": names or "-"})
    return team


# -- what is written -------------------------------------------------------------------------------------------------


def _write(case: Case, as_json: bool) -> int:
    told = _told(case)
    if as_json:
        json.dump(told, sys.stdout, indent=2, ensure_ascii=False)
        print()
        return 0
    from rundblick.cases.words import cause_name, commitment_state, handover_state

    print(_("Case %(number)s, %(state)s: %(owner)s") % told)
    if told["talked_to"]:
        print(_("The customer has talked to: %(names)s") % {"names": ", ".join(told["talked_to"])})
    if told["handovers"]:
        print(_("Hand-overs"))
    for one in told["handovers"]:
        parts = [f"{one['giver']} -> {one['taker']}", cause_name(one["cause"]), one["by"], one["reason"]]
        parts += [handover_state(one["state"]), _("came back") if one["returns"] else "", one["given_back_reason"]]
        print(f"  {_minute(one['at'])}  " + ", ".join(part for part in parts if part))
    if told["commitments"]:
        print(_("Promised"))
    for one in told["commitments"]:
        print(f"  {_minute(one['due_at'])}  {one['text']}, {commitment_state(one['state'])}")
    return 0


def _minute(text: str) -> str:
    return text[:16].replace("T", " ")


def _told(case: Case) -> dict[str, Any]:
    from rundblick.cases.commitments import commitments_of
    from rundblick.cases.handed import handovers_of, talked_to
    from rundblick.cases.ownership import owner_of
    from rundblick.cases.words import owner_name
    from rundblick.people.models import Person, Team

    def person(id_: int | None) -> str:
        return owner_name(Person.objects.filter(pk=id_).first()) if id_ is not None else ""

    def place(person_id: int | None, team_id: int | None) -> str:
        team = Team.objects.filter(pk=team_id).first() if team_id is not None else None
        return " / ".join(part for part in (team.name if team else "", person(person_id)) if part) or "-"

    return {
        "number": case.number,
        "uuid": str(case.uuid),
        "state": case.state,
        "owner": owner_name(owner_of(case)) or "-",
        "talked_to": [person(one) for one in talked_to(case)],
        "handovers": [
            _handover(
                one, place(one.giver.person, one.giver.team), place(one.taker.person, one.taker.team), person(one.by)
            )
            for one in handovers_of(case)
        ],
        "commitments": [
            {
                "uuid": str(one.uuid),
                "text": one.content.text,
                "due_at": one.due_at.isoformat(),
                "state": one.state,
                "by": person(one.made_by_id),
            }
            for one in commitments_of(case)
        ],
    }


def _handover(one: HandedOver, giver: str, taker: str, by: str) -> dict[str, Any]:
    def at(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        "uuid": str(one.uuid),
        "at": at(one.at),
        "by": by,
        "giver": giver,
        "taker": taker,
        "cause": one.cause,
        "reason": one.reason,
        "summary": one.summary,
        "state": one.state,
        "settled_at": at(one.settled_at),
        "given_back_reason": one.why_back,
        "border": one.border,
        "returns": one.returns,
    }
