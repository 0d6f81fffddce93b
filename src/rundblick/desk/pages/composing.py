"""The composer of a case's page: the draft that lies there, or how an answer begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rundblick.cases.answering import newest
from rundblick.cases.drafts import left_drafts
from rundblick.cases.models import Case, Draft, DraftAttachment
from rundblick.cases.suggesting import Suggestion
from rundblick.channels.email.headers import addresses
from rundblick.core.ids import uuid7
from rundblick.core.letters import origins
from rundblick.desk.pages.lists import names_of_people
from rundblick.desk.pages.timeline import size_words
from rundblick.desk.pages.writing import BesideText, Later, beside_of, later_choices, suggestions
from rundblick.desk.shapes import Choice, File
from rundblick.desk.templatetags.desk import date
from rundblick.intake.replying import begin_reply, troubled_addresses
from rundblick.people import gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A draft that came with a joined case; ``url`` takes it into this answer."""

    number: str
    name: str
    text: str
    files: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """What the composer shows. ``key`` and ``seen`` go with the form: sent twice is once, and news stop it."""

    to: str
    cc: str
    subject: str
    text: str
    account: str
    accounts: tuple[Choice, ...]
    key: str
    seen: str
    files: tuple[File, ...] = ()
    troubles: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    stopped: bool = False
    fixed_to: str = ""
    saved_by: str = ""
    asked: tuple[Any, ...] = ()
    left: tuple[Left, ...] = ()
    open: bool = False
    version: int = 0
    beside: tuple[BesideText, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    later: tuple[Later, ...] = ()
    later_at: str = ""


def composer(user: Any, case: Case) -> Composer | None:
    """The composer as somebody finds it: the draft that lies there, else an empty answer. None: no account can send."""
    usable = [one for one in origins() if one.enabled]
    if not usable:
        return None
    draft = Draft.objects.filter(case=case).first()
    start = begin_reply(case)
    chosen = next((one for one in usable if draft and one.source == draft.source_id), start.origin) or usable[0]
    seen = newest(case)
    hidden = "identifiers" in gate.hidden_fields(user, "customer")
    to = draft.to if draft is not None and draft.to else start.to
    saved_by = draft.person_id if draft is not None and draft.person_id else None
    mine = getattr(getattr(user, "person", None), "pk", None)
    return Composer(
        to="" if hidden else to,
        cc="" if hidden else draft.cc if draft is not None else ", ".join(start.cc),
        subject=draft.subject if draft is not None and draft.subject else start.subject,
        text=draft.text if draft is not None else "",
        account=str(chosen.source),
        accounts=tuple(Choice(str(one.source), f"{one.name} <{one.own}>") for one in usable),
        key=str(uuid7()),
        seen=str(seen.uuid) if seen is not None else "",
        files=_files(case),
        troubles=() if hidden else troubles_of([to]),
        fixed_to=_("the customer") if hidden else "",
        saved_by=names_of_people([saved_by]).get(saved_by, "") if saved_by and saved_by != mine else "",
        left=_left(case),
        open=draft is not None and bool(draft.text),
        version=draft.version if draft is not None else 0,
        beside=beside_of(case),
        suggestions=tuple(suggestions(user, case)) if draft is None or not draft.text else (),
        later=later_choices(case),
    )


def _left(case: Case) -> tuple[Left, ...]:
    found = left_drafts(case)
    names = names_of_people([one.person for one in found if one.person])
    return tuple(
        Left(
            number=one.number,
            name=names.get(one.person or 0, ""),
            text=one.text,
            files=one.files,
            url=reverse("desk:draft-take", args=[case.uuid, one.case]),
        )
        for one in found
    )


def _files(case: Case) -> tuple[File, ...]:
    return tuple(
        File(one.name, size_words(one.size), reverse("desk:detach", args=[case.uuid, one.uuid]))
        for one in DraftAttachment.objects.filter(case=case).order_by("id")
    )


def troubles_of(written: Sequence[str]) -> tuple[str, ...]:
    """What is known of addresses that could not be reached."""
    found = troubled_addresses([one.email for text in written for one in addresses(text)])
    return tuple(
        (
            _("Mail to %(address)s came back on %(day)s: there is no such mailbox.")
            if one.hard
            else _("Mail to %(address)s could not be delivered on %(day)s.")
        )
        % {"address": one.address, "day": date(one.last_at)}
        for one in found
    )
