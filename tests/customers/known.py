"""People whom several systems know, in two lines: records that come by the identify stage, and mails they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import transaction

from rundblick.cases.models import Case, Message, Participant
from rundblick.core.database import cursor, gathering
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.locks import lock_all, lock_keys
from rundblick.core.message import Identifier, Party, Strength
from rundblick.core.models import Delivery, Source, System
from rundblick.core.verification import verify
from rundblick.customers.identifying import Alone, Marks, Sighting, identify
from rundblick.customers.models import Assignment, Constraint, ConstraintRecord, Customer, SourceRecord
from rundblick.intake.pieces import Piece
from rundblick.intake.road import Road
from tests.intake.builders import START, mail_reading

_serials = count(1)


def known(system: str, key: str, email: str = "", phone: str = "", **facts: str) -> Party:
    """How ``system`` knows somebody: his number there, and what it has verified."""
    told = [Identifier("email", email, "", Strength.STRONG, True)] if email else []
    told += [Identifier("phone", phone, "", Strength.STRONG, True)] if phone else []
    return Party(system, key, tuple(told), facts)


def come(*parties: Party, days: int = 0) -> list[int]:
    """They come in one batch, so many days after the start; gives their records."""
    marks = Marks(Digests(bytes(installation().salt)))
    systems = {party.system: System.objects.get_or_create(code=party.system)[0].pk for party in parties}
    seen = START + timedelta(days=days)
    sightings = [Sighting(party, systems[party.system], seen) for party in parties]

    def walk(alone: bool) -> dict[tuple[str, str], int]:
        with transaction.atomic(), cursor() as cur, gathering(cur):
            if alone:
                lock_all(cur)
            else:
                alone = lock_keys(cur, marks.all(parties))
            return identify(cur, sightings, marks, alone).records

    try:
        found = walk(False)
    except Alone:
        found = walk(True)
    return [found[party.system, party.key] for party in parties]


def customer_of(record: int) -> Customer:
    return Assignment.objects.get(record_id=record, valid_to=None).customer


def customers(*parties: Party) -> list[Customer]:
    """They come in one batch; gives the customers they are."""
    return [customer_of(record) for record in come(*parties)]


def records_of(customer: Customer) -> set[int]:
    return set(Assignment.objects.filter(customer=customer, valid_to=None).values_list("record_id", flat=True))


def writes(*senders: str) -> list[Case]:
    """Each of these addresses writes a mail; gives their cases."""
    source, _ = Source.objects.get_or_create(code="mailbox:test", kind="mail")
    pieces = []
    for sender in senders:
        name = f"m{next(_serials)}"
        delivery = Delivery.objects.create(source=source, source_key=name, kind="mail", received_at=START)
        pieces.append(Piece(mail_reading(name, sender), source.pk, name, START, delivery.pk, "mail", live=True))
    Road(installation()).walk(pieces)
    return [Message.objects.get(delivery_id=piece.delivery).case for piece in pieces]  # type: ignore[misc]


def partition() -> set[frozenset[bytes]]:
    """The customers as sets of their records' digests: what does not depend on the names of numbers."""
    groups: dict[int, set[bytes]] = {}
    for customer, digest in Assignment.objects.filter(valid_to=None).values_list("customer_id", "record__key_digest"):
        groups.setdefault(customer, set()).add(bytes(digest))
    return set(map(frozenset, groups.values()))


def constraints() -> set[tuple[str, frozenset[tuple[int, int]]]]:
    """What people decided and what stands: (kind, {(record, side)})."""
    found: dict[int, set[tuple[int, int]]] = {}
    kinds = dict(Constraint.objects.filter(standing=True).values_list("id", "kind"))
    for row in ConstraintRecord.objects.filter(constraint_id__in=kinds):
        found.setdefault(row.constraint_id, set()).add((row.record_id, row.side))
    return {(kinds[constraint], frozenset(members)) for constraint, members in found.items()}


def state(but: Sequence[int] = ()) -> dict[str, Any]:
    """Whole tables, as far as an undo has to bring them back; ``but``: customers that did not exist before."""
    return {
        "assignments": set(Assignment.objects.filter(valid_to=None).values_list("record_id", "customer_id")),
        "customers": set(Customer.objects.exclude(pk__in=but).values_list("id", "uuid", "number", "merged_into_id")),
        "cases": {tuple(row.items()) for row in Case.objects.values()},
        "participants": set(Participant.objects.values_list("case_id", "record_id", "part")),
        "messages": {tuple(row.items()) for row in Message.objects.values("id", "case_id", "record_id", "superseded")},
        "records": {(row["id"], row["uuid"], bytes(row["key_digest"])) for row in SourceRecord.objects.values()},
        "constraints": constraints(),
    }


def wrong() -> list[object]:
    """What ``rundblick verify`` names."""
    return [check for check in verify().checks if check.differences or check.fault]
