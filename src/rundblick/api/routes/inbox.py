"""The inbox over the API: what its views hold, saved filters, watched cases, one deed on many cases and its undo."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.http import HttpRequest
from ninja import Header, Router, Status

from rundblick.api import inbox_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, Ref
from rundblick.api.routes.shown import person_names
from rundblick.cases import bulk, filters, watching
from rundblick.cases.bulk import Asked
from rundblick.cases.deeds import person_of
from rundblick.cases.models import BulkDeed, BulkRow, Case, SavedFilter
from rundblick.cases.words import row_refusal
from rundblick.core.ids import uuid7
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person, Team
from rundblick.people.sight import sight_of

views = Router(tags=["inbox"])
of_cases = Router(tags=["inbox"])
saved = Router(tags=["inbox"])
deeds = Router(tags=["inbox"])

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=300, description="the same key again does nothing a second time"),
]
_AT_ONCE = 5.0  # seconds that a call waits; a worker does the rest


@views.get("", response={200: shapes.ViewCounts, **REFUSED})
@needs("case.read")
def counts(request: HttpRequest) -> dict[str, Any]:
    """How many cases each view holds, at most 100 each; of the watched ones those that changed since you saw them."""
    user: Any = request.user
    names = [name for name in filters.VIEWS if name not in ("all", "watched")]
    found = filters.how_many({name: filters.cases_of(user, filters.Wanted(view=name)) for name in names})
    found["watched"] = watching.unread_watched(sight_of(user, user.rundblick_token).person, filters.COUNTED)
    return {"items": [{"view": view, "count": n} for view, n in found.items()]}


@of_cases.post("/{ref}/watch", response={200: shapes.Watched, **IMPOSSIBLE})
@needs("case.read", about="case", by="ref")
def watch(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Watch a case: what changes in it is unread for you until you look at it."""
    person, case = person_of(request.user), gate.about(request, Case)
    try:
        watching.watch(person, [case.pk])
    except watching.WatchingError as error:
        raise Refusal(409, "too-many", row_refusal(error.code)) from None
    return {"watched": True}


