"""``rundblick customer``: who a customer is, and merge, split, undo from a terminal."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cli.starting import CommandError, database, database_to_decide_in

if TYPE_CHECKING:
    from rundblick.customers.history import ActShown
    from rundblick.customers.models import Customer, IdentityAct


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with its deeds."""
    parser = commands.add_parser(
        "customer",
        help=_("show a customer's records and numbers; merge, split, undo"),
        description=_(
            "Shows through which records, identifiers and decisions somebody is one customer, and decides about it. No "
            "record is changed; each decision holds until it is undone, and can be undone at any time."
        ),
        epilog=_("Example: rundblick customer merge 100000125 100000133 --reason 'married name'"),
    )
    deeds = parser.add_subparsers(title=_("deeds"), metavar=_("DEED"), dest="deed", required=True)

    show = deeds.add_parser("show", help=_("his records, identifiers and the decisions about him"))
    show.add_argument("number", help=_("customer number in any notation"))
    show.add_argument("--json", action="store_true", help=_("write JSON"))
    show.set_defaults(run=_show)

    merge = deeds.add_parser("merge", help=_("make two customers one"))
    merge.add_argument("number", help=_("the number that stays"))
    merge.add_argument("other", help=_("the number that leads on"))
    merge.add_argument("--override", action="store_true", help=_("also if something speaks against it"))
    merge.set_defaults(run=_merge)

    split = deeds.add_parser("split", help=_("make some of his records a customer of their own"))
    split.add_argument("number", help=_("customer number in any notation"))
    split.add_argument("records", nargs="+", metavar=_("RECORD"), help=_("as `show` prints them: SYSTEM:KEY, or UUID"))
    split.set_defaults(run=_split)

    undo = deeds.add_parser("undo", help=_("take a decision back"))
    undo.add_argument("act", help=_("UUID of the decision, as `show` prints it"))
    undo.set_defaults(run=_undo)

    for deed in (merge, split, undo):
        deed.add_argument("--reason", default="", required=deed is not undo, help=_("why, in a few words"))
        deed.add_argument("--by", metavar=_("ADDRESS"), default="", help=_("who decides: an agent's e-mail address"))
        deed.add_argument("--json", action="store_true", help=_("write JSON"))


def _show(arguments: argparse.Namespace) -> int:
    with database():
        told = _told(_customer(arguments.number))
    if arguments.json:
        json.dump(told, sys.stdout, indent=2, ensure_ascii=False)
        print()
        return 0
    print(_("Customer %(number)s: %(name)s") % {"number": told["number"], "name": told["name"] or "-"})
    if told["former_numbers"]:
        print(_("Also reached by: %(numbers)s") % {"numbers": ", ".join(told["former_numbers"])})
    print(ngettext("%(n)d record", "%(n)d records", len(told["records"])) % {"n": len(told["records"])})
    for record in told["records"]:
        print(f"  {record['record']}  {record['uuid']}")
        for one in record["identifiers"]:
            print(f"    {one['kind']} {one['value']}" + (f" ({_('verified')})" if one["verified"] else ""))
    if told["acts"]:
        print(_("Decisions, newest first"))
    for act in told["acts"]:
        print("  " + _line(act))
    return 0


def _merge(arguments: argparse.Namespace) -> int:
    from rundblick.customers.merging import merge_customers

    with _deciding():
        one, other = _customer(arguments.number), _customer(arguments.other)
        by = person_named(arguments.by)
        return _done(merge_customers(one.pk, other.pk, by, arguments.reason, arguments.override), arguments.json)


def _split(arguments: argparse.Namespace) -> int:
    from rundblick.customers.merging import split_customer

    with _deciding():
        customer = _customer(arguments.number)
        named = {}
        for record, uuid, name in _records(customer):
            named[uuid] = named[name] = record
        if unknown := [given for given in arguments.records if given not in named]:
            raise CommandError(
                _("Customer %(number)s has no record %(record)s; `rundblick customer show` lists them.")
                % {"number": customer.number, "record": unknown[0]}
            )
        records = {named[given] for given in arguments.records}
        return _done(split_customer(customer.pk, records, person_named(arguments.by), arguments.reason), arguments.json)


def _undo(arguments: argparse.Namespace) -> int:
    from rundblick.customers.merging import undo
    from rundblick.customers.models import IdentityAct

    with _deciding():
        try:
            act = IdentityAct.objects.filter(uuid=UUID(arguments.act)).first()
        except ValueError:
            act = None
        if act is None:
            raise CommandError(_("There is no decision %(act)s.") % {"act": arguments.act})
        return _done(undo(act.pk, person_named(arguments.by), arguments.reason), arguments.json)


@contextlib.contextmanager
def _deciding() -> Iterator[None]:
    """The database while something is decided; what is refused becomes a sentence."""
    from rundblick.customers.merging import IdentityError
    from rundblick.customers.words import objection, refusal

    with database_to_decide_in():
        try:
            yield
        except IdentityError as error:
            lines = [refusal(error), *(f"  {objection(one)}" for one in error.against)]
            if error.code == "vetoed":
                lines.append(_("Confirm with --override."))
            if error.act:
                lines.append(_("Decision: %(act)s") % {"act": _act_uuid(error.act)})
            raise CommandError("\n".join(lines)) from error


