"""Who gets which tier, by rules that a company sets; a floor for everybody else.

    rule_tiers(cur, cases)          # Case.ruled_tier of a batch
    explain(book.told, known)       # the rule that gave it, for the agent

Rules are pure functions over what is known of the customer and the case. What the source's own log says of a case
counts more than a rule (cases.folding).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from rundblick.cases.authority import check_money
from rundblick.cases.folding import fold
from rundblick.cases.models import OPEN_STATES
from rundblick.cases.routing.following import follow_rules
from rundblick.cases.seeing import A_YEAR, ORDERS
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor
from rundblick.core.feed import FeedEvent, Position
from rundblick.core.following import begin, follow, held, keep
from rundblick.core.money import Money
from rundblick.core.registry import Cursor
from rundblick.core.rulebooks import Book, Kind, RuleError, in_force
from rundblick.customers.golden import golden_of

FACTS: Final = ("tier", "company", "country", "since")
READER: Final = "tiers"
KINDS: Final = (
    "message.received", "order.told", "record.attached", "record.moved", "customer.merged", "customer.split",
    "identity.undone", "rules.tiers",
)  # fmt: skip
_PORTION: Final = 500


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions; all that are set must hold.

    tiers, countries  what a system says of the customer is one of these, whatever the case of letters
    company           he is a company (true), a private person (false)
    orders            orders of at least this value in the last 12 months
    years             customer for at least so many years
    cases             at least so many cases, open and closed
    topics, channels  of the case
    """

    tiers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    company: bool | None = None
    orders: Money | None = None
    years: float = 0
    cases: int = 0
    topics: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``texts``: why, per language, for the agent."""

    name: str
    tier: str
    when: When = When()
    texts: dict[str, str] = {}


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first rule that holds counts. ``floor``: the tier of everybody else; "" has no name.

    names  tier -> its name per language, where its code is none for people
    """

    rules: tuple[Rule, ...] = ()
    floor: str = ""
    names: dict[str, dict[str, str]] = {}

    def codes(self) -> tuple[str, ...]:
        """All tiers, the best one first."""
        return tuple(dict.fromkeys([*(rule.tier for rule in self.rules), *([self.floor] if self.floor else [])]))

    def name_of(self, tier: str, language: str) -> str:
        names = self.names.get(tier, {})
        return names.get(language) or names.get("en") or next(iter(names.values()), tier)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case and its customer. ``spent``: currency -> minor units in the last 12 months."""

    facts: Mapping[str, str] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)
    cases: int = 0
    topic: str = ""
    channel: str = ""
    today: date = date.min


def rule_of(told: Tiers, known: Known) -> Rule | None:
    """The rule that gives the tier; None: the floor."""
    return next((rule for rule in told.rules if holds(rule.when, known)), None)


def tier_of(told: Tiers, known: Known) -> str:
    rule = rule_of(told, known)
    return rule.tier if rule is not None else told.floor


def holds(when: When, known: Known) -> bool:
    """Whether all conditions hold; what is not known holds none."""
    facts = known.facts
    return (
        (not when.tiers or _one_of(facts.get("tier", ""), when.tiers))
        and (not when.countries or _one_of(facts.get("country", ""), when.countries))
        and (when.company is None or when.company is bool(facts.get("company", "").strip()))
        and (when.orders is None or known.spent.get(when.orders.currency, 0) >= when.orders.minor)
        and (when.years <= 0 or years_since(facts.get("since", ""), known.today) >= when.years)
        and known.cases >= when.cases
        and (not when.topics or known.topic in when.topics)
        and (not when.channels or known.channel in when.channels)
    )


def years_since(since: str, today: date) -> float:
    """Years since a day as systems write it, "2019-03-01" or "2019"; -1 for what is no day."""
    text = since.strip()
    try:
        day = date(int(text), 7, 1) if text.isdecimal() and len(text) == 4 else date.fromisoformat(text[:10])
    except ValueError:
        return -1.0
    return (today - day).days / 365.25


def _one_of(value: str, among: Sequence[str]) -> bool:
    return value.strip().casefold() in {one.strip().casefold() for one in among} if value.strip() else False


def check(told: Tiers) -> None:
    """Raises RuleError with the rule that cannot hold, and why."""
    names = [rule.name for rule in told.rules]
    for rule in told.rules:
        if not rule.name.strip():
            raise RuleError(_("A rule needs a name: it tells people why a customer has his tier."))
        if names.count(rule.name) > 1:
            raise RuleError(_('There are two rules called "%s".') % rule.name)
        if not rule.tier.strip():
            raise RuleError(_('"%s" gives no tier.') % rule.name)
        check_money(rule.when.orders, rule.name)
        if rule.when.years < 0 or rule.when.cases < 0:
            raise RuleError(_('"%s": a number is below 0.') % rule.name)
        if rule.when == When() and rule is not told.rules[-1]:
            raise RuleError(
                _('"%s" has no condition, so no rule below it ever counts. Make it the last one.') % rule.name
            )


TIERS: Final = Kind("tiers", Tiers, check)


# --- of cases -----------------------------------------------------------------------------------------------------

_CASES = (
    "SELECT id, customer_id, topic, channel, ruled_tier FROM cases_case WHERE id = ANY(%s) AND merged_into_id IS NULL"
)
_COUNTS = (
    "SELECT customer_id, count(*) FROM cases_case WHERE customer_id = ANY(%s) AND merged_into_id IS NULL GROUP BY 1"
)
_WRITE = """
UPDATE cases_case c SET ruled_tier = n.tier FROM unnest(%s::bigint[], %s::text[]) AS n(id, tier)
WHERE c.id = n.id AND c.ruled_tier <> n.tier RETURNING c.id
"""


def rule_tiers(
    cur: Cursor, cases: Sequence[int], book: Book[Tiers] | None = None, now: datetime | None = None
) -> list[int]:
    """Set ``Case.ruled_tier`` of these cases by the rules in force; gives the cases whose tier is another one now.

    ``book`` spares asking for what is in force. At most six statements a batch: those that the rules need. None for no
    cases, one where no rules are in force. The caller folds.
    """
    if not cases:
        return []
    book = book or in_force(TIERS)
    if book is None:
        return []
    found = known_of(cur, cases, book.told, now or datetime.now(UTC))
    changed = {case: tier for case, known in found.items() if (tier := tier_of(book.told, known[0])) != known[1]}
    if not changed:
        return []
    cur.execute(_WRITE, (list(changed), list(changed.values())))
    return [case for (case,) in cur.fetchall()]


def known_of(cur: Cursor, cases: Sequence[int], told: Tiers, now: datetime) -> dict[int, tuple[Known, str]]:
    """{case: (what is known, the tier it has)}, as far as the rules ask for it."""
    cur.execute(_CASES, (list(cases),))
    rows = cur.fetchall()
    customers = sorted({row[1] for row in rows if row[1] is not None})
    whens = [rule.when for rule in told.rules]
    facts: dict[int, dict[str, str]] = {}
    spent: dict[int, dict[str, int]] = {}
    counts: dict[int, int] = {}
    if customers and any(w.tiers or w.countries or w.company is not None or w.years for w in whens):
        facts = golden_of(cur, customers, FACTS)
    if customers and any(w.orders for w in whens):
        cur.execute(ORDERS, {"customers": customers, "year": now - A_YEAR, "now": now})
        for customer, currency, minor in cur.fetchall():
            spent.setdefault(customer, {})[currency] = minor
    if customers and any(w.cases for w in whens):
        cur.execute(_COUNTS, (customers,))
        counts = dict(cur.fetchall())
    return {
        case: (
            Known(facts.get(of, {}), spent.get(of, {}), counts.get(of, 0), topic, channel, now.date())
            if of is not None
            else Known(topic=topic, channel=channel, today=now.date()),
            has,
        )
        for case, of, topic, channel, has in rows
    }


# cases whose customer may be another one, or of whom something else is known since
_TOUCHED = """
SELECT c.id FROM cases_case c WHERE c.merged_into_id IS NULL AND c.state = ANY(%(open)s) AND c.customer_id IN (
    SELECT a.customer_id FROM customers_assignment a JOIN core_eventobject o
        ON o.type = 'record' AND o.object_id = a.record_id
    WHERE o.event_id = ANY(%(events)s) AND a.valid_to IS NULL
    UNION SELECT o.object_id FROM core_eventobject o WHERE o.type = 'customer' AND o.event_id = ANY(%(events)s))
