"""How much, who, and on which channels: counts, channel shares, one customer in many systems."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from rundblick.blindspots import sql, statistics
from rundblick.blindspots.measures.compute import share
from rundblick.blindspots.measures.frame import Frame, missing, with_cases, with_cases_of
from rundblick.blindspots.measures.words import channel
from rundblick.blindspots.model import Better, Measure, Totals, Unit

_FACTS = sql.FACTS_TABLE
CASE_FILES = ("cases", "case_events", "interactions", "mail", "calls")
CUSTOMER_FILES = (*CASE_FILES, "customers", "orders", "ratings", "reviews")

CASES_IN_SEVERAL_CHANNELS = f"""
WITH {sql.CONTACTS},
several AS (
    SELECT customer_id, count(*) AS channels
    FROM (SELECT DISTINCT customer_id, channel FROM contacts WHERE customer_id IS NOT NULL AND channel <> '') AS used
    GROUP BY customer_id HAVING count(*) > 1)
SELECT k.id FROM cases_case k JOIN several s USING (customer_id)
WHERE k.merged_into_id IS NULL ORDER BY s.channels DESC, k.id
"""
_RECORDS = """
records AS (
    SELECT customer_id, sum(records)::bigint AS records, count(*) AS systems
    FROM (SELECT a.customer_id, r.system_id, count(*) AS records
          FROM customers_assignment a JOIN customers_sourcerecord r ON r.id = a.record_id
          WHERE a.valid_to IS NULL GROUP BY a.customer_id, r.system_id) AS in_system
    GROUP BY customer_id)
"""
CASES_OF_MANY_NUMBERS = f"""
WITH {_RECORDS}
SELECT k.id FROM cases_case k JOIN records s USING (customer_id)
WHERE s.records > 1 AND k.merged_into_id IS NULL ORDER BY s.records DESC, k.id
"""
CASES_OF_MANY_SYSTEMS = f"""
WITH {_RECORDS}
SELECT k.id FROM cases_case k JOIN records s USING (customer_id)
WHERE s.systems > 1 AND k.merged_into_id IS NULL ORDER BY s.systems DESC, k.id
"""
_TOTALS = f"""
WITH {sql.CONTACTS_PREPARED}
SELECT count(*), count(DISTINCT customer_id), (SELECT count(DISTINCT nullif(channel, '')) FROM contacts),
       count(DISTINCT nullif(tier, '')),
       (SELECT count(*) FROM cases_message WHERE NOT superseded AND direction <> 'note')
       + count(*) FILTER (WHERE opening_is_contact AND id NOT IN (
             SELECT case_id FROM cases_message WHERE NOT superseded AND case_id IS NOT NULL)),
       (SELECT count(*) FROM cases_caseentry WHERE NOT superseded),
       (SELECT count(DISTINCT system_id) FROM customers_sourcerecord),
       (SELECT count(*) FROM people_person)
