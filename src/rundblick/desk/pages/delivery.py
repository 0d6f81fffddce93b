"""How far an answer has come, in words, and the page of letters that could not be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases import work
from rundblick.cases.answering import newest
from rundblick.cases.models import Case, Message
from rundblick.core.database import cursor
from rundblick.core.letters import LAID_DOWN
from rundblick.desk.shapes import Delivery, Empty, Stuck
from rundblick.desk.templatetags.desk import moment
from rundblick.intake.models import Outgoing
from rundblick.intake.outbox import OutboxError, give_up, retry
from rundblick.people import gate
from rundblick.people.gate import needs

PAGE = 50
_BEFORE = ("waiting", "failed", "scheduled", "held")  # what can still be taken back


def fault_in_words(fault: str) -> str:
    """Why a letter could not be sent, for a person; what its server said stands beside it."""
    return {
        "unreachable": _("the mail server does not answer"),
        "name": _("the mail server's name leads nowhere"),
        "certificate": _("the mail server's certificate is not valid"),
        "tls": _("no encrypted connection could be made"),
        "plain": _("the password would have gone out unencrypted"),
        "login": _("the mail server refuses the login"),
        "token": _("no access token could be got"),
        "consent": _("access has to be allowed at the provider again"),
        "application": _("the provider does not know the application"),
        "secret": _("the password of the account cannot be read any more"),
        "cut": _("the connection broke off"),
        "disk": _("the file could not be written"),
        "busy": _("the mail server has no time now"),
        "server": _("the mail server refused a command"),
        "refused": _("the mail server refused it"),
        "sender_refused": _("the mail server does not let this account send"),
        "too_large": _("it is too large for the mail server"),
        "utf8": _("the mail server cannot write to such an address"),
        "no_account": _("its account is switched off or gone"),
        "no_sender": _("this channel cannot send yet"),
        "erased": _("what it said was erased"),
        "sample": _("this is the sample company: nothing leaves this machine"),
        "letter_address": _("an address is not valid"),
        "letter_nobody": _("it has no recipient"),
    }.get(fault, _("sending failed"))


def deliveries(user: Any, said: Sequence[Message]) -> dict[int, Delivery]:
    """{message: how far it has come} of those that were written here."""
    written = [message.pk for message in said if message.dispatch]
    if not written:
        return {}
    rows = {row.message_id: row for row in Outgoing.objects.filter(message__in=written).select_related("content")}
    may = gate.allowed(user, "case.write")
    return {
        message.pk: _delivery(message, rows[message.pk], may, "identifiers" in gate.hidden_fields(user, "customer"))
        for message in said
        if message.pk in rows
    }


def _delivery(message: Message, row: Outgoing, may: bool, without_addresses: bool) -> Delivery:
    at = {"time": moment(row.due_at)}
    why = fault_in_words(row.fault) if message.dispatch in ("failed", "dead") else ""
    words, tone, icon = {
        "waiting": (_("leaves at %(time)s") % at, "act", "clock"),
        "scheduled": (_("leaves on %(time)s") % at, "act", "clock"),
        "held": (
            _("held: the customer wrote before it left. Read it, then let it go or take it back."),
            "risk",
            "alert-triangle",
        ),
        "sending": (_("is being sent"), "act", "clock"),
        "failed": (
            _("not sent yet: %(why)s. Tried again at %(time)s") % {**at, "why": why},
            "risk",
            "clock-exclamation",
        ),
        "sent": (_("sent, the mail server has it"), "good", "check"),
        "dead": (_("not sent: %(why)s") % {"why": why}, "bad", "alert-triangle"),
        "bounced": (_("came back: it could not be delivered"), "bad", "alert-triangle"),
    }.get(message.dispatch, ("", "", "check"))
    if message.dispatch == "sent" and row.content.told.startswith(LAID_DOWN):
        words, tone, icon = _("laid down as a file to try things out; it has not left this machine"), "risk", "archive"
    if row.state == Outgoing.State.CANCELLED:
        words, tone, icon = _("given up"), "bad", "x"
    told = (
        []
        if without_addresses
        else [f"{one['address']}: {one['told']}" for one in row.content.recipients if one.get("told")]
    )
    if not told and row.content.told and message.dispatch in ("dead", "failed"):
        told = [row.content.told]
    states, said = (Outgoing.State.WAITING, Outgoing.State.FAILED, Outgoing.State.HELD), _BEFORE
    waits = row.state in states and message.dispatch in said
    planned = may and waits and (row.scheduled or row.state == Outgoing.State.HELD)
    seen = newest(message.case) if planned and message.case is not None else None
    return Delivery(
        words=words,
        tone=tone,
        icon=icon,
        at=message.dispatched_at if message.dispatch == "sent" else None,
        told=tuple(told),
        undo_url=reverse("desk:answer-undo", args=[message.uuid]) if may and waits else "",
        retry_url=reverse("desk:outbox-retry", args=[row.uuid])
        if may and row.state in (Outgoing.State.DEAD, Outgoing.State.FAILED)
        else "",
        time_url=reverse("desk:answer-time", args=[message.uuid]) if planned else "",
        seen=str(seen.uuid) if seen is not None else "",
        leaves_at=row.due_at.isoformat() if waits and row.state == Outgoing.State.WAITING else "",
        kept=row.blob_id is not None and not without_addresses,
        to=() if without_addresses else tuple(one["address"] for one in row.content.recipients),
    )


# --- the page of what could not be sent ------------------------------------------------------------------------------


@needs("case.read")
def outbox(request: HttpRequest) -> HttpResponse:
    """Letters that nobody could deliver, the newest first, and those that are tried again."""
    found = _visible(request.user).filter(state__in=("dead", "failed", "held"))
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(id__lt=int(before))
    rows = list(found.select_related("content").order_by("-id")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    context = {
        "area": "outbox",
        "letters": _stuck(request, rows),
        "older_url": f"{request.path}?{urlencode({'before': rows[-1].pk})}" if more else "",
        "may": {"write": gate.allowed(request.user, "case.write")},
        "empty": Empty(
            _("Everything has left"),
            _("Answers that a mail server refuses, or that could not be sent for two days, wait here for a decision."),
            "circle-check",
        ),
    }
    return render(request, "desk/pages/outbox.html", context)


def _visible(user: Any) -> Any:
    return Outgoing.objects.filter(gate.visible_in_case("message__case_id")(user))


def dead_letters(user: Any) -> int:
    """How many wait for a decision; at most 100 are counted."""
    with cursor() as cur:  # mostly there is none at all, whoever asks
        cur.execute("SELECT EXISTS (SELECT FROM intake_outgoing WHERE state IN ('dead', 'held'))")
        if cur.fetchone() == (False,):
            return 0
    return len(_visible(user).filter(state__in=("dead", "held")).values_list("id")[:100])


def _stuck(request: HttpRequest, rows: Sequence[Outgoing]) -> list[Stuck]:
    said = {
        message.pk: message
        for message in Message.objects.filter(pk__in=[row.message_id for row in rows]).select_related("content", "case")
    }
    shown = deliveries(request.user, list(said.values()))
    gate.saw(request, "customer", [m.case.customer_id for m in said.values() if m.case is not None])
    found = []
    for row in rows:
        message = said[row.message_id]
        case = message.case
        assert case is not None
        found.append(
            Stuck(
                uuid=row.uuid,
                subject=message.content.subject,
                to=", ".join(shown[message.pk].to),
                case_uuid=case.uuid,
                case_number=case.number,
                delivery=shown[message.pk],
                attempts=row.attempts,
                created_at=row.created_at,
                is_dead=row.state == Outgoing.State.DEAD,
                is_held=row.state == Outgoing.State.HELD,
            )
        )
    return found


@needs("case.write", about="outgoing")
@require_POST
def send_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tries it once more, now."""
    return _decide(request, lambda outgoing: retry(outgoing, work.person_of(request.user)), _("It is sent again."))


@needs("case.write", about="outgoing")
@require_POST
def abandon(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """It is not sent; the reason stays in the audit."""
    reason = request.POST.get("reason", "")
    return _decide(
        request, lambda outgoing: give_up(outgoing, work.person_of(request.user), reason), _("It is not sent.")
    )


def _decide(request: HttpRequest, deed: Any, done: str) -> HttpResponse:
    outgoing = gate.about(request, Outgoing)
    try:
        deed(outgoing)
    except OutboxError as error:
        empty = error.code == "empty"
        messages.warning(
            request,
            _("Write in a few words why, so that nobody has to ask again.")
            if empty
            else _("Somebody was faster: this letter has been decided already."),
        )
    else:
        messages.success(request, done)
    if request.POST.get("back") == "case":
        case = Case.objects.get(message_set=outgoing.message_id)
        return redirect("desk:case", case.uuid)
    return redirect("desk:outbox")
