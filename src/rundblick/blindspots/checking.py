"""The check: from a folder of exports to the report, in a database of its own that is dropped at the end."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from rundblick.blindspots.check import build_report, write_report
from rundblick.blindspots.model import Fault, InputFile, Report
from rundblick.blindspots.repeats import REPEATS, Repeats
from rundblick.blindspots.report.files import write_whole
from rundblick.blindspots.resolving import resolve
from rundblick.blindspots.saved import cases_behind, prepared_facts
from rundblick.blindspots.unasked import UNASKED
from rundblick.connectors.mapping import NAME, Mapping, parse_mapping, read_mapping
from rundblick.connectors.propose import propose
from rundblick.connectors.reading import Plan, open_folder
from rundblick.connectors.texts import note_text, remark_texts
from rundblick.core.installation import installation
from rundblick.core.models import Installation
from rundblick.core.promises import Promise
from rundblick.core.rulebooks import put_in_force
from rundblick.core.scratch import scratch_database, settle
from rundblick.core.spreadsheets import safe_cell
from rundblick.customers.matching import Model, to_json
from rundblick.exports.feeding import Fed, Progress, feed
from rundblick.exports.telling import faults_of
from rundblick.intake.road import Options, Road

SALT = b"a check's database is dropped at the end"
PROPOSAL = "rundblick-proposal.toml"
DONE, PARTLY, NOTHING = 0, 1, 2


class NothingUsable(Exception):
    """The folder holds nothing that the check could count; the text says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a check was asked for. ``out`` None writes no report; ``cases`` is a folder for the ids behind figures.

    ``match`` False leaves customers at what identifies them; ``model`` weighs instead of one learned from the folder.
    ``save_model``: where the weights that were used go.
    """

    folder: Path
    mapping: Path | None = None
    out: Path | None = None
    language: str = "en"
    cases: Path | None = None
    with_ids: bool = False
    keep: str = ""
    formats: tuple[str, ...] = ("json", "html", "pdf")
    match: bool = True
    model: Model | None = None
    save_model: Path | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it. ``code``: 0 done, 1 done with unreadable parts. ``written``: the files, in order."""

    report: Report
    code: int
    written: tuple[Path, ...]


def check(
    wanted: Wanted,
    url: str,
    say: Callable[[str], None],
    progress: Callable[[Progress], None] | None = None,
    stage: Callable[[str, int, int], None] = lambda *_: None,
) -> Checked:
    """Check a folder. ``url``: the database server; ``say``: one line for a person; ``stage``: of the weighing.

    Raises FileNotFoundError, MappingError, NothingUsable, ScratchError, RoadStopped; a report that is half done is
    never left under its name.
    """
    with translation.override(wanted.language):
        mapping = mapping_of(wanted, say)
        outputs = tuple(path for path in (wanted.out, wanted.cases, wanted.save_model) if path is not None)
        plan = open_folder(wanted.folder, mapping, without=outputs)
        if not plan.readable:
            raise NothingUsable(_nothing(plan))
        with scratch_database(url, wanted.keep, UNASKED):
            lean = not wanted.keep
            options = Options(search=not lean, understand=False, notify=False, unseen=lean)
            # the road remembers digests of hundreds of thousands: it goes before all records are looked at
            road = Road(_set_up(mapping, wanted), options)
            fed = feed(plan, road, progress, partial(settle, rough=True) if lean else None)
            del road
            if not any(one.tally.kept for one in fed):
                raise NothingUsable(_nothing(plan, fed))
            matching, model = resolve(
                wanted.model,
                weigh=wanted.match,
                lasting=bool(wanted.keep),
                exclusive=mapping.exclusive(),
                progress=stage,
            )
            say(_("Counting ..."))
            settle()
            report = build_report(
                None,
                tuple(_input_file(one) for one in fed),
                wanted.language,
                company=mapping.company,
                country=mapping.country,
                zone=mapping.timezone,
                guessed=mapping.guessed,
                promise=mapping.promise,
                remarks=remark_texts(plan.remarks),
                matching=matching,
            )
            written: list[Path] = []
            if wanted.save_model is not None and model is not None:
                write_whole(wanted.save_model, to_json(model))
                written.append(wanted.save_model)
            if wanted.cases is not None:
                written += write_cases(report, wanted.cases, mapping.promise)
            if wanted.out is not None:
                written += write_report(report, wanted.out, wanted.formats, with_ids=wanted.with_ids)
            if wanted.keep:
                Installation.objects.update(read_only=True)
    faulty = any(one.tally.unreadable or one.fault for one in fed) or any(f.fault for f in plan.files)
    return Checked(report, PARTLY if faulty else DONE, tuple(written))


