"""Numbers, dates and units as a reader in his country writes them (Babel): 1.234,5 - 1,234.5 - 1’234.5."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from django.utils.translation import gettext as _

from rundblick.blindspots.model import Related, Unit

_COUNTRIES = {"de": ("DE", "AT", "CH", "LI", "LU"), "en": ("GB", "US", "IE", "CH")}
_NO_BREAK = "\u00a0"
MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Formats:
    """How this reader writes numbers. ``zone``: the time zone in which he reads times."""

    locale: Locale
    zone: str = "UTC"

    @classmethod
    def of(cls, language: str, country: str = "", zone: str = "UTC") -> Formats:
        """German or English in a country; an unknown country reads as DE or GB."""
        known = _COUNTRIES.get(language, ("GB",))
        # English in Switzerland keeps Swiss figures; English anywhere else reads as British.
        territory = country if country in known else known[0]
        return cls(Locale(language if language in _COUNTRIES else "en", territory), zone)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with exactly ``digits`` decimals and the locale's grouping; a real minus sign."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(_no_minus_zero(value, digits), format=pattern, locale=self.locale).replace("-", MINUS)

    def percent(self, share: float, digits: int | None = None) -> str:
        """A share as per cent; close to none or all it gets decimals, so that it does not read as 0 or 100."""
        if digits is None:
            edge = min(share, 1 - share)
            digits = 0 if edge >= 0.0995 or edge == 0 else 1 if edge >= 0.0005 else 2
        pattern = str(self.locale.percent_formats[None].pattern)
        sign = pattern.replace("#,##0", "#,##0" + ("." + "0" * digits if digits else ""))
        text = format_percent(_no_minus_zero(share, digits + 2), format=sign, locale=self.locale)
        return text.replace("-", MINUS)

    def value(self, value: float, unit: Unit, *, bare: bool = False) -> str:
        """A value with its unit; ``bare`` leaves the unit's word out (inside an interval)."""
        if unit is Unit.SHARE:
            return self.percent(value)
        if unit is Unit.COUNT:
            return self.number(value)
        text = self.number(value, self.digits(value, unit))
        words = {
            Unit.DAYS: _("days"),
            Unit.HOURS: _("hours"),
            Unit.MINUTES: _("minutes"),
            Unit.MONTHS: _("months"),
            Unit.POINTS: _("points"),
        }
        return text if bare or unit not in words else f"{text}{_NO_BREAK}{words[unit]}"

    def related(self, figure: Related) -> str:
        return "\u2013" if figure.value is None else self.value(figure.value, figure.unit)

    def interval(self, low: float | None, high: float | None, unit: Unit) -> str:
        """Both bounds with one number of decimals; "" when there is no interval."""
        if low is None and high is None:
            return ""
        if unit is Unit.SHARE and low is not None and high is not None:
            # Enough decimals that the bounds do not look like one number.
            digits = 0 if high - low >= 0.02 else 1 if high - low >= 0.002 else 2
            low_text, high_text = self.percent(low, digits), self.percent(high, digits)
        else:
            digits = self.digits(max(abs(low or 0), abs(high or 0)), unit)
            if low is not None and high is not None and unit is Unit.MEAN and high - low < 0.05:
                digits = 3
            low_text = "\u2013" if low is None else self.number(low, digits)
            high_text = "\u2013" if high is None else self.number(high, digits)
        return _("%(low)s to %(high)s") % {"low": low_text, "high": high_text}

    @staticmethod
    def digits(value: float, unit: Unit) -> int:
        """Decimals that a value of this size deserves."""
        if unit is Unit.POINTS:
            return 0
        if unit is Unit.COUNT:
            return 0
        size = abs(value)
        if unit is Unit.MEAN:
            return 2 if size < 10 else 1
        return 2 if size < 1 else 1 if size < 100 else 0

    def day(self, moment: datetime | date) -> str:
        if isinstance(moment, datetime):
            moment = moment.astimezone(ZoneInfo(self.zone)).date()
        return format_date(moment, format="long", locale=self.locale)

    def month(self, iso: str) -> str:
        return format_date(date.fromisoformat(iso), format="MMM yy", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        return format_datetime(moment, format="long", tzinfo=ZoneInfo(self.zone), locale=self.locale)


def _no_minus_zero(value: float, digits: int) -> float:
    return 0.0 if round(value, digits) == 0 else value
