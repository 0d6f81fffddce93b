"""Forms of rules: the fields of one rule, and what somebody put into them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from rundblick.core.money import Money

LONGEST: Final = 400
_AMOUNT: Final = re.compile(r"\d{1,12}(?:\.\d{1,2})?", re.ASCII)
CURRENCIES: Final = ("EUR", "CHF")


@dataclass(frozen=True, slots=True)
class Field:
    """One input. ``kind``: text, long, number, check, choice, several, money. ``id``: of its element in the page."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    several: tuple[str, ...] = ()
    on: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    currency: str = ""
    hint: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under a heading; "" none."""

    title: str
    fields: tuple[Field, ...]


@dataclass(slots=True)
class Given:
    """What was posted, read field by field; ``faults``: what cannot be read, a sentence each."""

    post: QueryDict
    faults: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.post.get(name, "").replace("\x00", "").strip()[:LONGEST]

    def words(self, name: str) -> tuple[str, ...]:
        """Words with commas between."""
        return tuple(dict.fromkeys(word for one in self.text(name).split(",") if (word := one.strip())))

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(value for value in self.post.getlist(name) if value)

    def check(self, name: str) -> bool:
        return name in self.post

    def number(self, name: str, label: str) -> float:
        """A number of at least 0; "" is 0."""
        text = self.text(name).replace(",", ".")
        try:
            value = float(text or 0)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1_000_000_000:
            self.faults.append(_("%(label)s: “%(text)s” is no number of 0 or more.") % {"label": label, "text": text})
            return 0.0
        return value

    def whole(self, name: str, label: str) -> int:
        return int(self.number(name, label))

    def money(self, name: str, label: str, in_currency: str = "") -> Money | None:
        """An amount with its currency; None where nothing stands there. ``in_currency``: the only one there is."""
        text = self.text(name).replace(" ", "")
        if not text:
            return None
        minor = minor_units(text)
        currency = in_currency or self.text(f"{name}_currency").upper()
        if minor is None:
            self.faults.append(
                _("%(label)s: “%(text)s” is no amount; it looks like 2400 or 49.90.") % {"label": label, "text": text}
            )
            return None
        if not currency:
            self.faults.append(_("%(label)s: the amount needs a currency.") % {"label": label})
            return None
        return Money(minor, currency)

    def texts(self, name: str) -> dict[str, str]:
        return {code: text for code in ("de", "en") if (text := self.text(f"{name}_{code}"))}


def minor_units(text: str) -> int | None:
    """Cents of an amount as a person writes it, "2.400,50" or "2400.5"; None for what is none."""
    last = max(text.rfind(","), text.rfind("."))
    decimals = len(text) - last - 1 if last >= 0 else 0
    plain = text.replace("'", "").replace("’", "")
    if last >= 0 and decimals in (1, 2):
        last = max(plain.rfind(","), plain.rfind("."))
        plain = plain[:last].replace(",", "").replace(".", "") + "." + plain[last + 1 :]
    else:
        plain = plain.replace(",", "").replace(".", "")
    if not _AMOUNT.fullmatch(plain):
        return None
    return int(Decimal(plain) * 100)


def amount(money: Money | None) -> str:
    """An amount for an input: "2400" or "49.90"."""
    if money is None:
        return ""
    return str(money.minor // 100) if money.minor % 100 == 0 else f"{money.minor / 100:.2f}"


def plain(value: float) -> str:
    """A number for an input; 0 is empty."""
    return f"{value:g}" if value else ""


def money_field(name: str, label: str, money: Money | None, hint: str = "") -> Field:
    choices = tuple((one, one) for one in CURRENCIES)
    return Field(
        name, label, "money", amount(money), currency=money.currency if money else "EUR", choices=choices, hint=hint
    )


def text_fields(name: str, label: str, texts: Mapping[str, str]) -> tuple[Field, ...]:
    """One input for each language in which a company writes."""
    named = {"de": _("German"), "en": _("English")}
    return tuple(
        Field(f"{name}_{code}", f"{label} ({language})", "text", texts.get(code, ""))
        for code, language in named.items()
    )


def with_ids(groups: Sequence[Group], place: str) -> list[dict[str, Any]]:
    """Groups for the template; names of elements are unique in the page."""
    from dataclasses import replace

    return [
        {"title": group.title, "fields": [replace(one, id=f"r{place}-{one.name}") for one in group.fields]}
        for group in groups
    ]


def moved(rules: Sequence[Any], place: int, step: int) -> tuple[Any, ...]:
    """The rules with one of them a step up (-1) or down (1)."""
    listed = list(rules)
    to = place + step
    if 0 <= place < len(listed) and 0 <= to < len(listed):
        listed[place], listed[to] = listed[to], listed[place]
    return tuple(listed)
