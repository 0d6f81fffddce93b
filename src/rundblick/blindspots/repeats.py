"""How long one waits whether the customer comes back before a concern counts as solved at the first contact.

Seven days; thirty for what came as a letter and for topics in which the answer takes its time to fail: deliveries and
invoices. These are known by parts of words (``SLOW_PARTS``), and by the names that the company adds itself:
``slow_topics`` in the mapping of a check, or the page of the teams' figures in the desk. Both end in one rulebook, so
that a figure and the cases behind it always wait equally long.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from rundblick.core.rulebooks import Kind, RuleError, in_force

REPEAT_DAYS: Final = 7
SLOW_DAYS: Final = 30
MOST_TOPICS: Final = 200

# Parts of the lower-case names of topics, German and English.
SLOW_PARTS: Final = (
    "liefer",
    "versand",
    "zustell",
    "sendung",
    "paket",
    "deliver",
    "shipping",
    "shipment",
    "parcel",
    "rechnung",
    "faktur",
    "mahnung",
    "invoice",
    "billing",
)


class Repeats(msgspec.Struct, frozen=True):
    """What the company says itself: topics (whole names, upper and lower case alike) for which one waits 30 days."""

    slow_topics: tuple[str, ...] = ()


def check(told: Repeats) -> None:
    """Raises RuleError."""
    if len(told.slow_topics) > MOST_TOPICS:
        raise RuleError(_("At most %(n)s topics can be named.") % {"n": MOST_TOPICS})
    if any(not topic.strip() for topic in told.slow_topics):
        raise RuleError(_("A topic has no name."))


REPEATS: Final = Kind("repeats", Repeats, check)

# of a case or contact ``{k}``: after how many days a further contact is a new concern
WAIT: Final = (
    "CASE WHEN {k}.channel = 'letter' OR lower({k}.topic) ~ %(slow)s OR lower({k}.topic) = ANY(%(slow_topics)s) "
    "THEN %(slow_days)s ELSE %(repeat)s END"
)


def wait_params() -> dict[str, Any]:
    """What ``WAIT`` takes, by the rules in force in this database."""
    book = in_force(REPEATS)
    return {
        "repeat": REPEAT_DAYS,
        "slow_days": SLOW_DAYS,
        "slow": "|".join(SLOW_PARTS),
        "slow_topics": [topic.strip().lower() for topic in book.told.slow_topics] if book is not None else [],
    }
