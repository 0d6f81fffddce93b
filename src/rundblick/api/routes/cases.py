"""Cases: lists, one case, what was said and what happened in it, and what a person does with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Path, Query, Router, Status

from rundblick.api import shapes
from rundblick.api.paging import MOST, PAGE, read_key, write_key
from rundblick.api.refusals import not_found
from rundblick.api.routes.shown import person_names, shown_case, shown_cases, split_page
from rundblick.cases import filters, work
from rundblick.cases.asking import Repeated, asked_again, guard_for
from rundblick.cases.due import due_of, waited
from rundblick.cases.mentions import write_note
from rundblick.cases.models import (
    Attachment,
    AttachmentContent,
    Call,
    Case,
    Message,
    MessageContent,
    SideMessage,
)
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.message import Channel
from rundblick.intake.originals import original_of
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["cases"])
attachments = Router(tags=["cases"])
of_messages = Router(tags=["cases"])

Ref = Annotated[str, Path(description="UUID, or case number in any notation", max_length=60)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[str, Query(max_length=400, description="`next` of the page before")]
Said = Annotated[str, Query(max_length=200, pattern=shapes.LINE)]
REFUSED: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 422, 429), shapes.Problem)
IMPOSSIBLE: dict[int, Any] = {**REFUSED, 409: shapes.Problem}

_EVENTS = """
SELECT ev.occurred_at, ev.id, ev.kind, e.state, e.cause, ec.text, ec.summary,
       p.uuid, p.id, t.uuid, t.name, b.uuid, b.id
FROM core_eventobject o
JOIN core_event ev ON ev.id = o.event_id
LEFT JOIN cases_caseentry e ON e.case_id = %(case)s AND e.event_id = ev.id
LEFT JOIN cases_entrycontent ec ON ec.entry_id = e.id
LEFT JOIN people_person p ON p.id = e.person_id
LEFT JOIN people_team t ON t.id = e.team_id
LEFT JOIN people_person b
    ON b.id = COALESCE(e.updated_by_id, CASE WHEN ev.actor_type = 'person' THEN ev.actor_id END)
WHERE o.type = 'case' AND o.object_id = ANY(%(cases)s)
  AND ev.kind NOT LIKE 'message.%%' AND e.superseded IS NOT TRUE
  AND (ev.occurred_at, ev.id) > (%(at)s, %(last)s)
ORDER BY ev.occurred_at, ev.id LIMIT %(limit)s
"""
_BYTES = {"responses": {200: {"description": "OK", "content": {"application/octet-stream": {}}}}}
_EARLIEST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


@router.get("", response={200: shapes.Cases, **REFUSED})
@needs("case.read")
def list_cases(
    request: HttpRequest,
    view: shapes.Views = "team",
    state: shapes.States = "open",
    channel: Channel | None = None,
    team: UUID | None = None,
    owner: UUID | None = None,
    topic: Said = "",
    tier: Said = "",
    language: Said = "",
    draft: bool = False,
    overdue: bool = False,
    after: After = "",
    limit: Limit = PAGE,
) -> dict[str, Any]:
    """Cases, the last moved first. `team` and `mine` are what is to be worked on; `all` is what may be read.

    `watched` are those you watch, `waiting` those whose customer has to answer, `due` what was promised for the next
    hours or is overdue. A filter that names what does not exist finds nothing.
    """
    wanted = filters.Wanted(
        view=view,
        state="resolved" if state == "closed" else state,
        channel=channel or "",
        team=str(team or ""),
        owner=str(owner or ""),
        topic=filters.clean(topic),
        tier=filters.clean(tier),
        language=filters.clean(language),
        draft="1" if draft else "",
        overdue="1" if overdue else "",
    )
    cases = filters.cases_of(request.user, wanted)
    if state in ("resolved", "closed"):
        cases = cases.filter(state=state)
    if (key := read_key(after)) is not None:
        at, last = key
        cases = cases.filter(Q(last_at__lt=at) | Q(last_at=at, id__lt=last), last_at__lte=at)
    ids = list(cases.order_by("-last_at", "-id").values_list("id", "last_at")[: limit + 1])
    page, more = split_page(ids, limit)
    items = shown_cases(request, Case.objects.filter(pk__in=[id_ for id_, _at in page]).order_by("-last_at", "-id"))
    return {"items": items, "next": write_key(page[-1][1], page[-1][0]) if more else None}


@router.get("/{ref}", response={200: shapes.Case, **REFUSED})
@needs("case.read", about="case", by="ref")
def get_case(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """One case. The number of a case that was joined to another leads to the other."""
    return shown_case(request, gate.about(request, Case).pk)


@router.get("/{ref}/due", response={200: shapes.Dues, **REFUSED})
@needs("case.read", about="case", by="ref")
def due(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Until when the customer is promised a first answer and a solution, as far as both are still to come."""
    case = Case.objects.get(pk=gate.about(request, Case).pk)
    own = waited(case)
    return {
        "items": [
            {
                "kind": one.kind,
                "at": one.at,
                "left_s": round(one.left.total_seconds()),
                "pauses": one.pauses,
                "stood_s": round(one.stood.total_seconds()),
            }
            for one in due_of(case)
        ],
        "waited_s": None if own is None else round(own.total_seconds()),
    }


