"""The models by which customers are found: list, learn, what one would change, into force, and back."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from rundblick.api import shapes
from rundblick.api.refusals import not_found
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.customers.matching.comparing import fields_of
from rundblick.customers.models import Customer, MatchJob, MatchModel, MatchRun
from rundblick.customers.weighed.attaching import model_kept
from rundblick.customers.weighed.working import JobError, adopt, approved_by, ask, changes, last_run
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["models"])
Name = str


@router.get("", response={200: shapes.Models, **REFUSED})
@needs("models.read")
def models(request: HttpRequest) -> dict[str, Any]:
    """All models, the one in force first; the runs of the last time, and which of them can be taken back."""
    rows = MatchModel.objects.defer("weights").order_by("-in_force", "-id")[:100]
    runs = MatchRun.objects.select_related("model").defer("model__weights").order_by("-id")[:50]
    undoable = last_run()
    return {
        "models": [_row(row) for row in rows],
        "runs": [
            {
                "uuid": run.uuid,
                "kind": run.kind,
                "model": run.model.version if run.model else "",
                "records": run.records,
                "moved": run.moved,
                "finished_at": run.finished_at,
                "undoable": undoable is not None and run.pk == undoable.pk,
            }
            for run in runs
        ],
    }


@router.post("", response={202: shapes.ModelJob, **IMPOSSIBLE})
@needs("models.write")
def learn(request: HttpRequest) -> Status[dict[str, Any]]:
    """Learn a new model beside the one in force, and what it would change. 409 `busy` while another job goes on."""
    return Status(202, _job(ask(MatchJob.LEARN, person_of(request.user).pk)))


@router.get("/{name}", response={200: shapes.ModelShown, **REFUSED})
@needs("models.read")
def model(request: HttpRequest, name: Name) -> dict[str, Any]:
    """One model: what each level of each field weighs, thresholds, what was seen of systems' numbers."""
    row = _named(name)
    with cursor() as cur:
        weights = model_kept(cur, row.version, row.pk)
    return {
        **_row(row),
        "prior": weights.prior,
        "review": weights.review,
        "auto": weights.auto,
        "same": weights.origin.same,
        "different": weights.origin.different,
        "numbers": list(weights.origin.numbers),
        "fields": [
            {
                "field": field.name,
                "levels": [
                    {"level": level, "weight": bits}
                    for level, bits in zip(field.levels[1:], weight.strangers[1:], strict=True)
                ],
                "rare": weight.m_exact - weight.rare if field.exact and weight.m_exact else None,
            }
            for field, weight in zip(fields_of(weights.facts, weights.own), weights.fields, strict=True)
        ],
        "waiting_for_second": len(approved_by(row.pk)) > 0,
    }


@router.post("/{name}/preview", response={202: shapes.ModelJob, **IMPOSSIBLE})
@needs("models.write")
def preview(request: HttpRequest, name: Name) -> Status[dict[str, Any]]:
    """Work out what a model would change; nothing is changed."""
    return Status(202, _job(ask(MatchJob.PREVIEW, person_of(request.user).pk, model=_named(name).pk)))


@router.post("/{name}/adopt", response={202: shapes.Adoption, **IMPOSSIBLE})
@needs("models.write")
def put_in_force(request: HttpRequest, name: Name) -> Status[dict[str, Any]]:
    """Put a model into force and decide by it: one run, taken back as one.

    With four eyes the first call gives no job; another person's makes it. 409 `again`, `in_force` or `busy`.
    """
    job = adopt(_named(name).pk, person_of(request.user).pk)
    return Status(202, {"job": _job(job) if job is not None else None})


@router.get("/jobs/{uuid:uuid}", response={200: shapes.ModelJob, **REFUSED})
@needs("models.read")
def job(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """How far a job is, and what came of it."""
    return _job(_found(uuid))


@router.get("/jobs/{uuid:uuid}/changes", response={200: shapes.ModelChanges, **REFUSED})
@needs("models.read")
def changed(
    request: HttpRequest,
    uuid: UUID,
    kind: Literal["merge", "split"] = "merge",
    after: Annotated[str, Query(max_length=40, pattern=r"^(\d{1,15}\.\d{1,18})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Merges or splits that a model would make, what moves most records first."""
    found = _found(uuid)
    place = tuple(int(part) for part in after.split(".")) if after else None
    with cursor() as cur:
        rows = changes(cur, found.pk, kind, limit + 1, place)  # type: ignore[arg-type]  # two numbers by the pattern
    page = rows[:limit]
    customers = {customer for one in page for group in one.groups for _record, customer in group}
    seen = Customer.objects.filter(gate.visible_customers(request.user), pk__in=customers)
    shown = {row.pk: {"uuid": row.uuid, "number": row.number, "leads_to": ""} for row in seen}
    gate.saw(request, "customer", shown)
    return {
        "items": [
            {
                "kind": one.kind,
                "moved": one.moved,
                "groups": [
                    {
                        "records": len(group),
                        "customers": [shown[c] for c in dict.fromkeys(c for _, c in group) if c in shown],
                    }
                    for group in one.groups
                ],
            }
            for one in page
        ],
        "next": f"{page[-1].moved}.{page[-1].id}" if len(rows) > limit else None,
    }


@router.post("/runs/{uuid:uuid}/undo", response={202: shapes.ModelJob, **IMPOSSIBLE})
@needs("models.write")
def undo(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    """Take the last run back as one act; what people decided meanwhile stays. 409 `nothing` for an earlier one."""
    run = last_run()
    if run is None or run.uuid != uuid:
        raise JobError("nothing")
    return Status(202, _job(ask(MatchJob.UNDO, person_of(request.user).pk, run=run.pk)))


def _row(row: MatchModel) -> dict[str, Any]:
    return {
        "version": row.version,
        "trained_at": row.trained_at,
        "records": row.records,
        "answers": row.answers,
        "in_force": row.in_force,
    }


def _job(found: MatchJob) -> dict[str, Any]:
    version = MatchModel.objects.filter(pk=found.model_id or 0).values_list("version", flat=True).first()
    names = ("uuid", "kind", "state", "stage", "done", "total", "fault", "asked_at", "finished_at")
    figures = ("records", "customers_before", "customers_after", "merges", "splits", "questions")
    return {name: getattr(found, name) for name in (*names, *figures)} | {"model": version or ""}


def _named(name: str) -> MatchModel:
    row = MatchModel.objects.defer("weights").filter(version=name).first()
    if row is None:
        raise not_found()
    return row


def _found(uuid: UUID) -> MatchJob:
    row = MatchJob.objects.filter(uuid=uuid).first()
    if row is None:
        raise not_found()
    return row
