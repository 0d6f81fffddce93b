"""Why two records are, or are not, one person: field by field what spoke for and against, and the rule that decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rundblick.core.message import Party
from rundblick.customers.matching.comparing import agreeing, compare, one_household
from rundblick.customers.matching.earlier import SUFFIXES, UNTIL, former_of
from rundblick.customers.matching.engine import Judge, strong_links
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.names import fold
from rundblick.customers.matching.person import Person, person_of, place_of
from rundblick.customers.matching.rules import Rule
from rundblick.customers.matching.table import Table

BEFORE = "before_any_evidence"
MOVED = "address_counted_once"


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the waterfall: what a field says, in bits, for (+) or against (-) one person.

    field    a field's name, ``BEFORE`` for the odds before any evidence, ``MOVED`` for what is given back because the
             fields of an address change at once
    level    how alike the values are (``comparing.Field.levels``), "" for the two rows that compare nothing
    value_a, value_b  the values as the parties have them, "" where they have none
    """

    field: str
    level: str
    value_a: str
    value_b: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The waterfall of a pair. The weights of ``rows`` add up to ``score``.

    against   what the records would be if not one person: "strangers" or "household", whichever explains them better
    rule      which rule decided, ``rules.Rule`` in lower case
    decision  "auto" or "review" or "new": what the pair alone leads to
    model     version of the model
    """

    score: float
    rows: tuple[Row, ...]
    against: str
    rule: str
    decision: str
    model: str


def explain(model: Model, a: Party, b: Party, judge: Judge | None = None) -> Explanation:
    """Explain what ``model`` makes of two parties; ``judge``: one of this model, which saves making it."""
    persons = [person_of(a), person_of(b)]
    table = Table(model.facts)
    table.forget("birth", model.over_used_dates)
    table.add(persons)
    judge = Judge(model, table) if judge is None else judge.over(table)
    weigher = judge.weigher
    x, y = np.array([0]), np.array([1])
    scores, vetoes = judge(x, y)
    score = float(scores[0])
    levels = compare(table, x, y, weigher.known_names())
    weights = weigher.weights(x, y, levels)
    which = agreeing(table, 0, 1, weigher.known_names())
    moved = float(weigher.moved(weights.strangers)[0])
    strangers = model.prior + float(weights.strangers.sum()) + moved
    at_home = bool(one_household(weigher.fields, levels)[0])
    household = at_home and model.prior_household + float(weights.household.sum()) < strangers
    chosen = weights.household if household else weights.strangers
    rows = [Row(BEFORE, "", "", "", model.prior_household if household else model.prior)]
    for field, level, weight in zip(weigher.fields, levels[:, 0], chosen[:, 0], strict=True):
        if level:
            rows.append(Row(field.name, field.levels[level], *_values(field.name, a, b, persons, which), float(weight)))
    if not household and abs(moved) > 1e-9:
        rows.append(Row(MOVED, "", "", "", moved))
    strong = len(strong_links([a.identifiers, b.identifiers])) > 0
    rule = Rule(int(vetoes[0])) or (Rule.SAME_NUMBER if strong else Rule.WEIGHT)
    joins = not vetoes[0] and (score >= model.auto or strong)
    decision = "auto" if joins else "review" if strong or score >= model.review else "new"
    return Explanation(
        score, tuple(rows), "household" if household else "strangers", rule.name.lower(), decision, judge.version
    )


def _former(field: str, party: Party, person: Person, which: int) -> str:
    """The former value that was compared, with the day until which it held where that is known."""
    for suffix in SUFFIXES:
        told = former_of(party.facts, suffix)
        if field == "last_name":
            if fold(told.get("last_name", "")) == person.former_lasts[which - 1]:
                return told["last_name"]
            continue
        if place_of(told) == person.former_places[which - 1]:
            until = party.facts.get(UNTIL + suffix, "")
            return f"{told.get(field, '')} (– {until})" if until and told.get(field) else told.get(field, "")
    return ""


_FACTS = {
    "first_name": ("first_name", "name"),
    "last_name": ("last_name", "name"),
    "further_names": ("name", "first_name"),
    "street": ("street",),
    "postcode": ("postcode",),
    "city": ("city",),
    "birth_date": ("birth_date",),
    "company": ("company",),
}


def _values(
    field: str, a: Party, b: Party, persons: list[Person], which: dict[str, tuple[int, int]]
) -> tuple[str, str]:
    """What both parties have in a field, in their own spelling where there is one.

    ``which``: where a former value was compared (``comparing.agreeing``).
    """
    one, other = which.get(field, (0, 0))
    return _value(field, a, persons[0], one), _value(field, b, persons[1], other)


def _value(field: str, party: Party, person: Person, which: int = 0) -> str:
    if which:
        return _former(field, party, person, which)
    if field.startswith("fact:"):
        return party.facts.get(field.removeprefix("fact:"), "")
    if field in ("email", "year_in_address"):
        return ", ".join(person.emails)
    if field in ("phone", "landline"):
        return ", ".join(person.own_phones if field == "phone" else person.home_phones or person.own_phones)
    if field == "number":
        return ", ".join(f"{value} ({issuer})" for issuer, value in person.numbers)
    if field == "system":
        return party.system
    return next((party.facts[name] for name in _FACTS.get(field, ()) if party.facts.get(name)), "")
