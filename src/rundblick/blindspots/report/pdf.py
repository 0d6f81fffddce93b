"""report.pdf by typst: the same words and pictures as the page, set for a board table. No network, no foreign font."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import typst
from django.utils import translation

from rundblick.blindspots.disclosure import publishable
from rundblick.blindspots.model import Report
from rundblick.blindspots.report import svg
from rundblick.blindspots.report.content import page_of
from rundblick.blindspots.report.shapes import Draw, FigureView, Page, Picture, RowView

_TEMPLATE = Path(__file__).with_name("report.typ")
WIDE = 720
"""Pixels of a picture over the whole line; the sheet sets them at two thirds of a point each."""
HALF = 340

# The colours of the page's light side; typst's SVG reader knows classes, but no custom properties.
_STYLE = """<style>
text{font-family:"Libertinus Serif";font-size:15px;fill:#464d55}
.t1{fill:#16191d}.t2{fill:#464d55}.t3{fill:#666d75}.s{font-size:13.5px}.b{font-weight:700}
.big{font-size:46px;font-weight:700}
.t.believed{fill:#a8500a}.t.said{fill:#1c5aa6}.t.done{fill:#0c6b60}.t.alarm{fill:#b3261e}
.grid,.hair{stroke:#e4e0d6;stroke-width:1}.strike{stroke:#666d75;stroke-width:1}.axis{stroke:#666d75;stroke-width:1}.track{stroke:#cfcabd;stroke-width:1.5}
.whisker{stroke:#16191d;stroke-width:1.5}.marker{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:3 3}
.bed{fill:#efece4}.band{fill:#cfcabd}.band.alarm{fill:#b3261e;fill-opacity:.55}
.f.said{fill:#1c5aa6}.f.done{fill:#0c6b60}.f.believed{fill:#a8500a}
.span{fill-opacity:.26}.span.believed{fill:#a8500a}.span.staff{fill:#75519c}.span.said{fill:#1c5aa6}.span.done{fill:#0c6b60}
.m{stroke:#fff;stroke-width:1.5}.m.believed{fill:#fff;stroke:#a8500a;stroke-width:2.5}
.m.staff{fill:#75519c}.m.said{fill:#1c5aa6}.m.done{fill:#0c6b60}.m.grey{opacity:.5}
.stroke{fill:none;stroke-width:2.25;stroke:#0c6b60}
.seg{fill:#cfcabd}.seg.blind_spot{fill:#b3261e}.seg.modest,.seg.aligned{fill:#0c6b60}
.seg.unclear,.seg.too_few{fill:#a8500a;fill-opacity:.6}.seg.not_asked{fill:#1c5aa6}
.seg.not_measured{fill:none;stroke:#cfcabd;stroke-width:1}
</style>"""


def pdf(report: Report, *, with_ids: bool = False) -> bytes:
    """The report as an A4 PDF in its own language, accessible by PDF/UA-1.

    Only the fonts inside the typst wheel are used, so the same report gives the same sheets on every machine. The
    texts go to typst as data, never as source: nothing in a name can run. Holds back what HTML holds back.
    """
    with translation.override(report.language):
        page = page_of(publishable(report, with_ids=with_ids))
        with tempfile.TemporaryDirectory(prefix="rundblick-pdf-") as folder:
            root = Path(folder)
            data = _data(page, root)
            (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
            (root / "report.typ").write_bytes(_TEMPLATE.read_bytes())
            made = typst.compile(
                root / "report.typ",
                root=root,
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                timestamp=int(report.generated_at.timestamp()),
            )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single PDF")
    return made


def _data(page: Page, root: Path) -> dict[str, Any]:
    numbers = count(1)

    def drawn(draw: Draw | None, width: float, narrow: bool = False) -> str:
        """Name of the picture's file in the folder, "" without one."""
        if draw is None:
            return ""
        name = f"p{next(numbers)}.svg"
        text = draw(width, narrow, "g")
        (root / name).write_text(text.replace("</title>", "</title>" + _STYLE, 1), "utf-8")
        return name

    def picture(p: Picture) -> dict[str, Any]:
        return {
            "title": p.title,
            "note": p.note,
            "half": p.half,
            "file": drawn(p.draw, HALF if p.half else WIDE),
            "alt": p.title,
        }

    return {
        "language": page.language,
        "title": page.title,
        "company": page.company,
        "period": page.period,
        "headline": page.headline,
        "lede": page.lede,
        "warning": page.warning,
        "totals": [_pair(p.label, p.value) for p in page.totals],
        "ring": picture(page.ring),
        "panorama": {**picture(page.panorama), "ratio": _ratio(page.panorama), "empty": not page.panorama.table.rows},
        "legend": [{"file": _legend_mark(kind, root), "text": text} for kind, text in page.legend],
        "myths": [_row(row, drawn) for row in page.myths],
        "magic": [_row(row, drawn) for row in page.magic],
        "groups": [
            {"title": group.title, "figures": [_figure(figure, drawn) for figure in group.figures]}
            for group in page.groups
        ],
        "pictures": [picture(p) for p in page.pictures],
        "method": [_pair(p.label, p.value) for p in page.method],
        "files": [
            {
                "name": file.name,
                "kind": file.kind,
                "read": file.read,
                "kept": file.kept,
                "unreadable": file.unreadable,
                "remarks": [*file.remarks, *file.faults],
            }
            for file in page.files
        ],
        "input_remarks": page.input_remarks,
        "made": page.made,
        "words": page.words,
    }


def _ratio(p: Picture) -> float:
    """Height over width of the picture, so that the sheet can fit it into what is left of the first page."""
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', p.draw(WIDE, False, "g")).groups()  # type: ignore[union-attr]
    return float(height) / float(width)


def _pair(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _pairs(pairs: Sequence[Any]) -> list[dict[str, str]]:
    return [_pair(p.label, p.value) for p in pairs]


def _row(row: RowView, drawn: Any) -> dict[str, Any]:
    return {
        "number": str(row.number),
        "claim": row.claim,
        "question": row.question,
        "state": row.state,
        "state_word": row.state_word,
        "verdict": row.verdict,
        "gap": row.gap,
        "head_value": row.head_value,
        "head_label": row.head_label,
        "pairs": _pairs(row.voices) + _pairs(row.facts),
        "missing": row.missing,
        "file": drawn(row.picture, 380, True),
    }


def _figure(figure: FigureView, drawn: Any) -> dict[str, Any]:
    return {
        "label": figure.label,
        "definition": figure.definition,
        "value": figure.value,
        "interval": figure.interval,
        "n": figure.n,
        "missing": figure.missing,
        "faint": figure.faint,
        "foot": " · ".join(part for part in (figure.note, figure.behind, figure.sources) if part),
        "beside": _pairs(figure.beside),
        "ids": _pairs(figure.ids),
        "file": drawn(figure.strip, 168),
    }


def _legend_mark(kind: str, root: Path) -> str:
    canvas = svg.Canvas(18, 18)
    canvas.mark(kind, 9, 9, 6)
    name = f"legend-{kind}.svg"
    (root / name).write_text(canvas.done("g", kind).replace("</title>", "</title>" + _STYLE, 1), "utf-8")
    return name
