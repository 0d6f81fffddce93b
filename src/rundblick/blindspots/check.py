"""From the tables to the report, and from the report to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils import translation

from rundblick.blindspots import resolving, sql
from rundblick.blindspots.dimensions import MYTHS
from rundblick.blindspots.measures import of_contacts, of_customers, of_handovers, of_questions, of_voice, spread
from rundblick.blindspots.measures.compute import measures_of_cases
from rundblick.blindspots.measures.frame import Frame
from rundblick.blindspots.measures.of_cases import SPECS
from rundblick.blindspots.model import Input, InputFile, Matching, Measure, Report, Window
from rundblick.blindspots.promised import clock_params
from rundblick.blindspots.report.document import to_json
from rundblick.blindspots.report.files import write_whole
from rundblick.blindspots.report.formats import Formats
from rundblick.blindspots.report.html import html
from rundblick.blindspots.report.pdf import pdf
from rundblick.blindspots.rows import opinions_of, rows_of
from rundblick.core.promises import Promise


def build_report(
    window: Window | None,
    input_files: Sequence[InputFile],
    language: str,
    *,
    company: str = "",
    country: str = "DE",
    zone: str = "Europe/Berlin",
    guessed: bool = False,
    promise: Promise | None = None,
    remarks: Sequence[str] = (),
    matching: Matching | None = None,
    now: datetime | None = None,
) -> Report:
    """Compute every measure over Django's database and return the report in ``language`` ("de" or "en").

    ``window`` None takes the first to the last moment of the data, but no moment after ``now``. ``zone`` is the
    company's time zone, used where no window says one. ``promise``: by which our clocks judge a case whose source has
    no flag of its own. ``matching``: how records became customers, where that was done for this report. Runs in one
    repeatable-read transaction, so that all figures speak of the same moment; needs the right to make temporary tables
    and writes nothing else.
    """
    now = now or datetime.now(UTC)
    with translation.override(language), one_moment() as cursor:
        span = window or data_window(cursor, zone, now)
        files = tuple(input_files)
        frame = Frame(cursor, span, files, promise=promise)
        days = tuple(row[0] for row in frame.rows(sql.DAY_SYSTEMS))
        frame = replace(frame, day_systems=days)
        params = {**frame.params(), **clock_params(promise, span)}
        for statement in sql.prepare(promise):
            cursor.execute(statement, params)
        totals, channels, tiers = of_customers.totals_of(frame)
        contacts, answers = of_contacts.heat_maps(frame)
        found: list[Measure] = [
            *of_customers.measures_of_customers(frame, totals, channels, tiers),
            *measures_of_cases(frame, SPECS),
            *of_handovers.measures_of_handovers(frame),
            *of_contacts.measures_of_contacts(frame),
            of_contacts.out_of_step(frame, contacts, answers),
            *of_questions.measures_of_questions(frame),
            *of_voice.measures_of_voice(frame),
        ]
        measures = {measure.name: measure for measure in found}
        rows, index = rows_of(opinions_of(frame), measures)
        return Report(
            language=language,
            generated_at=now,
            program=f"rundblick {version('rundblick')}",
            window=span if totals.cases else None,
            input=Input(files, company, country, guessed, tuple(remarks)),
            totals=totals,
            measures=measures,
            myths=rows[: len(MYTHS)],
            magic_eight=rows[len(MYTHS) :],
            index=index,
            distributions=spread.distributions(frame),
            heat_maps=tuple(heat_map for heat_map in (contacts, answers) if heat_map.n),
            series=spread.series(frame),
            matching=resolving.told(
                matching or resolving.standing(), found, Formats.of(language, country, span.timezone)
            ),
        )


def data_window(cursor: psycopg.Cursor[Any], zone: str, now: datetime) -> Window:
    """First to last moment of the data that is not after ``now``."""
    cursor.execute(sql.WINDOW, {"now": now})
    row = cursor.fetchone()
    start, end = row if row is not None else (None, None)
    if start is None or end is None:
        return Window(now, now, zone)
    return Window(start, end, zone)


@contextmanager
def one_moment() -> Iterator[psycopg.Cursor[Any]]:
    """psycopg's cursor in one transaction that sees one state of the database, with bounded memory."""
    outer = connection.in_atomic_block
    with transaction.atomic():
        raw: psycopg.Connection[Any] = connection.connection
        with raw.cursor() as cursor:
            if not outer:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SET LOCAL work_mem = '{sql.WORK_MEM}'")
            # Compiling these one-off statements costs more than it saves.
            cursor.execute("SET LOCAL jit = off")
            try:
                yield cursor
            finally:
                if not raw.broken and raw.info.transaction_status.name == "INTRANS":
                    cursor.execute(sql.CLEAR)


FORMATS = ("json", "html", "pdf")


def write_report(
    report: Report, out_dir: Path, formats: Sequence[str] = FORMATS, *, with_ids: bool = False
) -> tuple[Path, ...]:
    """Write report.json, report.html and report.pdf into a folder and return their paths.

    All of them are made before the first one is written, and each appears as a whole or not at all. Raises
    ValueError for an unknown format and OSError when the folder cannot be written.
    """
    unknown = set(formats) - set(FORMATS)
    if unknown:
        raise ValueError(f"unknown formats: {', '.join(sorted(unknown))}; there are {', '.join(FORMATS)}")
    makers = {
        "json": lambda: to_json(report),
        "html": lambda: html(report, with_ids=with_ids).encode("utf-8"),
        "pdf": lambda: pdf(report, with_ids=with_ids),
    }
    made = [(out_dir / f"report.{name}", makers[name]()) for name in FORMATS if name in formats]
    out_dir.mkdir(parents=True, exist_ok=True)
    for path, data in made:
        write_whole(path, data)
    return tuple(path for path, _data in made)
