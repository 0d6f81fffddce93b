"""report.pdf says what the page says, and nothing of a person."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from rundblick.blindspots.model import Input, InputFile, Report, Sample
from rundblick.blindspots.report.pdf import pdf
from tests.blindspots.factories import full_report, measure, poor_report


def _streams(data: bytes) -> bytes:
    """All streams of the file, unpacked."""
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            found.append(match[1])
    return b"\n".join(found)


@pytest.mark.parametrize("report", [full_report(), full_report("de"), poor_report(), poor_report("de")])
def test_a_report_becomes_a_tagged_pdf_in_its_language(report: Report) -> None:
    data = pdf(report)
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    whole = data + _streams(data)
    assert b"/StructTreeRoot" in whole
    assert f"/Lang({report.language})".encode() in whole.replace(b" ", b"")


def test_only_the_fonts_that_come_along_are_used() -> None:
    data = pdf(full_report())
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([\w-]+)", data + _streams(data)))
    assert fonts and all(font.startswith(b"Libertinus") for font in fonts), fonts


def test_the_same_report_gives_the_same_sheets() -> None:
    assert pdf(full_report()) == pdf(full_report())


def test_names_are_data_and_never_source() -> None:
    hostile = '#panic("run") $x$ *bold* \\ ] } `raw` <label> @ref //'
    report = full_report()
    file = InputFile(hostile, 1, 1, 0, (hostile,), hostile, hostile)
    row = replace(report.myths[0], claim=hostile, question=hostile, verdict=hostile)
    measures = {**report.measures, "x": measure("x", label=hostile, definition=hostile)}
    changed = replace(
        report,
        input=Input((file,), hostile, hostile, True, (hostile,)),
        myths=(row, *report.myths[1:]),
        measures=measures,
        program=hostile,
    )
    assert pdf(changed).startswith(b"%PDF-")


def test_ids_of_cases_change_the_pdf_only_when_they_are_asked_for() -> None:
    report = full_report()
    bare = {name: replace(m, sample=Sample()) for name, m in report.measures.items()}
    without = replace(report, measures=bare)
    assert pdf(report) == pdf(without)
    assert pdf(report, with_ids=True) != pdf(report)
