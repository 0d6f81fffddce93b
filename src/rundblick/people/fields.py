"""Which fields of a person who sees: groups of fields, hidden by role and by team (rules of the kind "fields").

    sees = Fields(...).seen_by(role, teams)
    sees("birth_date"), sees("note", "DE02 1203 0000 0000 2020 51")

A fact belongs to a group by its name, which may be a company's own ("Geburtsdatum", "kontonummer"), or by its value: an
international account number (ISO 13616) is payment data wherever it stands. What people write to each other in texts of
messages is not looked through: whoever may read a message reads all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rundblick.core.rulebooks import Kind, RuleError, in_force
from rundblick.people.models import Role, Team

Sees = Callable[..., bool]
"""``sees(field, value="")``: whether a field with that value is shown."""

BIRTH: Final = "birth"
PAYMENT: Final = "payment"
CONTACT: Final = "contact"
ADDRESS: Final = "address"

GROUPS: Final = {
    BIRTH: gettext_lazy("Birth dates"),
    PAYMENT: gettext_lazy("Payment data: IBAN, card, account"),
    CONTACT: gettext_lazy("Contact data: telephone, mail address, handle"),
    ADDRESS: gettext_lazy("Postal addresses"),
}

_NAMES: Final = (
    (BIRTH, re.compile(r"birth|geburt|\bgeb\b|\bdob\b|year in address|\bage\b|\balter\b")),
    (
        PAYMENT,
        re.compile(r"iban|\bbic\b|bank|konto|\baccount|kredit|credit|\bcard|karte|\bsepa\b|mandat|payment|zahlung"),
    ),
    (CONTACT, re.compile(r"e ?mail|phone|mobile|landline|\bfax\b|handle|telefon|handy|mobil")),
    (
        ADDRESS,
        re.compile(r"street|stra(ss|ß)e|\bhouse\b|postcode|\bplz\b|\bcity\b|\bort\b|address|adresse|former until"),
    ),
)
# signs of an account number by country (ISO 13616 registry), of those that neighbour or trade with us
_LENGTHS: Final = {
    country: length
    for length, countries in {
        16: "BE",
        18: "DK FI NL",
        20: "AT EE LT LU",
        21: "CH HR LI LV",
        22: "BG DE GB IE",
        24: "CZ ES RO SE SK",
        25: "PT",
        27: "FR GR IT MC SM",
        28: "CY HU PL",
    }.items()
    for country in countries.split()
}
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b")


def group_of(field: str, value: str = "") -> str:
    """The group of a field (a fact, an identifier, a row of a comparison); "" none."""
    name = " ".join(re.split(r"[^a-zäöüß0-9]+", field.casefold().removeprefix("fact:"))).strip()
    for group, pattern in _NAMES:
        if pattern.search(name):
            return group
    return PAYMENT if value and holds_iban(value) else ""


def holds_iban(text: str) -> bool:
    """Whether an international account number stands in it: by its form and check digits (ISO 13616, ISO 7064)."""
    for found in _IBAN.finditer(text.upper()):
        signs = found[0].replace(" ", "")
        signs = signs[: _LENGTHS.get(signs[:2], len(signs))]  # a word may follow
        if 15 <= len(signs) <= 34 and int("".join(str(int(s, 36)) for s in signs[4:] + signs[:4])) % 97 == 1:
            return True
    return False


class FieldRule(msgspec.Struct, frozen=True):
    """Who does not see the fields of a group.

    hidden_from  roles
    teams        uuids: of those who work in teams (agent, lead, partner) only members of these see it; empty: all do
    """

    group: str
    hidden_from: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class Fields(msgspec.Struct, frozen=True):
    """What is hidden; a group without a rule is shown to everybody who sees the customer."""

    rules: tuple[FieldRule, ...] = ()


USUAL: Final = Fields(
    (
        FieldRule(BIRTH, (Role.PARTNER.value, Role.ANALYST.value)),
        FieldRule(PAYMENT, (Role.PARTNER.value, Role.ANALYST.value)),
    )
)
"""Where nobody has set anything: an outside firm and who only reads figures need neither."""

_IN_TEAMS: Final = frozenset({Role.AGENT, Role.LEAD, Role.PARTNER})


def check(told: Fields) -> None:
    """Raises RuleError with what is wrong, and in which group."""
    groups = [rule.group for rule in told.rules]
    for rule in told.rules:
        if rule.group not in GROUPS:
            raise RuleError(
                _("There is no group of fields %(group)s. There are: %(known)s.")
                % {"group": rule.group, "known": ", ".join(GROUPS)}
            )
        name = str(GROUPS[rule.group])
        if groups.count(rule.group) > 1:
            raise RuleError(_("%(group)s: there are two rules for it. Keep one.") % {"group": name})
        if unknown := sorted(set(rule.hidden_from) - set(Role.values)):
            raise RuleError(_("%(group)s: there is no role %(roles)s.") % {"group": name, "roles": ", ".join(unknown)})
        known = {str(uuid) for uuid in Team.objects.values_list("uuid", flat=True)} if rule.teams else set()
        if unknown := sorted(set(rule.teams) - known):
            raise RuleError(_("%(group)s: there is no team %(teams)s.") % {"group": name, "teams": ", ".join(unknown)})


FIELDS: Final = Kind("fields", Fields, check)


def fields() -> Fields:
    """The rules in force."""
    book = in_force(FIELDS)
    return book.told if book is not None else USUAL


@dataclass(frozen=True, slots=True)
class Hidden:
    """The groups that somebody does not see."""

    groups: frozenset[str]

    def sees(self, field: str, value: str = "") -> bool:
        return not self.groups or group_of(field, value) not in self.groups


NOTHING: Final = Hidden(frozenset())


def hidden_groups(told: Fields, role: str, teams: Collection[str]) -> Hidden:
    """What somebody of this role and these teams (uuids) does not see."""
    return Hidden(
        frozenset(
            rule.group
            for rule in told.rules
            if role in rule.hidden_from or (rule.teams and role in _IN_TEAMS and not set(rule.teams) & set(teams))
        )
    )
