"""All 479 real mails are kept; counted on the files themselves and compared with what the check says of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .checked import ROOT, check, data_folder

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(600), pytest.mark.xdist_group("mail")]

MAILS = 479


def mails() -> list[Path]:
    return sorted(p for p in data_folder("mail").rglob("*.eml") if p.is_file())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return check(data_folder("mail"), ROOT / "examples/mail/rundblick.toml", tmp_path_factory.mktemp("mail"))


def test_there_are_as_many_mails_as_the_data_promise() -> None:
    assert len(mails()) == MAILS
    assert len({p.read_bytes() for p in mails()}) == MAILS  # no two files are the same bytes


def test_every_mail_is_read_and_each_is_kept_or_said_to_be_unreadable(report: dict[str, Any]) -> None:
    files = report["input"]["files"]
    assert sum(f["rows_read"] for f in files) == MAILS
    assert sum(f["rows_kept"] + f["rows_unreadable"] for f in files) == MAILS


def test_no_two_different_mails_become_one_message(report: dict[str, Any]) -> None:
    """479 files hold fewer messages: one mail to two of our addresses is one. None may vanish beyond these."""
    unreadable = sum(f["rows_unreadable"] for f in report["input"]["files"])
    assert surely_different() <= report["totals"]["interactions"] + unreadable <= MAILS
    assert 1 <= report["totals"]["cases"] <= MAILS


def surely_different() -> int:
    """Mails that differ in Message-ID, From, Date or Subject: what a sender never has alike in two mails."""
    names = (rb"message-id", rb"from", rb"date", rb"subject")
    seen = set()
    for path in mails():
        head = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n\n")[0]
        unfolded = re.sub(rb"\n[ \t]+", b" ", head)
        values = (re.search(rb"(?im)^" + name + rb"[ \t]*:[ \t]*(.*?)[ \t]*$", unfolded) for name in names)
        seen.add(tuple(found.group(1) if found else b"" for found in values))
    return len(seen)


@pytest.mark.django_db
def test_every_mail_is_kept_to_the_byte_and_is_a_message_in_a_case_or_a_flagged_case() -> None:
    """Through the road itself: what came of each of the deliveries, looked up in the tables."""
    from rundblick.cases.models import Case, Message
    from rundblick.core.blobs import read_blob
    from rundblick.core.database import cursor
    from rundblick.core.envelope import Envelope
    from rundblick.core.installation import installation
    from rundblick.core.models import Delivery
    from rundblick.core.registry import readers
    from rundblick.intake.accept import accept
    from rundblick.intake.models import Outcome, Pending, Quarantine
    from rundblick.intake.reading import ReadingProcess
    from rundblick.intake.road import Road
    from rundblick.intake.work import work_once

    now = datetime(2026, 1, 1, tzinfo=UTC)
    originals = {path.name: path.read_bytes() for path in mails()}
    accept([Envelope("mailbox:all", name, "mail", now, raw) for name, raw in originals.items()])
    reader = ReadingProcess(readers)
    while work_once(Road(installation()), reader):
        pass
    reader.close()

    assert not Pending.objects.exists()
    deliveries = Delivery.objects.filter(kind="mail")
    assert {d.source_key for d in deliveries} == set(originals)
    for delivery in deliveries:
        with cursor() as cur:
            assert read_blob(cur, delivery.blob_id) == originals[delivery.source_key]
        outcome = Outcome.objects.filter(delivery_id=delivery.pk).latest("id")
        if outcome.kind == "quarantined":
            assert Quarantine.objects.get(delivery_id=delivery.pk).case.flagged, delivery.source_key
        else:
            told = (delivery.source_key, outcome.kind, outcome.object_type, outcome.object_id)
            message = Message.objects.filter(pk=outcome.object_id).first()
            assert outcome.object_type == "message" and message is not None, told
            assert Case.objects.get(pk=message.case_id).merged_into_id is None, delivery.source_key
