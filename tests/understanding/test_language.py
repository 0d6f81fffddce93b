"""German, English, or unsure - and lingua is loaded only for what is not obvious."""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rundblick.core import registry
from rundblick.understanding.language import language_of, obvious


@pytest.mark.parametrize(
    "text",
    [
        "Wo bleibt mein Paket?",
        "Sehr geehrte Damen und Herren, anbei die Unterlagen.",
        "ICH HABE DAS SCHON ZWEIMAL GESAGT!!",
        "Mein Router blinkt rot",
        "Ich habe noch keine Antwort erhalten.\n\n> We have received your order and will ship it as soon as we can.\n",
        "Bitte stornieren, danke.\n-----Original Message-----\nFrom: x@y.example\nThis is what you have been told",
    ],
)
def test_german(text: str) -> None:
    assert language_of([text]) == ["de"]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel?",
        "I haven’t received anything yet and it’s been two weeks.",
        "Could you please help me? My customer number is 4711, mail mueller@straße.example",
        "Hi Frau Müller, thank you for the offer, we would like to go with it.",
    ],
)
def test_english(text: str) -> None:
    assert language_of([text]) == ["en"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "ok",
        "Danke",
        "12345 67890",
        "Rechnung 4711",
        "https://www.muster.example/der/die/das und-so@weiter.example",
        "Guten Tag, I have not received my order yet. Können Sie mir bitte helfen? It has been two weeks.",
        "Waar blijft mijn pakket? Ik wacht al twee weken op mijn bestelling.",
        "Bedankt voor uw hulp",
        "¿Dónde está mi pedido? Llevo dos semanas esperando.",
        "Où est mon colis? J'attends depuis deux semaines.",
        "Je voudrais changer mon adresse de livraison",
        "Dov'è il mio pacco? Aspetto da due settimane.",
        "Gdzie jest moja paczka? Czekam już dwa tygodnie.",
        "Siparişim nerede? İki haftadır bekliyorum.",
        "Var är mitt paket? Jag har väntat i två veckor.",
        "Unde este pachetul meu?",
        "\x00\ud83d� ???",
    ],
)
def test_unsure_is_an_answer(text: str) -> None:
    assert language_of([text]) == [""]


def test_answers_stand_in_the_order_of_the_texts() -> None:
    assert language_of(["Wo bleibt mein Paket?", "", "Where is my parcel?"]) == ["de", "", "en"]
    assert language_of([]) == []


def test_the_road_asks_this_room() -> None:
    assert registry.understanding == [language_of]


def test_a_very_long_text_is_no_burden() -> None:
    assert language_of(["Das ist nicht mein Paket. " * 200_000]) == ["de"]


def test_lingua_is_loaded_only_when_it_is_asked() -> None:
    program = (
        "import sys; from rundblick.understanding.language import language_of as f; "
        "assert f(['Wo bleibt mein Paket?', 'Where is my parcel?', 'ok']) == ['de', 'en', '']; "
        "assert 'lingua' not in sys.modules; f(['Router blinkt rot']); assert 'lingua' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def _banking(folder: Path) -> list[str]:
    with (folder / "text" / "banking77" / "train.csv").open(encoding="utf-8", newline="") as stream:
        return [row["text"] for row in csv.DictReader(stream)]


def _clinc(folder: Path) -> list[str]:
    with gzip.open(folder / "text" / "clinc150" / "data_full.json.gz", "rt", encoding="utf-8") as stream:
        return [text for part in json.load(stream).values() for text, _intent in part]


def _massive(folder: Path) -> list[str]:
    lines = (folder / "text" / "massive_de" / "train.txt").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[0] for line in lines]


def _twitter(folder: Path) -> list[str]:
    dialogues = json.loads((folder / "text" / "ibm_twitter_care" / "dev.json").read_text(encoding="utf-8"))
    return [turn["message"] for dialogue in dialogues for turn in dialogue["dialogContent"]]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("language", "texts_of", "least_answered"),
    [("de", _massive, 0.88), ("en", _banking, 0.97), ("en", _clinc, 0.92), ("en", _twitter, 0.95)],
)
def test_on_real_texts_it_is_right_when_it_answers_and_says_how_often_it_does(
    real_data: Path,
    language: str,
    texts_of: Callable[[Path], list[str]],
    least_answered: float,
    record_property: Callable[[str, object], None],
) -> None:
    texts = texts_of(real_data)
    texts = random.Random(7).sample(texts, min(3000, len(texts)))
    for name, answers, least in (
        ("function words", [obvious(text) or "" for text in texts], 0.6),
        ("both", language_of(texts), least_answered),
    ):
        answered = [answer for answer in answers if answer]
        right = sum(answer == language for answer in answered) / len(answered)
        share = len(answered) / len(texts)
        record_property(name, f"right {right:.4f} of the answered, answered {share:.4f} of {len(texts)}")
        assert right >= 0.98
        assert share >= least