FROM {_FACTS}
"""


BEHIND_COUNTS: dict[str, tuple[str, str]] = {
    "cases": ("true", "contacts DESC"),
    "interactions": ("true", "contacts DESC"),
    "customers": ("customer_id IS NOT NULL", "id"),
    "channels": ("channel <> ''", "contacts DESC"),
    "systems": ("customer_id IS NOT NULL", "id"),
    "tiers": ("tier <> ''", "id"),
}
"""Of a plain count: which cases it opens, and in which order."""


def totals_of(frame: Frame) -> tuple[Totals, int, int]:
    """Totals, number of channels in use, number of tiers."""
    cases, customers, channels, tiers, interactions, events, systems, staff = frame.row(_TOTALS)
    return Totals(customers, cases, interactions, events, systems, staff), channels, tiers


def measures_of_customers(frame: Frame, totals: Totals, channels: int, tiers: int) -> list[Measure]:
    found = _counts(frame, totals, channels, tiers)
    found += _channel_shares(frame)
    found.append(_several_channels(frame))
    found.append(_known_customer(frame))
    found += _many_numbers(frame, totals)
    return found


def _blank(frame: Frame, name: str, label: str, definition: str, unit: Unit, better: Better, group: str) -> Measure:
    return Measure(
        name=name,
        label=label,
        definition=definition,
        unit=unit,
        better=better,
        group=group,
        window=frame.window,
        sources=frame.sources(CASE_FILES),
        saved_query=name,
    )


def _counts(frame: Frame, totals: Totals, channels: int, tiers: int) -> list[Measure]:
    plain = [
        ("cases", _("Cases"), _("Different cases with at least one readable entry."), totals.cases, "size"),
        (
            "customers",
            _("Customers"),
            _("Different customers of these cases; a case whose customer is not known adds none."),
            totals.customers,
            "size",
        ),
        (
            "interactions",
            _("Contacts"),
            _("Messages and calls in and out; where a system keeps only cases, the opening of a case is one contact."),
            totals.interactions,
            "size",
        ),
        (
            "channels",
            _("Channels in use"),
            _("Different channels on which at least one contact came in."),
            channels,
            "channels",
        ),
        (
            "systems",
            _("Systems"),
            _("Different systems that know customers under a number of their own."),
            totals.systems,
            "customer",
        ),
        ("tiers", _("Service tiers"), _("Different tiers of service that cases were given."), tiers, "size"),
    ]
    found = []
    for name, label, definition, value, group in plain:
        measure = replace(
            _blank(frame, name, label, definition, Unit.COUNT, Better.NEITHER, group), value=value, n=value
        )
        if not value and name == "tiers":
            measure = missing(measure, "no_data", _("Which tier of service a case has: map tier."))
        else:
            measure = with_cases(frame, measure, *BEHIND_COUNTS[name])
        found.append(measure)
    return found


def _channel_shares(frame: Frame) -> list[Measure]:
    rows = frame.rows(
        f"WITH {sql.CONTACTS_PREPARED} "
        "SELECT channel, count(*), count(DISTINCT coalesce(customer_id, -case_id)) FROM contacts "
        "WHERE channel <> '' GROUP BY channel ORDER BY 2 DESC, 1"
    )
    n = sum(count for _code, count, _persons in rows)
    found = []
    for code, count, persons in rows:
        blank = _blank(
            frame,
            f"channel_share.{code}",
            channel(code),
            _("Share of the contacts of customers, on channels that are known, that came in on this one."),
            Unit.SHARE,
            Better.NEITHER,
            "channels",
        )
        measure = replace(share(blank, count, n), persons=persons)
        found.append(with_cases(frame, measure, "channel = %(channel)s", "contacts DESC", channel=code))
    return found


def _several_channels(frame: Frame) -> Measure:
    blank = _blank(
        frame,
        "customers_several_channels_share",
        _("Customers who use several channels"),
        _("Share of the known customers who made contact on two or more different channels."),
        Unit.SHARE,
        Better.NEITHER,
        "channels",
    )
    counts = dict(frame.rows(sql.CUSTOMER_CHANNELS))
    measure = share(blank, sum(n for channels, n in counts.items() if channels > 1), sum(counts.values()))
    if measure.value is None:
        return missing(measure, "no_data", _("Who the customer of a case is, and on which channel it came in."))
    statement = CASES_IN_SEVERAL_CHANNELS.replace(sql.CONTACTS, sql.CONTACTS_PREPARED)
    return with_cases_of(frame, measure, statement)


def _known_customer(frame: Frame) -> Measure:
    blank = _blank(
        frame,
        "known_customer_share",
        _("Cases whose customer is known"),
        _("Share of cases that lead to one customer by a strong identifier or by their system's own key."),
        Unit.SHARE,
        Better.HIGH,
        "customer",
    )
    known, n = frame.row(f"SELECT count(customer_id), count(*) FROM {_FACTS}")
    measure = share(blank, known, n)
    if measure.value is None:
        return missing(measure, "no_data", _("Cases: map a file of cases, a case log, contacts or mail."))
    return with_cases(frame, measure, "customer_id IS NULL", "contacts DESC")


def _many_numbers(frame: Frame, totals: Totals) -> list[Measure]:
    """Under how many numbers and in how many systems a customer exists."""
    numbers = _blank(
        frame,
        "numbers_per_customer_mean",
        _("Numbers per customer"),
        _(
            "Mean number of different records (numbers, addresses, handles) under which a customer is kept, as far as "
            "they are seen to be one customer's; the true number is higher."
        ),
        Unit.MEAN,
        Better.LOW,
        "customer",
    )
    one_number = _blank(
        frame,
        "one_number_share",
        _("Customers with a single number"),
        _(
            "Share of the customers who are kept under one single number over all systems, as far as records are seen "
            "to be one customer's; the true share is lower."
        ),
        Unit.SHARE,
        Better.HIGH,
        "customer",
    )
    one_system = _blank(
        frame,
        "one_system_share",
        _("Customers in a single system"),
        _(
            "Share of the customers whom one single system knows, as far as records are seen to be one customer's; the "
            "true share is lower."
        ),
        Unit.SHARE,
        Better.HIGH,
        "customer",
    )
    blanks = [replace(m, sources=frame.sources(CUSTOMER_FILES)) for m in (numbers, one_number, one_system)]
    if totals.systems < 2:
        text = _("A second system that knows customers: with one alone nobody sees who is kept twice.")
        return [missing(measure, "one_system", text) for measure in blanks]
    numbers, one_number, one_system = blanks
    records = dict(frame.rows(f"WITH {_RECORDS} SELECT records, count(*) FROM records GROUP BY 1"))
    systems = dict(frame.rows(f"WITH {_RECORDS} SELECT systems, count(*) FROM records GROUP BY 1"))
    n = sum(records.values())
    if not n:
        return [missing(measure, "no_data", _("Who the customers are: map a file of customers.")) for measure in blanks]
    mean = statistics.bootstrap_mean(records)
    numbers = replace(numbers, value=mean.value, low=mean.low, high=mean.high, n=n, interval="bootstrap")
    return [
        with_cases_of(frame, numbers, CASES_OF_MANY_NUMBERS),
        with_cases_of(frame, share(one_number, records.get(1, 0), n), CASES_OF_MANY_NUMBERS),
        with_cases_of(frame, share(one_system, systems.get(1, 0), n), CASES_OF_MANY_SYSTEMS),
    ]
