"""Files that came with messages are read once each, newest first, whatever becomes of the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from rundblick.cases.models import Attachment, AttachmentContent, AttachmentText, Message
from rundblick.channels.attached import pictures
from rundblick.channels.attached.reading import Reader
from rundblick.channels.attached.standing import standing
from rundblick.channels.attached.sweeping import ATTEMPTS, TextSweep
from rundblick.channels.attached.told import Told
from rundblick.cli import main as cli
from rundblick.cli import search
from rundblick.core.models import Blob, BlobChunk
from rundblick.privacy.erasure import erase
from tests.channels.attached_files import WORDS, docx, png
from tests.people.house import House, a_house, a_message

pytestmark = pytest.mark.django_db


class Says(Reader):
    """A reader that says what it was told to say, and remembers what it was given."""

    def __init__(self, *said: Told) -> None:
        super().__init__()
        self.said = list(said)
        self.given: list[tuple[bytes, str, str, tuple[str, ...]]] = []

    def read(self, data: bytes, media_type: str = "", name: str = "", ocr: tuple[str, ...] = ()) -> Told:
        self.given.append((data, media_type, name, ocr))
        return self.said.pop(0) if self.said else Told("text", data.decode())


@pytest.fixture
def house(db: None) -> House:
    return a_house()


@pytest.fixture
def message(house: House) -> Message:
    Attachment.objects.all().delete()
    return a_message(house.olgas)


@pytest.fixture(autouse=True)
def _no_tesseract(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pictures, "PROGRAM", "a-program-that-is-not-there")
    yield
    monkeypatch.undo()
    pictures.languages.cache_clear()


def attach(message: Message, data: bytes, name: str = "brief.txt") -> Attachment:
    blob, new = Blob.objects.get_or_create(sha256=sha256(data).digest(), defaults={"size": len(data)})
    if new:
        BlobChunk.objects.create(blob=blob, seq=0, data=data)
    attachment = Attachment.objects.create(
        message=message, position=0, blob=blob, media_type="text/plain", size=len(data)
    )
    AttachmentContent.objects.create(attachment=attachment, record=message.record, name=name)
    return attachment


def test_an_attachment_is_read_once_however_often_it_was_sent(message: Message) -> None:
    for name in ("a.txt", "b.txt"):
        attach(message, b"one", name)
    reader = Says()
    assert TextSweep(reader)() == 1
    assert AttachmentText.objects.get().text == "one" and AttachmentText.objects.get().state == "read"
    assert TextSweep(reader)() == 0
    assert reader.given == [(b"one", "text/plain", "b.txt", ())]


def test_the_newest_is_read_first(message: Message) -> None:
    for word in (b"old", b"newer", b"newest"):
        attach(message, word)
    reader = Says()
    TextSweep(reader)()
    assert [given[0] for given in reader.given] == [b"newest", b"newer", b"old"]


def test_what_a_worker_left_in_hand_is_read_when_its_lease_ran_out(message: Message) -> None:
    attach(message, b"one")
    TextSweep(Says())._enlist(0)
    later = timezone.now() + timedelta(minutes=5)
    AttachmentText.objects.update(leased_until=later, attempts=1)
    assert TextSweep(Says())() == 0
    AttachmentText.objects.update(leased_until=timezone.now() - timedelta(hours=1))
    assert TextSweep(Says())() == 1


def test_a_file_that_cost_three_workers_is_refused_and_not_opened_again(message: Message) -> None:
    attach(message, b"one")
    TextSweep(Says())._enlist(0)
    AttachmentText.objects.update(attempts=ATTEMPTS)
    reader = Says()
    TextSweep(reader)()
    assert reader.given == [] and AttachmentText.objects.get().fault == "died"


def test_a_refusal_keeps_its_code_and_takes_nothing_else_along(message: Message) -> None:
    attach(message, b"one")
    attach(message, b"two")
    TextSweep(Says(Told("", fault="zip.bomb")))()
    assert list(AttachmentText.objects.order_by("-newest").values_list("state", "fault", "text")) == [
        ("refused", "zip.bomb", ""),
        ("read", "", "one"),
    ]


def test_pictures_wait_until_tesseract_is_there(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    attach(message, b"picture")
    sweep = TextSweep(reader := Says(Told("pdf", "the second page", ocr=True), Told("pdf", "both pages")))
    assert sweep() == 1 and sweep() == 0
    assert (AttachmentText.objects.get().state, AttachmentText.objects.get().text) == ("ocr", "the second page")

    monkeypatch.setattr(pictures, "languages", lambda: ("deu", "eng"))
    monkeypatch.setattr(TextSweep, "_languages", lambda *_: ("deu", "eng"))
    assert sweep() == 1 and reader.given[-1][3] == ("deu", "eng")
    assert (AttachmentText.objects.get().state, AttachmentText.objects.get().text) == ("read", "both pages")


def test_real_files_are_read_by_a_real_child(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    pictures.languages.cache_clear()
    if len(pictures.languages()) < 2:
        pytest.skip("tesseract with German and English is not installed")
    attach(message, docx(WORDS), "brief.docx")
    attach(message, png(WORDS), "foto.png")
    attach(message, b"PK\x03\x04 nothing")
    sweep = TextSweep()
    try:
        assert sweep() == 4  # the picture twice: what it is, then what it says
    finally:
        sweep.close()
    assert sorted(AttachmentText.objects.values_list("state", "kind")) == [
        ("read", "picture"),
        ("read", "word"),
        ("refused", ""),
    ]
    assert AttachmentText.objects.filter(text__contains="Flensburg").count() == 2


def test_words_go_with_the_last_message_that_carried_them(house: House, message: Message) -> None:
    other = a_message(house.billings)
    attach(message, b"shared")
    attach(other, b"shared")
    attach(message, b"own")
    TextSweep(Says())()
    for case, left in ((house.olgas, ["shared"]), (house.billings, [])):
        case.refresh_from_db()
        erase([case.concerned_id], by=None)
        assert list(AttachmentText.objects.values_list("text", flat=True)) == left
    assert TextSweep(Says())() == 0  # and nobody reads them again


def test_somebody_who_is_mentioned_in_anothers_file_is_struck_out(house: House, message: Message) -> None:
    from rundblick.cases.models import Participant
    from rundblick.customers.models import Identifier, SourceRecord

    house.billings.refresh_from_db()
    record = SourceRecord.objects.get(pk=house.billings.concerned_id)
    Identifier.objects.create(
        record=record, kind="email", value="bernd@kunde.example", digest=b"b" * 16, strength="strong"
    )
    Participant.objects.create(case=house.olgas, record=record, part="copied")
    attach(message, b"please ask bernd@kunde.example")
    TextSweep(Says())()
    erase([record.pk], by=None)
    assert AttachmentText.objects.get().text == "please ask […]"


def test_the_command_says_what_is_read_what_waits_and_what_is_missing(
    message: Message, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "database", nullcontext)
    pictures.languages.cache_clear()
    attach(message, b"one")
    attach(message, b"two")
    TextSweep(Says(Told("", fault="encrypted"), Told("picture", ocr=True)))()
    attach(message, b"three")
    told = standing()
    assert (told.waiting, told.ocr, told.refused) == (1, 1, {"encrypted": 1})
    assert cli.main(["--lang", "de", "search", "attachments"]) == 0
    said = capsys.readouterr().out
    assert "Die Datei öffnet sich nur mit einem Kennwort." in said and "apt-get install tesseract-ocr" in said
    assert cli.main(["--lang", "en", "search", "attachments", "--again"]) == 0
    assert "1 file is tried again." in capsys.readouterr().out
