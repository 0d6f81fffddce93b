"""What the API answers instead of what was asked for, as problem documents in the caller's language."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from rundblick.cases.absences import AbsenceError
from rundblick.cases.bulk import BulkError
from rundblick.cases.filters import FilterError
from rundblick.cases.leaving import LeavingError
from rundblick.cases.links import LinkError
from rundblick.cases.mentions import MentionError
from rundblick.cases.regrouping import RegroupingError
from rundblick.cases.saved_searches import SavedSearchError
from rundblick.cases.words import (
    bulk_refusal,
    filter_refusal,
    link_refusal,
    ownership_refusal,
    regrouping_refusal,
    saved_search_refusal,
)
from rundblick.cases.work import WorkError
from rundblick.core.rulebooks import RuleError, StaleError
from rundblick.customers.merging import IdentityError
from rundblick.customers.models import IdentityAct
from rundblick.customers.weighed.reviewing import ReviewError
from rundblick.customers.weighed.words import job_refusal, review_refusal
from rundblick.customers.weighed.working import JobError
from rundblick.customers.words import objection, refusal
from rundblick.people.problems import problem
from rundblick.people.teams import TeamError
from rundblick.people.users import UserError

log = logging.getLogger("rundblick.api")


class Refusal(Exception):
    """A request that is answered with a problem document."""

    def __init__(self, status: int, code: str, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.status, self.code, self.title, self.detail = status, code, title, detail


def register(api: NinjaAPI) -> None:
    """Answer every fault of an operation with a problem document; the unexpected is logged and says nothing more."""
    handlers: dict[type[Exception], Any] = {
        Refusal: _refused,
        WorkError: _not_possible,
        IdentityError: _not_one,
        RegroupingError: _not_regrouped,
        LinkError: _not_linked,
        MentionError: _not_named,
        SavedSearchError: _not_saved,
        BulkError: _not_given,
        FilterError: _not_kept,
        ReviewError: _not_asked,
        JobError: _no_job,
        LeavingError: _not_left,
        AbsenceError: _not_away,
        UserError: _not_changed,
        TeamError: _not_changed,
        RuleError: _no_rules,
        StaleError: _stale,
        ValidationError: _not_understood,
        HttpError: _http,
        RequestDataTooBig: _too_large,
        SuspiciousOperation: _unreadable,
        UnreadablePostError: _unreadable,
        Http404: _not_found,
        PermissionDenied: _forbidden,
        AuthenticationError: _unauthorized,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def not_found() -> Refusal:
    return Refusal(404, "not-found", _("There is no such object, or you may not see it."))


def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return problem(error.status, error.code, error.title, error.detail)


def _not_possible(request: HttpRequest, error: WorkError) -> HttpResponse:
    texts = {
        "empty": (422, _("The text is empty.")),
        "not_open": (409, _("The case is not open. Open it again first.")),
        "not_resolved": (409, _("The case is open already.")),
        "newer": (409, _("Something came that you have not seen.")),
        "gone": (409, _("It has left already, or was decided already.")),
        "not_dead": (409, _("It has left already, or was decided already.")),
        "nobody": (422, _("It has no recipient.")),
        "too_many": (422, _("It has too many recipients.")),
        "too_large": (422, _("Its files are too large together.")),
        "no_account": (409, _("The account is switched off.")),
        "customer": (409, _("A recipient is the customer. With `customer_known` it is sent all the same.")),
        "escalated": (409, _("Somebody has escalated it already, and it is not ended.")),
        "ended": (409, _("It is ended already.")),
        "same_owner": (409, _("The case already belongs to them.")),
    }
    of_owners = ownership_refusal(error) or _("That is not possible with this case now.")
    status, title = texts.get(error.code, (422 if error.code in ("cause", "past") else 409, of_owners))
    return problem(status, error.code.replace("_", "-"), title)


def _not_one(request: HttpRequest, error: IdentityError) -> HttpResponse:
    """A merge, split or undo that cannot be: ``faults`` says what speaks against it, ``act`` which is in the way."""
    act = IdentityAct.objects.filter(pk=error.act).values_list("uuid", flat=True).first() if error.act else None
    more: dict[str, Any] = {"act": str(act)} if act else {}
    if error.against:
        more["faults"] = [{"where": one.issuer or one.kind, "what": objection(one)} for one in error.against]
    status = 422 if error.code in ("empty", "nothing") else 409
    return problem(status, error.code.replace("_", "-"), refusal(error), **more)


def _not_regrouped(request: HttpRequest, error: RegroupingError) -> HttpResponse:
    return problem(409, error.code.replace("_", "-"), regrouping_refusal(error))


def _not_linked(request: HttpRequest, error: LinkError) -> HttpResponse:
    return problem(422 if error.code == "kind" else 409, error.code.replace("_", "-"), link_refusal(error))


def _not_named(request: HttpRequest, error: MentionError) -> HttpResponse:
    """Whom a note names is not clear, or sees nothing of it: ``named`` says who."""
    if error.code == "ambiguous":
        named = [{"written": hit.written, "meant": [one.name for one in hit.meant]} for hit in error.hits]
        return problem(409, "ambiguous", _("Several have a name that you wrote. Write all of it."), named=named)
    names = [one.name for one in error.people]
    title = _("Who is named may not see this case. With `unseen_known` it is kept all the same.")
    return problem(409, "unseen", title, named=names)


def _not_saved(request: HttpRequest, error: SavedSearchError) -> HttpResponse:
    status = 409 if error.code in ("taken", "too_many", "no_person") else 422
    return problem(status, error.code.replace("_", "-"), saved_search_refusal(error))


def _not_given(request: HttpRequest, error: BulkError) -> HttpResponse:
    status = 409 if error.code == "not_yours" else 404 if error.code == "none" else 422
    return problem(status, f"bulk-{error.code.replace('_', '-')}", bulk_refusal(error))


def _not_kept(request: HttpRequest, error: FilterError) -> HttpResponse:
    status = 409 if error.code == "too_many" else 422
    return problem(status, f"filter-{error.code.replace('_', '-')}", filter_refusal(error))


def _not_asked(request: HttpRequest, error: ReviewError) -> HttpResponse:
    return problem(409, error.code, review_refusal(error))


def _no_job(request: HttpRequest, error: JobError) -> HttpResponse:
    return problem(409, error.code, job_refusal(error))


def _not_left(request: HttpRequest, error: LeavingError) -> HttpResponse:
    return problem(409, f"leaving-{error.code}", str(error))


def _not_away(request: HttpRequest, error: AbsenceError) -> HttpResponse:
    status = 422 if error.code in ("order", "past", "long") else 409
    return problem(status, f"absence-{error.code}", str(error))


def _not_changed(request: HttpRequest, error: UserError | TeamError) -> HttpResponse:
    return problem(409, "not-changed", str(error))


def _no_rules(request: HttpRequest, error: RuleError) -> HttpResponse:
    return problem(422, "rules", _("These rules cannot hold."), str(error))


def _stale(request: HttpRequest, error: StaleError) -> HttpResponse:
    detail = _("Version %d is in force. Compare it with yours, then send that number as `seen`.") % error.version
    return problem(409, "stale", _("Somebody else has put other rules into force meanwhile."), detail)


def _not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"where": ".".join(str(part) for part in fault.get("loc", ())), "what": _what(fault)} for fault in error.errors
    ]
    return problem(
        422,
        "not-understood",
        _("The request is not as described."),
        _("`faults` names each field; /api/v1/openapi.json describes them."),
        faults=faults,
    )


def _what(fault: dict[str, Any]) -> str:
    """What is wrong with a field, in the caller's language; pydantic's own words where there are none of ours."""
    kind, limits = str(fault.get("type", "")), fault.get("ctx", {})
    if kind.startswith(("datetime", "timezone")):
        return _("A time with zone is needed, such as 2026-03-02T09:00:00Z.")
    if kind.startswith("uuid"):
        return _("A UUID is needed.")
    if kind.startswith("int"):
        return _("A whole number is needed.")
    texts = {
        "missing": _("It is missing."),
        "extra_forbidden": _("There is no such field."),
        "string_type": _("A text is needed."),
        "string_too_short": _("It needs at least %(n)s signs.") % {"n": limits.get("min_length")},
        "string_too_long": _("It may have at most %(n)s signs.") % {"n": limits.get("max_length")},
        "string_pattern_mismatch": _("It does not have the form %(form)s.") % {"form": limits.get("pattern")},
        "greater_than_equal": _("It is at least %(n)s.") % {"n": limits.get("ge")},
        "less_than_equal": _("It is at most %(n)s.") % {"n": limits.get("le")},
        "literal_error": _("It is one of %(values)s.") % {"values": limits.get("expected")},
        "enum": _("It is one of %(values)s.") % {"values": limits.get("expected")},
        "model_attributes_type": _("An object is needed."),
        "model_type": _("An object is needed."),
    }
    return texts.get(kind) or str(fault.get("msg", ""))


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "not-understood", _("The request cannot be read."), str(error))


def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too-large", _("The request is too large."))


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, "not-understood", _("The request cannot be read."))


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    refusal = not_found()
    return problem(refusal.status, refusal.code, refusal.title)


def _forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403, "forbidden", _("This token may not do that."))


def _unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(401, "unauthorized", _("A valid token is missing."))


def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("%s %s failed", request.method, request.path)
    return problem(
        500,
        "unexpected",
        _("Something went wrong on our side."),
        _("Nothing was changed. Send it again with the same key; a second delivery is harmless."),
    )
