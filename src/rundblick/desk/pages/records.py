"""What a customer's records say, as pages show it: his records, facts and identifiers with their source and date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from rundblick.customers.golden import KnownFact
from rundblick.customers.models import Assignment, Identifier
from rundblick.customers.reaching import Unreachable
from rundblick.desk.pages.names import (
    fact_label,
    fact_value,
    facts_in_order,
    identifier_label,
    system_name,
    why_it_counts,
)
from rundblick.desk.shapes import Fact
from rundblick.desk.templatetags.desk import date
from rundblick.intake.replying import troubled_addresses
from rundblick.people import gate

RECORDS = 2_000  # of one customer; more are no person but a shared address
_IDENTIFIERS = 60


def current_records(customer: int) -> list[int]:
    """The records (ids) that lead to a customer now."""
    found = Assignment.objects.filter(customer_id=customer, valid_to__isnull=True)
    return list(found.values_list("record_id", flat=True)[:RECORDS])


def shown_facts(known: Sequence[KnownFact], shown: dict[str, str], with_source: bool) -> list[Fact]:
    """Those of the known facts that are ``shown``, in the order of a page."""
    told = {fact.kind: fact for fact in known}
    return [_fact(told[kind], with_source) for kind in facts_in_order(shown)]


def _fact(told: KnownFact, with_source: bool) -> Fact:
    """A fact; whoever may not see the systems sees neither what others of them say."""
    if not with_source:
        return Fact(fact_label(told.kind), fact_value(told.kind, told.value), "", told.seen_at)
    others = tuple(
        Fact("", fact_value(told.kind, one.value), system_name(one.system), one.seen_at, one.verified)
        for one in told.others
    )
    return Fact(
        fact_label(told.kind),
        fact_value(told.kind, told.value),
        system_name(told.system),
        told.seen_at,
        told.verified,
        why_it_counts(told.rule) if others else "",
        others,
    )


def identifiers_of(records: Sequence[int], most: int = _IDENTIFIERS) -> list[Fact]:
    """Numbers, addresses and handles, as far as whoever asks sees them; what could not be reached says so."""
    rows = (
        Identifier.objects.filter(record_id__in=records)
        .exclude(value="")
        .order_by("strength", "kind", "-seen_at")
        .values_list("kind", "value", "issuer", "verified", "seen_at", "record__system__code", "record__system__name")
    )
    found: dict[tuple[str, str, str], Fact] = {}
    for kind, value, issuer, verified, seen_at, code, system in rows[: most * 4]:
        if not gate.reader_sees(kind, value):
            continue
        key = (kind, issuer, value)
        if key not in found or (verified and not found[key].verified):
            found[key] = Fact(identifier_label(kind), value, system_name(code, system), seen_at, verified)
    shown = list(found.values())[:most]
    troubles = {one.address: one for one in troubled_addresses([one.value for one in shown if "@" in one.value])}
    return [replace(one, why=_unreached(troubles[one.value])) if one.value in troubles else one for one in shown]


def _unreached(trouble: Unreachable) -> str:
    """That an address could not be reached, and when."""
    day = {"day": date(trouble.last_at)}
    if trouble.hard:
        return _("mail came back on %(day)s: there is no such mailbox") % day
    return _("mail could not be delivered on %(day)s") % day
