"""Side talks at the desk: a question to a colleague, or a mail to a supplier, beside what the customer sees."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import sidetalks
from rundblick.cases.deeds import LONGEST, WorkError, person_of
from rundblick.cases.mentions import MentionError
from rundblick.cases.models import Attachment, Case, Message, SideTalk
from rundblick.channels.email.headers import addresses
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.letters import Origin, Recipient, origins
from rundblick.core.message import Attachment as File
from rundblick.core.numbers import spaced
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.mentions import chosen_in, questions_of
from rundblick.desk.pages.timeline import said_lines, size_words
from rundblick.desk.talk_shapes import Talk, TalkLine
from rundblick.desk.templatetags.desk import date, moment
from rundblick.intake.outbox import OutboxError
from rundblick.intake.sidetalking import CustomerNamed, SideLetter, start, take_back_aside, write
from rundblick.people import gate
from rundblick.people.gate import needs

SHOWN = 40  # words of a talk in the timeline; all of them on its own page
_QUOTED = 30  # messages that are offered for quoting
_LONG = timedelta(days=2)


# -- showing ---------------------------------------------------------------------------------------------------------


def talks_in(user: Any, case: Case, opened: str = "") -> list[Talk]:
    """The talks of a case for its timeline; the one whose uuid is ``opened`` is unfolded."""
    if not gate.allowed(user, "case.read"):
        return []
    return _shown(user, sidetalks.talks_of(case), SHOWN, opened)


def _shown(user: Any, talks: Sequence[SideTalk], most: int, opened: str) -> list[Talk]:
    if not talks:
        return []
    said = sidetalks.said_in(talks)
    hidden = "identifiers" in gate.hidden_fields(user, "customer")
    found = []
    for talk in talks:
        rows = said[talk.pk]
        kept = rows[-most:]
        lines = said_lines(user, [row.message for row in kept])
        told = [
            TalkLine(
                said=line if row.way != sidetalks.IN else replace(line, author=_sender(row.message, hidden)),
                way=row.way,
                other_address=row.other_address,
            )
            for row, line in zip(kept, lines, strict=True)
        ]
        people = talk.content.recipients or []
        names = [one["name"] or ("" if hidden else one["address"]) for one in people]
        since = talk.waits_since
        found.append(
            Talk(
                uuid=talk.uuid,
                at=talk.last_at,
                order=(talk.last_at, 0, talk.pk),
                heading=talk.content.heading,
                by_mail=talk.kind == SideTalk.MAIL,
                to=", ".join(name for name in names if name),
                recipients="" if hidden else ", ".join(one["address"] for one in people),
                state=talk.state,
                waits=_("waits for an answer since %(when)s") % {"when": moment(since)} if since else "",
                waits_long=since is not None and timezone.now() - since > _LONG,
                remind_at=talk.remind_at,
                remind_input=f"{timezone.localtime(talk.remind_at):%Y-%m-%dT%H:%M}" if talk.remind_at else "",
                lines=tuple(told),
                earlier=len(rows) - len(kept),
                draft=talk.content.draft,
                key=str(uuid7()),
                open=opened == str(talk.uuid) or bool(talk.content.draft),
            )
        )
    return found


def _sender(message: Message, hidden: bool) -> str:
    """Who wrote from outside; "" when nobody knows, or when an address may not be seen."""
    content = getattr(message, "content", None)
    return (content.author or ("" if hidden else content.address)) if content else ""


@needs("case.read", about="side_talk")
def talk_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A talk as a whole, on a page of its own."""
    return _page(request, gate.about(request, SideTalk))


def _page(request: HttpRequest, talk: SideTalk, status: int = 200, **more: Any) -> HttpResponse:
    case = sidetalks.case_of(talk)
    gate.saw(request, "customer", [case.customer_id])
    (shown,) = _shown(request.user, [SideTalk.objects.select_related("content").get(pk=talk.pk)], 10_000, "")
    context = {"area": "inbox", "case": case, "talk": shown, "may": {"write": _may_write(request.user, case)}}
    return render(request, "desk/pages/side_talk.html", {**context, **more}, status=status)


def _may_write(user: Any, case: Case) -> bool:
    return (
        gate.allowed(user, "case.write")
        and Case.objects.filter(gate.visible_cases(user, "case.write"), pk=case.pk).exists()
    )