@of_cases.delete("/{ref}/watch", response={200: shapes.Watched, **REFUSED})
@needs("case.read", about="case", by="ref")
def unwatch(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Watch it no more."""
    watching.unwatch(person_of(request.user), [gate.about(request, Case).pk])
    return {"watched": False}


# -- saved filters ---------------------------------------------------------------------------------------------------


@saved.get("", response={200: shapes.SavedFilters, **REFUSED})
@needs("case.read")
def list_filters(request: HttpRequest) -> dict[str, Any]:
    """Your own and those of your teams."""
    return {"items": [_filter(row) for row in filters.saved_filters(request.user)]}


@saved.post("", response={201: shapes.SavedFilter, **IMPOSSIBLE})
@needs("case.read")
def new_filter(request: HttpRequest, body: shapes.FilterTaken) -> Status[dict[str, Any]]:
    """Keep a filter of the inbox under a name. What it does not know in `query` is left out."""
    return Status(201, _filter(_save(request, body)))


@saved.put("/{uuid:uuid}", response={200: shapes.SavedFilter, **IMPOSSIBLE})
@needs("case.read", about="saved_filter")
def change_filter(request: HttpRequest, uuid: UUID, body: shapes.FilterTaken) -> dict[str, Any]:
    """Another name, content or team."""
    return _filter(_save(request, body, gate.about(request, SavedFilter)))


@saved.post("/{uuid:uuid}/move", response={200: shapes.SavedFilters, **REFUSED})
@needs("case.read", about="saved_filter")
def move_filter(request: HttpRequest, uuid: UUID, body: shapes.FilterMoved) -> dict[str, Any]:
    """One place up or down; gives all in their new order."""
    filters.move_filter(gate.about(request, SavedFilter), body.by)
    return list_filters(request)


@saved.delete("/{uuid:uuid}", response={204: None, **REFUSED})
@needs("case.read", about="saved_filter")
def delete_filter(request: HttpRequest, uuid: UUID) -> Status[None]:
    """Delete a saved filter; no case is touched."""
    gate.about(request, SavedFilter).delete()
    return Status(204, None)


def _save(request: HttpRequest, body: shapes.FilterTaken, known: SavedFilter | None = None) -> SavedFilter:
    team = Team.objects.filter(uuid=body.team).first() if body.team else None
    if body.team and team is None:
        raise filters.FilterError("team")
    return filters.save_filter(request.user, person_of(request.user), body.name, body.query, team, known)


def _filter(row: SavedFilter) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "name": row.name,
        "query": row.query,
        "team": row.team.uuid if row.team else None,
        "place": row.place,
    }


# -- deeds on many ---------------------------------------------------------------------------------------------------


@of_cases.post("/bulk", response={201: shapes.BulkDeed, **IMPOSSIBLE})
@needs("case.read")
def bulk_deed(request: HttpRequest, body: shapes.BulkTaken, key: Key = None) -> Status[dict[str, Any]]:
    """Do one thing to many cases, each on its own: what cannot be done is told case by case, and the rest goes on.

    Needs the permission of the deed: `case.handover` to take and hand over, `case.write` for the others, `case.read` to
    watch. Taken back by `POST /bulk-deeds/{uuid}/undo`.
    """
    user: Any = request.user
    asked = Asked(
        kind=body.kind,
        cases=tuple(body.cases),
        to=_target(body),
        reason=body.reason,
        cause=body.cause,
        topic=body.topic,
        into=body.into,
    )
    deed = bulk.give(user, asked, uuid5(NAMESPACE_OID, f"{user.uuid} bulk {key}") if key else uuid7())
    bulk.work_on(deed, _AT_ONCE)
    return Status(201, _deed(request, deed))


@deeds.get("", response={200: shapes.BulkDeeds, **REFUSED})
@needs("case.read")
def list_deeds(request: HttpRequest) -> dict[str, Any]:
    """What you did to many cases at once, the newest 30."""
    user: Any = request.user
    return {"items": [_deed(request, deed) for deed in bulk.deeds_of(sight_of(user, user.rundblick_token).person)]}


@deeds.get("/{uuid:uuid}", response={200: shapes.BulkDeed, **REFUSED})
@needs("case.read", about="bulk_deed")
def get_deed(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """One of your deeds on many cases, case by case."""
    return _deed(request, gate.about(request, BulkDeed))


@deeds.post("/{uuid:uuid}/undo", response={200: shapes.BulkDeed, **IMPOSSIBLE})
@needs("case.read", about="bulk_deed")
def undo(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Take it back, case by case: `kept` are those in which somebody did something since."""
    deed = gate.about(request, BulkDeed)
    gate.require(request.user, bulk.KINDS[deed.kind])
    deed = bulk.undo(deed, person_of(request.user))
    bulk.work_on(deed, _AT_ONCE)
    return _deed(request, deed)


def _target(body: shapes.BulkTaken) -> Team | Person | None:
    if (body.to_team is None) is (body.to_person is None):
        return None  # a hand-over says that it needs exactly one
    if body.to_team is not None:
        return Team.objects.filter(uuid=body.to_team, system__isnull=True).first()
    assert body.to_person is not None
    return Person.objects.filter(uuid=body.to_person, user__isnull=False).first()


def _deed(request: HttpRequest, deed: BulkDeed) -> dict[str, Any]:
    rows = list(BulkRow.objects.filter(deed=deed).order_by("place"))
    visible = Case.objects.filter(gate.visible_cases(request.user), pk__in=[row.case_id for row in rows])
    shown = {pk: (uuid, number) for pk, uuid, number in visible.values_list("pk", "uuid", "number")}
    gate.saw(request, "customer", visible.values_list("customer_id", flat=True))
    became = bulk.outcome(deed)
    to = None
    if deed.to_team is not None:
        to = {"kind": "team", "uuid": deed.to_team.uuid, "name": deed.to_team.name}
    elif deed.to_person is not None:
        name = person_names([deed.to_person_id]).get(deed.to_person.pk, "")
        to = {"kind": "person", "uuid": deed.to_person.uuid, "name": name}
    return {
        "uuid": deed.uuid,
        "kind": deed.kind,
        "at": deed.at,
        "undone_at": deed.undone_at,
        "to": to,
        "is_over": became.is_over,
        "done": became.done,
        "refused": became.refused,
        "items": [
            {
                "case": shown[row.case_id][0],
                "number": shown[row.case_id][1],
                "state": row.state,
                "code": row.code.replace("_", "-"),
                "why": row_refusal(row.code, row.state == BulkRow.KEPT) if row.code else "",
            }
            for row in rows
            if row.case_id in shown
        ],
    }
