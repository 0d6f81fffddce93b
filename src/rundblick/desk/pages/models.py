"""The models by which customers are found: what they weigh, what one would change, into force and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.core.models import Event
from rundblick.customers.golden import customer_names
from rundblick.customers.matching.comparing import fields_of
from rundblick.customers.matching.explaining import explain
from rundblick.customers.matching.model import Model
from rundblick.customers.models import Customer, MatchJob, MatchModel, MatchRun
from rundblick.customers.numbers_words import number_told
from rundblick.customers.weighed.attaching import Step, model_kept
from rundblick.customers.weighed.parties import some_parties
from rundblick.customers.weighed.words import field_label, job_kind, job_refusal, job_stage, level_label, run_kind
from rundblick.customers.weighed.working import (
    JobError,
    adopt,
    approved_by,
    ask,
    change_of,
    changes,
    last_run,
    under_way,
)
from rundblick.desk.pages.lists import names_of_people
from rundblick.desk.pages.review import falls, sides_of, signed
from rundblick.desk.shapes import ChangeShown, CustomerCard, FieldBars, LevelBar, ModelRow, Progressing, RunRow
from rundblick.people import gate
from rundblick.people.gate import needs

PAGE = 25
_RUNS = 10
_SHOWN = 6  # customers of one change that are named


# -- what there is ---------------------------------------------------------------------------------------------------


@needs("models.read")
def models(request: HttpRequest) -> HttpResponse:
    """All models, the one in force first; what runs; what was run."""
    rows = list(MatchModel.objects.defer("weights").order_by("-in_force", "-id")[:50])
    undoable = last_run()
    context = {
        "area": "models",
        "models": [_row(row) for row in rows],
        "job": _progress(under_way()),
        "jobs": [_progress(job) for job in MatchJob.objects.order_by("-id")[:5]],
        "runs": _runs(),
        "undoable": undoable.uuid if undoable else None,
        "may": {"write": gate.allowed(request.user, "models.write")},
    }
    return render(request, "desk/pages/models.html", context)


@needs("models.read")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """One model: what each field weighs, its thresholds, what was seen of systems' numbers, what it would change."""
    row = _named(name)
    with cursor() as cur:
        weights = model_kept(cur, row.version, row.pk)
    previews = MatchJob.objects.filter(model=row, kind__in=(MatchJob.LEARN, MatchJob.PREVIEW)).order_by("-id")[:3]
    waiting = names_of_people(set(approved_by(row.pk)))
    context = {
        "area": "models",
        "row": _row(row),
        "fields": bars(weights),
        "auto": signed(weights.auto),
        "review": signed(weights.review),
        "before": signed(weights.prior),
        "origin": weights.origin,
        "numbers": [number_told(one) for one in weights.origin.numbers],
        "previews": [_progress(job) for job in previews],
        "approved": ", ".join(waiting.values()),
        "may": {"write": gate.allowed(request.user, "models.write")},
    }
    return render(request, "desk/pages/model.html", context)


@needs("models.read")
def job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far a job is; when it is done, what the model would change, what moves most first."""
    found = _job(uuid)
    kind = "split" if request.GET.get("kind") == "split" else "merge"
    after = _place(request.GET.get("after", ""))
    with cursor() as cur:
        page = changes(cur, found.pk, kind, PAGE + 1, after)
        shown = _changes(request, page[:PAGE])
    older = f"{page[PAGE - 1].moved}.{page[PAGE - 1].id}" if len(page) > PAGE else ""
    context = {
        "area": "models",
        "job": _progress(found),
        "found": found,
        "kind": kind,
        "changes": shown,
        "older_url": f"?{urlencode({'kind': kind, 'after': older})}" if older else "",
        "may": {"write": gate.allowed(request.user, "models.write")},
    }
    return render(request, "desk/pages/model_job.html", context)


@needs("models.read")
def change(request: HttpRequest, uuid: UUID, place: int) -> HttpResponse:
    """Two of the groups of a change side by side, with what the model says of them."""
    found = _job(uuid)
    with cursor() as cur:
        one = change_of(cur, found.pk, place)
        if one is None or len(one.groups) < 2 or found.model is None:
            raise Http404("change")
        largest = sorted(one.groups, key=len, reverse=True)
        known = some_parties(cur, [largest[0][0][0], largest[1][0][0]])
        if len(known) < 2:
            raise Http404("change")
        names = dict.fromkeys(known.customers, "") | customer_names(cur, known.customers)
        said = explain(model_kept(cur, found.model.version, found.model.pk), known.parties[0], known.parties[1])
        shown = _changes(request, [one])
    rows = {row.pk: row for row in Customer.objects.filter(pk__in=known.customers)}
    steps = [Step(r.field, r.level, r.value_a, r.value_b, r.weight) for r in said.rows]
    context = {
        "area": "models",
        "found": found,
        "change": shown[0],
        "cards": [
            CustomerCard(uuid=rows[c].uuid, number=rows[c].number, name=names.get(c, "")) for c in known.customers
        ],
        "sides": sides_of(known),
        "falls": falls(steps),
        "total": signed(said.score),
        "model": said.model,
    }
    return render(request, "desk/pages/model_change.html", context)


# -- deeds -----------------------------------------------------------------------------------------------------------


@needs("models.write")
@require_POST
def learn(request: HttpRequest) -> HttpResponse:
    """Learn a new model beside the one in force."""
    return _asked(request, lambda: ask(MatchJob.LEARN, person_of(request.user).pk))


@needs("models.write")
@require_POST
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """Work out what a model would change."""
    row = _named(name)
    return _asked(request, lambda: ask(MatchJob.PREVIEW, person_of(request.user).pk, model=row.pk))


@needs("models.write")
@require_POST
def put_in_force(request: HttpRequest, name: str) -> HttpResponse:
    """Put a model into force; with four eyes, say so first."""
    row = _named(name)
    return _asked(request, lambda: adopt(row.pk, person_of(request.user).pk))


@needs("models.write")
@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take the last run back as one act."""
    run = last_run()
    if run is None or run.uuid != uuid:
        messages.warning(request, job_refusal(JobError("nothing")))
        return redirect("desk:models")
    return _asked(request, lambda: ask(MatchJob.UNDO, person_of(request.user).pk, run=run.pk))