# -- beginning -------------------------------------------------------------------------------------------------------


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Asks to whom and what; chosen messages of the case come into the text, where they can be shortened."""
    case = gate.about(request, Case)
    form = request.POST
    kind = SideTalk.INSIDE if (form or request.GET).get("kind") == SideTalk.INSIDE else SideTalk.MAIL
    usable = [one for one in origins() if one.enabled]
    said = {
        "kind": kind,
        "to": form.get("to", "")[:2000],
        "heading": form.get("heading", _default_heading(case, kind) if request.method == "GET" else "")[:300],
        "text": form.get("text", "").replace("\r\n", "\n")[:LONGEST],
        "account": form.get("account", ""),
        "remind": form.get("remind", ""),
        "key": _uuid(form.get("key", "")) or str(uuid7()),
        "quote": form.getlist("quote"),
        "files": form.getlist("file"),
        "known": form.get("known", ""),
    }
    faults: dict[str, str] = {}
    more: dict[str, Any] = {}
    if request.method == "POST":
        if said["quote"] and kind == SideTalk.MAIL:  # what is taken along is seen before it leaves
            said["text"] = f"{said['text']}\n\n{_quotes(request.user, case, said['quote'])}".strip()[:LONGEST]
            said["quote"] = []
            more["quoted"] = True
        elif (talk := _begun(request, case, said, usable, faults, more)) is not None:
            messages.success(request, _("It is on its way. The customer sees nothing of it."))
            return onward(request, f"{reverse('desk:case', args=[case.uuid])}?talk={talk.uuid}#talk-{talk.uuid}")
    context = {
        "area": "inbox",
        "case": case,
        "title": _("Ask somebody outside by mail") if kind == SideTalk.MAIL else _("Ask a colleague"),
        "part": "desk/parts/talk_begin.html",
        "said": said,
        "faults": faults,
        "accounts": usable,
        "quotable": _quotable(request.user, case) if kind == SideTalk.MAIL else [],
        "attachable": _attachable(case) if kind == SideTalk.MAIL else [],
        **more,
    }
    return in_case(request, context, 422 if faults or more.get("questions") else 200)


def _default_heading(case: Case, kind: str) -> str:
    return _("Question about case %(number)s") % {"number": spaced(case.number)} if kind == SideTalk.MAIL else ""


def _begun(
    request: HttpRequest,
    case: Case,
    said: dict[str, Any],
    usable: Sequence[Origin],
    faults: dict[str, str],
    more: dict[str, Any],
) -> SideTalk | None:
    """Begins it; None with ``faults`` or ``more`` filled when something is missing or to be asked."""
    by = person_of(request.user)
    remind_at = _moment(said["remind"], faults)
    for name, words in (("heading", _("Say in a few words what it is about.")), ("text", _("The text is empty."))):
        if not said[name].strip():
            faults[name] = words
    how = sidetalks.Begun(kind=said["kind"], heading=said["heading"], remind_at=remind_at)
    try:
        if said["kind"] == SideTalk.INSIDE:
            return None if faults else _begun_inside(request, case, how, said["text"])
        recipients = _recipients(said["to"], faults)
        origin = next((one for one in usable if str(one.source) == said["account"]), usable[0] if usable else None)
        if origin is None:
            faults["to"] = _("No mailbox can send yet. An administrator has to set one up.")
        if faults or origin is None:
            return None
        letter = SideLetter(
            recipients=recipients,
            text=said["text"],
            subject=said["heading"],
            files=tuple(_files(case, said["files"])),
            key=UUID(said["key"]),
            customer_known=said["known"] == "customer",
        )
        return start(case, how, letter, origin, by)
    except CustomerNamed as error:
        more["customer"] = error.addresses
        faults["to"] = _customer_words(error)
    except MentionError as error:
        more["questions"] = questions_of(error)
    except WorkError as error:
        faults["text"] = _refusal(error)
    return None


def _begun_inside(request: HttpRequest, case: Case, how: sidetalks.Begun, text: str) -> SideTalk:
    from django.db import transaction

    by = person_of(request.user)
    with transaction.atomic():
        talk = sidetalks.begin(case, how, by)
        sidetalks.say(talk, text, by, chosen=chosen_in(request), unseen_known=bool(request.POST.get("unseen")))
    return talk


def _customer_words(error: CustomerNamed) -> str:
    named = ", ".join(error.addresses)
    told = _("%(address)s is the customer's address: he would read this talk. Take it out, or send it all the same.")
    return told % {"address": named}


def _recipients(text: str, faults: dict[str, str]) -> tuple[Recipient, ...]:
    named = addresses(text)
    pieces = [piece for piece in text.replace(";", ",").split(",") if piece.strip()]
    if len(named) < len(pieces):
        faults["to"] = _("One of these is no mail address.")
    elif not named:
        faults["to"] = _("Say to whom it goes.")
    return tuple({one.email: Recipient(one.email, one.name) for one in named}.values())


def _quotable(user: Any, case: Case) -> list[Any]:
    found = Message.objects.filter(sidetalks.not_aside(), case=case, superseded=False).exclude(direction="note")
    rows = list(found.select_related("content", "call", "team").order_by("-at", "-pk")[:_QUOTED])
    return said_lines(user, rows)


def _quotes(user: Any, case: Case, chosen: Sequence[str]) -> str:
    """The chosen messages as they stand below a mail, the oldest first."""
    keys = [key for text in chosen if (key := _uuid(text))]
    found = Message.objects.filter(sidetalks.not_aside(), case=case, superseded=False, uuid__in=keys)
    rows = list(found.exclude(direction="note").select_related("content", "call", "team").order_by("at", "pk"))
    parts = []
    for line in said_lines(user, rows):
        who = line.author if line.direction != "in" else _("The customer")
        head = _("%(who)s, %(when)s:") % {"who": who, "when": moment(line.at)}
        words = "\n".join(stretch.text for stretch in line.stretches if not stretch.label)
        parts.append(head + "\n" + "\n".join(f"> {one}" for one in words.splitlines()))
    return "\n\n".join(parts)


def _attachable(case: Case) -> list[dict[str, Any]]:
    found = Attachment.objects.filter(message__case=case, message__superseded=False).select_related("content")
    return [
        {"uuid": one.uuid, "name": one.content.name, "size": size_words(one.size)}
        for one in found.order_by("-pk")[:_QUOTED]
    ]


def _files(case: Case, chosen: Sequence[str]) -> list[File]:
    keys = [key for text in chosen if (key := _uuid(text))]
    files = []
    with cursor() as cur:
        for one in Attachment.objects.filter(message__case=case, uuid__in=keys).select_related("content"):
            data = read_blob(cur, one.blob_id)
            if data is not None:
                files.append(File(one.content.name, one.media_type, data))
    return files


# -- going on --------------------------------------------------------------------------------------------------------


@needs("case.write", about="side_talk")
@require_POST
def speak(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A word in a talk: inside the company, or by mail to whom it is with."""
    talk = gate.about(request, SideTalk)
    text = request.POST.get("text", "").replace("\r\n", "\n")[:LONGEST]
    sidetalks.keep_side_draft(talk, text)
    by = person_of(request.user)
    inside = talk.kind == SideTalk.INSIDE or request.POST.get("inside")
    faults: dict[str, str] = {}
    more: dict[str, Any] = {}
    try:
        if not text.strip():
            faults["text"] = _("The text is empty.")
        elif inside:
            sidetalks.say(talk, text, by, chosen=chosen_in(request), unseen_known=bool(request.POST.get("unseen")))
            sidetalks.keep_side_draft(talk, "")
        else:
            _write(request, talk, text, faults)
    except CustomerNamed as error:
        more["customer"] = error.addresses
        faults["to"] = _customer_words(error)
    except MentionError as error:
        more["questions"] = questions_of(error)
    except WorkError as error:
        faults["text"] = _refusal(error)
    if faults or more:
        said = {"text": text, "to": request.POST.get("to", "")}
        return _page(request, talk, status=422, faults=faults, said=said, **more)
    messages.success(request, _("The word stands in the talk.") if inside else _("It is on its way."))
    return _back(talk)


