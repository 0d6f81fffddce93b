"""What the templates of the desk share: icons, numbers, times, faces. Nothing here asks the database."""

from __future__ import annotations

from datetime import date as datetime_date
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop, pgettext
from django.utils.translation import gettext as _

from rundblick.core.numbers import spaced

register = template.Library()

CHANNEL_ICONS = {
    "email": "mail",
    "phone": "phone",
    "letter": "mailbox",
    "fax": "printer",
    "sms": "device-mobile-message",
    "form": "forms",
    "portal": "world",
    "chat": "messages",
    "social": "brand-mastodon",
    "messenger": "brand-whatsapp",
    "branch": "building-store",
    "review": "star",
    "self_service": "user-check",
    "note": "note",
}


def locale() -> str:
    """The reader's locale as Babel names it. English is the European one: the day before the month, 24 hours."""
    language = (get_language() or "en").partition("-")[0]
    return "de" if language == "de" else "en_GB"


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """``{% icon "mail" %}``: a picture beside a word; it says nothing to a screen reader."""
    return _icon(name, size)


@cache
def _icon(name: str, size: str) -> SafeString:
    extra = f" rb-icon-{size}" if size else ""
    return format_html(
        '<svg class="rb-icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        extra,
        static("vendor/icons.svg"),
        name,
    )


_ALL_ROUND = ("mail", "phone", "mailbox", "forms", "messages", "building-store", "star", "question-mark")


@register.simple_tag
def view_icons() -> SafeString:
    """Seven ways in and the blind spot, each on its part of the ring of the sign-in page's picture."""
    places = ((203, 57), (263, 117), (263, 203), (203, 263), (117, 263), (57, 203), (57, 117), (117, 57))
    uses = (
        format_html(
            '<use href="{}#{}" x="{}" y="{}" width="24" height="24"/>', static("vendor/icons.svg"), n, x - 12, y - 12
        )
        for n, (x, y) in zip(_ALL_ROUND, places, strict=True)
    )
    return format_html_join("", "{}", ((use,) for use in uses)) + format_html(
        '<use href="{}#user" x="142" y="142" width="36" height="36"/>', static("vendor/icons.svg")
    )


@register.filter
def channel_icon(channel: str) -> str:
    """The name of a channel's icon."""
    return CHANNEL_ICONS.get(channel, "message-2")


_CHANNELS = {
    "email": gettext_noop("E-mail"),
    "phone": gettext_noop("Telephone"),
    "letter": gettext_noop("Letter"),
    "fax": gettext_noop("Fax"),
    "sms": gettext_noop("SMS"),
    "form": gettext_noop("Web form"),
    "portal": gettext_noop("Portal"),
    "chat": gettext_noop("Chat"),
    "social": gettext_noop("Social media"),
    "messenger": gettext_noop("Messenger"),
    "branch": gettext_noop("Branch"),
    "review": gettext_noop("Review"),
    "self_service": gettext_noop("Self-service"),
    "other": gettext_noop("Other channel"),
    "": gettext_noop("Channel unknown"),
}
_STATES = {
    "new": lambda: pgettext("state", "New"),
    "open": lambda: pgettext("state", "Open"),
    "pending": lambda: pgettext("state", "Waiting"),
    "resolved": lambda: pgettext("state", "Resolved"),
    "closed": lambda: pgettext("state", "Closed"),
}


@register.filter
def channel_name(channel: str) -> str:
    """The channel in the reader's language."""
    return _(_CHANNELS[channel]) if channel in _CHANNELS else channel


@register.filter
def state_name(state: str) -> str:
    """A case's state in the reader's language."""
    return _STATES[state]() if state in _STATES else state


@register.filter
def threes(number: str) -> str:
    """A customer's or case's number as it is shown and dictated: in threes."""
    return spaced(number)


@register.filter
def initials(name: str) -> str:
    """One or two letters for the round sign beside a name."""
    words = [word for word in (name or "").replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """A number as the reader writes it: 1.234,5 or 1,234.5."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=locale()))


@register.filter
def unlocal(value: float | None) -> str:
    """A number for a drawing: with a point, whatever the reader's language."""
    return "0" if value is None else f"{value:.2f}"


@register.filter
def money(minor: int | None, currency: str) -> str:
    """An amount in minor units as the reader writes it; "" when it is unknown."""
    if minor is None:
        return ""
    return str(format_currency(minor / 100, currency, locale=locale())) if currency else number(minor / 100, 2)


@register.filter
def day(value: datetime | None) -> str:
    """The day in words; the year only when it is not this one."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    today = timezone.localtime()
    if local.date() == today.date():
        return _("Today")
    if local.date() == (today - timedelta(days=1)).date():
        return _("Yesterday")
    skeleton = "MMMEd" if local.year == today.year else "yMMMd"
    return _skeleton(local, skeleton)


@register.filter
def clock_time(value: datetime | None) -> str:
    """Hour and minute."""
    return format_time(timezone.localtime(value), "short", locale=locale()) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time in full, for tooltips and details."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{format_date(local, 'medium', locale=locale())}, {format_time(local, 'short', locale=locale())}"


@register.filter
def date(value: datetime | None) -> str:
    """The day as a date with its year."""
    return format_date(timezone.localtime(value), "medium", locale=locale()) if value else ""


@register.filter
def calendar_day(value: datetime_date) -> str:
    """A day of the calendar, which has no time and no zone."""
    return format_date(value, "medium", locale=locale())


@register.filter
def ago(value: datetime | None) -> str:
    """How long ago, roughly and short: "5 min", "3 hr", "2 days"; older than 60 days a date."""
    if value is None:
        return ""
    gone = timezone.now() - value
    if gone < timedelta(minutes=1):
        return _("now")
    if gone > timedelta(days=60):
        return _skeleton(timezone.localtime(value), "yMMMd")
    return span(gone)


@register.filter
def span(value: timedelta | None) -> str:
    """A length of time, short."""
    if value is None:
        return ""
    if value < timedelta(minutes=1):
        return _("now")
    return format_timedelta(value, threshold=1.2, format="short", locale=locale())


@register.simple_tag
def stamp(value: datetime | None, form: str = "ago") -> SafeString:
    """``<time>`` with the exact moment as its title; ``form`` is ago, time, day, date or moment."""
    if value is None:
        return SafeString("")
    text = {"ago": ago, "time": clock_time, "day": day, "date": date, "moment": moment}[form](value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), moment(value), text)


@register.simple_tag
def duration(value: timedelta | None) -> SafeString:
    """``<time>`` with a length of time, short, and exact for programs."""
    if value is None:
        return SafeString("")
    return format_html('<time datetime="PT{}S">{}</time>', int(value.total_seconds()), span(value))


def _skeleton(local: datetime, skeleton: str) -> str:
    return str(format_skeleton(skeleton, local, locale=locale()))


@register.simple_tag
def querystring_of(query: str) -> str:
    """An address's query as one value of another: ``query=view%3Dteam``."""
    return urlencode({"query": query})


@register.filter
def language_word(code: str) -> str:
    """What a language is called in the reader's; a code that nobody knows stays as it is."""
    try:
        return Locale.parse(code).get_language_name(locale()) or code
    except (ValueError, UnknownLocaleError):
        return code
