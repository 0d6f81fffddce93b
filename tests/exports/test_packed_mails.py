"""Mails inside a zip are read as those beside it: single ones, and whole archives."""

from __future__ import annotations

import mailbox
import random
import zipfile
from pathlib import Path

import pytest

from rundblick.connectors.files import discover
from rundblick.connectors.mapping import parse_mapping
from rundblick.connectors.propose import propose
from rundblick.connectors.reading import open_folder
from rundblick.core.counting import counters
from rundblick.core.installation import installation
from rundblick.core.models import Delivery
from rundblick.exports.feeding import Fed, feed
from rundblick.intake.models import IntakeFile
from rundblick.intake.road import Options, Road
from tests.channels.mails import a_mail

pytestmark = pytest.mark.django_db

MAPPING = '[rundblick]\nversion = 1\n[[file]]\nname = "mails.zip/**"\nis = "mail"\nsystem = "mail"\n'


def pack(folder: Path, singles: dict[str, bytes], in_box: int = 0) -> Path:
    """A zip with single mails, and an mbox of so many others."""
    path = folder / "mails.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in singles.items():
            archive.writestr(name, raw)
        if in_box:
            box = mailbox.mbox(folder / "box")
            for number in range(in_box):
                box.add(a_mail(1000 + number))
            box.close()
            archive.write(folder / "box", "service.mbox")
            (folder / "box").unlink()
    return path


def run(folder: Path) -> dict[str, Fed]:
    plan = open_folder(folder, parse_mapping(MAPPING))
    return {one.file.name: one for one in feed(plan, Road(installation(), Options(understand=False)))}


def test_mails_in_a_zip_all_come_in_and_are_proven(tmp_path: Path) -> None:
    pack(tmp_path, {"a/1.eml": a_mail(1), "a/2.eml": a_mail(2), "b/1.eml": a_mail(3)}, in_box=4)
    fed = run(tmp_path)
    assert {name: (one.tally.read, one.tally.unreadable, one.fault) for name, one in fed.items()} == {
        "mails.zip": (3, 0, None),
        "mails.zip/service.mbox": (4, 0, None),
    }
    assert Delivery.objects.count() == 7
    told = {one.source: (one.told, one.good) for one in counters["file"]()}
    assert sorted(told[file.source_id] for file in IntakeFile.objects.all()) == [(3, True), (4, True)]


def test_a_zip_that_is_read_twice_brings_nothing_new_and_one_that_grew_what_was_added(tmp_path: Path) -> None:
    singles = {"a/1.eml": a_mail(1), "a/2.eml": a_mail(2)}
    for added, deliveries in (({}, 2), ({}, 2), ({"a/0.eml": a_mail(3)}, 3)):
        singles = {**added, **singles}
        pack(tmp_path, singles)
        run(tmp_path)
        assert Delivery.objects.count() == deliveries


@pytest.mark.parametrize("size", [3_000, 400_000])
def test_a_broken_member_is_named_and_the_others_come_in(tmp_path: Path, size: int) -> None:
    """A small one breaks when it is looked at, a large one on the way."""
    noise = random.Random(1).randbytes(size // 2).hex()
    path = pack(tmp_path, {"a.eml": a_mail(1), "b.eml": a_mail(2, text=noise), "c.eml": a_mail(3)})
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("b.eml")
    raw = bytearray(path.read_bytes())
    end = info.header_offset + 30 + len("b.eml") + info.compress_size
    raw[end - 200 : end - 100] = bytes(100)
    path.write_bytes(raw)
    fed = run(tmp_path)
    assert fed["mails.zip"].tally.read == 2
    told = [one.fault or one.file.fault for one in fed.values() if one.fault or one.file.fault]
    assert len(told) == 1
    assert "mails.zip/b.eml" in fed or "b.eml" in str(told[0])


def test_names_in_a_zip_lead_nowhere(tmp_path: Path) -> None:
    """A member is unpacked under a name of ours, whatever it calls itself."""
    folder = tmp_path / "in"
    folder.mkdir()
    pack(folder, {"../../a.eml": a_mail(1), "/abs.eml": a_mail(2), "x" * 300 + ".eml": a_mail(3)})
    (fed,) = run(folder).values()
    assert fed.tally.read == 2, "what leads out of the zip is passed over"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["in", "mails.zip"]


def test_a_mapping_is_proposed_for_mails_in_a_zip(tmp_path: Path) -> None:
    pack(tmp_path, {f"{n}.eml": a_mail(n) for n in range(1, 13)})
    (found,) = discover(tmp_path)
    assert (found.name, found.kind, len(found.members)) == ("mails.zip", "eml", 12)
    text = propose(tmp_path)
    assert 'name = "mails.zip"' in text and 'is = "mail"' in text
    assert parse_mapping(text).entries_for("mails.zip")