def _write(request: HttpRequest, talk: SideTalk, text: str, faults: dict[str, str]) -> None:
    hidden = "identifiers" in gate.hidden_fields(request.user, "customer")
    content = SideTalk.objects.select_related("content").get(pk=talk.pk).content
    known = tuple(Recipient(one["address"], one["name"]) for one in content.recipients or [])
    named = known if hidden or "to" not in request.POST else _recipients(request.POST["to"][:2000], faults)
    names = {one.address: one.name for one in known}
    usable = [one for one in origins() if one.enabled]
    origin = next((one for one in usable if one.source == talk.source_id), usable[0] if usable else None)
    if origin is None:
        faults["to"] = _("No mailbox can send yet. An administrator has to set one up.")
    if faults or origin is None:
        return
    letter = SideLetter(
        recipients=tuple(Recipient(one.address, one.name or names.get(one.address, "")) for one in named),
        text=text,
        subject=_answering(content.heading),
        key=UUID(_uuid(request.POST.get("key", "")) or str(uuid7())),
        customer_known=request.POST.get("known") == "customer",
    )
    write(talk, letter, origin, person_of(request.user))


def _answering(heading: str) -> str:
    return heading if heading.lower().startswith(("re:", "aw:")) else f"Re: {heading}"


@needs("case.write", about="side_talk")
@require_POST
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keeps what is being written in a talk."""
    sidetalks.keep_side_draft(gate.about(request, SideTalk), request.POST.get("text", ""))
    return HttpResponse(status=204)


@needs("case.write", about="side_talk")
@require_POST
def settle(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Closes a talk, or opens it again."""
    talk = gate.about(request, SideTalk)
    deed = sidetalks.reopen if request.POST.get("open") else sidetalks.close
    try:
        deed(talk, person_of(request.user))
    except WorkError:
        messages.warning(request, _("Somebody was faster: the talk has this state already."))
    else:
        opened = bool(request.POST.get("open"))
        messages.success(request, _("The talk is open again.") if opened else _("The talk is closed."))
    return _back(talk)


