"""What stands in the report, as finished words: the one source of the HTML page, the PDF and the desk's page.

Takes a report that may be handed round (``disclosure.publishable``) and formats it; nothing is computed here but
widths. Pictures are functions of a width, so that each face draws them at its own size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rundblick.blindspots.measures.words import GROUPS, file_kind, weekdays
from rundblick.blindspots.model import (
    Distribution,
    HeatMap,
    Measure,
    Report,
    Row,
    RowState,
    Series,
    Unit,
    Voice,
)
from rundblick.blindspots.report import svg
from rundblick.blindspots.report.formats import MINUS, Formats
from rundblick.blindspots.statistics import SMALLEST_FIRM, SMALLEST_SHOWN, Firmness

Draw = Callable[[float, bool, str], str]
"""(width in pixels, narrow, id) -> SVG."""


@dataclass(frozen=True, slots=True)
class Table:
    """The same as a picture shows, for whoever cannot see it, and for copying."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    ident: str
    title: str
    note: str
    draw: Draw
    table: Table
    half: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One measure in words. ``strip`` draws its interval where it is a share. ``faint``: too few to stand firm."""

    name: str
    label: str
    definition: str
    value: str
    interval: str
    n: str
    missing: str
    faint: bool
    note: str
    behind: str
    beside: tuple[Pair, ...]
    sources: str
    ids: tuple[Pair, ...]
    strip: Draw | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    number: int
    code: str
    claim: str
    question: str
    state: str
    state_word: str
    verdict: str
    gap: str
    head_value: str
    head_label: str
    voices: tuple[Pair, ...]
    facts: tuple[Pair, ...]
    missing: tuple[str, ...]
    picture: Draw | None


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    figures: tuple[FigureView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    name: str
    kind: str
    read: str
    kept: str
    unreadable: str
    remarks: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report in words."""

    language: str
    title: str
    company: str
    period: str
    headline: str
    lede: tuple[str, ...]
    warning: str
    totals: tuple[Pair, ...]
    ring: Picture
    panorama: Picture
    legend: tuple[tuple[str, str], ...]
    myths: tuple[RowView, ...]
    magic: tuple[RowView, ...]
    groups: tuple[Group, ...]
    pictures: tuple[Picture, ...]
    method: tuple[Pair, ...]
    files: tuple[FileView, ...]
    input_remarks: tuple[str, ...]
    made: str
    words: dict[str, str] = field(default_factory=dict)


def page_of(report: Report) -> Page:
    """All texts and pictures of the report. Call with the report's language active and a publishable report."""
    formats = Formats.of(report.language, report.input.country, report.window.timezone if report.window else "UTC")
    headline, lede = _headline(report, formats)
    return Page(
        language=report.language,
        title=_("Blind-spot report"),
        company=report.input.company,
        period=_period(report, formats),
        headline=headline,
        lede=lede,
        warning=_(
            "What the columns mean was guessed from their names and contents. Read the proposed mapping before you "
            "rely on a figure."
        )
        if report.input.guessed
        else "",
        totals=_totals(report, formats),
        ring=_ring(report),
        panorama=_panorama(report, formats),
        legend=_legend(),
        myths=tuple(_row(row, report, formats) for row in report.myths),
        magic=tuple(_row(row, report, formats) for row in report.magic_eight),
        groups=_groups(report, formats),
        pictures=_pictures(report, formats),
        method=_method(),
        files=tuple(
            FileView(
                name=file.name,
                kind=file_kind(file.kind),
                read=formats.number(file.rows_read),
                kept=formats.number(file.rows_kept),
                unreadable=formats.number(file.rows_unreadable),
                remarks=file.remarks,
                faults=tuple(_fault(fault.text, fault.count, fault.rows, formats) for fault in file.unreadable),
            )
            for file in report.input.files
        ),
        input_remarks=report.input.remarks,
        made=_("Made on %(moment)s by %(program)s. Format %(schema)s.")
        % {"moment": formats.moment(report.generated_at), "program": report.program, "schema": report.schema},
        words=_words(),
    )


def _period(report: Report, formats: Formats) -> str:
    if report.window is None:
        return ""
    return _("%(start)s to %(end)s") % {
        "start": formats.day(report.window.start),
        "end": formats.day(report.window.end),
    }


# ---------------------------------------------------------------------------------------------- headline


