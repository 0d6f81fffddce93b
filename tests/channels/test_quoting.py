"""What is new in a mail stays in sight; what was written before, and signatures, fold away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.channels.email.quoting import fold, visible_text

REPLIES = {
    "Gmail, German": (
        ("Vielen Dank, das passt.\n\nAm Mo., 3. Feb. 2025 um 10:11 Uhr schrieb Service <service@muster.example>:\n\n"
        "> Guten Tag\n> ...\n"),
        "Vielen Dank, das passt.",
    ),
    "Gmail, over two lines": (
        "Thanks!\n\nOn Mon, Feb 3, 2025 at 10:11 AM Service Team <\nservice@muster.example> wrote:\n\n> Hello\n>\n",
        "Thanks!",
    ),
    "Gmail, French": (
        "Merci\n\nLe lun. 3 févr. 2025 à 10:11, Service <s@muster.example> a écrit :\n\n> Bonjour",
        "Merci",
    ),
    "Outlook, German, with signature": (
        ("Hallo,\n\nbitte stornieren.\n\nMit freundlichen Grüßen\n\nAnna Beispiel\n\nVon: Service <s@muster.example>\n"
        "Gesendet: Montag, 3. Februar 2025 10:11\nAn: Anna\nBetreff: Ihre Bestellung\n\nGuten Tag"),
        "Hallo,\n\nbitte stornieren.",
    ),
    "Outlook, English, with a rule": (
        ("Please cancel.\n\n________________________________\nFrom: S <s@muster.example>\nSent: Monday\nTo: Anna\n"
        "Subject: Order\n\nHello"),
        "Please cancel.",
    ),
    "old Outlook": ("ok\n\n-----Ursprüngliche Nachricht-----\nVon: S\nGesendet: gestern\n", "ok"),
    "GMX": (
        ("Alles klar.\n\nGesendet: Montag, 03. Februar 2025 um 10:11 Uhr\nVon: \"S\" <s@muster.example>\n"
        "An: a@kunde.example\nBetreff: Re: x\n\nGuten Tag"),
        "Alles klar.",
    ),
    "Thunderbird, answer below": (
        "Ja.\n\nAm 03.02.25 um 10:11 schrieb Service:\n> Passt das?\n\nNein, doch nicht.\n",
        "Ja.\n\nNein, doch nicht.",
    ),
    "answers between the lines": ("> Größe?\nM\n> Farbe?\nblau\n", "M\nblau"),
    "Apple Mail": ("Danke\n\n> Am 03.02.2025 um 10:11 schrieb Service <s@muster.example>:\n> \n> Hallo\n", "Danke"),
    "iPhone": ("Bitte um Rückruf\n\nVon meinem iPhone gesendet\n", "Bitte um Rückruf"),
    "iPhone above a quotation": (
        "Bitte um Rückruf\n\nVon meinem iPhone gesendet\n\n> Am 03.02.2025 um 10:11 schrieb S <s@m.example>:\n> Tag",
        "Bitte um Rückruf",
    ),
    "signature after dashes": ("Frage?\n\n-- \nAnna Beispiel\nTel 123\n", "Frage?"),
    "forwarded with a word above": (
        "Zur Kenntnis\n\n---------- Weitergeleitete Nachricht ---------\nVon: A\n\nText",
        "Zur Kenntnis",
    ),
    "disclaimer": (
        "Hallo\nGruß\nB\n\nDiese E-Mail kann vertrauliche Informationen enthalten. Bitte löschen Sie sie.",
        "Hallo",
    ),
}  # fmt: skip

KEPT = [
    "Mit freundlichen Grüßen an Ihren Chef möchte ich sagen: nein.\n\nIch kündige.",
    "Viele Grüße\n\nAnna\n\nPS: Bitte auch die Nummer 4711 löschen.",
    "Liebe Grüße\nAnna\n\nWann kommt denn nun die Ware?",
    "From: the beginning I was unhappy.\nSo there.",
    "Mein Nachbar schrieb mir:\nSie sind unhöflich.\nStimmt das?",
    "Ihr Kollege schrieb:\n\nSie bekommen das Geld zurück.\n\nDas stimmt nicht.",
    "---------- Weitergeleitete Nachricht ---------\nVon: A\n\nText",
    "> nur\n> Zitat",
    "Hallo\n\nHinweis: Ich bin erst ab Montag da.",
    "Hallo\n\nDiese E-Mail ist leider nicht angekommen.",
    "Ich habe es\nmit der Post verschickt.",
    "Hallo\n\nGesendet mit DHL am 3.5.",
    "Die Tasse wurde\nvon meinem Nachbarn gesendet",
    "Mit freundlichen Grüßen\nAnna Beispiel",
    "",
]

DEVICES = [
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX iPhone App",
    "Gesendet von Outlook für Android",
    "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Von unterwegs gesendet",
    "Gesendet von Mail für Windows",
    "Sent from my iPhone",
    "Sent from Mail for Windows",
    "Get Outlook for iOS<https://outlook.example/ios>",
]


@pytest.mark.parametrize(("text", "new"), REPLIES.values(), ids=REPLIES.keys())
def test_what_was_written_before_folds_away(text: str, new: str) -> None:
    assert visible_text(text) == new


@pytest.mark.parametrize("text", KEPT)
def test_words_of_the_customer_are_never_folded(text: str) -> None:
    assert fold(text) == []
    assert visible_text(text) == text


@pytest.mark.parametrize("line", DEVICES)
def test_the_line_of_a_device_folds_away(line: str) -> None:
    text = f"Bitte um Rückruf\n\n{line}\n"
    assert [found.kind for found in fold(text)] == ["sent_from"]
    assert visible_text(text) == "Bitte um Rückruf"


def test_each_fold_says_what_it_is() -> None:
    text = REPLIES["Outlook, German, with signature"][0]
    kinds = [(found.kind, text[found.start : found.end].split("\n")[0]) for found in fold(text)]
    assert kinds == [("signature", "Mit freundlichen Grüßen"), ("quote", "Von: Service <s@muster.example>")]


LINES = st.sampled_from(
    [line for text, _ in REPLIES.values() for line in text.split("\n")] + DEVICES + ["", ">", "> >", "x" * 500, "a: b"]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=25).map("\n".join))
def test_folds_lie_in_order_inside_the_text_and_never_hide_all_of_it(text: str) -> None:
    folds = fold(text)
    edges = [edge for found in folds for edge in (found.start, found.end)]
    assert edges == sorted(edges)
    assert all(0 <= found.start < found.end <= len(text) for found in folds)
    assert bool(visible_text(text)) == bool(text.strip())
    hidden = sum(found.end - found.start for found in folds)
    assert len(visible_text(text)) + hidden <= len(text)
