"""Which other case a case probably belongs to: shown to the agent with the reason, joined by one click only.

Nothing is joined by a subject by itself: of eight systems, those that do so join strangers (Chatwoot, Frappe and
django-helpdesk in their issue threads). A person may be told that two concerns of one customer have the same subject.
What counts, strongest first:

    names     its messages name the number of the other case, ours or its system's
    order     both speak of the same order of this customer
    topic     both have the same topic
    subject   both have the same subject, but for "Re:" and its like

Cases that a person took apart are not proposed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from rundblick.cases.models import OPEN_STATES, Case, KeptApart, Message, MessageContent
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.models import System
from rundblick.core.numbers import is_valid
from rundblick.customers.models import Assignment, Order
from rundblick.people import gate

REASONS: Final = ("names", "order", "topic", "subject")
LOOKED_BACK: Final = timedelta(days=60)  # a resolved or silent concern that is older is another one
_MOST = 3
_CANDIDATES = 20
_MESSAGES = 200
_KEYS = 40
_SHORTEST_KEY = 4  # of a system's number for a case or an order: a shorter one stands in any text

_PREFIXES = re.compile(
    r"^(?:\s*(?:re|aw|wg|fw|fwd|antw|antwort|sv|tr|rif|vs)\s*(?:\[\d+\])?\s*:|\s*\[[^\]]{1,40}\])+", re.I
)
_NUMBERS = re.compile(r"(?<![\w])\d[\d .\-/\u00a0\u202f]{6,18}\d(?![\w])")
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[A-Za-z0-9][\w/.\-]*[A-Za-z0-9]|\d+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another case and why this one probably belongs to it: codes out of REASONS, the strongest first."""

    case: Case
    reasons: tuple[str, ...]


def probably_belongs_to(user: Any, case: Case, now: datetime | None = None) -> list[Suggestion]:
    """At most three other cases that this reader may see, the most probable first."""
    if case.merged_into_id is not None:
        return []
    since = (now or datetime.now(UTC)) - LOOKED_BACK
    texts = _texts([case.pk])
    mine = texts.get(case.pk, "")
    visible = Case.objects.filter(gate.visible_cases(user), merged_into=None).exclude(pk=case.pk)
    named = _named(visible, mine)
    of_customer = (
        visible.filter(customer_id=case.customer_id, last_at__gte=since) if case.customer_id else visible.none()
    )
    others = list(of_customer.select_related("content").order_by("-last_at", "-id")[:_CANDIDATES])
    found = {other.pk: other for other in (*named, *others)}
    for pk in _apart(case):
        found.pop(pk, None)
    if not found:
        return []
    known = _orders(case.customer_id)
    orders = known & _keys(mine) if known else known
    theirs = _texts(list(found)) if orders else {}
    told = [
        Suggestion(other, reasons)
        for other in found.values()
        if (reasons := tuple(_reasons(case, other, theirs.get(other.pk, ""), orders, named)))
    ]
    return sorted(told, key=_rank)[:_MOST]


def bare_subject(subject: str) -> str:
    """A subject without what replies and systems put before it, for comparing only."""
    return " ".join(_PREFIXES.sub("", subject).casefold().split())


def _rank(told: Suggestion) -> tuple[int, bool, int, float]:
    is_open = told.case.state in OPEN_STATES
    return REASONS.index(told.reasons[0]), not is_open, -len(told.reasons), -told.case.last_at.timestamp()


def _reasons(case: Case, other: Case, theirs: str, orders: set[str], named: Iterable[Case]) -> Iterable[str]:
    """``orders``: those of the customer that the case speaks of."""
    if other in named:
        yield "names"
    if orders & _keys(theirs):
        yield "order"
    if case.topic and case.topic == other.topic:
        yield "topic"
    subject = bare_subject(_subject(case))
    if subject and subject == bare_subject(_subject(other)):
        yield "subject"


def _subject(case: Case) -> str:
    content = getattr(case, "content", None)
    return content.subject if content else ""


def _texts(cases: list[int]) -> dict[int, str]:
    """Subject and text of what customers and we wrote in each case, its first messages."""
    found: dict[int, list[str]] = {}
    contents = MessageContent.objects.filter(message__case_id__in=cases, message__superseded=False)
    if len(cases) == 1:  # of a very long case the first ones are found by its index, and no other text is read
        first = Message.objects.filter(case_id=cases[0], superseded=False).order_by("at", "seq")
        contents = MessageContent.objects.filter(pk__in=list(first.values_list("pk", flat=True)[:_MESSAGES]))
    rows = contents.order_by("message_id").values_list("message__case_id", "subject", "text")[:_MESSAGES]
    for case, subject, text in rows:
        found.setdefault(case, []).append(f"{subject}\n{text[:20_000]}")
    return {case: "\n".join(parts) for case, parts in found.items()}


def _named(visible: Any, text: str) -> list[Case]:
    """Cases whose number, ours or their system's, stands in the text."""
    numbers = {re.sub(r"\D", "", found) for found in _NUMBERS.findall(text)}
    wanted = Q(number__in=[number for number in numbers if is_valid(number)])
    if keys := sorted(_keys(text), key=len, reverse=True)[:_KEYS]:
        # by their digests, which are indexed; a system's own number is unique in that system only
        digests = Digests(bytes(installation().salt))
        for system, code in System.objects.values_list("id", "code"):
            wanted |= Q(system=system, key_digest__in=[digests.case(code, key) for key in keys])
    return list(visible.filter(wanted).select_related("content")[:_MOST])


def _keys(text: str) -> set[str]:
    """Words of a text that can be a number of a system: with a digit in them, and long enough."""
    return {word for word in _WORDS.findall(text[:50_000]) if len(word) >= _SHORTEST_KEY and _DIGIT.search(word)}


def _orders(customer: int | None) -> set[str]:
    if customer is None:
        return set()
    records = Assignment.objects.filter(customer_id=customer, valid_to=None).values("record_id")
    keys = Order.objects.filter(record_id__in=records).order_by("-id").values_list("key", flat=True)[:500]
    return {key for key in keys if len(key) >= _SHORTEST_KEY}


def _apart(case: Case) -> set[int]:
    pairs = KeptApart.objects.filter(Q(a_id=case.pk) | Q(b_id=case.pk), standing=True).values_list("a_id", "b_id")
    return {pk for pair in pairs for pk in pair} - {case.pk}