def _headline(report: Report, formats: Formats) -> tuple[str, tuple[str, ...]]:
    """The strongest certain thing that the data say, as one sentence, and up to three more."""
    sentences = [sentence for sentence in (_of_hundred(report, name, formats) for name in _TOLD) if sentence]
    blind = sorted(
        (row for row in report.rows if row.state is RowState.BLIND_SPOT and row.gap is not None and row.believed),
        key=lambda row: -(row.certain or 0),
    )
    if blind:
        row = blind[0]
        other = row.said if row.against == "said" else row.done
        assert row.believed is not None and other is not None
        text = (
            _("\u201c%(claim)s\u201d Management gives %(believed)s of 100 points, customers give %(other)s.")
            if row.against == "said"
            else _("\u201c%(claim)s\u201d Management gives %(believed)s of 100 points, the data show %(other)s.")
        )
        headline = text % {
            "claim": row.claim,
            "believed": formats.number(row.believed.value),
            "other": formats.number(other.value),
        }
        return headline, tuple(sentences[:3])
    if sentences:
        return sentences[0], tuple(sentences[1:4])
    return _("The data say little yet."), (_("What is missing stands with each figure below."),)


_TOLD = (
    "first_contact_resolution",
    "handover_share",
    "resolved_within_3_days_share",
    "promise_kept_share",
    "csat_share",
    "inbound_answered_share",
    "people_3_or_more_share",
)


def _of_hundred(report: Report, name: str, formats: Formats) -> str:
    """A share as people say it: of 100 concerns, 42 ... Empty where it is missing or not firm."""
    measure = report.measures.get(name)
    if measure is None or measure.value is None or measure.firmness is not Firmness.FULL:
        return ""
    texts = {
        "first_contact_resolution": _("Of 100 concerns, %(x)s are solved at the first contact."),
        "handover_share": _("%(x)s of 100 cases are handed over at least once."),
        "resolved_within_3_days_share": _("%(x)s of 100 resolved cases are resolved within three days."),
        "promise_kept_share": _("The promise is kept in %(x)s of 100 cases."),
        "csat_share": _("%(x)s of 100 answers say: satisfied."),
        "inbound_answered_share": _("%(x)s of 100 letters and mails get an answer from a person."),
        "people_3_or_more_share": _("%(x)s of 100 cases pass through three or more people's hands."),
    }
    share = 100 * measure.value
    return texts[name] % {"x": formats.number(share, 0 if 0.5 <= share <= 99.5 or share in (0, 100) else 1)}


def _totals(report: Report, formats: Formats) -> tuple[Pair, ...]:
    totals = report.totals
    pairs = [
        (totals.cases, ngettext("case", "cases", totals.cases)),
        (totals.customers, ngettext("customer", "customers", totals.customers)),
        (totals.interactions, ngettext("contact", "contacts", totals.interactions)),
        (totals.systems, ngettext("system", "systems", totals.systems)),
        (len(report.input.files), ngettext("file", "files", len(report.input.files))),
    ]
    return tuple(Pair(label, formats.number(value)) for value, label in pairs if value)


# ---------------------------------------------------------------------------------------------- the fifteen rows


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


def _ring(report: Report) -> Picture:
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


def _legend() -> tuple[tuple[str, str], ...]:
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


def _panorama(report: Report, formats: Formats) -> Picture:
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


def _row(row: Row, report: Report, formats: Formats) -> RowView:
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


# ---------------------------------------------------------------------------------------------- all figures


def _groups(report: Report, formats: Formats) -> tuple[Group, ...]:
    """Every measure under its heading; reviews stand in a lane of their own."""
    titles = {
        **{code: str(title) for code, title in GROUPS.items()},
        "ratings": _("What customers say when asked"),
        "reviews": _("What customers write in public"),
    }
    found = []
    for code, title in titles.items():
        figures = tuple(_figure(m, formats) for m in report.measures.values() if m.group == code)
        if figures:
            found.append(Group(title, figures))
    return tuple(found)


def _figure(measure: Measure, formats: Formats) -> FigureView:
    value = "" if measure.value is None else formats.value(measure.value, measure.unit)
    strip: Draw | None = None
    if measure.value is not None and measure.unit is Unit.SHARE:
        share, low, high, grey = measure.value, measure.low, measure.high, measure.firmness is not Firmness.FULL
        title = f"{measure.label}: {value}"
        strip = lambda _width, _narrow, ident: svg.interval_strip(  # noqa: E731
            low, share, high, ident=ident, title=title, grey=grey
        )
    notes = []
    if measure.firmness is Firmness.GREY and measure.value is not None:
        notes.append(_("too few to stand firm"))
    if measure.basis:
        notes.append(
            {
                "source": _("by the source's own counter or flag"),
                "derived": _("derived from the log"),
                "mixed": _("by the source where it tells, else derived from the log"),
            }.get(measure.basis, "")
        )
    ids = [Pair(_("worst"), ", ".join(measure.sample.worst))] if measure.sample.worst else []
    if measure.sample.random:
        ids.append(Pair(_("drawn at random"), ", ".join(measure.sample.random)))
    return FigureView(
        name=measure.name,
        label=measure.label,
        definition=measure.definition,
        value=value,
        interval=formats.interval(measure.low, measure.high, measure.unit) if measure.value is not None else "",
        n=formats.number(measure.n) if measure.value is not None and measure.unit is not Unit.COUNT else "",
        missing=measure.missing.text if measure.missing is not None else "",
        faint=measure.firmness is Firmness.GREY,
        note=", ".join(note for note in notes if note),
        behind=_behind(measure, formats),
        beside=tuple(Pair(figure.label, formats.related(figure)) for figure in measure.beside),
        sources=", ".join(measure.sources),
        ids=tuple(ids),
        strip=strip,
    )