@router.get("/{ref}/messages", response={200: shapes.Messages, **REFUSED})
@needs("case.read", about="case", by="ref")
def messages(request: HttpRequest, ref: Ref, after: After = "", limit: Limit = PAGE) -> dict[str, Any]:
    """What was said, in order: messages, calls and notes."""
    found = Message.objects.filter(case_id=gate.about(request, Case).pk, superseded=False)
    if (key := read_key(after)) is not None:
        found = found.filter(Q(at__gt=key[0]) | Q(at=key[0], id__gt=key[1]), at__gte=key[0])
    page, more = split_page(list(found.order_by("at", "id")[: limit + 1]), limit)
    items = shown_messages(page)
    return {"items": items, "next": write_key(page[-1].at, page[-1].pk) if more else None}


def shown_messages(page: Any) -> list[dict[str, Any]]:
    """Messages as the API shows them."""
    ids = [message.pk for message in page]
    contents = {content.pk: content for content in MessageContent.objects.filter(message_id__in=ids)}
    calls = {call.pk: call for call in Call.objects.filter(message_id__in=ids)}
    names = person_names(message.person_id for message in page)
    asides = dict(SideMessage.objects.filter(pk__in=ids).values_list("pk", "talk__uuid"))
    attached: dict[int, list[dict[str, Any]]] = {}
    files = Attachment.objects.filter(message_id__in=ids).order_by("message_id", "position")
    for row in files.values("message_id", "uuid", "media_type", "size", "content__name"):
        shown = {"uuid": row["uuid"], "name": row["content__name"] or ""}
        shown |= {"media_type": row["media_type"], "size": row["size"]}
        attached.setdefault(row["message_id"], []).append(shown)
    items = []
    for message in page:
        content = contents.get(message.pk)
        items.append(
            {
                "uuid": message.uuid,
                "at": message.at,
                "channel": message.channel,
                "direction": message.direction,
                "sender": message.sender,
                "author": names.get(message.person_id) or (content.author or content.address if content else ""),
                "subject": content.subject if content else "",
                "text": content.text if content else "",
                "language": message.language,
                "remarks": [str(remark) for remark in message.remarks or []],
                "attachments": attached.get(message.pk, []),
                "call": calls.get(message.pk),
                "side_talk": asides.get(message.pk),
            }
        )
    return items


@router.get("/{ref}/events", response={200: shapes.Entries, **REFUSED})
@needs("case.read", about="case", by="ref")
def events(request: HttpRequest, ref: Ref, after: After = "", limit: Limit = PAGE) -> dict[str, Any]:
    """What happened, in order: states, owners, hand-overs with their reasons, joined cases."""
    case = gate.about(request, Case)
    joined = Case.objects.filter(merged_into_id=case.pk).values_list("id", flat=True)
    at, last = read_key(after) or (_EARLIEST, 0)
    with cursor() as cur:
        cur.execute(_EVENTS, {"case": case.pk, "cases": [case.pk, *joined], "at": at, "last": last, "limit": limit + 1})
        rows, more = split_page(cur.fetchall(), limit)
    names = person_names([row[8] for row in rows] + [row[12] for row in rows])
    return {
        "items": [_shown_event(row, names) for row in rows],
        "next": write_key(rows[-1][0], rows[-1][1]) if more else None,
    }


