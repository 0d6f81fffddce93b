"""The blind-spot report: its figures with their doubt, and the cases behind each, as far as the reader sees them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Path, Query, Router

from rundblick.api import shapes
from rundblick.api.paging import PAGE
from rundblick.api.refusals import not_found
from rundblick.api.routes.cases import REFUSED, Limit
from rundblick.api.routes.shown import shown_cases
from rundblick.blindspots.latest import MOST_CASES, ids_behind, latest_report
from rundblick.blindspots.model import Measure, Report
from rundblick.blindspots.saved import UnknownFigure
from rundblick.cases.models import Case
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["report"])

Name = Annotated[str, Path(description="as in `measures` of the report", max_length=120)]


@router.get("", response={200: shapes.Report, **REFUSED})
@needs("report.read")
def report(request: HttpRequest) -> dict[str, Any]:
    """The latest report, in the form of report.json (docs/report.md), in the caller's language; nobody's ids in it."""
    return {"report": _plain(_report())}


@router.get("/measures/{name}", response={200: shapes.Measure, **REFUSED})
@needs("report.read")
def measure(request: HttpRequest, name: Name) -> Any:
    """One figure with its interval, its n, its definition; or what is missing to compute it."""
    return _plain(_measure(_report(), name))


@router.get("/measures/{name}/cases", response={200: shapes.Cases, **REFUSED})
@needs("report.read")
def cases(
    request: HttpRequest,
    name: Name,
    after: Annotated[int, Query(ge=0, le=MOST_CASES, description="`next` of the page before")] = 0,
    limit: Limit = PAGE,
) -> dict[str, Any]:
    """The cases that make a figure, the worst first, of those that the reader may see."""
    found = _report()
    figure = _measure(found, name)
    if found.window is None or figure.missing is not None:
        return {"items": [], "next": None}
    try:
        ids = ids_behind(figure.saved_query or name, found.window)
    except UnknownFigure:
        raise not_found() from None
    page, at = _visible(request.user, ids, after, limit)
    rows = {row["uuid"]: row for row in shown_cases(request, Case.objects.filter(pk__in=[id_ for id_, _uuid in page]))}
    return {"items": [rows[uuid] for _id, uuid in page], "next": str(at) if at < len(ids) else None}


def _visible(user: Any, ids: list[int], start: int, limit: int) -> tuple[list[tuple[int, Any]], int]:
    """The next page of those that may be seen, in the figure's order, and where the one after it starts."""
    page: list[tuple[int, Any]] = []
    at = start
    while at < len(ids) and len(page) < limit:
        part = ids[at : at + 4 * limit]
        seen = dict(Case.objects.filter(gate.visible_cases(user), pk__in=part).values_list("id", "uuid"))
        for id_ in part:
            at += 1
            if id_ in seen:
                page.append((id_, seen[id_]))
            if len(page) == limit:
                break
    return page, at


def _report() -> Report:
    return latest_report((get_language() or "en")[:2])


def _measure(found: Report, name: str) -> Measure:
    figure = found.measures.get(name)
    if figure is None:
        raise not_found()
    return figure


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
