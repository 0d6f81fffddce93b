"""What a blind-spot report is: plain values, the same shape as ``report.json`` (see docs/report.md).

A report is built once, in one language, and never changes; every face (page, HTML, PDF, JSON) renders these values
and computes nothing of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rundblick.blindspots.statistics import Firmness, firmness

SCHEMA = "rundblick.report/1"
"""Name and major version of the shape; a reader refuses another major, and ignores keys that it does not know."""

SAMPLE_LIMIT = 200


class Unit(StrEnum):
    SHARE = "share"  # 0..1
    DAYS = "days"  # calendar days
    HOURS = "hours"
    MINUTES = "minutes"
    MONTHS = "months"
    COUNT = "count"
    MEAN = "mean"
    POINTS = "points"  # NPS -100..100, gaps and scores 0..100


class Better(StrEnum):
    """Which way is good for the customer; decides wording and order, never the value."""

    HIGH = "high"
    LOW = "low"
    NEITHER = "neither"


class RowState(StrEnum):
    """What a row of the myths or of the magic eight shows (docs/report.md, rows)."""

    BLIND_SPOT = "blind_spot"  # believed surely better than said or done
    MODEST = "modest"  # surely better than believed
    ALIGNED = "aligned"  # the gap lies surely within 10 points
    UNCLEAR = "unclear"  # the interval allows more than one of these
    TOO_FEW = "too_few"  # asked, but too few answered
    NOT_ASKED = "not_asked"  # measured, but nobody said what he believes
    NOT_MEASURED = "not_measured"  # the data hold nothing for it


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no number: ``code`` for programs, ``text`` in the report's language says what to add."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """From the first to the last moment of the data, UTC. ``end`` is the moment as of which open cases are open."""

    start: datetime
    end: datetime
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Related:
    """A figure that must be read together with a measure: the other counter, the unresolved, the whole."""

    name: str
    label: str
    value: float | None
    unit: Unit
    n: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """At most 200 ids of the cases behind a measure: the worst first, then a random draw of the others."""

    worst: tuple[str, ...] = ()
    random: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure with all that is needed to doubt it.

    name        stable; a cut is ``<name>.<cut>``
    value       in ``unit``; None when ``missing`` says why
    n           how many units (cases, customers, answers) the value rests on
    low, high   95 % interval; None for plain counts and where n is too small for one
    interval    how the interval was made: wilson, order_statistics, bootstrap, student, adjusted_wald, ""
    better      which way is good for the customer
    definition  one sentence, in the report's language
    sources     names of the input files it was computed from
    cases_behind  number of cases that the saved query returns
    saved_query   its stable id; the desk and ``--cases`` run it
    persons     distinct customers (each case without a known customer counts as one) in a cut; None when not a cut
    staff       distinct staff in a cut; None when the figure is not about staff
    basis       which of two ways gave the value: "source" (its own counter or flag) or "derived" (our events); ""
    """

    name: str
    label: str
    definition: str
    unit: Unit
    value: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None
    interval: str = ""
    better: Better = Better.NEITHER
    group: str = ""
    basis: str = ""
    window: Window | None = None
    sources: tuple[str, ...] = ()
    cases_behind: int = 0
    saved_query: str = ""
    sample: Sample = Sample()
    beside: tuple[Related, ...] = ()
    persons: int | None = None
    staff: int | None = None
    missing: Missing | None = None

    @property
    def firmness(self) -> Firmness:
        """Hidden below 5 units, greyed below 30. Plain counts are always firm: they estimate nothing."""
        return Firmness.FULL if self.unit is Unit.COUNT else firmness(self.n)


