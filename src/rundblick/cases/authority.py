"""What somebody may decide: goodwill up to an amount, a refund, an exception from a deadline, and what a company says
in words. By role, or for one person; what a person has of his own counts instead of his role's.

    book = in_force(AUTHORITY)
    authority_of(book.told if book else USUAL, person).covers(Demand(goodwill=Money(5_000, "EUR")))
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from django.utils.translation import gettext as _

from rundblick.core.money import Money
from rundblick.core.rulebooks import Kind, RuleError, in_force
from rundblick.people.models import Role

DECIDING: Final = (Role.AGENT, Role.LEAD, Role.MANAGER, Role.ADMIN)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Demand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a decision needs."""

    goodwill: Money | None = None
    refund: bool = False
    exception: bool = False


class Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody may decide by himself. An amount in each currency in which he may give any.

    texts  what else, per language ("de", "en")
    above  "person:<uuid>": who decides what is beyond it; "" nobody in particular
    """

    goodwill: tuple[Money, ...] = ()
    refund: bool = False
    exception: bool = False
    texts: dict[str, str] = {}
    above: str = ""

    def covers(self, demand: Demand) -> bool:
        if demand.goodwill is not None and not any(one.covers(demand.goodwill) for one in self.goodwill):
            return False
        return (self.refund or not demand.refund) and (self.exception or not demand.exception)


class Authorities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``of``: "role:lead" or "person:<uuid>" -> what they may decide."""

    of: dict[str, Authority] = {}


NONE: Final = Authority()
ALL_IN_EUR: Final = (Money(10_000_00, "EUR"), Money(10_000_00, "CHF"))
USUAL: Final = Authorities(
    {
        "role:agent": Authority((Money(20_00, "EUR"), Money(20_00, "CHF"))),
        "role:lead": Authority((Money(200_00, "EUR"), Money(200_00, "CHF")), refund=True, exception=True),
        "role:manager": Authority(ALL_IN_EUR, refund=True, exception=True),
        "role:admin": Authority(ALL_IN_EUR, refund=True, exception=True),
    }
)
"""Before a company says otherwise: little, but enough that every escalation finds somebody."""


def authority_of(told: Authorities, role: str, uuid: str = "") -> Authority:
    """What a person of this role may decide."""
    return told.of.get(f"person:{uuid}") or told.of.get(f"role:{role}") or NONE


def check_money(money: Money | None, where: str) -> None:
    """Raises RuleError for an amount without a currency, or none above 0."""
    if money is None:
        return
    if not _CURRENCY.fullmatch(money.currency):
        raise RuleError(_("%(where)s: an amount needs a currency of three letters, such as EUR.") % {"where": where})
    if money.minor <= 0:
        raise RuleError(_("%(where)s: an amount is above 0, or left out.") % {"where": where})


def check(told: Authorities) -> None:
    """Raises RuleError with whose authority is wrong, and what is wrong with it."""
    names = _names(told)
    for who, authority in told.of.items():
        name = names.get(who, who)
        kind, _colon, value = who.partition(":")
        if kind == "role" and value not in DECIDING:
            raise RuleError(_('There is no role "%s" that decides about cases.') % value)
        if kind not in ("role", "person"):
            raise RuleError(_('"%s" is neither a role nor a person.') % who)
        for money in authority.goodwill:
            check_money(money, name)
        if len({money.currency for money in authority.goodwill}) < len(authority.goodwill):
            raise RuleError(_("%s: a currency stands there twice.") % name)
        _check_above(told, who, names)


def _check_above(told: Authorities, who: str, names: dict[str, str]) -> None:
    seen = [who]
    while (above := told.of.get(seen[-1], NONE).above) != "":
        if not above.startswith("person:") or above not in names:
            raise RuleError(
                _("%(name)s: whoever decides beyond this is not here any more. Choose somebody else.")
                % {"name": names.get(seen[-1], seen[-1])}
            )
        if above in seen:
            circle = " → ".join(names.get(one, one) for one in (*seen[seen.index(above) :], above))
            raise RuleError(_("These ask each other in a circle, so nobody would decide: %s") % circle)
        seen.append(above)


def _names(told: Authorities) -> dict[str, str]:
    """ "role:lead" and "person:<uuid>" of those who are there -> how they are called."""
    from rundblick.cases.deciders import company

    names = {f"person:{one.uuid}": one.name for one in company().people.values() if one.works}
    labels = {"agent": _("Agent"), "lead": _("Team lead"), "manager": _("Management"), "admin": _("Administration")}
    return names | {f"role:{role}": label for role, label in labels.items()}


AUTHORITY: Final = Kind("authority", Authorities, check)


def authorities() -> Authorities:
    """What holds now."""
    book = in_force(AUTHORITY)
    return USUAL if book is None else book.told
