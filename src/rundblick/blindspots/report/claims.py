"""The fifteen rows in words and pictures: the all-round view, believed - said - done, one row by one."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rundblick.blindspots.model import Measure, Report, Row, RowState, Unit, Voice
from rundblick.blindspots.report import svg
from rundblick.blindspots.report.formats import MINUS, Formats
from rundblick.blindspots.report.shapes import Pair, Picture, RowView, Table
from rundblick.blindspots.statistics import Firmness


def state_words() -> dict[str, str]:
    """The states of a row as people read them."""
    return {
        RowState.BLIND_SPOT: _("blind spot"),
        RowState.MODEST: _("better than believed"),
        RowState.ALIGNED: _("seen as it is"),
        RowState.UNCLEAR: _("not certain"),
        RowState.TOO_FEW: _("too few answers"),
        RowState.NOT_ASKED: _("measured, not asked"),
        RowState.NOT_MEASURED: _("not in the data"),
    }


def ring(report: Report) -> Picture:
    states = [row.state.value for row in report.rows]
    blind = states.count(RowState.BLIND_SPOT)
    unseen = states.count(RowState.NOT_MEASURED)
    seen = len(states) - unseen
    if blind:
        middle, under = str(blind), ngettext("blind spot of %(n)s rows", "blind spots of %(n)s rows", blind)
        under %= {"n": len(states)}
    else:
        middle, under = f"{seen}/{len(states)}", _("rows measured")
    words = state_words()
    counts = {words[state]: states.count(state) for state in RowState if state in states}
    title = _("All-round view: ") + ", ".join(f"{n} {word}" for word, n in counts.items())
    return Picture(
        ident="ring",
        title=title,
        note="",
        draw=lambda _width, _narrow, ident: svg.ring(states, ident=ident, title=title, middle=middle, under=under),
        table=Table((_("State"), _("Rows")), tuple((word, str(n)) for word, n in counts.items())),
    )


def legend() -> tuple[tuple[str, str], ...]:
    return (
        ("believed", _("what management believes")),
        ("staff", _("what staff believe")),
        ("said", _("what customers say")),
        ("done", _("what is done")),
    )


def _mark(voice: Voice | None, formats: Formats, *, few_are_all: bool = False) -> svg.Mark | None:
    """``few_are_all``: managers are few by nature; five are enough to be drawn in full."""
    if voice is None:
        return None
    grey = not few_are_all and voice.firmness is not Firmness.FULL
    return svg.Mark(voice.value, voice.low, voice.high, formats.number(voice.value), grey)


def _heads() -> tuple[str, str, str]:
    """Over the three columns of numbers."""
    return (pgettext("voice", "believed"), pgettext("voice", "said"), pgettext("voice", "done"))


def _gap_line(row: Row, formats: Formats, label: str = "") -> svg.GapLine:
    return svg.GapLine(
        label=label,
        state=row.state.value,
        believed=_mark(row.believed, formats, few_are_all=True),
        staff=_mark(row.staff, formats),
        said=_mark(row.said, formats),
        done=_mark(row.done, formats),
        against=row.against,
    )


def panorama(report: Report, formats: Formats) -> Picture:
    """The first page's one picture: believed, said, done, the widest certain gap first; unmeasured rows below it."""
    rows = [row for row in report.rows if row.believed or row.staff or row.said or row.done]
    rows.sort(key=lambda row: (-(row.certain if row.certain is not None else -1), row.gap is None, -_worst(row)))
    lines = [_gap_line(row, formats, row.claim) for row in rows]
    heads = _heads()
    title = _("Believed, said, done")
    unmeasured = [row.claim for row in report.rows if row not in rows]
    if not any(row.believed for row in rows):
        note = _(
            "Nobody has been asked what management believes and what customers say. Ask ten managers to rate these "
            "sentences, and your customers the same ones: only then a blind spot shows."
        )
    else:
        note = _(
            "Each sentence from 0 (not true at all) to 100 (fully true). Pale bars are 95 % intervals; the band "
            "between two marks is the gap."
        )
    if unmeasured and rows:
        note += " " + ngettext(
            "%(n)s sentence cannot be measured with these data.",
            "%(n)s sentences cannot be measured with these data.",
            len(unmeasured),
        ) % {"n": len(unmeasured)}
    words = state_words()
    table = Table(
        (_("Sentence"), _("Management"), _("Staff"), _("Customers"), _("Data"), _("State")),
        tuple(
            (row.claim, *(_voice(v, formats) for v in (row.believed, row.staff, row.said, row.done)), words[row.state])
            for row in rows
        ),
    )
    return Picture(
        ident="panorama",
        title=title,
        note=note,
        draw=lambda width, narrow, ident: svg.gap_chart(
            lines, width, ident=ident, title=title, heads=heads, narrow=narrow
        ),
        table=table,
    )