def _behind(measure: Measure, formats: Formats) -> str:
    if not measure.cases_behind:
        return ""
    return ngettext("%(n)s case behind it", "%(n)s cases behind it", measure.cases_behind) % {
        "n": formats.number(measure.cases_behind)
    }


# ---------------------------------------------------------------------------------------------- pictures


def _pictures(report: Report, formats: Formats) -> tuple[Picture, ...]:
    found = [_distribution(d, formats) for d in report.distributions if any(b.count for b in d.bins)]
    channels = _channel_bars(report, formats)
    if channels is not None:
        found.append(channels)
    found += [_heat_map(heat_map, formats) for heat_map in report.heat_maps]
    found += [_series(s, formats) for s in report.series]
    return tuple(found)


def _distribution(distribution: Distribution, formats: Formats) -> Picture:
    counts = [b.count for b in distribution.bins]
    peak, total = max((c for c in counts if c is not None), default=1) or 1, distribution.n or 1
    items = [
        svg.Bar(b.label, None if b.count is None else b.count / peak, _bar_text(b.count, total, formats))
        for b in distribution.bins
    ]
    at = next((i + 1 for i, b in enumerate(distribution.bins) if b.high == distribution.mark), None)
    title = distribution.label

    def draw(width: float, narrow: bool, ident: str) -> str:
        if narrow or len(items) * 40 > width:
            return svg.bars(items, width, ident=ident, title=title)
        return svg.histogram(items, width, ident=ident, title=title, mark=at, mark_label=distribution.mark_label)

    return Picture(
        ident=f"spread-{distribution.name}",
        title=title,
        note=_("%(n)s cases.") % {"n": formats.number(distribution.n)},
        draw=draw,
        table=Table(
            (title, _("Cases"), _("Share")),
            tuple(
                (
                    b.label,
                    _("held back") if b.count is None else formats.number(b.count),
                    "\u2013" if b.count is None else formats.percent(b.count / total),
                )
                for b in distribution.bins
            ),
        ),
        half=len(items) <= 9,
    )


def _bar_text(count: int | None, total: int, formats: Formats) -> str:
    return f"< {SMALLEST_SHOWN}" if count is None else formats.percent(count / total)


def _channel_bars(report: Report, formats: Formats) -> Picture | None:
    shares = [m for m in report.measures.values() if m.name.startswith("channel_share.")]
    if not shares:
        return None
    items = [
        svg.Bar(m.label, m.value, _("held back") if m.value is None else formats.percent(m.value), m.low, m.high)
        for m in shares
    ]
    title = _("Channels on which cases come in")
    return Picture(
        ident="channels",
        title=title,
        note=_("Share of cases; the thin line is the 95 % interval."),
        draw=lambda width, narrow, ident: svg.bars(items, width, ident=ident, title=title, css="said", narrow=narrow),
        table=Table(
            (_("Channel"), _("Share"), _("Interval")),
            tuple((item.label, item.text, formats.interval(item.low, item.high, Unit.SHARE)) for item in items),
        ),
        half=True,
    )


def _heat_map(heat_map: HeatMap, formats: Formats) -> Picture:
    css = "done" if heat_map.name == "answers" else "said"
    days = weekdays()
    note = _("By weekday and hour; the stronger, the more.")
    if heat_map.held_back:
        note += " " + _("Struck out: hours in which fewer than %(n)s persons appear.") % {"n": SMALLEST_SHOWN}
    return Picture(
        ident=f"hours-{heat_map.name}",
        title=heat_map.label,
        note=note,
        draw=lambda width, narrow, ident: svg.heat_map(
            heat_map.cells, width, ident=ident, title=heat_map.label, days=days, css=css, narrow=narrow
        ),
        table=Table(
            (_("Hour"), *days),
            tuple(
                (
                    str(hour),
                    *(
                        "\u2013" if heat_map.cells[d][hour] is None else formats.number(heat_map.cells[d][hour] or 0)
                        for d in range(7)
                    ),
                )
                for hour in range(24)
            ),
        ),
    )


