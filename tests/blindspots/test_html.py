"""report.html needs nothing but itself, shows nobody, and can be read by everybody."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rundblick.blindspots.model import Input, InputFile, Report, Sample
from rundblick.blindspots.report import html as module
from rundblick.blindspots.report.html import html
from tests.blindspots.factories import full_report, measure, poor_report

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
CSS = (Path(module.__file__).parent / "report.css").read_text("utf-8")
_VOID = {"meta", "link", "img", "br", "hr", "input"}


class _Reader(HTMLParser):
    """Collects tags, attributes and ids, and finds what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.mark.parametrize("report", [full_report(), full_report("de"), poor_report(), poor_report("de")])
def test_the_page_is_well_formed_and_every_id_stands_once(report: Report) -> None:
    reader = _read(html(report))
    assert reader.faults == [] and reader.open == []
    ids = [attrs["id"] for _tag, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids)) > 10
    wanted = {i for _t, a in reader.tags for i in (a.get("aria-labelledby") or "").split()}
    assert wanted <= set(ids)


def test_the_page_needs_nothing_from_anywhere() -> None:
    text = html(full_report())
    reader = _read(text)
    assert {tag for tag, _attrs in reader.tags} & {"script", "iframe", "object", "embed", "base", "form"} == set()
    for tag, attrs in reader.tags:
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert (value or "").startswith(("#", "data:")), (tag, value)
    assert "url(" not in text and "@import" not in text
    assert re.findall(r"https?://[^\"' ]+", text.replace("http://www.w3.org/2000/svg", "")) == []


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [int(tag[1]) for tag, _attrs in _read(html(full_report())).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_picture_has_a_title_or_is_decoration() -> None:
    for tag, attrs in _read(html(full_report())).tags:
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or (attrs.get("role") == "img" and attrs.get("aria-labelledby"))


def test_hostile_names_stay_text() -> None:
    report = full_report()
    file = InputFile(HOSTILE, 1, 1, 0, (HOSTILE,), HOSTILE, HOSTILE)
    measures = {**report.measures, f"channel_share.{HOSTILE}": measure(f"channel_share.{HOSTILE}", label=HOSTILE)}
    row = replace(report.myths[0], claim=HOSTILE, verdict=HOSTILE)
    hostile = replace(
        report,
        input=Input((file,), HOSTILE, HOSTILE, True, (HOSTILE,)),
        measures=measures,
        myths=(row, *report.myths[1:]),
        program=HOSTILE,
    )
    reader = _read(html(hostile))
    assert reader.faults == []
    assert {tag for tag, _attrs in reader.tags} & {"script", "img"} == set()
    assert HOSTILE in "".join(reader.words)


def test_no_case_and_no_customer_is_named_unless_ids_are_asked_for() -> None:
    report = full_report()
    secret = measure("reopened_share", sample=Sample(("SECRET-1",), ("SECRET-2",)))
    report = replace(report, measures={**report.measures, "reopened_share": secret})
    assert "SECRET" not in html(report)
    assert {"SECRET-1", "SECRET-2"} <= set(re.findall(r"SECRET-\d", html(report, with_ids=True)))


def test_small_cuts_are_held_back_with_the_reason() -> None:
    words = " ".join(_read(html(full_report())).words)
    assert "only 3 persons or cases stand behind it" in words
    assert "it would give away the one cut that is too small" in words


def test_missing_figures_say_what_is_missing() -> None:
    words = " ".join(_read(html(poor_report())).words)
    assert "map opened_at and resolved_at" in words
    assert "0%" not in words and "None" not in words and "nan" not in words.lower()


@pytest.mark.parametrize("report", [full_report("de"), poor_report("de")])
def test_a_german_report_is_german_all_through(report: Report) -> None:
    text = html(report)
    words = " ".join(_read(text).words)
    assert '<html lang="de">' in text
    for english in (" the ", " of ", " and ", "Share of", "Cases", "Value"):
        assert english not in re.sub(r"(Definition|Label) of \S+", "", words), english


def test_swiss_readers_get_swiss_numbers() -> None:
    report = full_report("de")
    assert "12’480" in html(replace(report, input=replace(report.input, country="CH")))


def test_a_guessed_mapping_is_said_on_the_first_page() -> None:
    report = full_report()
    guessed = html(replace(report, input=replace(report.input, guessed=True)))
    assert guessed.index("was guessed") < guessed.index('id="panorama"')
    assert "was guessed" not in html(report)


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})\b", block))


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    """WCAG 2.2, contrast ratio."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root\s*\{(.*?)\}", CSS, re.DOTALL)
    light, dark, paper = (_tokens(block) for block in blocks)
    return {"light": light, "dark": {**light, **dark}, "print": {**light, **paper}}


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_and_marks_have_the_contrast_that_wcag_asks_for(theme: str) -> None:
    tokens = _themes()[theme]
    for ground in ("paper", "card"):
        for text in ("ink", "ink2", "ink3", "believed", "said", "done", "alarm"):
            assert _contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
        for mark in ("staff", "believed", "said", "done", "alarm"):
            assert _contrast(tokens[mark], tokens[ground]) >= 3, (mark, ground)
    assert _contrast(tokens["alarm"], tokens["alarm-bed"]) >= 4.5
    assert _contrast(tokens["ink"], tokens["alarm-bed"]) >= 4.5
    assert _contrast(tokens["done"], tokens["good-bed"]) >= 4.5
    assert _contrast(tokens["ink2"], tokens["calm-bed"]) >= 4.5


def test_dark_and_print_set_every_colour_anew() -> None:
    names = set(_themes()["light"])
    blocks = re.findall(r":root\s*\{(.*?)\}", CSS, re.DOTALL)
    assert [set(_tokens(block)) for block in blocks] == [names, names, names]


def test_the_page_is_small_enough_to_mail() -> None:
    assert len(html(full_report()).encode()) < 600_000


@pytest.mark.parametrize(("language", "said"), [("en", "21,804 records: what"), ("de", "21.804 Einträge: Was")])
def test_how_records_became_customers_stands_under_how_it_was_computed(language: str, said: str) -> None:
    words = " ".join(_read(html(full_report(language))).words)
    assert said in words and "5e1180cc36fac04d" in words