def _worst(row: Row) -> float:
    """How far the row is from perfect, to order rows that have no gap."""
    leg = row.said or row.done or row.believed
    return 100 - leg.value if leg is not None else 0


def _voice(voice: Voice | None, formats: Formats) -> str:
    if voice is None:
        return "\u2013"
    interval = formats.interval(voice.low, voice.high, Unit.POINTS)
    return (
        f"{formats.number(voice.value)} ({interval}; n = {formats.number(voice.n)})"
        if interval
        else (f"{formats.number(voice.value)} (n = {formats.number(voice.n)})")
    )


def row_view(row: Row, report: Report, formats: Formats) -> RowView:
    line = _gap_line(row, formats)
    # What nobody was asked at all is said once, on the first page, and not again in fifteen rows.
    never_asked = {code for code in ("believed", "said") if not any(getattr(r, code) for r in report.rows)}
    heads = _heads()
    measured = any((row.believed, row.staff, row.said, row.done))
    figures = [report.measures[name] for name in row.measures if name in report.measures]
    known = [m for m in figures if m.value is not None]
    head = known[0] if known and (not figures or figures[0] is known[0]) else None
    voices = tuple(
        Pair(label, _voice(voice, formats))
        for label, voice in (
            (_("Management believes"), row.believed),
            (_("Staff believe"), row.staff),
            (_("Customers say"), row.said),
            (_("The data show"), None if row.done is not None and _told(row, report) else row.done),
        )
        if voice is not None
    )
    return RowView(
        number=row.number,
        code=row.code,
        claim=_("\u201c%(claim)s\u201d") % {"claim": row.claim},
        question=row.question,
        state=row.state.value,
        state_word=state_words()[row.state],
        verdict=row.verdict,
        gap=_gap(row, formats),
        head_value=formats.value(head.value, head.unit) if head is not None and head.value is not None else "",
        head_label=head.label if head is not None else "",
        voices=voices,
        facts=tuple(Pair(m.label, _fact(m, formats)) for m in known),
        missing=tuple(dict.fromkeys(m.text for m in row.missing if m.code not in never_asked)),
        picture=(
            lambda width, narrow, ident: svg.gap_chart(
                [line], width, ident=ident, title=row.claim, heads=heads, narrow=narrow
            )
        )
        if measured
        else None,
    )


def _told(row: Row, report: Report) -> bool:
    """Whether what is done stands among the row's facts already, as the same number."""
    measure = report.measures.get(row.done.measure) if row.done is not None else None
    if measure is None or measure.value is None or row.done is None or measure.name not in row.measures:
        return False
    return abs(100 * measure.value - row.done.value) < 0.01


def _gap(row: Row, formats: Formats) -> str:
    if row.gap is None:
        return ""
    sign = "+" if row.gap.value > 0 else MINUS if row.gap.value < 0 else ""
    text = _("Gap %(gap)s points (%(interval)s)") % {
        "gap": sign + formats.number(abs(row.gap.value)),
        "interval": formats.interval(row.gap.low, row.gap.high, Unit.POINTS),
    }
    if row.top2_gap is not None:
        text += " \u00b7 " + _("top two steps: %(gap)s points") % {"gap": formats.number(100 * row.top2_gap.value)}
    if row.cliffs_delta is not None:
        text += " \u00b7 " + _("Cliff\u2019s delta %(delta)s") % {"delta": formats.number(row.cliffs_delta, 2)}
    return text


def _fact(measure: Measure, formats: Formats) -> str:
    assert measure.value is not None
    value = formats.value(measure.value, measure.unit)
    interval = formats.interval(measure.low, measure.high, measure.unit)
    return f"{value} ({interval})" if interval else value
