"""Who is named in a note: asked while it is written, told before it is kept, and the list of what one was named in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.deeds import WorkError, person_of
from rundblick.cases.mentions import (
    MentionError,
    Named,
    correct_note,
    key_of,
    looked,
    mentions_of,
    offered,
    write_note,
)
from rundblick.cases.models import Case, Mention, Message
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import names_of_people, opening
from rundblick.desk.shapes import Empty
from rundblick.desk.talk_shapes import MentionRow
from rundblick.people import gate
from rundblick.people.gate import needs

PAGE = 50


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before a note is kept: which of several is meant (``choices``), or that somebody sees nothing."""

    field: str
    written: str
    choices: tuple[Named, ...] = ()


def questions_of(error: MentionError) -> list[Question]:
    if error.code == "ambiguous":
        return [Question(f"who:{key_of(hit)}", hit.written, hit.meant) for hit in error.hits]
    return [Question("unseen", ", ".join(one.name for one in error.people))]


def chosen_in(request: HttpRequest) -> dict[str, UUID]:
    """Whom the form says several-named writings mean."""
    found = {}
    for field, value in request.POST.items():
        if field.startswith("who:"):
            try:
                found[field.removeprefix("who:")] = UUID(str(value))
            except ValueError:
                continue
    return found


@needs("case.write", about="case")
@require_POST
def note(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Adds an internal note; asks first where a name is not clear or somebody would see nothing of it."""
    case = gate.about(request, Case)
    text = request.POST.get("text", "").strip()
    if not text:
        messages.error(request, _("The note was empty, so nothing was added."))
        return redirect("desk:case", case.uuid)
    try:
        chosen = chosen_in(request)
        write_note(case, text, person_of(request.user), chosen=chosen, unseen_known=bool(request.POST.get("unseen")))
    except MentionError as error:
        return _asked(request, case, text, error, reverse("desk:note", args=[case.uuid]))
    messages.success(request, _("The note is in the timeline."), extra_tags=f"note-{case.uuid}")
    return redirect("desk:case", case.uuid)


@needs("case.write", about="message")
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Corrects one's own note within a quarter of an hour; the former words stay beside it."""
    message = gate.about(request, Message)
    case = message.case
    if case is None:
        return redirect("desk:inbox")
    content = getattr(message, "content", None)
    text = request.POST.get("text", content.text if content else "").strip()
    url = reverse("desk:note-correct", args=[message.uuid])
    if request.method == "POST":
        try:
            correct_note(
                message,
                text,
                person_of(request.user),
                chosen=chosen_in(request),
                unseen_known=bool(request.POST.get("unseen")),
            )
        except MentionError as error:
            return _asked(request, case, text, error, url, chosen_in(request))
        except WorkError as error:
            fault = (
                _("The note was empty, so nothing was added.")
                if error.code == "empty"
                else _("Only your own note can be corrected, for a quarter of an hour. Write another one.")
            )
            return in_case(request, _note_form(case, text, url, fault=fault), 422)
        messages.success(request, _("The note is corrected."))
        return onward(request, reverse("desk:case", args=[case.uuid]))
    return in_case(request, _note_form(case, text, url))


def _asked(
    request: HttpRequest, case: Case, text: str, error: MentionError, url: str, chosen: dict[str, UUID] | None = None
) -> HttpResponse:
    asked = questions_of(error)
    known = chosen if chosen is not None else chosen_in(request)
    kept = {f"who:{key}": str(value) for key, value in known.items()}
    return in_case(request, {**_note_form(case, text, url), "questions": asked, "kept": kept}, 422)


def _note_form(case: Case, text: str, url: str, fault: str = "") -> dict[str, Any]:
    return {
        "area": "inbox",
        "case": case,
        "title": _("Internal note"),
        "part": "desk/parts/note_form.html",
        "text": text,
        "url": url,
        "fault": fault,
    }


@needs("case.write", about="case")
def mentionable(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who may be meant by what is typed behind an @, and whether he may see the case."""
    typed = request.GET.get("q", "")[:60]
    found = offered(typed)
    return JsonResponse({"items": [{"name": one.name, "beside": one.beside or _("Team")} for one in found]})


# -- the list --------------------------------------------------------------------------------------------------------


@needs("case.read")
def mentions(request: HttpRequest) -> HttpResponse:
    """What somebody was named in and has not looked at; all of it on request."""
    everything = request.GET.get("view") == "all"
    found = mentions_of(request.user, seen=everything).select_related("message__content", "talk__content")
    rows = list(found.select_related("case__content").order_by("-at", "-pk")[:PAGE])
    names = names_of_people(one.by_id for one in rows)
    gate.saw(request, "customer", [one.case.customer_id for one in rows])
    context = {
        "area": "mentions",
        "everything": everything,
        "rows": [_row(one, names.get(one.by_id or 0, "")) for one in rows],
        "empty": Empty(
            _("Nobody waits for you here"),
            _("When a colleague names you with @ in a note, or a question of yours is answered, it stands here."),
            "circle-check",
        ),
    }
    return render(request, "desk/pages/mentions.html", context)


def _row(one: Mention, by: str) -> MentionRow:
    case = one.case
    content = getattr(case, "content", None)
    talk = getattr(one.talk, "content", None) if one.talk_id else None
    message = getattr(one.message, "content", None) if one.message_id else None
    words = {
        Mention.NAMED: _("%(name)s named you") % {"name": by or _("Somebody")},
        Mention.REPLY: _("Something new in: %(heading)s") % {"heading": talk.heading if talk else ""},
        Mention.REMINDER: _("Still no answer in: %(heading)s") % {"heading": talk.heading if talk else ""},
    }[one.why]
    url = reverse("desk:case", args=[case.uuid])
    if one.talk is not None:
        url += f"?talk={one.talk.uuid}#talk-{one.talk.uuid}"
    elif one.message is not None:
        url += f"?at={one.message.uuid}#m-{one.message.uuid}"
    return MentionRow(
        uuid=one.uuid,
        at=one.at,
        words=words,
        text=opening(message.text, 200) if message else "",
        title=(content.subject if content else "") or case.topic,
        number=case.number,
        url=url,
        seen=one.seen_at is not None,
        icon={"named": "at", "reply": "messages", "reminder": "clock-exclamation"}[one.why],
    )


@needs("case.read", about="mention")
@require_POST
def seen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """He has seen it without opening the case."""
    looked(gate.about(request, Mention))
    return redirect("desk:mentions")
