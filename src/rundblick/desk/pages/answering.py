"""Answering by mail from the case's page: sending, taking back, the draft and its files."""

from __future__ import annotations

import mimetypes
import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases import work
from rundblick.cases.answering import newest
from rundblick.cases.asking import Repeated, asked_again
from rundblick.cases.drafts import attach, take_over
from rundblick.cases.models import Case, DraftAttachment, Message
from rundblick.cases.suggesting import settled
from rundblick.channels.email.attachments import safe_name
from rundblick.channels.email.headers import addresses
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.letters import Recipient, origins
from rundblick.core.message import Attachment
from rundblick.desk.pages import sidetalks
from rundblick.desk.pages.asking import confirming, repeated_in, told
from rundblick.desk.pages.case import case_again
from rundblick.desk.pages.composing import Composer, composer, troubles_of
from rundblick.desk.pages.timeline import size_words
from rundblick.desk.pages.writing import beside_of, place_fault, when_told
from rundblick.desk.templatetags.desk import moment
from rundblick.intake.outbox import SIZE_AT_MOST, Answer, Aside, OutboxError, keep_draft, put, take_back
from rundblick.intake.replying import begin_reply
from rundblick.intake.sideways import is_aside
from rundblick.people import gate
from rundblick.people.gate import needs

FILES_AT_MOST = 20
# what a mail server refuses, and what runs when somebody opens it
_UNSAFE = re.compile(
    r"ade|adp|apk|app|bat|chm|cmd|com|cpl|dll|dmg|exe|hta|htm|html|ins|iso|jar|js|jse|lnk|mjs|msc|msi|msp|mst|pif|ps1|"
    r"reg|scr|sct|shtml|svg|sys|vb|vbe|vbs|vhd|wsc|wsf|wsh|xhtml|xll"
)
_TYPES = mimetypes.MimeTypes()  # the library's own table, so that a file has one type on every machine


