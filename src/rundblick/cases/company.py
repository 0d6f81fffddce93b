"""The company itself: its name, where it is, and on whose public holidays it is closed.

    set_company(Company("Muster GmbH", "DE", "Europe/Berlin", "DE-BY"), by=user)

The zone is the one in which pages tell times; the holidays are those of the company's own opening hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel import Locale
from django.db import transaction
from django.utils.translation import gettext as _

from rundblick.cases.promising import put_hours
from rundblick.core.calendars import STATES
from rundblick.core.installation import installation
from rundblick.core.models import Installation
from rundblick.core.rulebooks import RuleError, StaleError, in_force
from rundblick.people.hours import TIMETABLES, before_any
from rundblick.people.models import User
from rundblick.people.users import record

LONGEST_NAME: Final = 200


class CompanyError(ValueError):
    """The company cannot be kept like this; ``faults`` says for each field why, in the reader's language."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Company:
    """``country``: ISO 3166; ``zone``: IANA name; ``holidays``: "DE-BY", "AT", "" none."""

    name: str
    country: str
    zone: str
    holidays: str


def company() -> Company:
    """As it stands."""
    ours = installation()
    book = in_force(TIMETABLES)
    told = book.told if book is not None else before_any()
    return Company(ours.company, ours.country, ours.zone, told.tables[0].holidays)


def set_company(told: Company, *, by: User | None, at: datetime | None = None) -> Company:
    """Keep what is told; opening hours in force go on in the new zone, closed on the new holidays.

    Raises CompanyError.
    """
    told = _clean(told)
    if faults := _faults(told):
        raise CompanyError(faults)
    before = company()
    with transaction.atomic():
        installation()
        Installation.objects.update(company=told.name, country=told.country, zone=told.zone)
        if (before.zone, before.holidays) != (told.zone, told.holidays):
            _set_hours(told, by)
        changed = [name for name in Company.__slots__ if getattr(before, name) != getattr(told, name)]
        if changed:
            record("company.changed", by, at, ("installation", 1), fields=changed)
    return told


def _set_hours(told: Company, by: User | None) -> None:
    """The company's own table in its zone and with its holidays. A promise that cannot be kept then refuses it."""
    book = in_force(TIMETABLES)
    tables = book.told if book is not None else before_any()
    own = msgspec.structs.replace(tables.tables[0], zone=told.zone, holidays=told.holidays)
    try:
        put_hours(
            msgspec.structs.replace(tables, tables=(own, *tables.tables[1:])),
            by=by.pk if by is not None else None,
            seen=book.version if book is not None else 0,
        )
    except RuleError as fault:
        raise CompanyError({"holidays": str(fault)}) from fault
    except StaleError as fault:
        text = _("Somebody else has changed the hours meanwhile. Look at them, and enter yours again.")
        raise CompanyError({"holidays": text}) from fault


def _clean(told: Company) -> Company:
    def line(text: str) -> str:
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())

    return Company(line(told.name), line(told.country).upper(), line(told.zone), line(told.holidays).upper())


def _faults(told: Company) -> dict[str, str]:
    faults = {}
    if not told.name:
        faults["name"] = _("The company needs a name: customers read it, and colleagues when they sign in.")
    elif len(told.name) > LONGEST_NAME:
        faults["name"] = _("The name is longer than %(n)d characters.") % {"n": LONGEST_NAME}
    if not (len(told.country) == 2 and told.country.isalpha() and told.country in Locale("en").territories):
        faults["country"] = _('"%(got)s" is no country; choose one of the list.') % {"got": told.country[:40]}
    try:
        ZoneInfo(told.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults["zone"] = _('"%(got)s" is no time zone; it looks like Europe/Berlin.') % {"got": told.zone[:60]}
    country, _dash, state = told.holidays.partition("-")
    if told.holidays and (country not in STATES or (state and state not in STATES[country])):
        faults["holidays"] = _('"%(got)s" is no place whose holidays are known; choose one of the list.') % {
            "got": told.holidays[:40]
        }
    return faults
