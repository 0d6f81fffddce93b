"""report.html: one file that needs nothing else - no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from rundblick.blindspots.disclosure import publishable
from rundblick.blindspots.model import Report
from rundblick.blindspots.report import svg
from rundblick.blindspots.report.content import page_of
from rundblick.blindspots.report.shapes import Draw, Page, Picture, RowView

_FOLDER = Path(__file__).parent
WIDE = 996
"""Width of a picture over the whole sheet, in CSS pixels."""
HALF = 450
NARROW = 322
"""Width of a picture on a phone of 390 px."""


def html(report: Report, *, with_ids: bool = False) -> str:
    """The report as one self-contained HTML text in its own language.

    Holds back what ``disclosure.publishable`` holds back; ``with_ids`` adds the ids of sampled cases.
    """
    with translation.override(report.language):
        page = page_of(publishable(report, with_ids=with_ids))
        return str(_engine().get_template("report.html").render(Context(_context(page, report.program))))


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(_FOLDER)], autoescape=True)


@cache
def _style() -> str:
    """The stylesheet without comments and indentation."""
    lines = (_FOLDER / "report.css").read_text("utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip() and not line.startswith("/*"))


def _context(page: Page, program: str) -> dict[str, Any]:
    ids = count(1)

    def drawn(draw: Draw | None, width: float, narrow: bool = False) -> SafeString | None:
        # Our own SVG: every label in it was escaped where it was drawn.
        return None if draw is None else mark_safe(draw(width, narrow, f"g{next(ids)}"))

    def picture(p: Picture) -> dict[str, Any]:
        return {
            "title": p.title,
            "note": p.note,
            "half": p.half,
            "table": p.table,
            "wide": drawn(p.draw, HALF if p.half else WIDE),
            "narrow": drawn(p.draw, NARROW, True),
        }

    def rows(views: Sequence[RowView], width: float) -> list[dict[str, Any]]:
        return [
            {"view": view, "wide": drawn(view.picture, width, True), "narrow": drawn(view.picture, NARROW, True)}
            for view in views
        ]

    return {
        "page": page,
        "generator": program,
        "style": mark_safe(_style()),
        "mark": mark_safe(_MARK),
        "ring": drawn(page.ring.draw, 220),
        "panorama": picture(page.panorama),
        "legend": [{"shape": mark_safe(_shape(kind)), "text": text} for kind, text in page.legend],
        "myths": rows(page.myths, 560),
        "magic": rows(page.magic, 420),
        "groups": [
            {
                "title": group.title,
                "figures": [
                    {
                        "view": figure,
                        "strip": drawn(figure.strip, 168) or "",
                        "foot": " · ".join(part for part in (figure.note, figure.behind, figure.sources) if part),
                    }
                    for figure in group.figures
                ],
            }
            for group in page.groups
        ],
        "pictures": [picture(p) for p in page.pictures],
    }


def _shape(kind: str) -> str:
    """A mark of the legend, decoration beside its word."""
    canvas = svg.Canvas(18, 18)
    canvas.mark(kind, 9, 9, 6)
    return f'<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">{"".join(canvas.parts)}</svg>'


_MARK = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" '
    'stroke-width="3" stroke-dasharray="47 9.55" transform="rotate(-36 12 12)"/><circle cx="12" cy="12" r="3.2" '
    'fill="var(--alarm)"/></svg>'
)
