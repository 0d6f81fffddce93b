"""What stands in the report, as finished words: the one source of the HTML page and of the PDF.

Takes a report that may be handed round (``disclosure.publishable``) and formats it; nothing is computed here but
widths. Pictures are functions of a width, so that each face draws them at its own size.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rundblick.blindspots.measures.words import GROUPS, file_kind
from rundblick.blindspots.model import Measure, Report, RowState, Unit
from rundblick.blindspots.report import svg
from rundblick.blindspots.report.claims import legend, panorama, ring, row_view
from rundblick.blindspots.report.formats import Formats
from rundblick.blindspots.report.pictures import pictures
from rundblick.blindspots.report.shapes import Draw, FigureView, FileView, Group, Page, Pair
from rundblick.blindspots.statistics import SMALLEST_FIRM, SMALLEST_SHOWN, Firmness

_IDS_SHOWN = 20
_FILES_SHOWN = 3


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
        ring=ring(report),
        panorama=panorama(report, formats),
        legend=legend(),
        myths=tuple(row_view(row, report, formats) for row in report.myths),
        magic=tuple(row_view(row, report, formats) for row in report.magic_eight),
        groups=_groups(report, formats),
        pictures=pictures(report, formats),
        method=_method(report),
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


def _groups(report: Report, formats: Formats) -> tuple[Group, ...]:
    """Every measure under its heading; reviews stand in a lane of their own."""
    found = []
    for code, title in GROUPS.items():
        figures = tuple(_figure(m, formats) for m in report.measures.values() if m.group == code)
        if figures:
            found.append(Group(str(title), figures))
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
    ids = []
    if measure.unit is not Unit.COUNT:
        ids = [
            Pair(label, _first_of(sample, formats))
            for label, sample in ((_("worst"), measure.sample.worst), (_("drawn at random"), measure.sample.random))
            if sample
        ]
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
        sources=_files(measure.sources, formats),
        ids=tuple(ids),
        strip=strip,
    )


def _first_of(ids: Sequence[str], formats: Formats) -> str:
    """The first ids; report.json has up to 200, and the saved query all of them."""
    rest = len(ids) - _IDS_SHOWN
    shown = ", ".join(ids[:_IDS_SHOWN])
    return shown if rest <= 0 else _("%(ids)s and %(n)s more") % {"ids": shown, "n": formats.number(rest)}


def _files(names: Sequence[str], formats: Formats) -> str:
    """The input files by name; of many the first two."""
    if len(names) <= _FILES_SHOWN:
        return ", ".join(names)
    rest = len(names) - 2
    more = ngettext("%(names)s and %(n)s more file", "%(names)s and %(n)s more files", rest)
    return more % {"names": ", ".join(names[:2]), "n": formats.number(rest)}


def _behind(measure: Measure, formats: Formats) -> str:
    if not measure.cases_behind:
        return ""
    return ngettext("%(n)s case behind it", "%(n)s cases behind it", measure.cases_behind) % {
        "n": formats.number(measure.cases_behind)
    }


def _method(report: Report) -> tuple[Pair, ...]:
    customers = (Pair(_("One customer"), report.matching.text),) if report.matching is not None else ()
    return (
        *customers,
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
                "topic until seven days after the resolution, on any channel. What was resolved in the last seven days "
                "is still open and counts neither way."
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