def _series(series: Series, formats: Formats) -> Picture:
    known = [point for point in series.points if point.value is not None]
    texts = [formats.value(point.value or 0, series.unit) for point in known]
    points = [(formats.month(point.at), point.value) for point in series.points]
    return Picture(
        ident=f"months-{series.name}",
        title=series.label,
        note=_("By month of opening, whole months."),
        draw=lambda width, _narrow, ident: svg.line_chart(
            points,
            min(width, 480),
            ident=ident,
            title=series.label,
            first=texts[0] if texts else "",
            last=texts[-1] if texts else "",
        ),
        table=Table(
            (_("Month"), series.label, _("Cases")),
            tuple(
                (
                    formats.month(point.at),
                    "\u2013" if point.value is None else formats.value(point.value, series.unit),
                    formats.number(point.n),
                )
                for point in series.points
            ),
        ),
        half=True,
    )


# ---------------------------------------------------------------------------------------------- method and input


def _method() -> tuple[Pair, ...]:
    return (
        Pair(
            _("Intervals"),
            _(
                "Every figure is an estimate. The interval beside it holds the true value 95 times in 100: shares by "
                "Wilson, medians and tenths by order statistics, means of counts by bootstrap, means of answers by "
                "Student, gaps by Welch, differences of shares by Newcombe, the net promoter score by the adjusted "
                "Wald interval. Cases of one customer resemble each other, so true intervals are a little wider."
            ),
        ),
        Pair(
            _("Few answers"),
            _(
                "Below %(shown)s persons nothing is shown, staff included. Below %(firm)s a figure is shown faintly, "
                "without ranking and without a trend."
            )
            % {"shown": SMALLEST_SHOWN, "firm": SMALLEST_FIRM},
        ),
        Pair(
            _("Unknown"),
            _(
                "An empty cell, a question mark and their like are unknown and never a value: they leave the case out "
                "of the figure, and the number of cases says so."
            ),
        ),
        Pair(
            _("The gap"),
            _(
                "Managers and customers rate the same sentences; the gap is what managers give minus what customers "
                "give. Where customers were not asked, it is taken against what the data show. A blind spot is a gap "
                "whose whole interval lies above zero."
            ),
        ),
        Pair(
            _("Solved at the first contact"),
            _(
                "One contact, no hand-over, no reopening, and no further contact of the same customer on the same "
                "topic until seven days after the resolution, on any channel. What was resolved in the last seven days is "
                "still open and counts neither way."
            ),
        ),
        Pair(
            _("Clocks"),
            _(
                "Times run from the opening of a case to its last resolution that was not reopened, in calendar time. "
                "Closing a case is paperwork and stops no clock. Automatic replies are no answer."
            ),
        ),
        Pair(
            _("Reviews"),
            _(
                "Who writes a review in public is no sample of the customers. Reviews stand beside the surveys, "
                "never in them."
            ),
        ),
    )


def _fault(text: str, count: int, rows: Sequence[int], formats: Formats) -> str:
    what = ngettext("%(n)s row", "%(n)s rows", count) % {"n": formats.number(count)}
    listed = ", ".join(formats.number(row) for row in rows[:8])
    if listed:
        more = "\u2026" if count > len(rows[:8]) else ""
        return _("%(what)s: %(text)s (row %(rows)s%(more)s)") % {
            "what": what,
            "text": text,
            "rows": listed,
            "more": more,
        }
    return f"{what}: {text}"


def _words() -> dict[str, str]:
    """The fixed words of the page."""
    return {
        "myths": _("The seven myths"),
        "myths_lead": _("Sentences that most companies say of themselves, each held against customers and data."),
        "magic": _("The magic eight"),
        "magic_lead": _("Eight places where service breaks, each measured as far as the data go."),
        "figures": _("All figures"),
        "figures_lead": _("Each with its interval, the number it rests on and its definition."),
        "pictures": _("How it is spread"),
        "pictures_lead": _("A mean hides the worst cases; these pictures do not."),
        "method": _("How it was computed"),
        "input": _("What was read"),
        "input_lead": _("Every file of the folder, what was kept of it and what could not be read."),
        "as_table": _("as a table"),
        "missing": _("What is missing"),
        "value": _("Value"),
        "interval": _("95 % interval"),
        "n": _("n"),
        "figure": _("Figure"),
        "file": _("File"),
        "kind": _("Read as"),
        "rows_read": _("Rows read"),
        "rows_kept": pgettext("rows", "kept"),
        "rows_unreadable": pgettext("rows", "unreadable"),
        "ids": _("Cases"),
        "no_files": _("No file gave anything to compute with."),
    }
