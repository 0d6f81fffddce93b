"""Every pair of colours that carries text meets WCAG 2.2 AA, in light, in dark and with more contrast asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rundblick.desk

TOKENS = Path(rundblick.desk.__file__).parent / "static" / "desk" / "tokens.css"
GROUNDS = ("canvas", "surface", "raised", "sunken", "hover", "note")
INKS = ("ink", "ink-2", "ink-3", "act", "bad", "risk", "good", "unsure")
MEANINGS = ("act", "bad", "risk", "good", "unsure", "calm")
TEXT = 4.5
ENHANCED = 7.0  # WCAG 2.2, 1.4.6
PART = 3.0  # 1.4.11: what one has to see to use something


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme; a wish for more contrast changes some of them."""
    text = TOKENS.read_text(encoding="utf-8")
    plain, _, more = text.partition("@media (prefers-contrast: more)")
    light, dark = _block(plain, ":root {"), _block(plain, '[data-bs-theme="dark"] {')
    return {
        "light": light,
        "dark": light | dark,
        "light, more contrast": light | _block(more, ":root {"),
        "dark, more contrast": light | dark | _block(more, '[data-bs-theme="dark"] {'),
    }


def _block(text: str, head: str) -> dict[str, str]:
    body = text[text.index(head) :].partition("}")[0]
    return dict(re.findall(r"--rb-([\w-]+): (#[0-9a-f]{6});", body))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", themes())
def test_text_is_readable_on_every_ground(theme: str) -> None:
    colours = themes()[theme]
    weak = {
        (ink, ground): round(contrast(colours[ink], colours[ground]), 2)
        for ink in INKS
        for ground in GROUNDS
        if contrast(colours[ink], colours[ground]) < TEXT
    }
    assert not weak


@pytest.mark.parametrize("theme", themes())
def test_words_on_badges_alerts_and_buttons_are_readable(theme: str) -> None:
    colours = themes()[theme]
    pairs = [(f"{name}-ink", f"{name}-soft") for name in MEANINGS]
    pairs += [("on-act", "act"), ("on-act", "act-strong"), ("ink", "mark"), ("ink", "act-soft"), ("act-ink", "surface")]
    weak = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < TEXT}


@pytest.mark.parametrize("theme", themes())
def test_borders_of_fields_and_the_focus_can_be_seen(theme: str) -> None:
    colours = themes()[theme]
    pairs = [("line-strong", "surface"), ("line-strong", "sunken"), ("focus", "surface"), ("focus", "canvas")]
    weak = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < PART}


def test_more_contrast_chosen_here_is_what_a_machine_asks_for() -> None:
    """And more: text is readable as WCAG asks for AAA."""
    text = TOKENS.read_text(encoding="utf-8")
    asked = text.partition("@media (prefers-contrast: more)")[2]
    assert _block(asked, ":root {") == _block(text, '[data-contrast="more"] {')
    assert _block(asked, '[data-bs-theme="dark"] {') == _block(text, '[data-contrast="more"][data-bs-theme="dark"] {')
    for name, colours in themes().items():
        if "more contrast" in name:
            assert all(contrast(colours[ink], colours[ground]) >= ENHANCED for ink in INKS for ground in GROUNDS), name
            assert all(contrast(colours[f"{one}-ink"], colours[f"{one}-soft"]) >= ENHANCED for one in MEANINGS), name
