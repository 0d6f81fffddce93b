"""The report's pictures as SVG text: dots with intervals, bars, histogram, heat map, line, ring.

Each function draws for a given width in CSS pixels, so that text keeps its size on a phone. Colours are classes, set
by the page's stylesheet (light, dark, print) or by the PDF's. Every label is escaped, every picture has a ``<title>``.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_CHAR = 0.51
"""Mean width of a character in ems, to fit labels without measuring fonts."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with bounds on 0..100; ``grey`` when so few stand behind it that it is only shown faintly."""

    value: float
    low: float | None = None
    high: float | None = None
    text: str = ""
    grey: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine:
    label: str
    state: str = ""
    believed: Mark | None = None
    staff: Mark | None = None
    said: Mark | None = None
    done: Mark | None = None
    against: str = ""

    def marks(self) -> tuple[tuple[str, Mark | None], ...]:
        return (("done", self.done), ("staff", self.staff), ("said", self.said), ("believed", self.believed))


@dataclass(frozen=True, slots=True)
class Bar:
    """``share`` of the longest possible bar, 0..1; None was held back."""

    label: str
    share: float | None
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(slots=True)
class Canvas:
    """Collects shapes; ``done`` makes the picture of them."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, css: str = "t2", anchor: str = "start") -> None:
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text x="{_n(x)}" y="{_n(y)}" class="{css}"{at}>{escape(text)}</text>')

    def rect(self, x: float, y: float, w: float, h: float, css: str, radius: float = 0, more: str = "") -> None:
        r = f' rx="{_n(radius)}"' if radius else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(w, 0))}" height="{_n(h)}"{r} class="{css}"{more}/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        self.parts.append(f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" class="{css}"/>')

    def path(self, d: str, css: str) -> None:
        self.parts.append(f'<path d="{d}" class="{css}"/>')

    def mark(self, kind: str, x: float, y: float, size: float = 6, grey: bool = False) -> None:
        """Each voice has a shape of its own, so that no colour is needed to tell them apart."""
        css = f"m {kind}{' grey' if grey else ''}"
        s = size
        if kind == "believed":
            self.path(
                f"M{_n(x)} {_n(y - s - 1)}L{_n(x + s + 1)} {_n(y)}L{_n(x)} {_n(y + s + 1)}L{_n(x - s - 1)} {_n(y)}Z",
                css,
            )
        elif kind == "staff":
            self.path(f"M{_n(x)} {_n(y - s)}L{_n(x + s)} {_n(y + s - 1)}L{_n(x - s)} {_n(y + s - 1)}Z", css)
        elif kind == "said":
            self.parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(s)}" class="{css}"/>')
        else:
            self.rect(x - s + 0.5, y - s + 0.5, 2 * s - 1, 2 * s - 1, css, 1)

    def done(self, ident: str, title: str, description: str = "") -> str:
        """The picture; ``ident`` must be unique on its page."""
        about = f'<title id="{ident}-t">{escape(title)}</title>'
        labels = f"{ident}-t"
        if description:
            about += f'<desc id="{ident}-d">{escape(description)}</desc>'
            labels += f" {ident}-d"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'width="{_n(self.width)}" height="{_n(self.height)}" role="img" aria-labelledby="{labels}">'
            f"{about}{''.join(self.parts)}</svg>"
        )


def escape(text: str) -> str:
    """Text as it may stand in XML: markup escaped, signs that XML forbids replaced."""
    return html.escape(_ILLEGAL.sub("\ufffd", text), quote=True)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def wrap(text: str, width: float, size: float, lines: int = 2) -> list[str]:
    """The text in at most so many lines of this width; what does not fit ends in an ellipsis."""
    most = max(4, int(width / (size * _CHAR)))
    found: list[str] = []
    rest = text.split()
    while rest and len(found) < lines:
        line = rest.pop(0)
        while rest and len(line) + 1 + len(rest[0]) <= most:
            line += " " + rest.pop(0)
        found.append(line)
    if rest:
        found[-1] = found[-1][: most - 1].rstrip() + "\u2026"
    return [line if len(line) <= most + 1 else line[: most - 1].rstrip() + "\u2026" for line in found] or [""]


def gap_chart(
    lines: Sequence[GapLine], width: float, *, ident: str, title: str, heads: Sequence[str], narrow: bool = False
) -> str:
    """One line a claim on 0..100: what is believed, what staff believe, said, done; the gap as a band.

    heads: the words for believed, said and done, over the three columns of numbers (wide only).
    """
    labels = 0 if narrow else min(330, width * 0.38)
    column = 54
    numbers = 0 if narrow else 3 * column
    # A single line whose claim stands beside it needs no label of its own.
    named = any(line.label for line in lines)
    # On a phone the claim stands above its line, on as many lines as the longest one needs.
    above = max((len(wrap(line.label, width - 10, 14)) for line in lines), default=1) if named and narrow else 0
    tall = 46 if width > 800 else 35
    row, top, foot = 40 + (17 * above + 5 if above else 0) if narrow else tall, 6 if narrow else 30, 24
    left, right = labels + 8, width - numbers - 12
    canvas = Canvas(width, top + row * len(lines) + foot)
    bottom = top + row * len(lines)

    def at(value: float) -> float:
        return left + (right - left) * value / 100

    for tick in (0, 25, 50, 75, 100):
        canvas.line(at(tick), top + 17 * above + (5 if above else 0), at(tick), bottom, "grid")
        canvas.text(at(tick), bottom + 17, str(tick), "t3 s", "middle")
    if not narrow:
        for i, (kind, head) in enumerate(zip(("believed", "said", "done"), heads, strict=True)):
            canvas.text(width - numbers + column * (i + 1), top - 12, head, f"t {kind} s b", "end")
    for i, line in enumerate(lines):
        y0 = top + row * i
        y = y0 + (17 * above + 21 if above else row / 2)
        if i and not narrow:
            canvas.line(0, y0, width, y0, "hair")
        if line.label:
            _gap_label(canvas, line, y, labels or width, narrow)
        _gap_marks(canvas, line, y, at)
        if not narrow:
            for k, mark in enumerate((line.believed, line.said, line.done)):
                kind = ("believed", "said", "done")[k]
                css = f"t {kind} n" if mark is not None else "t3 n"
                canvas.text(
                    width - numbers + column * (k + 1), y + 5, mark.text if mark is not None else "\u2013", css, "end"
                )
    return canvas.done(ident, title)


def _gap_label(canvas: Canvas, line: GapLine, y: float, width: float, narrow: bool) -> None:
    css = "t1 b" if line.state == "blind_spot" else "t1"
    if narrow:
        parts = wrap(line.label, width - 10, 14)
        for j, part in enumerate(parts):
            canvas.text(0, y + 3 - 17 * (len(parts) - j), part, css)
        return
    parts = wrap(line.label, width - 20, 14.5)
    for j, part in enumerate(parts):
        canvas.text(0, y + 5 + (j - (len(parts) - 1) / 2) * 16, part, css)


def _gap_marks(canvas: Canvas, line: GapLine, y: float, at: Callable[[float], float]) -> None:
    """The track, the band of the gap, the intervals, then the marks on top."""
    canvas.line(at(0), y, at(100), y, "track")
    other = getattr(line, line.against, None) if line.against else None
    if line.believed is not None and other is not None:
        low, high = sorted((line.believed.value, other.value))
        canvas.rect(at(low), y - 3, at(high) - at(low), 6, "band alarm" if line.state == "blind_spot" else "band")
    for kind, mark in line.marks():
        if mark is not None and mark.low is not None and mark.high is not None:
            canvas.rect(at(mark.low), y - 5, at(mark.high) - at(mark.low), 10, f"span {kind}", 5)
    for kind, mark in line.marks():
        if mark is not None:
            canvas.mark(kind, at(mark.value), y, 6 if kind != "staff" else 5, mark.grey)


def interval_strip(low: float | None, value: float, high: float | None, *, ident: str, title: str, grey: bool) -> str:
    """A share on its way from none to all, with its interval: beside a figure in a table."""
    canvas = Canvas(168, 18)
    canvas.line(4, 9, 164, 9, "track")
    for tick in (0, 0.5, 1):
        canvas.line(4 + 160 * tick, 5, 4 + 160 * tick, 13, "grid")
    if low is not None and high is not None:
        canvas.rect(4 + 160 * low, 5, max(160 * (high - low), 2), 8, "span done", 4)
    canvas.mark("done", 4 + 160 * value, 9, 5, grey)
    return canvas.done(ident, title)


def bars(items: Sequence[Bar], width: float, *, ident: str, title: str, css: str = "done", narrow: bool = False) -> str:
    """Lying bars with labels and values; a held-back one is hatched by its text alone."""
    labels = 0 if narrow else min(width * 0.5, max((len(item.label) for item in items), default=0) * 7.4 + 14)
    row = 40 if narrow else 28
    canvas = Canvas(width, row * len(items) + 4)
    longest = max((len(item.text) for item in items), default=4)
    right = width - max(48, longest * 6.8 + 10)
    for i, item in enumerate(items):
        y = row * i + (18 if narrow else 0)
        canvas.text(0, y - 4 if narrow else y + 18, wrap(item.label, (labels or width) - 10, 14, 1)[0], "t1")
        canvas.rect(labels, y + 6, right - labels, 14, "bed", 2)
        if item.share is not None:
            canvas.rect(labels, y + 6, max((right - labels) * item.share, 1.5 if item.share else 0), 14, f"f {css}", 2)
            if item.low is not None and item.high is not None:
                x1, x2 = labels + (right - labels) * item.low, labels + (right - labels) * min(item.high, 1)
                canvas.line(x1, y + 13, x2, y + 13, "whisker")
        canvas.text(width, y + 18, item.text, "t2 n" if item.share is not None else "t3 s", "end")
    return canvas.done(ident, title)


def histogram(
    items: Sequence[Bar],
    width: float,
    *,
    ident: str,
    title: str,
    css: str = "done",
    mark: float | None = None,
    mark_label: str = "",
) -> str:
    """Standing bars side by side; ``mark``: a line after so many bars, with its label. ``share`` is of the highest."""
    step = width / max(len(items), 1)
    two_lines = any(len(wrap(item.label, step, 11.5, 2)) > 1 for item in items)
    height, foot, top = 200, 40 if two_lines else 24, 26 if mark is not None else 6
    canvas = Canvas(width, height + foot + top)
    gap = min(8, step * 0.16)
    base = top + height
    for i, item in enumerate(items):
        x = step * i
        if item.share is None:
            canvas.rect(x + gap / 2, base - 14, step - gap, 14, "bed", 1)
            canvas.text(x + step / 2, base - 18, item.text, "t3 s", "middle")
        else:
            tall = height * item.share * 0.9
            canvas.rect(x + gap / 2, base - tall, step - gap, tall, f"f {css}", 1)
            canvas.text(x + step / 2, base - tall - 6, item.text, "t2 s n", "middle")
        for j, part in enumerate(wrap(item.label, step, 11.5, 2)):
            canvas.text(x + step / 2, base + 17 + 14 * j, part, "t2 s", "middle")
    canvas.line(0, base, width, base, "axis")
    if mark is not None:
        canvas.line(step * mark, top - 12, step * mark, base, "marker")
        canvas.text(step * mark + 6, top - 4, mark_label, "t alarm s b")
    return canvas.done(ident, title)


def heat_map(
    cells: Sequence[Sequence[int | None]],
    width: float,
    *,
    ident: str,
    title: str,
    days: Sequence[str],
    css: str = "said",
    narrow: bool = False,
) -> str:
    """Weekday by hour; the more, the stronger. Lying on a wide page, standing on a phone. Held-back cells are ruled."""
    peak = max((cell for day in cells for cell in day if cell), default=1)
    if narrow:
        left, top = 30.0, 20.0
        cell_w, cell_h = (width - left) / 7, 15.0
        canvas = Canvas(width, top + 24 * cell_h + 2)
        for d, day in enumerate(days):
            canvas.text(left + cell_w * (d + 0.5), 13, day, "t2 s", "middle")
        for hour in range(0, 24, 3):
            canvas.text(left - 6, top + cell_h * hour + 12, str(hour), "t2 s n", "end")
    else:
        left, top = 44.0, 4.0
        cell_w, cell_h = (width - left) / 24, min(26.0, (width - left) / 24)
        canvas = Canvas(width, top + 7 * cell_h + 22)
        for d, day in enumerate(days):
            canvas.text(left - 10, top + cell_h * (d + 0.5) + 4, day, "t2 s", "end")
        for hour in range(0, 24, 3):
            canvas.text(left + cell_w * (hour + 0.5), top + 7 * cell_h + 16, str(hour), "t2 s n", "middle")
    for d in range(7):
        for hour in range(24):
            cell = cells[d][hour]
            x, y = (left + cell_w * d, top + cell_h * hour) if narrow else (left + cell_w * hour, top + cell_h * d)
            if cell is None:
                canvas.rect(x + 1, y + 1, cell_w - 2, cell_h - 2, "bed", 2)
                canvas.line(x + 4, y + cell_h - 4, x + cell_w - 4, y + 4, "strike")
            else:
                # The square root spreads the low counts, which are most of the week.
                strength = math.sqrt(cell / peak)
                if cell:
                    more = f' fill-opacity="{0.08 + 0.92 * strength:.2f}"'
                    canvas.rect(x + 1, y + 1, cell_w - 2, cell_h - 2, f"f {css}", 2, more)
                else:
                    canvas.rect(x + 1, y + 1, cell_w - 2, cell_h - 2, "bed", 2)
    return canvas.done(ident, title)


def line_chart(
    points: Sequence[tuple[str, float | None]], width: float, *, ident: str, title: str, first: str, last: str
) -> str:
    """A value month by month, from 0 or from its own range, with its first and last value written out."""
    height, top, foot = 84, 22, 22
    canvas = Canvas(width, top + height + foot)
    values = [value for _label, value in points if value is not None]
    peak = max(values, default=1) or 1
    step = width / max(len(points) - 1, 1)
    inset = 5

    def x_of(i: int) -> float:
        return inset + (step * i) * (width - 2 * inset) / width

    def y_of(value: float) -> float:
        return top + height - height * value / peak * 0.94

    d, pen = [], "M"
    for i, (_label, value) in enumerate(points):
        if value is None:
            pen = "M"
            continue
        d.append(f"{pen}{_n(x_of(i))} {_n(y_of(value))}")
        pen = "L"
    canvas.line(0, top + height, width, top + height, "axis")
    canvas.path("".join(d), "stroke done")
    known = [(i, value) for i, (_label, value) in enumerate(points) if value is not None]
    if known:
        (i0, _first), (i1, v1) = known[0], known[-1]
        canvas.parts.append(f'<circle cx="{_n(x_of(i1))}" cy="{_n(y_of(v1))}" r="4" class="f done"/>')
        # Above whatever the line does below the words.
        near = max(1, round(46 / step)) + 1
        begin, end = [v for _i, v in known[:near]], [v for _i, v in known[-near:]]
        canvas.text(x_of(i0), max(y_of(max(begin)) - 9, 11), first, "t2 s n")
        canvas.text(x_of(i1), max(y_of(max(end)) - 9, 11), last, "t1 s n b", "end")
    canvas.text(0, top + height + 16, points[0][0] if points else "", "t3 s")
    canvas.text(width, top + height + 16, points[-1][0] if points else "", "t3 s", "end")
    return canvas.done(ident, title)


def ring(states: Sequence[str], *, ident: str, title: str, middle: str, under: str) -> str:
    """The all-round view: one segment a row, lit by what it shows; a gap in the ring is a place not looked at."""
    size, outer, inner = 220, 104, 82
    canvas = Canvas(size, size)
    count = max(len(states), 1)
    for i, state in enumerate(states):
        start = 2 * math.pi * (i + 0.07) / count - math.pi / 2
        end = 2 * math.pi * (i + 0.93) / count - math.pi / 2
        points = [_polar(size, r, a) for r, a in ((outer, start), (outer, end), (inner, end), (inner, start))]
        canvas.path(
            f"M{points[0]}A{outer} {outer} 0 0 1 {points[1]}L{points[2]}A{inner} {inner} 0 0 0 {points[3]}Z",
            f"seg {state}",
        )
    canvas.text(size / 2, size / 2 + 10, middle, "t1 big", "middle")
    for j, part in enumerate(wrap(under, 130, 13, 2)):
        canvas.text(size / 2, size / 2 + 32 + 16 * j, part, "t2 s", "middle")
    return canvas.done(ident, title)


def _polar(size: float, radius: float, angle: float) -> str:
    return f"{_n(size / 2 + radius * math.cos(angle))} {_n(size / 2 + radius * math.sin(angle))}"
