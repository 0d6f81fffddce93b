"""Which systems' numbers keep nobody apart, and by what evidence, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rundblick.customers.matching.model import Model, Numbers


def numbers_told(model: Model) -> list[str]:
    """A sentence for each system whose numbers keep nobody apart."""
    return [number_told(one) for one in model.origin.numbers if not one.exclusive and one.records]


def number_told(one: Numbers) -> str:
    """Whether a system's numbers keep people apart, and why it is thought so."""
    values = {
        "system": one.system,
        "twice": f"{one.twice:,}",
        "records": f"{one.records:,}",
        "share": f"{100 * one.twice / max(one.records, 1):.1f}",
    }
    if one.setting == "yes":
        return _("%(system)s: two numbers are two people, as was set.") % values
    if one.setting == "no":
        return _("%(system)s: one person may have several numbers, as was set.") % values
    if one.exclusive:
        text = _("%(system)s: two numbers are two people. %(twice)s of %(records)s (%(share)s %%) are second ones.")
    else:
        text = _(
            "%(system)s: its numbers keep nobody apart. %(twice)s of %(records)s (%(share)s %%) are second ones, "
            "or they are too few to tell."
        )
    return text % values
