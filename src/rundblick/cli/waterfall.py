"""An explanation of two records as a table for the terminal: what is compared, how alike it is, what that weighs."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rundblick.customers.matching import Explanation
from rundblick.customers.matching.explaining import BEFORE, MOVED

WORDS: Final[dict[str, str]] = {
    # fields
    "first_name": gettext_noop("first name"),
    "last_name": gettext_noop("last name"),
    "further_names": gettext_noop("further names"),
    "birth_date": gettext_noop("date of birth"),
    "street": gettext_noop("street"),
    "postcode": gettext_noop("postcode"),
    "city": gettext_noop("town"),
    "email": gettext_noop("e-mail"),
    "year_in_address": gettext_noop("year in the mail address"),
    "phone": gettext_noop("own telephone"),
    "landline": gettext_noop("fixed line"),
    "company": gettext_noop("company"),
    "number": gettext_noop("customer number"),
    "system": gettext_noop("system"),
    BEFORE: gettext_noop("before any evidence"),
    MOVED: gettext_noop("an address changes at once"),
    # levels
    "unknown": gettext_noop("unknown"),
    "different": gettext_noop("different"),
    "equal": gettext_noop("equal"),
    "alike": gettext_noop("alike"),
    "near": gettext_noop("near"),
    "slip": gettext_noop("slip"),
    "one slip": gettext_noop("one slip"),
    "sounds alike": gettext_noop("sounds alike"),
    "alike, both known names": gettext_noop("alike, both known names"),
    "short form": gettext_noop("short form"),
    "initial": gettext_noop("initial"),
    "first and last name swapped": gettext_noop("first and last name swapped"),
    "part of a double name": gettext_noop("part of a double name"),
    "some in common": gettext_noop("some in common"),
    "one within the other": gettext_noop("one within the other"),
    "a generation apart": gettext_noop("a generation apart"),
    "within a year": gettext_noop("within a year"),
    "two parts of three": gettext_noop("two parts of three"),
    "day and month swapped": gettext_noop("day and month swapped"),
    "same street, other number": gettext_noop("same street, other number"),
    "alike, same number": gettext_noop("alike, same number"),
    "same before the @": gettext_noop("same before the @"),
    "not the year of birth": gettext_noop("not the year of birth"),
    "the year of birth": gettext_noop("the year of birth"),
    "two numbers of one system": gettext_noop("two numbers of one system"),
    "the same": gettext_noop("the same"),
    "two systems": gettext_noop("two systems"),
    # rules
    "weight": gettext_noop("its weight"),
    "same_number": gettext_noop("a number or proven address in common"),
    "together": gettext_noop("a person's decision: one customer"),
    "apart": gettext_noop("a person's decision: two customers"),
    "two_numbers": gettext_noop("two numbers of one system: never joined automatically"),
    "two_people": gettext_noop("evidence of two people: never joined automatically"),
    "household": gettext_noop("two first names in one household: never joined automatically"),
    "generations": gettext_noop("one name, two generations: never joined automatically"),
}
_WIDEST: Final = 40


def word(name: str) -> str:
    """What a field, a level or a rule is called; a fact of a mapping by its own name."""
    source = WORDS.get(name)
    return _(source) if source else name.removeprefix("fact:").replace("_", " ")


def waterfall(explanation: Explanation, names: tuple[str, str], numbers: tuple[str, str]) -> str:
    """The fields with their weights in bits, which add up to the score; ``numbers``: the two customers' numbers."""
    rows = [(_("field"), _("level"), *names, _("weight"))]
    rows += [
        (word(one.field), word(one.level), one.value_a, one.value_b, f"{one.weight:+.2f}") for one in explanation.rows
    ]
    rows.append((_("score"), "", "", "", f"{explanation.score:+.2f}"))
    widths = [min(_WIDEST, max(len(row[i]) for row in rows)) for i in range(5)]
    lines = []
    for row in rows:
        cells = [cell[:_WIDEST].ljust(width) for cell, width in zip(row[:4], widths, strict=False)]
        lines.append("  ".join([*cells, row[4].rjust(widths[4])]))
    lines.append(_("decided by: %(rule)s") % {"rule": word(explanation.rule)})
    one, other = numbers
    if one == other:
        lines.append(_("one customer: %(a)s") % {"a": one})
    else:
        lines.append(_("two customers: %(a)s and %(b)s") % {"a": one, "b": other})
    return "\n".join(lines)
