"""Operators of search in the reader's language: filters that write them into the box, and the help sheet."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rundblick.cases.search.query import OPERATORS, parse
from rundblick.core.searching import fold
from rundblick.desk.search_shapes import Chip, OperatorHelp
from rundblick.desk.templatetags.desk import state_name

_OPERATOR = re.compile(r'(?<!\S)-?(?:"[^"]*"?|([^\W\d_]+):("[^"]*"?|[^\s"]+))')  # a phrase may hold a colon

# what is written for the reader; every name works in every language
_NAMES: Final[dict[str, dict[str, str]]] = {
    "de": {
        "state": "status", "channel": "kanal", "team": "team", "owner": "bei", "customer": "kunde", "from": "von",
        "before": "vor", "after": "seit", "has": "hat", "topic": "thema", "number": "nummer",
        "open": "offen", "resolved": "gelöst", "closed": "geschlossen", "attachment": "anhang", "me": "ich",
        "email": "mail", "phone": "telefon",
    },
    "en": {
        "state": "state", "channel": "channel", "team": "team", "owner": "owner", "customer": "customer",
        "from": "from", "before": "before", "after": "since", "has": "has", "topic": "topic", "number": "number",
        "open": "open", "resolved": "resolved", "closed": "closed", "attachment": "attachment", "me": "me",
        "email": "mail", "phone": "phone",
    },
}  # fmt: skip


def name(word: str) -> str:
    """An operator or one of its values as the reader writes it."""
    return _NAMES["de" if (get_language() or "").startswith("de") else "en"].get(word, word)


def without(query: str, operator: str) -> str:
    """What stands in the box, without an operator, however it is called there."""

    return _without(query, {operator})


def without_filters(query: str) -> str:
    """What stands in the box, without operators other than who wrote it, which is sought as words are."""

    return _without(query, set(OPERATORS.values()) - {"from"})


def _without(query: str, operators: AbstractSet[str]) -> str:
    def kept(found: re.Match[str]) -> str:
        return "" if OPERATORS.get(fold(found.group(1) or "")) in operators else found.group()

    return " ".join(_OPERATOR.sub(kept, query).split())


def plain_words(query: str) -> str:
    """The words alone, as a customer's name or number may be among them; "" where operators ask for a case."""
    return query if without_filters(query) == query and '"' not in query else ""


def chips(query: str, today: date | None = None) -> list[Chip]:
    """The filters under the box. One that is on takes itself out; of two of one operator the later holds."""
    asked = {(one.operator, one.value, one.day) for one in parse(query).filters if not one.without}
    now = today or timezone.localdate()
    week, month = now - timedelta(days=7), now - timedelta(days=30)
    wanted: list[tuple[str, str, str, date | None]] = [
        (state_name("open"), "state", "open", None),
        (state_name("resolved"), "state", "resolved", None),
        (_("Mine"), "owner", "me", None),
        (_("With attachment"), "has", "attachment", None),
        (_("E-mail"), "channel", "email", None),
        (_("Telephone"), "channel", "phone", None),
        (_("Last 7 days"), "after", "", week),
        (_("Last 30 days"), "after", "", month),
    ]
    found = []
    for label, operator, value, day in wanted:
        written = day.isoformat() if day else name(value)
        on = (operator, written if operator in ("owner", "has", "after") else value, day) in asked
        rest = without(query, operator)
        text = rest if on else f"{rest} {name(operator)}:{written}".strip()
        found.append(Chip(label, f"{reverse('desk:search')}?{urlencode({'q': text})}", on))
    return found


def help_lines() -> list[OperatorHelp]:
    """The help sheet."""
    day = timezone.localdate().replace(month=1, day=1)
    example = day.strftime("%d.%m.%Y") if name("after") == "seit" else day.isoformat()
    lines = [
        ('"…"', _("words exactly so, one after the other")),
        ("-", _("without: a word, a phrase or an operator")),
        (_("this OR that"), _("one of two; OR in capitals")),
        (f"{name('from')}:", _("who wrote it: a name or a mail address")),
        (f"{name('customer')}:", _("whose case it is: the customer's number")),
        (f"{name('state')}:{name('open')}", _("open, new, waiting, resolved, closed")),
        (f"{name('channel')}:{name('email')}", _("mail, telephone, letter, chat ...")),
        (f"{name('owner')}:{name('me')}", _("who has the case")),
        (f"{name('team')}:", _("the team that has it")),
        (f"{name('number')}:", _("the number of the case")),
        (f"{name('topic')}:", _("what it is about")),
        (f"{name('after')}:{example}", _("written since a day, a month or a year")),
        (f"{name('before')}:{example}", _("written before it")),
        (f"{name('has')}:{name('attachment')}", _("something is attached")),
    ]
    return [OperatorHelp(written, does, _others(written)) for written, does in lines]


def _others(written: str) -> str:
    """Other names of an operator, "" when there is none."""
    mine = written.partition(":")[0]
    meant = OPERATORS.get(fold(mine)) if ":" in written else None
    if meant is None:
        return ""
    return ", ".join(f"{other}:" for other, means in OPERATORS.items() if means == meant and other != mine)