def _act_uuid(act: int) -> UUID:
    from rundblick.customers.models import IdentityAct

    return IdentityAct.objects.get(pk=act).uuid


# -- what is read and written ----------------------------------------------------------------------------------------


def _customer(text: str) -> Customer:
    """The customer of a number in any notation; an old number leads to who he is now."""
    from rundblick.core.database import cursor
    from rundblick.core.numbers import NumberError, parse
    from rundblick.customers.merging import living
    from rundblick.customers.models import Customer

    try:
        number = parse(text)
    except NumberError as error:
        raise CommandError(
            _("%(text)s is no customer number: it has nine digits, the last one a check digit.") % {"text": text}
        ) from error
    found = Customer.objects.filter(number=number).first()
    if found is None:
        raise CommandError(_("There is no customer %(number)s.") % {"number": number})
    with cursor() as cur:
        return Customer.objects.get(pk=living(cur, found.pk))


def person_named(address: str) -> int | None:
    """The agent who decides; None, the machine, where nobody is named."""
    from rundblick.cases.work import person_of
    from rundblick.people.models import User

    if not address:
        return None
    user = User.objects.filter(email=address.strip().lower()).first()
    if user is None:
        raise CommandError(_("Nobody signs in as %(address)s.") % {"address": address})
    return person_of(user).pk


def _records(customer: Customer) -> list[tuple[int, str, str]]:
    """(id, UUID, SYSTEM:KEY) of each of a customer's records."""
    from rundblick.core.database import cursor

    with cursor() as cur:
        cur.execute(
            "SELECT r.id, r.uuid, s.code, COALESCE((SELECT v.key FROM customers_recordversion v "
            "WHERE v.record_id = r.id ORDER BY v.seen_at DESC, v.id DESC LIMIT 1), '') "
            "FROM customers_assignment a JOIN customers_sourcerecord r ON r.id = a.record_id "
            "JOIN core_system s ON s.id = r.system_id WHERE a.customer_id = %s AND a.valid_to IS NULL ORDER BY r.id",
            (customer.pk,),
        )
        return [(record, str(uuid), f"{code}:{key}") for record, uuid, code, key in cur.fetchall()]


def _told(customer: Customer) -> dict[str, Any]:
    from rundblick.core.database import cursor
    from rundblick.customers.golden import customer_names
    from rundblick.customers.history import acts_of
    from rundblick.customers.models import Customer, Identifier

    records = _records(customer)
    identifiers: dict[int, list[dict[str, Any]]] = {}
    for row in Identifier.objects.filter(record_id__in=[record for record, _uuid, _name in records]).order_by(
        "kind", "id"
    ):
        one = {"kind": row.kind, "issuer": row.issuer, "value": row.value, "strength": row.strength}
        identifiers.setdefault(row.record_id, []).append(one | {"verified": row.verified})
    former = Customer.objects.filter(merged_into_id=customer.pk).order_by("id")
    with cursor() as cur:
        name = customer_names(cur, [customer.pk]).get(customer.pk, "")
        acts = acts_of(cur, customer.pk)
    return {
        "number": customer.number,
        "uuid": str(customer.uuid),
        "name": name,
        "former_numbers": list(former.values_list("number", flat=True)),
        "records": [
            {"uuid": uuid, "record": named, "identifiers": identifiers.get(record, [])}
            for record, uuid, named in records
        ],
        "acts": [_act(act) for act in acts],
    }


def _act(act: ActShown) -> dict[str, Any]:
    from rundblick.people.models import PersonContent

    by = PersonContent.objects.filter(person_id=act.by).values_list("name", flat=True).first() if act.by else ""
    return {
        "uuid": str(act.uuid),
        "kind": act.kind,
        "at": act.at.isoformat(),
        "by": by or "",
        "reason": act.reason,
        "override": act.override,
        "customer": act.customer.number,
        "other": act.other.number,
        "records": act.records,
        "standing": act.standing,
        "undoable": act.undoable,
        "undoes": str(act.undoes) if act.undoes else None,
        "undone_by": str(act.undone_by) if act.undone_by else None,
    }


def _line(act: dict[str, Any]) -> str:
    from rundblick.customers.words import act_kind

    what = _("%(kind)s: %(customer)s and %(other)s") % {**act, "kind": act_kind(act["kind"])}
    parts = [act["at"][:16].replace("T", " "), what, act["by"], act["reason"], "" if act["standing"] else _("undone")]
    return f"{act['uuid']}  " + ", ".join(part for part in parts if part)


def _done(act: IdentityAct, as_json: bool) -> int:
    from rundblick.core.database import cursor
    from rundblick.customers.history import shown_act

    with cursor() as cur:
        told = _act(shown_act(cur, act.pk))
    if as_json:
        json.dump(told, sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        print(_line(told))
        print(_("Take it back with: rundblick customer undo %(act)s") % {"act": told["uuid"]})
    return 0
