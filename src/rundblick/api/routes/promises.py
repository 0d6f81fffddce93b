"""Opening hours and promises: what is in force, what would be, and what is to be from now on."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from rundblick.api import rule_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.cases.promising import PROMISE, broken, check, promised, put_hours
from rundblick.cases.trying import preview
from rundblick.core.promises import Promise
from rundblick.core.rulebooks import RuleError, StaleError, in_force, put_in_force
from rundblick.people.gate import needs
from rundblick.people.hours import TIMETABLES, Timetables, timetables

of_hours = Router(tags=["rules"])
router = Router(tags=["rules"])


@of_hours.get("", response={200: shapes.Timetables, **REFUSED})
@needs("rules.read")
def hours(request: HttpRequest) -> dict[str, Any]:
    """When teams work. The first is the company's; what was before a change counts by the hours of then."""
    book = in_force(TIMETABLES)
    told: dict[str, Any] = msgspec.to_builtins(book.told if book is not None else timetables())
    return {"version": book.version if book else 0, "since": book.at if book else None, **told}


@of_hours.put("", response={200: shapes.Timetables, **IMPOSSIBLE})
@needs("rules.write")
def put_timetables(request: HttpRequest, body: shapes.TimetablesTaken) -> dict[str, Any]:
    """Make these the opening hours from now on. 409 `stale` when somebody else has changed them since `seen`."""
    told = _converted(body.model_dump(mode="json", exclude={"seen"}), Timetables)
    try:
        put_hours(told, by=request.user.pk, seen=body.seen)
    except (RuleError, StaleError) as fault:
        raise refused(fault) from fault
    return hours(request)


@router.get("", response={200: shapes.PromiseShown, **REFUSED})
@needs("rules.read")
def promises(request: HttpRequest) -> dict[str, Any]:
    """What customers are promised. For a case counts what was promised when it was opened."""
    book = in_force(PROMISE)
    return {
        "version": book.version if book else 0,
        "since": book.at if book else None,
        "promise": msgspec.to_builtins(promised()),
        "broken": broken(),
    }


@router.put("", response={200: shapes.PromiseShown, **IMPOSSIBLE})
@needs("rules.write")
def put_promise(request: HttpRequest, body: shapes.PromiseTaken) -> dict[str, Any]:
    """Promise this from now on. 422 `rule` when it cannot be kept, 409 `stale` when somebody was faster."""
    told = _converted(body.model_dump(mode="json", exclude={"seen"}), Promise)
    try:
        put_in_force(PROMISE, told, by=request.user.pk, seen=body.seen)
    except (RuleError, StaleError) as fault:
        raise refused(fault) from fault
    return promises(request)


@router.post("/preview", response={200: shapes.Previewed, **REFUSED})
@needs("rules.read")
def try_promise(request: HttpRequest, body: shapes.Promise) -> Any:
    """What a promise would have meant for the cases of the last 30 days, beside what is in force. Nothing is kept."""
    told = _converted(body.model_dump(mode="json"), Promise)
    try:
        check(told)
    except RuleError as fault:
        raise refused(fault) from fault
    return preview(told)


def _converted(told: dict[str, Any], type_: Any) -> Any:
    try:
        return msgspec.convert(told, type_)
    except msgspec.ValidationError as fault:
        raise Refusal(422, "rule", str(fault)) from fault


def refused(fault: RuleError | StaleError) -> Refusal:
    """Rules that cannot hold, or that somebody else has changed meanwhile."""
    if isinstance(fault, StaleError):
        text = _("Version %(n)s is in force now. Read it, and send yours with it as `seen`.") % {"n": fault.version}
        return Refusal(409, "stale", _("Somebody else has changed these rules meanwhile."), text)
    return Refusal(422, "rule", _("These rules cannot hold."), str(fault))