"""
_ALL_OPEN = "SELECT id FROM cases_case WHERE merged_into_id IS NULL AND state = ANY(%s) ORDER BY id"
_VERSIONS_READ = "tiers.versions"
_MARGIN = 2000  # versions whose ids were drawn before and became visible later
_NEW_VERSIONS = """
WITH new AS (
    SELECT v.id, v.record_id FROM customers_recordversion v WHERE v.id > %(after)s ORDER BY v.id LIMIT %(most)s)
SELECT (SELECT max(id) FROM new), ARRAY(
    SELECT DISTINCT c.id FROM new JOIN customers_assignment a ON a.record_id = new.record_id AND a.valid_to IS NULL
    JOIN cases_case c ON c.customer_id = a.customer_id AND c.merged_into_id IS NULL AND c.state = ANY(%(open)s))
"""


def sweep(now: datetime | None = None) -> int:
    """Rule again what may have changed: what came in, customers that moved, orders, rules."""
    at = now or datetime.now(UTC)
    done = follow(
        READER, KINDS, lambda cur, events: _again(cur, events, at), 2000, first=lambda cur: _rule_all(cur, at)
    )
    return done + _facts_changed(at)


def _rule_all(cur: Cursor, now: datetime) -> None:
    """All open cases, when somebody begins to follow: rules may be older than he."""
    if (book := in_force(TIERS)) is not None:
        cur.execute(_ALL_OPEN, (list(OPEN_STATES),))
        _rule_and_fold(cur, [case for (case,) in cur.fetchall()], book, now)


def _facts_changed(now: datetime) -> int:
    """Rule the cases of those again of whom a system has told something; no event says so, the versions do."""
    with transaction.atomic(), cursor() as cur:
        place = held(cur, _VERSIONS_READ)
        cur.execute("SELECT coalesce(max(id), 0) FROM customers_recordversion")
        newest = (cur.fetchone() or (0,))[0]
        if place is None:
            begin(cur, _VERSIONS_READ, Position(0, newest))
            return 0
        if newest <= place.id:
            return 0
        book = in_force(TIERS)
        if book is None:
            read_until, cases = newest, []
        else:
            values = {"after": max(0, place.id - _MARGIN), "most": 2 * _MARGIN, "open": list(OPEN_STATES)}
            cur.execute(_NEW_VERSIONS, values)
            read_until, cases = cur.fetchone() or (newest, [])
            _rule_and_fold(cur, cases, book, now)
        keep(cur, _VERSIONS_READ, Position(0, read_until))
        return len(cases)


def _again(cur: Cursor, events: Sequence[FeedEvent], now: datetime) -> None:
    book = in_force(TIERS)
    if book is None:
        return
    if any(event.kind == "rules.tiers" for event in events):
        cur.execute(_ALL_OPEN, (list(OPEN_STATES),))
    else:
        cur.execute(_TOUCHED, {"open": list(OPEN_STATES), "events": [event.id for event in events]})
    _rule_and_fold(cur, [case for (case,) in cur.fetchall()], book, now)


def _rule_and_fold(cur: Cursor, cases: Sequence[int], book: Book[Tiers], now: datetime) -> None:
    for start in range(0, len(cases), _PORTION):
        changed = rule_tiers(cur, cases[start : start + _PORTION], book, now)
        fold(cur, sorted(changed))
        follow_rules(cur, sorted(changed))  # a team may be there for some tiers only
        if changed:
            announce_cases(cur, changed)


def explained(case: Any, now: datetime | None = None) -> tuple[Rule | None, Known, Tiers] | None:
    """The rule that gave a case its tier, what was known, and the rules; None when no rules are in force."""
    book = in_force(TIERS)
    if book is None:
        return None
    with cursor() as cur:
        known, _has = known_of(cur, [case.pk], book.told, now or datetime.now(UTC)).get(case.pk, (Known(), ""))
    return rule_of(book.told, known), known, book.told


def preview(told: Tiers, now: datetime | None = None, most: int = 5000) -> tuple[int, dict[str, int], dict[str, int]]:
    """Of the open cases (at most ``most``, the newest): how many, {tier: now}, {tier: by these rules}."""
    at = now or datetime.now(UTC)
    before: dict[str, int] = {}
    after: dict[str, int] = dict.fromkeys(told.codes(), 0)
    with cursor() as cur:
        cur.execute(_NEWEST_OPEN, (list(OPEN_STATES), most))
        has = dict(cur.fetchall())
        cases = list(has)
        for start in range(0, len(cases), _PORTION):
            for case, (known, _ruled) in known_of(cur, cases[start : start + _PORTION], told, at).items():
                tier = tier_of(told, known)
                before[has[case]] = before.get(has[case], 0) + 1
                after[tier] = after.get(tier, 0) + 1
    return len(has), before, after


_NEWEST_OPEN = """
SELECT id, tier FROM cases_case WHERE merged_into_id IS NULL AND state = ANY(%s) ORDER BY last_at DESC, id DESC LIMIT %s
"""
