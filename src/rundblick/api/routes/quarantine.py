"""What could not be read: kept, shown, run again after a mend."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from rundblick.api import shapes
from rundblick.api.paging import PAGE, read_key, write_key
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, After, Limit
from rundblick.api.routes.shown import split_page
from rundblick.core.installation import installation
from rundblick.core.registry import readers
from rundblick.intake.models import Quarantine
from rundblick.intake.quarantine import run_again
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["quarantine"])


@router.get("", response={200: shapes.KeptList, **REFUSED})
@needs("quarantine.read")
def kept(request: HttpRequest, after: After = "", limit: Limit = PAGE) -> dict[str, Any]:
    """Kept pieces that are not solved, the newest first; rows of a file share an entry with their row numbers."""
    found = Quarantine.objects.filter(gate.visible_quarantine(request.user), solved_at__isnull=True)
    if (key := read_key(after)) is not None:
        found = found.filter(Q(last_at__lt=key[0]) | Q(last_at=key[0], id__lt=key[1]))
    rows = list(found.select_related("source", "case").order_by("-last_at", "-id")[: limit + 1])
    page, more = split_page(rows, limit)
    gate.saw(request, "customer", [row.case.customer_id for row in page if row.case is not None])
    return {
        "items": [_shown(row) for row in page],
        "next": write_key(page[-1].last_at, page[-1].pk) if more else None,
    }


@router.post("/{uuid:uuid}/run", response={200: shapes.RunAgain, **IMPOSSIBLE})
@needs("quarantine.run", about="quarantine")
def run(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Read a kept piece again. What goes through joins the case it belongs to; else it stays, with its newest fault."""
    entry = gate.about(request, Quarantine)
    if entry.delivery_id is None:
        raise Refusal(
            409,
            "rows-of-a-file",
            _("Rows of a file are not run again one by one."),
            _("Mend the file or its mapping and import it again; rows that are here already are not taken twice."),
        )
    if entry.solved_at is not None:
        raise Refusal(409, "solved", _("It has gone through already."))
    reader = ReadingProcess(readers)
    try:
        solved = run_again(Road(installation()), reader, [entry]) == 1
    finally:
        reader.close()
    case = Quarantine.objects.values_list("case__merged_into__uuid", "case__uuid").get(pk=entry.pk)
    return {"solved": solved, "case": case[0] or case[1]}


def _shown(entry: Quarantine) -> dict[str, Any]:
    return {
        "uuid": entry.uuid,
        "fault": entry.fault,
        "stage": entry.stage,
        "detail": {str(name): str(value) for name, value in entry.detail.items()},
        "source": entry.source.name or entry.source.kind,
        "count": entry.count,
        "rows": entry.rows,
        "case": entry.case.uuid if entry.case is not None else None,
        "first_at": entry.first_at,
        "last_at": entry.last_at,
    }
