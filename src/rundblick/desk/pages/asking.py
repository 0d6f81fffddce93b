"""Ask once, at the desk: what is known of the customer beside the composer, and a draft that asks for it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from rundblick.blindspots.measures.of_questions import fact_names
from rundblick.cases.asking import Repeated, guard_for, visible
from rundblick.cases.models import Case
from rundblick.core.database import cursor
from rundblick.customers.known import Known, known_values
from rundblick.desk.pages.names import fact_value, system_name
from rundblick.desk.shapes import Fact

_BESIDE = ("customer_no", "name", "address", "phone", "email", "birth_date", "order_no", "model")
_DATES = {"birth_date": "birth_date", "purchase_date": "since"}
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A known fact that a draft asks for: its name, and what to confirm instead."""

    kind: str
    label: str
    known: tuple[Fact, ...]


def repeated_in(user: Any, case: Case, text: str) -> list[Repeated]:
    """What a draft asks for again, as far as the user may see it."""
    with cursor() as cur:
        return guard_for(user, cur, case, text[:_LONGEST])


def told(repeated: Sequence[Repeated]) -> list[AskedAgain]:
    """The same in the reader's words."""
    names = fact_names()
    return [
        AskedAgain(one.kind, names.get(one.kind, one.kind), tuple(_fact(known) for known in one.known))
        for one in repeated
    ]


def confirming(case: Case, text: str, repeated: Sequence[Repeated], kind: str) -> str:
    """The draft with the question for a known fact turned into one that the customer only has to confirm."""
    one = next((one for one in repeated if one.kind == kind), None)
    if one is None:
        return text
    with translation.override(case.language or translation.get_language()):
        value = fact_value(_DATES.get(kind, kind), one.known[0].value)
        question = _("Is this still right: %(fact)s %(value)s?") % {"fact": fact_names()[kind], "value": value}
    others = [other for other in repeated if (other.start, other.end) == (one.start, one.end) and other is not one]
    if others:  # the sentence asks for more than this: it stays, and the question stands behind it
        return f"{text[: one.end].rstrip()} {question}{_gap(text, one.end)}"
    before = text[: one.start]
    return f"{before}{'' if not before or before[-1:].isspace() else ' '}{question}{_gap(text, one.end)}"


def _gap(text: str, end: int) -> str:
    rest = text[end:]
    last = text[end - 1 : end]
    return (last if last.isspace() else " ") + rest if rest else ""


def known_beside(user: Any, case: Case) -> list[Fact]:
    """Known facts of the customer, the newest of each kind, with source and date."""
    if not case.customer_id:
        return []
    with cursor() as cur:
        known = known_values(cur, case.customer_id, _BESIDE, timezone.now())
    newest = [known[kind][0] for kind in _BESIDE if kind in known]
    return [_fact(one) for one in visible(user, newest)]


def _fact(known: Known) -> Fact:
    value = fact_value(_DATES.get(known.kind, known.kind), known.value)
    return Fact(capfirst(fact_names().get(known.kind, known.kind)), value, system_name(known.system), known.seen_at)