def _shown_event(row: Any, names: dict[int, str]) -> dict[str, Any]:
    at, _id, kind, state, cause, text, summary, person, person_id, team, team_name, by, by_id = row
    owner = None
    if person is not None:
        owner = {"kind": "person", "uuid": person, "name": names.get(person_id, "")}
    elif team is not None:
        owner = {"kind": "team", "uuid": team, "name": team_name}
    return {
        "at": at,
        "kind": kind,
        "state": state or "",
        "owner": owner,
        "by": {"uuid": by, "name": names.get(by_id, "")} if by is not None else None,
        "cause": cause or "",
        "reason": text or "",
        "summary": summary or "",
    }


@router.post("/{ref}/resolve", response={200: shapes.Case, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def resolve(request: HttpRequest, ref: Ref, body: shapes.Reason) -> dict[str, Any]:
    """The concern is solved."""
    case = gate.about(request, Case)
    work.resolve(case, by=work.person_of(request.user), reason=body.reason)
    return shown_case(request, case.pk)


@router.post("/{ref}/reopen", response={200: shapes.Case, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def reopen(request: HttpRequest, ref: Ref, body: shapes.Reason) -> dict[str, Any]:
    """It was not solved after all."""
    case = gate.about(request, Case)
    work.reopen(case, by=work.person_of(request.user), reason=body.reason)
    return shown_case(request, case.pk)


@router.post("/{ref}/notes", response={201: shapes.Message, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def add_note(request: HttpRequest, ref: Ref, body: shapes.Note) -> Status[dict[str, Any]]:
    """Write a note that only colleagues see; `@Name` tells a colleague or a team.

    409 `ambiguous`: several have that name, write all of it. 409 `unseen`: who is named may not see the case.
    """
    case, by = gate.about(request, Case), work.person_of(request.user)
    message = write_note(case, body.text, by, unseen_known=body.unseen_known)
    return Status(201, shown_messages([message])[0])


@router.post("/{ref}/asked", response={200: shapes.AskedAgain, **REFUSED})
@needs("case.read", about="case", by="ref")
def asked(request: HttpRequest, ref: Ref, body: shapes.Draft) -> dict[str, Any]:
    """What a draft asks the customer for that is known already, with the values to confirm. Nothing is kept."""
    return _shown_repeated(body.text, _guarded(request, body.text))


@router.post("/{ref}/asked-again", response={200: shapes.AskedAgain, **REFUSED})
@needs("case.write", about="case", by="ref")
def asked_all_the_same(request: HttpRequest, ref: Ref, body: shapes.Draft) -> dict[str, Any]:
    """Tell that this draft is asked all the same: it is counted, with the facts that were known."""
    repeated = _guarded(request, body.text)
    if repeated:
        asked_again(gate.about(request, Case), tuple(one.kind for one in repeated), by=work.person_of(request.user))
    return _shown_repeated(body.text, repeated)


def _guarded(request: HttpRequest, text: str) -> list[Repeated]:
    case = gate.about(request, Case)
    gate.saw(request, "customer", [case.customer_id])
    with cursor() as cur:
        return guard_for(request.user, cur, case, text)


def _shown_repeated(text: str, repeated: list[Repeated]) -> dict[str, Any]:
    items = [
        {"fact": one.kind, "sentence": " ".join(text[one.start : one.end].split()), "known": list(one.known)}
        for one in repeated
    ]
    return {"items": items}


@of_messages.get("/{uuid:uuid}/original", response=REFUSED, openapi_extra=_BYTES)
@needs("case.read", about="message")
def original(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A mail byte for byte, as it arrived or as its server was given it. One that was erased answers 404."""
    message = gate.about(request, Message)
    blob = original_of(request.user, message)
    if blob is None:
        raise not_found()
    return _bytes(blob, f"{message.uuid}.eml")


@attachments.get("/{uuid:uuid}", response=REFUSED, openapi_extra=_BYTES)
@needs("case.read", about="attachment")
def attachment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The bytes of an attachment, as a download. An erased one answers 404."""
    found = gate.about(request, Attachment)
    name = AttachmentContent.objects.filter(attachment_id=found.pk).values_list("name", flat=True).first()
    return _bytes(found.blob_id, name or "attachment")


def _bytes(blob: int, name: str) -> HttpResponse:
    with cursor() as cur:
        data = read_blob(cur, blob)
    if data is None:
        raise not_found()
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = _as_download(name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _as_download(name: str) -> str:
    return content_disposition_header(True, name.replace("\r", "").replace("\n", "")) or "attachment"
