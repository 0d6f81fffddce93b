"""Text modules: texts that people write again and again, kept in versions, with places for what is known of a case.

    filled("Dear {{customer_name}}, ...", {"customer_name": "Anna Muster"})  ->  "Dear Anna Muster, ..."

What is not known, or hidden from whoever writes, stays as it stands: the writer sees the place, and sending stops.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from rundblick.cases.deeds import LONGEST, clean
from rundblick.cases.models import Case, Inserted, Template, TemplateVersion
from rundblick.core.searching import fold
from rundblick.core.spreadsheets import safe_cell
from rundblick.people.models import Team

NAME_AT_MOST: Final = 120
SHOWN: Final = 200  # in the composer's list
LANGUAGES: Final = ("", "de", "en")
CHANNELS: Final = ("", "email", "chat", "letter", "phone")
COLUMNS: Final = ("name", "text", "language", "channel", "topic", "team")
_PLACE: Final = re.compile(r"\{\{\s*([A-Za-z_]{1,40})\s*\}\}")


class TemplateError(ValueError):
    """A text module cannot be kept so; ``str`` says what to do. ``where``: its field."""

    def __init__(self, words: str, where: str = "text") -> None:
        super().__init__(words)
        self.where = where


class TemplateStale(Exception):
    """Somebody else has changed the text module since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A text module as somebody writes it; "" as language, channel, topic is any, ``team`` None is all."""

    name: str
    text: str
    language: str = ""
    channel: str = ""
    topic: str = ""
    team: Team | None = None


def places() -> dict[str, str]:
    """The places that a text module may have, and what stands there."""
    return {
        "customer_name": _("the customer's name"),
        "customer_number": _("the customer's number"),
        "case_number": _("the number of the case"),
        "agent_name": _("your own name"),
        "team": _("the team of the case"),
        "due": _("until when a solution is promised"),
    }


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known; the rest of its places stays. A value's own braces open no place."""
    return _PLACE.sub(lambda found: known.get(found.group(1).lower(), "") or found.group(0), text)


def open_places(text: str) -> list[str]:
    """The known places that still stand in a text, each once, in their order."""
    known = places()
    return list(dict.fromkeys(name for name in map(str.lower, _PLACE.findall(text)) if name in known))


def check(told: Told) -> Told:
    """The text module without what cannot be stored. Raises TemplateError."""
    name, text = " ".join(clean(told.name).split()), clean(told.text).replace("\r\n", "\n").strip()
    if not name:
        raise TemplateError(_("Give it a name by which it is found."), "name")
    if len(name) > NAME_AT_MOST:
        raise TemplateError(_("The name is too long: %(n)d characters are the most.") % {"n": NAME_AT_MOST}, "name")
    if not text:
        raise TemplateError(_("Write the text."))
    if len(text) > LONGEST:
        raise TemplateError(_("The text is too long: %(n)d characters are the most.") % {"n": LONGEST})
    if unknown := [one for one in _PLACE.findall(text) if one.lower() not in places()]:
        facts = {"place": f"{{{{{unknown[0]}}}}}", "known": ", ".join(f"{{{{{one}}}}}" for one in places())}
        raise TemplateError(_("There is no %(place)s. These can be filled: %(known)s.") % facts)
    if told.language not in LANGUAGES:
        raise TemplateError(_("The language is de, en or empty."), "language")
    if told.channel not in CHANNELS:
        raise TemplateError(_("The channel is email, chat, letter, phone or empty."), "channel")
    topic = " ".join(clean(told.topic).split())[:NAME_AT_MOST]
    return Told(name=name, text=text, language=told.language, channel=told.channel, topic=topic, team=told.team)


def keep(told: Told, by: int | None, template: Template | None = None, seen: int = 0) -> Template:
    """Keep a new text module, or a new version of one that was read in version ``seen``.

    by  the user's id, None: a command. Raises TemplateError; TemplateStale when there is a newer version.
    """
    told = check(told)
    fields = {name: getattr(told, name) for name in COLUMNS}
    with transaction.atomic():
        if template is None:
            kept = Template.objects.create(**fields)
        else:
            kept = Template.objects.select_for_update().get(pk=template.pk)
            if kept.version != seen:
                raise TemplateStale
            if all(getattr(kept, name) == value for name, value in fields.items()) and kept.retired_at is None:
                return kept
            Template.objects.filter(pk=kept.pk).update(
                **fields, version=kept.version + 1, changed_at=datetime.now(UTC), retired_at=None
            )
            kept.refresh_from_db()
        TemplateVersion.objects.create(template=kept, version=kept.version, name=kept.name, text=kept.text, by=by)
    return kept


def retire(template: Template) -> None:
    """It is offered no more; what it was stays, and keeping a version brings it back."""
    Template.objects.filter(pk=template.pk, retired_at=None).update(retired_at=datetime.now(UTC))