@needs("case.write", about="case")
@require_POST
def answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Sends the answer; shown again with what is wrong, what is known already, or what came meanwhile."""
    case = gate.about(request, Case)
    shown = _filled(request, case)
    if shown is None:
        messages.error(request, _("No mailbox can send yet. An administrator has to set one up."))
        return redirect("desk:case", case.uuid)
    at, fault = when_told(case, request.POST)
    try:
        _keep(request, case, shown)
    except Aside:
        return case_again(request, case, replace(shown, beside=beside_of(case, UUID(shown.key))), status=409)
    repeated = repeated_in(request.user, case, shown.text)
    if kind := request.POST.get("confirm", ""):
        text = confirming(case, shown.text, repeated, kind)
        again = repeated_in(request.user, case, text)
        return case_again(request, case, replace(shown, text=text, asked=tuple(told(again))))
    recipients, faults = _recipients(request, case, shown)
    if not shown.text.strip() and not shown.files:
        faults["text"] = _("The answer is empty.")
    if left := place_fault(shown.text):
        faults["text"] = left
    if fault:
        faults["later"] = fault
    if faults:
        return case_again(request, case, replace(shown, faults=faults), status=422)
    if repeated and not request.POST.get("anyway"):
        return case_again(request, case, replace(shown, asked=tuple(told(repeated))), status=422)
    return _send(request, case, shown, recipients, repeated, at)


def _send(
    request: HttpRequest,
    case: Case,
    shown: Composer,
    recipients: tuple[Recipient, ...],
    repeated: list[Repeated],
    at: datetime | None,
) -> HttpResponse:
    origin = next(one for one in origins() if str(one.source) == shown.account)
    start = begin_reply(case, origin)
    try:
        told_answer = Answer(
            recipients=recipients,
            text=shown.text,
            subject=shown.subject,
            files=tuple(_attached(case)),
            answers=start.answers,
            seen=UUID(shown.seen) if shown.seen else None,
            due_at=at,
            key=UUID(shown.key),
            then="resolve" if request.POST.get("then") == "resolve" else "",
        )
        with transaction.atomic():  # what is refused became nothing
            settled(case, shown.text, work.person_of(request.user))
            put(case, told_answer, origin, by=work.person_of(request.user))
    except work.WorkError as error:
        if error.code == "newer":
            seen = newest(case)
            again = replace(shown, stopped=True, seen=str(seen.uuid) if seen is not None else "")
            return case_again(request, case, again, status=409)
        return case_again(request, case, replace(shown, faults={"text": _refusal(error)}), status=422)
    if repeated:
        asked_again(case, tuple(one.kind for one in repeated), by=work.person_of(request.user))
    told = _("The answer is on its way. You can still take it back.")
    if at is not None:
        told = _("The answer leaves on %(time)s. Until then you can change it or take it back.") % {"time": moment(at)}
    messages.success(request, told, extra_tags=f"answer-{case.uuid}")
    return redirect("desk:case", case.uuid)


def _refusal(error: work.WorkError) -> str:
    return {
        "too_many": _("It has too many recipients."),
        "too_large": _("Its files are too large together; %(size)s is the most.") % {"size": size_words(SIZE_AT_MOST)},
        "no_account": _("The account is switched off."),
        "empty": _("The answer is empty."),
    }.get(error.code, _("It cannot be sent so."))


def _filled(request: HttpRequest, case: Case) -> Composer | None:
    """The composer with what the form holds."""
    start = composer(request.user, case)
    if start is None:
        return None
    form = request.POST
    account = form.get("account", "")
    return replace(
        start,
        to=start.to if start.fixed_to else form.get("to", start.to)[:2000],
        cc="" if start.fixed_to else form.get("cc", "")[:2000],
        subject=form.get("subject", start.subject)[:300],
        text=form.get("text", "").replace("\r\n", "\n")[: work.LONGEST],
        account=account if account in {one.value for one in start.accounts} else start.account,
        key=_uuid(form.get("key", "")) or start.key,
        seen=_uuid(form.get("seen", "")) or start.seen,
        troubles=() if start.fixed_to else troubles_of([form.get("to", start.to), form.get("cc", "")]),
        open=True,
        saved_by="",
        version=int(version)
        if (version := form.get("version", "")).isdecimal() and len(version) < 9
        else start.version,
        suggestions=(),
        later_at=form.get("later_at", "")[:60],
    )


def _keep(request: HttpRequest, case: Case, shown: Composer) -> None:
    fields: dict[str, object] = {"subject": shown.subject, "text": shown.text, "source": int(shown.account)}
    if not shown.fixed_to:
        fields |= {"to": shown.to, "cc": shown.cc}
    match = request.resolver_match  # the page may be that of a case that was joined with this one meanwhile
    began = Case.objects.filter(uuid=match.kwargs["uuid"]).first() if match is not None else None
    keep_draft(began or case, work.person_of(request.user), UUID(shown.key), shown.version, **fields)


def _recipients(request: HttpRequest, case: Case, shown: Composer) -> tuple[tuple[Recipient, ...], dict[str, str]]:
    """Whom the form names, and what is wrong with it by field."""
    start = begin_reply(case)
    faults: dict[str, str] = {}
    found: list[Recipient] = []
    for part, text in (("to", start.to if shown.fixed_to else shown.to), ("cc", shown.cc)):
        named = addresses(text)
        pieces = [piece for piece in text.replace(";", ",").split(",") if piece.strip()]
        if len(named) < len(pieces):
            faults[part] = _("One of these is no mail address.")
        for one in named:
            name = one.name or (start.name if one.email == start.to else "")
            if one.email not in {known.address for known in found}:
                found.append(Recipient(one.email, name, part))
    if not any(one.part == "to" for one in found):
        faults.setdefault("to", _("Say to whom it goes."))
    return tuple(found), faults


@needs("case.write", about="case")
@require_POST
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keeps what is written while it is written; answers with what it asks for though it is known.

    And with the other text, when another page has written in the same draft meanwhile: both are kept.
    """
    case = gate.about(request, Case)
    shown = _filled(request, case)
    _kept(request, case, shown)
    if request.headers.get("HX-Request") != "true":  # without script: Enter in a field, or the button that leads on
        if request.GET.get("then") == "templates":
            return redirect("desk:templates-pick", case.uuid)
        return redirect(f"{reverse('desk:case', args=[case.uuid])}#rb-answer-form")
    gate.saw(request, "customer", [case.customer_id])
    repeated = repeated_in(request.user, case, request.POST.get("text", ""))
    others = beside_of(case, UUID(shown.key)) if shown is not None else ()
    mine = [one for one in others if shown is not None and shown.key in one.url]
    context = {"case": case, "asked_again": told(repeated), "beside": mine}
    return render(request, "desk/parts/saved.html", context)


