"""The review queue, one question at a time: two records side by side, and what their comparison says."""

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

from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.core.registry import Cursor
from rundblick.customers.golden import customer_names
from rundblick.customers.merging import IdentityError
from rundblick.customers.models import Customer, ReviewAnswer, ReviewItem
from rundblick.customers.weighed.attaching import Attachment, Step, attachments, pair
from rundblick.customers.weighed.parties import Known
from rundblick.customers.weighed.reviewing import JOINED, Question, ReviewError, answer, questions, take_back
from rundblick.customers.weighed.words import field_label, level_label, review_refusal, rule_label, why_asked
from rundblick.customers.words import refusal
from rundblick.desk.pages.lists import names_of_people
from rundblick.desk.pages.names import fact_label, fact_value, facts_in_order, identifier_label, system_name
from rundblick.desk.shapes import Bound, CustomerCard, Empty, Fall, Side
from rundblick.desk.templatetags.desk import number
from rundblick.people import gate
from rundblick.people.gate import needs

_LONGEST = 400


@needs("customer.merge")
def review(request: HttpRequest) -> HttpResponse:
    """The most valuable open question that the reader may answer."""
    seen = gate.visible_review_items(request.user, "customer.merge")
    mine = list(ReviewItem.objects.filter(seen, state=ReviewItem.OPEN).values_list("id", flat=True))
    context: dict[str, Any] = {
        "area": "review",
        "left": len(mine),
        "done": _done(request, request.GET.get("done", "")),
        "empty": Empty(
            _("Nothing to decide"),
            _("Records that may be one person, but not surely, are asked about here."),
            "checks",
        ),
    }
    with cursor() as cur:
        asked = questions(cur, 1, among=mine)
        if asked:
            context |= _shown(cur, asked[0])
            gate.saw(request, "customer", [asked[0].one, asked[0].other])
    return render(request, "desk/pages/review.html", context)