def offered(teams: Iterable[int] | None) -> QuerySet[Template]:
    """The text modules in use: for all, and of these teams; None: of every team."""
    found = Template.objects.filter(retired_at=None)
    return found if teams is None else found.filter(Q(team=None) | Q(team__in=list(teams)))


def for_case(case: Case, teams: Iterable[int], typed: str = "", most: int = SHOWN) -> list[Template]:
    """Those for a case: in its language first, then the newest used; only with the words ``typed``, folded."""
    wanted = Q(channel__in=("", case.channel or "email", "email"))
    mine = {*teams, case.owner_team_id} - {None}
    found = list(offered([one for one in mine if one is not None]).filter(wanted)[:2000])
    words = fold(clean(typed)[:200]).split()
    if words:
        told = {one.pk: fold(f"{one.name} {one.topic} {one.text}") for one in found}
        found = [one for one in found if all(word in told[one.pk] for word in words)]
    language = (case.language or "")[:2]
    never = datetime(1970, 1, 1, tzinfo=UTC)
    found.sort(key=lambda one: one.name)
    found.sort(key=lambda one: one.used_at or never, reverse=True)
    found.sort(key=lambda one: one.language not in ("", language) if language else False)
    return found[:most]


def insert(case: Case, template: Template, known: Mapping[str, str], *, suggested: bool = False) -> str:
    """The filled text, noted as taken into the draft of the case and as used."""
    text = filled(template.text, known)
    Template.objects.filter(pk=template.pk).update(used=F("used") + 1, used_at=datetime.now(UTC))
    note_inserted(case, f"template:{template.uuid}", text, suggested=suggested)
    return text


def note_inserted(case: Case, source: str, text: str, *, suggested: bool) -> None:
    Inserted.objects.create(
        case=case, record_id=case.concerned_id, source=source[:200], text=clean(text)[:LONGEST], suggested=suggested
    )


# --- as a table ------------------------------------------------------------------------------------------------------


def to_csv(found: Iterable[Template]) -> str:
    """A table of text modules, a header and a row each; no cell is taken for a formula."""
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(COLUMNS)
    for one in found:
        team = one.team.name if one.team is not None else ""
        writer.writerow(safe_cell(cell) for cell in (one.name, one.text, one.language, one.channel, one.topic, team))
    return told.getvalue()


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a table: how many are new, changed, and as they were."""

    new: int
    changed: int
    same: int


def from_csv(text: str, file: str, by: int | None) -> Taken:
    """Keep all text modules of a table, or none. A name that is there in its team and language gets a new version.

    Raises TemplateError with the file and the line of every row that is wrong.
    """
    rows, faults = _read(text, file)
    if faults:
        more = len(faults) - 20
        said = faults[:20] + ([_("and %(n)d more") % {"n": more}] if more > 0 else [])
        raise TemplateError("\n".join(said))
    counts = {"new": 0, "changed": 0, "same": 0}
    with transaction.atomic():
        for told in rows:
            here = Template.objects.filter(name=told.name, team=told.team, language=told.language).first()
            before = here.version if here is not None else 0
            kept = keep(told, by, here, before)
            counts["new" if here is None else "same" if kept.version == before else "changed"] += 1
    return Taken(**counts)


def _read(text: str, file: str) -> tuple[list[Told], list[str]]:
    sample = text.removeprefix("\ufeff").replace("\0", "")
    first = sample.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(sample, newline=""), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    named = [name.strip().lower() for name in reader.fieldnames or []]
    if not {"name", "text"} <= set(named):
        raise TemplateError(
            _("%(file)s, line 1: the first line names the columns; name and text are needed.") % {"file": file}
        )
    reader.fieldnames = named
    teams = {team.name.casefold(): team for team in Team.objects.filter(closed_at__isnull=True)}
    rows, faults, line = list[Told](), list[str](), 2
    try:
        for row in reader:
            try:
                rows.append(_row(row, teams))
            except TemplateError as fault:
                told = {"file": file, "line": line, "column": fault.where, "why": fault}
                faults.append(_("%(file)s, line %(line)d, column %(column)s: %(why)s") % told)
            line = reader.line_num + 1
    except csv.Error as fault:
        told = {"file": file, "line": line, "why": fault}
        faults.append(_("%(file)s, line %(line)d: this is no table: %(why)s") % told)
    return rows, faults


def _row(row: Mapping[str, Any], teams: Mapping[str, Team]) -> Told:
    def cell(name: str) -> str:
        text = row.get(name) or ""
        return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text

    team = cell("team").strip()
    if team and team.casefold() not in teams:
        raise TemplateError(_('There is no team "%s".') % team, "team")
    return check(
        Told(
            name=cell("name"),
            text=cell("text"),
            language=cell("language").strip().lower(),
            channel=cell("channel").strip().lower(),
            topic=cell("topic"),
            team=teams.get(team.casefold()),
        )
    )