def mapping_of(wanted: Wanted, say: Callable[[str], None]) -> Mapping:
    """The given mapping, else the folder's, else a proposal, written down and said to be a guess."""
    if wanted.mapping is not None:
        return read_mapping(wanted.mapping)
    own = wanted.folder / NAME
    if own.is_file():
        return read_mapping(own)
    if not wanted.folder.is_dir():
        raise FileNotFoundError(wanted.folder)
    text = propose(wanted.folder)
    path = (wanted.out or Path(tempfile.gettempdir())) / PROPOSAL
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    say(
        _(
            "No mapping file was given and none lies in the folder. What the columns mean is guessed; the guess is "
            "written to %(path)s. Read it, correct it, and check again with --map %(path)s."
        )
        % {"path": path}
    )
    return parse_mapping(text, str(path))


def _set_up(mapping: Mapping, wanted: Wanted) -> Installation:
    here = installation()
    # digests decide ties; a check has nobody to keep them from, and the same folder must give the same figures
    here.salt = SALT
    here.company, here.zone, here.country = mapping.company, mapping.timezone, mapping.country
    here.promise = mapping.promise and mapping.promise.to_json()
    here.save(update_fields=["salt", "company", "zone", "country", "promise"])
    if mapping.slow_topics:
        put_in_force(REPEATS, Repeats(mapping.slow_topics), by=None, seen=0)
    return here


def _nothing(plan: Plan, fed: list[Fed] | None = None) -> str:
    lines = [_("Nothing in %(folder)s can be counted.") % {"folder": plan.folder}]
    for file in plan.files:
        notes = [*([file.fault] if file.fault else []), *file.remarks]
        lines += [f"  {file.name}: {note_text(note)}" for note in notes[:3]]
    for one in fed or []:
        lines += [f"  {one.file.name}: {fault.text} ({fault.count})" for fault in _faults(one)[:3]]
    if not plan.files:
        lines.append(_("The folder is empty. Put exports of your systems into it: tables, mail archives."))
    return "\n".join(lines)


def _input_file(fed: Fed) -> InputFile:
    notes = [*fed.remarks, *([fed.fault] if fed.fault else [])]
    tally = fed.tally
    return InputFile(
        name=fed.file.name,
        rows_read=tally.read,
        rows_kept=tally.kept,
        rows_unreadable=tally.unreadable,
        remarks=tuple(remark_texts(notes)),
        kind=fed.file.means,
        system=fed.file.system,
        unreadable=tuple(_faults(fed)),
    )


def _faults(fed: Fed) -> list[Fault]:
    return [Fault(told.text, told.count, told.rows) for told in faults_of(fed)]


def write_cases(report: Report, folder: Path, promise: Promise | None = None) -> list[Path]:
    """All ids behind every figure, one CSV each, the worst first."""
    assert report.window is not None
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with prepared_facts(report.window, promise), connection.cursor() as cur:
        for name, measure in sorted(report.measures.items()):
            if not measure.saved_query or measure.missing is not None:
                continue
            behind = cases_behind(name, report.window, prepared=True)
            path = folder / f"{name}.csv"
            part = path.with_name(f".{path.name}.part")
            # a join keeps no order of its own: the place in the saved query does
            cur.execute(
                "SELECT c.uuid, c.number, k.key"
                f" FROM (SELECT id, row_number() OVER () AS place FROM ({behind.sql}) AS saved) AS b"
                " JOIN cases_case c ON c.id = b.id LEFT JOIN cases_casecontent k ON k.case_id = c.id"
                " ORDER BY b.place",
                behind.params,
            )
            with part.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["case_id", "case_number", "source_key"])
                while rows := cur.fetchmany(5000):
                    writer.writerows([uuid, number, safe_cell(key or "")] for uuid, number, key in rows)
            part.replace(path)
            written.append(path)
    return written