@needs("case.write", about="side_talk")
@require_POST
def remind(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """When somebody wants to be told that no answer came; an empty time tells nobody."""
    talk = gate.about(request, SideTalk)
    faults: dict[str, str] = {}
    at = _moment(request.POST.get("remind", ""), faults)
    if not faults:
        try:
            sidetalks.remind(talk, at, person_of(request.user))
        except WorkError as error:
            faults["remind"] = _refusal(error)
    if faults:
        messages.warning(request, faults["remind"])
    else:
        told = _("You are reminded on %(day)s.") % {"day": date(at)} if at else _("Nobody is reminded.")
        messages.success(request, told)
    return _back(talk)


@needs("case.write", about="message")
@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes a mail of a talk back that has not left; its text is the talk's draft again."""
    message = gate.about(request, Message)
    try:
        talk = take_back_aside(message, person_of(request.user))
    except OutboxError:
        messages.warning(request, _("It has left already and cannot be taken back."))
        return redirect("desk:case", message.case.uuid) if message.case else redirect("desk:inbox")
    messages.success(request, _("The mail was taken back; its text stands in the talk again."))
    return _back(talk)


def _back(talk: SideTalk) -> HttpResponse:
    case = sidetalks.case_of(talk)
    return redirect(f"{reverse('desk:case', args=[case.uuid])}?talk={talk.uuid}#talk-{talk.uuid}")


def _moment(text: str, faults: dict[str, str]) -> datetime | None:
    if not text.strip():
        return None
    with suppress(ValueError):
        at = datetime.fromisoformat(text.strip())
        at = at if at.tzinfo else timezone.make_aware(at)
        if at > datetime.now(UTC):
            return at
        faults["remind"] = _("This time has passed. Choose a later one.")
        return None
    faults["remind"] = _("This is no time. Write it as 2026-03-02 09:00.")
    return None


def _refusal(error: WorkError) -> str:
    return {
        "empty": _("The text is empty."),
        "nobody": _("Say to whom it goes."),
        "too_many": _("It has too many recipients."),
        "too_large": _("Its files are too large together."),
        "no_account": _("The account is switched off."),
        "past": _("This time has passed. Choose a later one."),
        "settled": _("The talk is closed. Open it again first."),
    }.get(error.code, _("It cannot be sent so."))


def _uuid(text: str) -> str:
    with suppress(ValueError):
        return str(UUID(text))
    return ""