def _asked(request: HttpRequest, do: Any) -> HttpResponse:
    try:
        made: MatchJob | None = do()
    except JobError as error:
        messages.warning(request, job_refusal(error))
        return redirect("desk:models")
    if made is None:
        messages.success(request, _("Noted. Somebody else has to put it into force too."))
        return redirect("desk:models")
    return redirect("desk:model-job", made.uuid)


# -- shapes ----------------------------------------------------------------------------------------------------------


def bars(weights: Model) -> list[FieldBars]:
    """What each level of each field says, on one scale of 100; "unknown" says nothing and is left out."""
    fields = list(zip(fields_of(weights.facts, weights.own), weights.fields, strict=True))
    every = [w for _field, weight in fields for w in weight.strangers]
    low, high = min(every), max(every)
    scale = 100.0 / max(high - low, 1e-9)
    found = []
    for field, weight in fields:
        levels = [
            LevelBar(
                level_label(name),
                signed(bits),
                round((min(bits, 0.0) - low) * scale, 2),
                round(max(abs(bits) * scale, 0.6), 2),
                bits >= 0,
            )
            for name, bits in list(zip(field.levels, weight.strangers, strict=True))[:0:-1]
        ]
        rare = signed(weight.m_exact - weight.rare) if field.exact and weight.m_exact else ""
        found.append(FieldBars(field_label(field.name), tuple(levels), round(-low * scale, 2), rare))
    return found


def _row(row: MatchModel) -> ModelRow:
    since, by = None, ""
    if row.in_force:
        run = MatchRun.objects.filter(model=row).order_by("-id").first()
        event = Event.objects.filter(pk=run.event_id).first() if run else None
        if event is not None:
            since = event.occurred_at
            by = names_of_people({event.actor_id}).get(event.actor_id or 0, "") if event.actor_id else ""
    return ModelRow(row.version, row.trained_at, row.records, row.answers, row.in_force, since, by)


def _runs() -> list[RunRow]:
    runs = list(MatchRun.objects.select_related("event", "model").defer("model__weights").order_by("-id")[:_RUNS])
    names = names_of_people({run.event.actor_id for run in runs})
    return [
        RunRow(
            run.uuid,
            run_kind(run.kind),
            run.event.occurred_at,
            names.get(run.event.actor_id or 0, ""),
            run.model.version if run.model else "",
            run.moved,
            run.finished_at is not None,
        )
        for run in runs
    ]


def _progress(found: MatchJob | None) -> Progressing | None:
    if found is None:
        return None
    going = found.state in (MatchJob.WAITING, MatchJob.RUNNING)
    share = min(100, round(100 * found.done / found.total)) if found.total else 0
    fault = job_refusal(JobError(found.fault)) if found.state == MatchJob.FAILED else ""
    version = MatchModel.objects.filter(pk=found.model_id or 0).values_list("version", flat=True).first() or ""
    name = names_of_people({found.asked_by_id}).get(found.asked_by_id or 0, "")
    lists = found.kind in (MatchJob.LEARN, MatchJob.PREVIEW) and found.state == MatchJob.DONE
    stage = job_stage(found.stage if found.state == MatchJob.RUNNING else "")
    return Progressing(
        found.uuid, job_kind(found.kind), going, stage, share, found.done, found.total, fault, version,
        found.asked_at, name, lists, found.merges, found.splits,
    )  # fmt: skip


def _changes(request: HttpRequest, found: Sequence[Any]) -> list[ChangeShown]:
    customers = {customer for one in found for group in one.groups for _record, customer in group}
    seen = Customer.objects.filter(gate.visible_customers(request.user), pk__in=customers)
    rows = {row.pk: row for row in seen}
    gate.saw(request, "customer", rows)
    with cursor() as cur:
        names = customer_names(cur, list(rows))
    shown = []
    for one in found:
        inside = dict.fromkeys(customer for group in one.groups for _record, customer in group if customer in rows)
        cards = [CustomerCard(uuid=rows[c].uuid, number=rows[c].number, name=names.get(c, "")) for c in inside]
        sizes = sorted((len(group) for group in one.groups), reverse=True)
        shown.append(
            ChangeShown(one.id, one.kind, one.moved, len(one.groups), tuple(cards[:_SHOWN]), len(cards) > _SHOWN, sizes)
        )
    return shown


# -- small pieces ----------------------------------------------------------------------------------------------------


def _named(name: str) -> MatchModel:
    row = MatchModel.objects.defer("weights").filter(version=name).first()
    if row is None:
        raise Http404("model")
    return row


def _job(uuid: UUID) -> MatchJob:
    found = MatchJob.objects.filter(uuid=uuid).select_related("model").defer("model__weights").first()
    if found is None:
        raise Http404("job")
    return found


def _place(text: str) -> tuple[int, int] | None:
    moved, _dot, last = text.partition(".")
    return (int(moved), int(last)) if moved.isdecimal() and last.isdecimal() and len(text) < 30 else None