@needs("customer.merge", about="review_item")
@require_POST
def answer_question(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Same, different or later; the next question follows."""
    item = gate.about(request, ReviewItem)
    said = request.POST.get("answer", "")
    if said not in (ReviewAnswer.SAME, ReviewAnswer.DIFFERENT, ReviewAnswer.LATER):
        return redirect("desk:review")
    reason = request.POST.get("reason", "").strip()[:_LONGEST]
    try:
        done = answer(item.pk, said, person_of(request.user).pk, reason)
    except ReviewError as error:
        messages.warning(request, review_refusal(error))
        return redirect("desk:review")
    except IdentityError as error:
        messages.warning(request, refusal(error))
        return redirect("desk:review")
    if done.state != ReviewItem.ANSWERED:
        text = _("Put off.") if said == ReviewAnswer.LATER else _("Noted. Somebody else has to say the same.")
        messages.success(request, text)
        return redirect("desk:review")
    return redirect(f"{reverse('desk:review')}?{urlencode({'done': str(done.uuid)})}")


@needs("customer.merge", about="review_item")
@require_POST
def undo_answer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes an answer back, with what came of it."""
    item = gate.about(request, ReviewItem)
    try:
        take_back(item.pk, person_of(request.user).pk)
    except ReviewError as error:
        messages.warning(request, review_refusal(error))
    except IdentityError as error:
        messages.warning(request, refusal(error))
    else:
        messages.success(request, _("Taken back. The question is open again."))
    return redirect("desk:review")


def _done(request: HttpRequest, text: str) -> dict[str, Any] | None:
    """The question that was answered last: what was said, and its undo."""
    try:
        uuid = UUID(text) if text else None
    except ValueError:
        uuid = None
    seen = gate.visible_review_items(request.user, "customer.merge")
    item = ReviewItem.objects.filter(seen, uuid=uuid, state=ReviewItem.ANSWERED).first() if uuid else None
    if item is None:
        return None
    last = ReviewAnswer.objects.filter(item=item, act__isnull=False).order_by("-id").first()
    same = last is not None and last.said == ReviewAnswer.SAME
    if item.why == JOINED:
        text = _("One person: confirmed.") if same else _("Two people: split.")
    else:
        text = _("One person: merged.") if same else _("Two people: kept apart for good.")
    return {"uuid": item.uuid, "text": text}


def _shown(cur: Cursor, one: Question) -> dict[str, Any]:
    known, said = pair(cur, one.a, one.b)
    names = customer_names(cur, [one.one, one.other])
    rows = {row.pk: row for row in Customer.objects.filter(pk__in=[one.one, one.other])}
    cards = [CustomerCard(uuid=rows[c].uuid, number=rows[c].number, name=names.get(c, "")) for c in known.customers]
    # the waterfall's sides are those of the question: the lower record first, as the parties are
    steps = [Step(r.field, r.level, r.value_a, r.value_b, r.weight) for r in said.rows] if said else []
    return {
        "question": one,
        "why": why_asked(one.why),
        "cards": cards,
        "sides": sides_of(known),
        "falls": falls(steps),
        "total": signed(said.score if said else one.weight),
        "model": said.model if said else "",
        "mine": _said_before(one.id),
    }


def _said_before(item: int) -> str:
    """With four eyes: that somebody has answered already, and what."""
    first = ReviewAnswer.objects.filter(item_id=item, act__isnull=True).exclude(said=ReviewAnswer.LATER).last()
    if first is None:
        return ""
    return _("A colleague says: the same person.") if first.said == "same" else _("A colleague says: two people.")


def sides_of(known: Known) -> list[Side]:
    """What both records say, line by line."""
    if len(known) < 2:
        return []
    systems = dict(System.objects.values_list("code", "name"))
    one, other = known.parties
    where = [f"{system_name(party.system, systems.get(party.system, ''))}\n{party.key}" for party in (one, other)]
    rows = [Side(_("System"), where[0], where[1])]
    mine, theirs = gate.seen_facts(one.facts), gate.seen_facts(other.facts)
    for kind in facts_in_order({**mine, **theirs}):
        a, b = mine.get(kind, ""), theirs.get(kind, "")
        if a or b:
            differs = bool(a and b) and " ".join(a.casefold().split()) != " ".join(b.casefold().split())
            rows.append(Side(fact_label(kind), fact_value(kind, a), fact_value(kind, b), differs))
    told = [
        "\n".join(
            f"{identifier_label(i.kind)} {i.value}" for i in party.identifiers[:12] if gate.reader_sees(i.kind, i.value)
        )
        for party in (one, other)
    ]
    if any(told):
        rows.append(Side(_("Identifiers"), told[0], told[1]))
    return rows


# -- waterfalls ------------------------------------------------------------------------------------------------------


def bounds(cur: Cursor, records: Sequence[int]) -> list[Bound]:
    """Why these records are one customer, for a reader."""
    found = attachments(cur, records)
    names = names_of_people({one.by for one in found})
    return [_bound(one, names) for one in found]


def _bound(one: Attachment, names: dict[int, str]) -> Bound:
    shared = tuple(
        f"{identifier_label(kind)} {value}".strip() if gate.reader_sees(kind, value) else identifier_label(kind)
        for kind, value in one.shared
    )
    by = "" if one.rule != "person" else names.get(one.by, "") if one.by else _("by the system")
    total = signed(one.weight) if one.weight is not None else ""
    return Bound(one.names, rule_label(one.rule), shared, by, one.model, total, tuple(falls(one.steps)))


def falls(steps: Sequence[Step]) -> list[Fall]:
    """The steps on one scale of 100, from the lowest to the highest sum on the way."""
    sums = [0.0]
    for step in steps:
        sums.append(sums[-1] + step.weight)
    low, high = min(sums), max(sums)
    scale = 100.0 / max(high - low, 1e-9)
    return [
        Fall(
            field_label(step.field),
            level_label(step.level),
            (step.value_a, step.value_b),
            signed(step.weight),
            round((min(before, after) - low) * scale, 2),
            round(max(abs(step.weight) * scale, 0.6), 2),
            round(-low * scale, 2),
            step.weight >= 0,
        )
        for step, before, after in zip(gate.seen_steps(steps), sums, sums[1:], strict=False)
    ]


def signed(weight: float) -> str:
    """Bits for (+) or against (\u2212), in the reader's notation."""
    return ("+" if weight >= 0 else "\u2212") + number(abs(weight), 1)