def _kept(request: HttpRequest, case: Case, shown: Composer | None) -> None:
    """Keep what the form holds, beside the draft if another page has written there; the page shows both."""
    if shown is not None:
        with suppress(Aside):
            _keep(request, case, shown)


@needs("case.write", about="case")
@require_POST
def take_draft(request: HttpRequest, uuid: UUID, left: UUID) -> HttpResponse:
    """Takes the draft of a case that was joined with this one into the answer; what stands there is kept first."""
    case = gate.about(request, Case)
    shown = _filled(request, case)
    if request.POST.get("key"):
        _kept(request, case, shown)
    with transaction.atomic():
        locked = work.locked_case(case)
        came = Case.objects.filter(uuid=left, merged_into=locked).first()
        if came is not None:
            take_over(came, locked, work.person_of(request.user))
    return redirect(f"{reverse('desk:case', args=[case.uuid])}#rb-answer-form")


@needs("case.write", about="case")
@require_POST
def add_files(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Lays files beside the draft; what is too large, or would run where it is opened, is refused with the reason."""
    case = gate.about(request, Case)
    _kept(request, case, _filled(request, case))
    kept = DraftAttachment.objects.filter(case=case)
    size, count = sum(kept.values_list("size", flat=True)), kept.count()
    taken: list[Attachment] = []
    for upload in request.FILES.getlist("files"):
        if fault := _file_fault(upload, size, count):
            messages.warning(request, fault)
            continue
        name = safe_name(upload.name or "")
        taken.append(Attachment(name, _TYPES.guess_type(name)[0] or "application/octet-stream", upload.read()))
        size, count = size + (upload.size or 0), count + 1
    with cursor() as cur:
        attach(cur, case, taken)
    return redirect(f"{reverse('desk:case', args=[case.uuid])}#rb-answer-form")


def _file_fault(upload: UploadedFile[Any], size: int, count: int) -> str:
    name = safe_name(upload.name or "")
    ending = name.rpartition(".")[2].lower()
    if _UNSAFE.fullmatch(ending):
        return _("%(name)s was not attached: such files run programs, and mail servers refuse them.") % {"name": name}
    if size + (upload.size or 0) > SIZE_AT_MOST:
        facts = {"name": name, "size": size_words(SIZE_AT_MOST)}
        return _("%(name)s was not attached: together at most %(size)s go with an answer.") % facts
    if count >= FILES_AT_MOST:
        return _("%(name)s was not attached: there are too many files.") % {"name": name}
    return ""


@needs("case.write", about="case")
@require_POST
def remove_file(request: HttpRequest, uuid: UUID, file: UUID) -> HttpResponse:
    case = gate.about(request, Case)
    if request.POST.get("key"):
        _kept(request, case, _filled(request, case))
    DraftAttachment.objects.filter(case=case, uuid=file).delete()
    return redirect(f"{reverse('desk:case', args=[case.uuid])}#rb-answer-form")


@needs("case.write", about="message")
@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes an answer back that has not left; its text is in the composer again."""
    message = gate.about(request, Message)
    assert message.case is not None
    if is_aside(message.pk):  # a mail of a side talk goes back into its talk
        return sidetalks.undo(request, uuid)
    try:
        take_back(message, work.person_of(request.user))
    except OutboxError:
        messages.warning(request, _("It has left already and cannot be taken back."))
    else:
        messages.success(request, _("The answer was taken back; it stands in the composer again."))
    return redirect("desk:case", message.case.uuid)


def _attached(case: Case) -> list[Attachment]:
    found = []
    with cursor() as cur:
        for one in DraftAttachment.objects.filter(case=case).order_by("id"):
            data = read_blob(cur, one.blob_id)
            if data is not None:
                found.append(Attachment(one.name, one.media_type, data))
    return found


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
