"""The door that brings what comes to an end at once: kept and recorded in one transaction, or kept first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.db import transaction
from psycopg import errors

from rundblick.cases.models import Attachment, Case, Message
from rundblick.core import blobs
from rundblick.core.blobs import keep_blobs, read_blob
from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.message import Reading
from rundblick.core.models import Blob, Delivery
from rundblick.core.registry import readers
from rundblick.core.verification import verify
from rundblick.customers.models import MatchKey
from rundblick.customers.weighed.running import look, match
from rundblick.intake import recording
from rundblick.intake.accept import accept
from rundblick.intake.models import Attempt, Outcome, Pending, Quarantine
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import receive, work_once
from tests.customers.town import learned
from tests.intake.builders import START, mail_envelope

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def reader() -> Iterator[ReadingProcess]:
    with ReadingProcess(dict(readers) | {"evil": "tests.intake.evil_reader:read"}, seconds=2.0) as process:
        yield process


@pytest.fixture
def proven(reader: ReadingProcess) -> Road:
    """A road that has brought a batch to its end."""
    road = Road(installation())
    receive(road, [mail_envelope("first")], reader.read_all)
    assert road.is_proven
    return road


def with_picture(key: str) -> Envelope:
    mail = (
        f"From: anna@kunde.example\nMessage-ID: <{key}@kunde.example>\nSubject: {key}\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=cut\n\n--cut\n\nGuten Tag\n--cut\n"
        'Content-Type: image/png\nContent-Disposition: attachment; filename="logo.png"\n\nlogo\n--cut--\n'
    )
    return Envelope("mailbox:service", key, "mail", START, mail.encode())


def test_a_model_that_came_into_force_is_followed_at_once_and_the_original_is_kept_once(
    proven: Road, reader: ReadingProcess
) -> None:
    match(look(learned()))  # the road took its locks without the keys of this model: it begins again
    envelope = with_picture("weighed")
    (one,) = receive(proven, [envelope], reader.read_all).accepted
    assert proven.is_proven and one.new and proven.marks.weighs is not None
    with cursor() as cur:
        blob = Delivery.objects.get(id=one.delivery).blob_id
        assert blob is not None and read_blob(cur, blob) == envelope.raw
    assert Outcome.objects.filter(delivery_id=one.delivery).count() == 1 and not Pending.objects.exists()
    assert MatchKey.objects.exists()
    (again,) = receive(proven, [envelope], reader.read_all).accepted
    assert (again.delivery, again.new) == (one.delivery, False)
    receive(proven, [mail_envelope("later")], reader.read_all)
    assert proven.is_proven and verify().is_right, verify()


def test_the_first_batch_of_a_road_is_kept_before_it_is_walked(reader: ReadingProcess) -> None:
    seen: list[int] = []

    def read(envelopes: Sequence[Envelope]) -> Sequence[Reading]:
        seen.append(Pending.objects.count())
        return reader.read_all(envelopes)

    road = Road(installation())
    receive(road, [mail_envelope("a")], read)
    receive(road, [mail_envelope("b")], read)
    assert seen == [1, 0]
    assert Attempt.objects.count() == 1  # the second was none: it was there whole, or not at all
    assert Outcome.objects.filter(kind="recorded").count() == 2
    assert not Pending.objects.exists()


def test_bytes_and_outcome_are_there_together_and_verify_finds_nothing(proven: Road, reader: ReadingProcess) -> None:
    envelope = with_picture("p")
    (one,) = receive(proven, [envelope], reader.read_all).accepted
    delivery = Delivery.objects.get(id=one.delivery)
    with cursor() as cur:
        assert delivery.blob_id is not None and read_blob(cur, delivery.blob_id) == envelope.raw
        assert read_blob(cur, Attachment.objects.get().blob_id) == b"logo"
    assert verify().is_right, verify()


def test_a_content_that_came_before_is_kept_once(proven: Road, reader: ReadingProcess) -> None:
    receive(proven, [with_picture("p"), with_picture("q")], reader.read_all)
    receive(proven, [with_picture("r")], reader.read_all)
    assert Attachment.objects.count() == 3
    assert len(set(Attachment.objects.values_list("blob_id", flat=True))) == 1


def test_what_came_before_is_not_new(proven: Road, reader: ReadingProcess) -> None:
    again = receive(proven, [mail_envelope("first"), mail_envelope("b"), mail_envelope("b")], reader.read_all)
    assert [one.new for one in again.accepted] == [False, True, False]
    assert again.accepted[1].delivery == again.accepted[2].delivery
    assert Outcome.objects.count() == Message.objects.count() == 2


def test_what_waits_for_a_worker_is_left_to_him(proven: Road, reader: ReadingProcess) -> None:
    (waiting,) = accept([mail_envelope("w")])
    (again,) = receive(proven, [mail_envelope("w")], reader.read_all).accepted
    assert (again.delivery, again.new) == (waiting.delivery, False)
    assert Pending.objects.count() == 1
    assert work_once(proven, reader) == 1
    assert Message.objects.count() == 2


def test_one_that_cannot_be_read_is_kept_and_flagged_and_read_once(proven: Road, reader: ReadingProcess) -> None:
    read: list[str] = []

    def counted(envelopes: Sequence[Envelope]) -> Sequence[Reading]:
        read.extend(envelope.source_key for envelope in envelopes)
        return reader.read_all(envelopes)

    evil = Envelope("gateway:test", "raise", "evil", START, b"Subject: Hilfe\n\n")
    received = receive(proven, [mail_envelope("a"), evil], counted)
    assert received.quarantined == 1
    assert read == ["1:a", "raise"]
    assert Quarantine.objects.get().fault == "read.failed"
    assert Case.objects.filter(flagged=True).count() == 1
    assert Message.objects.count() == 2
    assert proven.is_proven


def test_one_that_fails_on_the_road_is_kept_first_and_stands_alone(
    proven: Road, reader: ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Road._identify

    def wrong(self: Road, cur: object, pieces: list[object], alone: bool) -> None:
        if any("poison" in piece.reading.subject for piece in pieces):  # type: ignore[attr-defined]
            raise ValueError("poison")
        right(self, cur, pieces, alone)  # type: ignore[arg-type]

    monkeypatch.setattr(Road, "_identify", wrong)
    received = receive(proven, [mail_envelope("a"), mail_envelope("poison"), mail_envelope("b")], reader.read_all)
    assert received.quarantined == 1
    assert Message.objects.count() == 3
    assert Delivery.objects.count() == 4
    assert Quarantine.objects.get().delivery_id == received.accepted[1].delivery
    assert not Pending.objects.exists()


def test_a_content_that_another_batch_keeps_meanwhile_costs_another_try_and_nothing_else(
    proven: Road, reader: ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, done = recording.keep_originals, []

    def overtaken(cur: object, pieces: list[object]) -> None:
        if not done:
            done.append(True)
            right(cur, pieces)  # type: ignore[arg-type]
            raise errors.UniqueViolation
        right(cur, pieces)  # type: ignore[arg-type]

    monkeypatch.setattr(recording, "keep_originals", overtaken)
    received = receive(proven, [with_picture("p")], reader.read_all)
    assert (received.quarantined, received.accepted[0].new) == (0, True)
    accept([with_picture("q")])
    done.clear()
    assert work_once(proven, reader) == 1
    assert not Quarantine.objects.exists()
    assert Message.objects.count() == 3


def test_a_content_of_many_chunks_is_kept_lot_by_lot_and_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "CHUNK", 1_000)
    monkeypatch.setattr(blobs, "AT_ONCE", 3)
    several = [bytes([n]) * size for n, size in enumerate((999, 1_000, 1_001, 5_000, 9_999, 0))]
    with transaction.atomic(), cursor() as cur:
        kept = keep_blobs(cur, several)
        assert keep_blobs(cur, several) == kept
    with cursor() as cur:
        assert [read_blob(cur, blob) for blob in kept] == several


def test_the_same_bytes_kept_by_two_at_once_are_refused_by_the_database() -> None:
    with transaction.atomic(), cursor() as cur:
        keep_blobs(cur, [b"same"])
    assert Blob.objects.count() == 1
    with transaction.atomic(), cursor() as cur:
        assert keep_blobs(cur, [b"same", b"same"]) == [Blob.objects.get().pk] * 2
