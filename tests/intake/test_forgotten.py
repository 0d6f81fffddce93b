"""Who was erased does not come back by what was delivered before; what he writes anew is kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rundblick.cases.models import MessageContent
from rundblick.channels.email.reading import read_mail
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.message import Reading
from rundblick.core.models import BlobChunk, Delivery
from rundblick.core.verification import verify
from rundblick.customers.models import Assignment, Identifier, RecordVersion
from rundblick.intake.accept import accept
from rundblick.intake.models import Outcome
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from rundblick.privacy.erasure import erase
from tests.intake.builders import mail_envelope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.privacy.erasure._append", lambda *_: None)


class ReaderHere:
    def read_all(self, envelopes: Sequence[Envelope]) -> list[Reading]:
        return [read_mail(envelope) for envelope in envelopes]


def arrive(*envelopes: Envelope) -> None:
    accept(envelopes)
    work_once(Road(installation()), ReaderHere())  # type: ignore[arg-type]


ANNA, BERT = "anna@kunde.example", "bert@kunde.example"


def customer(address: str = ANNA) -> int:
    record = Identifier.objects.get(kind="email", value=address).record_id
    return Assignment.objects.get(record_id=record, valid_to=None).customer_id


def test_the_same_mail_in_another_mailbox_brings_nothing_back() -> None:
    arrive(mail_envelope("a"))
    report = erase(customer=customer(), by=None)
    assert report.blobs == 1
    arrive(mail_envelope("a", mailbox="sales"))
    assert Outcome.objects.latest("id").kind == "duplicate"
    assert MessageContent.objects.get().text == ""
    assert not BlobChunk.objects.exists()
    assert not Identifier.objects.filter(value=ANNA).exists()
    assert not RecordVersion.objects.filter(key=ANNA).exists()
    assert verify().is_right


def test_what_he_writes_anew_is_a_contact_as_any_other() -> None:
    arrive(mail_envelope("a"))
    erase(customer=customer(), by=None)
    arrive(mail_envelope("b"))
    assert MessageContent.objects.filter(text__contains="Bestellung b").exists()
    assert customer() > 0
    with cursor() as cur:
        assert read_blob(cur, Delivery.objects.latest("id").blob_id)
    assert verify().is_right


def test_somebody_elses_repeated_mail_keeps_its_original() -> None:
    arrive(mail_envelope("a"), mail_envelope("c", sender=BERT))
    erase(customer=customer(), by=None)
    arrive(mail_envelope("c", sender=BERT, mailbox="sales"))
    with cursor() as cur:
        assert read_blob(cur, Delivery.objects.latest("id").blob_id)
