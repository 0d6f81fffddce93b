"""How often the words of anger and of law are heard rightly: figures over sentences that people labelled."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.tone import by_words, read, sentence_of
from rundblick.core import registry
from rundblick.core.tones import CALM, Mark, Tone
from tests.cases.golden_tones import SAID


@dataclass(frozen=True, slots=True)
class Right:
    precision: float
    recall: float
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


def right(heard: list[bool], labelled: list[bool]) -> Right:
    texts = [text for text, _, _ in SAID]
    hits = sum(h and t for h, t in zip(heard, labelled, strict=True))
    return Right(
        hits / max(1, sum(heard)),
        hits / max(1, sum(labelled)),
        tuple(text for text, h, t in zip(texts, heard, labelled, strict=True) if t and not h),
        tuple(text for text, h, t in zip(texts, heard, labelled, strict=True) if h and not t),
    )


def anger() -> Right:
    return right([by_words(text).mood >= 2 for text, _, _ in SAID], [angry for _, angry, _ in SAID])


def law() -> Right:
    return right([bool(by_words(text).law) for text, _, _ in SAID], [lawful for _, _, lawful in SAID])


def test_the_golden_set_is_large_enough_and_in_two_languages() -> None:
    assert len(SAID) >= 80
    assert sum(angry for _, angry, _ in SAID) >= 25 and sum(lawful for _, _, lawful in SAID) >= 25


def test_words_of_law_are_heard_nearly_always_and_hardly_anything_else_is() -> None:
    found = law()
    assert found.precision >= 0.93, found.wrong
    assert found.recall >= 0.92, found.missed


def test_anger_is_heard_mostly_and_hardly_anything_else_is() -> None:
    """Irony is not heard: nothing in its words is angry. docs/escalation.md says so."""
    found = anger()
    assert found.precision >= 0.95, found.wrong
    assert found.recall >= 0.8, found.missed


def test_a_negation_takes_a_word_of_anger_back_and_not_one_of_law() -> None:
    assert by_words("Ich bin nicht wütend.").mood == 0
    assert by_words("Ich bin wütend.").mood == 2
    assert by_words("Ich will keinen Anwalt einschalten.").law == ("lawyer",)


def test_what_was_heard_stands_where_it_was_written() -> None:
    text = "Guten Tag. Ich gehe zum Rechtsanwalt! Danke."
    (mark,) = by_words(text).marks
    assert text[mark.start : mark.end] == "Rechtsanwalt"
    start, end = sentence_of(text, mark)
    assert text[start:end].strip() == "Ich gehe zum Rechtsanwalt!"


@given(st.text(max_size=400))
def test_any_text_is_read_and_its_marks_lie_in_it(text: str) -> None:
    for mark in by_words(text).marks:
        assert 0 <= mark.start < mark.end <= len(text)


def test_a_room_that_understands_better_takes_the_place_of_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    better = Tone((Mark("anger", "irony", 0, 4, 3.0),))
    monkeypatch.setattr(registry, "read_tone", [lambda text: better])
    assert read("Well done.") is better
    monkeypatch.setattr(registry, "read_tone", [])
    assert read("Well done.") == CALM


@pytest.mark.realdata
def test_questions_to_a_bank_and_to_a_machine_are_hardly_ever_heard_as_angry_or_of_law(real_data: Path) -> None:
    with (real_data / "text" / "banking77" / "train.csv").open(encoding="utf-8") as file:
        bank = [row["text"] for row in csv.DictReader(file)]
    machine = (real_data / "text" / "massive_de" / "train.txt").read_text(encoding="utf-8").splitlines()
    machine = [line.rsplit("\t", 1)[0] for line in machine if line]
    for name, texts, most in (("bank", bank, 0.02), ("machine", machine, 0.002)):
        tones = [by_words(text) for text in texts]
        angry = sum(tone.mood >= 2 for tone in tones) / len(texts)
        lawful = sum(bool(tone.law) for tone in tones) / len(texts)
        print(f"{name}: {len(texts)} texts, angry {angry:.3%}, of law {lawful:.3%}")
        assert angry <= most and lawful <= most, name