@dataclass(frozen=True, slots=True)
class Voice:
    """One leg of a row on 0..100: what management believes, staff believe, customers say, or the data show."""

    value: float
    low: float | None
    high: float | None
    n: int
    what: str = ""
    measure: str = ""

    @property
    def firmness(self) -> Firmness:
        return firmness(self.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A myth or one of the magic eight: the claim, the four voices, the gap and what could not be measured.

    gap         believed minus said, or minus done when nobody was asked; points, Welch interval
    against     which leg the gap is against: "said" or "done"; ""
    gap_to_done believed minus done, where customers were asked as well; points, Welch interval
    top2_gap    share of managers in the upper two of five steps minus that of customers, -1..1, Newcombe interval
    cliffs_delta  -1..1, believed against said
    certain     what is certain of the gap: max(0, its lower bound), points
    importance  share 0..1 of the overall index, by relative weights; None when it could not be weighed
    measures    names of the measures that belong to the row
    """

    code: str
    kind: str
    number: int
    claim: str
    question: str
    state: RowState
    verdict: str
    believed: Voice | None = None
    staff: Voice | None = None
    said: Voice | None = None
    done: Voice | None = None
    gap: Voice | None = None
    against: str = ""
    gap_to_done: Voice | None = None
    top2_gap: Voice | None = None
    cliffs_delta: float | None = None
    certain: float | None = None
    importance: float | None = None
    measures: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar: ``low`` <= value < ``high`` (high None: no end). ``count`` None when it was held back."""

    label: str
    low: float
    high: float | None
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How the values behind a measure are spread. ``mark``: a line to draw, such as three days."""

    name: str
    label: str
    unit: Unit
    bins: tuple[Bin, ...]
    n: int
    measure: str = ""
    mark: float | None = None
    mark_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Counts by weekday (Monday first) and hour in the window's time zone; None was held back.

    persons  distinct persons in each cell, for the rule of five; dropped before anything is shown
    """

    name: str
    label: str
    n: int
    cells: tuple[tuple[int | None, ...], ...]
    persons: tuple[tuple[int, ...], ...] | None = None
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """``at`` is the first day of the month, ISO."""

    at: str
    value: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A measure by month; a month that is not complete is left out."""

    name: str
    label: str
    unit: Unit
    points: tuple[Point, ...]
    measure: str = ""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the folder. ``remarks`` are sentences in the report's language; ``unreadable`` groups the faults."""

    name: str
    rows_read: int
    rows_kept: int
    rows_unreadable: int
    remarks: tuple[str, ...] = ()
    kind: str = ""
    system: str = ""
    unreadable: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be read, by kind of fault: what is wrong and what to do, how often, and the first rows."""

    text: str
    count: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    files: tuple[InputFile, ...]
    company: str = ""
    country: str = "DE"
    guessed: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    customers: int
    cases: int
    interactions: int
    events: int = 0
    systems: int = 0
    staff: int = 0


@dataclass(frozen=True, slots=True)
class Matching:
    """How records became customers, see docs/report.md.

    records         source records in all systems
    by_identifiers  customers that strong identifiers alone make of them; None where nobody counted (the desk)
    customers       customers with what was weighed; the same where nothing was
    model           version of the model that weighed, "" where none did
    learned         "here" from these records, "before" from others; "" without a model
    skipped         why nothing was weighed: "off", "few", "alike"; "" where it was
    text            the same in words, in the report's language
    figures         names of the report's measures that rest on who is one customer
    """

    records: int
    customers: int
    by_identifiers: int | None = None
    model: str = ""
    learned: str = ""
    skipped: str = ""
    text: str = ""
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """The blind-spot index: importance-weighted mean of what is certain of each gap, 0..100 points.

    ``weighted`` says whether importance could be weighed (relative weights) or all rows count the same.
    """

    value: float
    rows: int
    weighted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report. The field names are the keys of report.json."""

    schema: str = SCHEMA
    language: str
    generated_at: datetime
    program: str = ""
    window: Window | None
    input: Input
    totals: Totals
    measures: dict[str, Measure]
    myths: tuple[Row, ...] = ()
    magic_eight: tuple[Row, ...] = ()
    index: Index | None = None
    distributions: tuple[Distribution, ...] = ()
    heat_maps: tuple[HeatMap, ...] = ()
    series: tuple[Series, ...] = ()
    held_back: tuple[str, ...] = field(default=())
    matching: Matching | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.myths + self.magic_eight
