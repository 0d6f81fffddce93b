"""Pictures are well-formed whatever the labels say, have a title, and put things where the numbers are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.blindspots.report import svg

HOSTILE = [
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "</text></svg><b>",
    "a & b < c > d \" ' `",
    "]]> <!-- -->",
    "\x00\x08\x1b nul\ufffe",
    "‮desrever",
    "x" * 4_000,
    "",
    "   ",
]
NS = "{http://www.w3.org/2000/svg}"


def _pictures(label: str, width: float, narrow: bool) -> list[str]:
    line = svg.GapLine(
        label=label, state="blind_spot", believed=svg.Mark(80, 70, 90, label), said=svg.Mark(20, 10, 30), against="said"
    )
    bars = [svg.Bar(label, 0.5, label, 0.4, 0.6), svg.Bar(label, None, label)]
    cells = [[None if hour == 3 else hour for hour in range(24)] for _day in range(7)]
    days = [label] * 7
    heads = (label, label, label)
    return [
        svg.gap_chart([line, line], width, ident="a", title=label, heads=heads, narrow=narrow),
        svg.interval_strip(0.1, 0.2, 0.3, ident="a", title=label, grey=True),
        svg.bars(bars, width, ident="a", title=label, narrow=narrow),
        svg.histogram(bars, width, ident="a", title=label, mark=1, mark_label=label),
        svg.heat_map(cells, width, ident="a", title=label, days=days, narrow=narrow),
        svg.line_chart(
            [(label, 1.0), (label, None), (label, 2.0)], width, ident="a", title=label, first=label, last=label
        ),
        svg.ring(["blind_spot", "aligned"], ident="a", title=label, middle=label, under=label),
    ]


@pytest.mark.parametrize("label", HOSTILE)
@pytest.mark.parametrize("narrow", [True, False])
def test_hostile_labels_stay_text(label: str, narrow: bool) -> None:
    for picture in _pictures(label, 320 if narrow else 960, narrow):
        root = ElementTree.fromstring(picture)
        tags = {element.tag.removeprefix(NS) for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "text", "rect", "line", "circle", "path"}
        assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


@settings(max_examples=60)
@given(st.text(max_size=80), st.booleans())
def test_any_label_gives_a_well_formed_picture(label: str, narrow: bool) -> None:
    for picture in _pictures(label, 320, narrow):
        ElementTree.fromstring(picture)


def test_every_picture_is_an_image_with_a_title() -> None:
    for picture in _pictures("Müller & Söhne", 600, False):
        root = ElementTree.fromstring(picture)
        assert root.get("role") == "img" and root.get("aria-labelledby") == "a-t"
        title = root.find(f"{NS}title")
        assert title is not None and title.text == "Müller & Söhne" and title.get("id") == "a-t"


def test_marks_stand_where_their_values_are() -> None:
    line = svg.GapLine(label="x", believed=svg.Mark(75), said=svg.Mark(25), against="said")
    root = ElementTree.fromstring(svg.gap_chart([line], 1000, ident="a", title="t", heads=("b", "s", "d")))
    track = next(e for e in root.iter(f"{NS}line") if e.get("class") == "track")
    left, right = float(track.get("x1") or 0), float(track.get("x2") or 0)
    circle = next(root.iter(f"{NS}circle"))
    assert float(circle.get("cx") or 0) == pytest.approx(left + (right - left) * 0.25, abs=0.02)
    band = next(e for e in root.iter(f"{NS}rect") if (e.get("class") or "").startswith("band"))
    assert float(band.get("width") or 0) == pytest.approx((right - left) * 0.5, abs=0.02)


def test_bars_are_as_long_as_their_shares_and_a_held_back_one_has_none() -> None:
    items = [svg.Bar("a", 1.0, "1"), svg.Bar("b", 0.25, "2"), svg.Bar("c", None, "held back")]
    root = ElementTree.fromstring(svg.bars(items, 600, ident="a", title="t"))
    filled = [float(e.get("width") or 0) for e in root.iter(f"{NS}rect") if (e.get("class") or "").startswith("f ")]
    assert filled[1] == pytest.approx(filled[0] * 0.25, abs=0.01) and len(filled) == 2


def test_nothing_is_drawn_outside_the_picture() -> None:
    for picture in _pictures("a label of some length that has to wrap or be cut", 320, True):
        root = ElementTree.fromstring(picture)
        width, height = map(float, (root.get("viewBox") or "").split()[2:])
        for element in root.iter(f"{NS}rect"):
            assert -0.01 <= float(element.get("x") or 0) <= width
            assert float(element.get("x") or 0) + float(element.get("width") or 0) <= width + 0.01
            assert float(element.get("y") or 0) + float(element.get("height") or 0) <= height + 0.01
        for element in root.iter(f"{NS}text"):
            assert 0 <= float(element.get("x") or 0) <= width and 0 <= float(element.get("y") or 0) <= height


def test_voices_differ_in_shape_and_not_in_colour_alone() -> None:
    shapes = set()
    for kind in ("believed", "staff", "said", "done"):
        canvas = svg.Canvas(20, 20)
        canvas.mark(kind, 10, 10)
        shapes.add(re.sub(r'class="[^"]*"', "", canvas.parts[0]))
    assert len(shapes) == 4


@pytest.mark.parametrize(
    ("text", "lines"),
    [("short", ["short"]), ("two words here", ["two words", "here"]), ("", [""])],
)
def test_labels_wrap_between_words(text: str, lines: list[str]) -> None:
    assert svg.wrap(text, 70, 14) == lines


def test_a_label_that_does_not_fit_ends_in_an_ellipsis() -> None:
    assert svg.wrap("one two three four five six seven", 70, 14)[-1].endswith("…")
    assert all(len(line) <= 10 for line in svg.wrap("x" * 500 + " y", 70, 14))
