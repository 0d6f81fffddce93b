"""Archives of mail are read one mail at a time, whatever made them and however they end."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.channels.email import archives
from rundblick.channels.email.archives import ArchiveBroken, ArchivedMail, iter_archive, kind_of
from rundblick.channels.email.reading import read_mail
from rundblick.connectors import reading
from rundblick.connectors.mapping import read_mapping
from rundblick.connectors.protocol import Mail

CHANCE = random.Random(7)  # bytes that do not compress
FROM = b"From anna@kunde.example Mon Feb  3 10:11:12 2025\n"


def mail(number: int, body: bytes = b"x") -> bytes:
    return b"From: a@kunde.example\nSubject: %d\n\n%s\n" % (number, body)


def mbox(*mails: bytes) -> bytes:
    return b"".join(FROM + each + b"\n" for each in mails)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read_until_it_breaks(path: Path) -> tuple[list[ArchivedMail], ArchiveBroken]:
    found = []
    try:
        for each in iter_archive(path):
            found.append(each)
    except ArchiveBroken as error:
        return found, error
    raise AssertionError("the archive was read to its end")


def test_an_mbox_gives_its_mails_with_their_places(tmp_path: Path) -> None:
    content = mbox(mail(1), mail(2, b"zwei\n\nAbsatz"), mail(3))
    path = written(tmp_path, "alt.mbox", content)
    found = list(iter_archive(path))
    assert [each.raw for each in found] == [mail(1), mail(2, b"zwei\n\nAbsatz"), mail(3)]
    assert [each.span.row for each in found] == [1, 2, 3]
    for each in found:
        assert content[each.span.start :].startswith(FROM)
        assert each.key == str(each.span.start)
    assert [each.span.end for each in found] == [found[1].span.start, found[2].span.start, len(content)]


def test_a_line_of_text_that_begins_with_from_parts_no_mail(tmp_path: Path) -> None:
    body = b"Hallo\n\n>From Herzen\n>>From quoted\n\nFrom here on it was bad.\nFrom noon 10:30 too\nEnde"
    (found,) = iter_archive(written(tmp_path, "a.mbox", mbox(mail(1, body))))
    assert found.raw == mail(1, body.replace(b">From", b"From"))


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Mon Feb 03 10:11:12 2025\n",
        b"From 1234@xxx Mon Feb 03 10:11:12 +0000 2025\n",
        b"From ???@??? Mon Feb 03 10:11:12 2025\n",
        b"From MAILER-DAEMON Mon Feb  3 10:11:12 2025\n",
        b"From anna@kunde.example  Mon Feb  3 10:11 MET 2025\r\n",
    ],
)
def test_separators_of_all_programs_part_mails(tmp_path: Path, separator: bytes) -> None:
    path = written(tmp_path, "a.mbox", separator + mail(1) + b"\n" + separator + mail(2) + b"\n")
    assert [each.raw for each in iter_archive(path)] == [mail(1), mail(2)]


def test_windows_line_ends_part_mails_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.mbox", mbox(mail(1), mail(2)).replace(b"\n", b"\r\n"))
    assert [each.raw for each in iter_archive(path)] == [
        mail(1).replace(b"\n", b"\r\n"),
        mail(2).replace(b"\n", b"\r\n"),
    ]


@settings(deadline=None)
@given(st.lists(st.text(alphabet="aF >romn\n1:", max_size=60), min_size=1, max_size=8), st.integers(1, 40))
def test_mails_survive_an_mbox_whatever_stands_in_them(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[str], chunk: int
) -> None:
    mails = [mail(number, body.encode()) for number, body in enumerate(bodies)]
    quoted = [re.sub(rb"(?m)^(>*From )", rb">\1", each) for each in mails]
    path = written(tmp_path_factory.mktemp("mbox"), "a.mbox", mbox(*quoted))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archives, "_CHUNK", chunk)
        assert [each.raw for each in iter_archive(path)] == mails


def test_a_compressed_mbox_is_read_like_a_plain_one(tmp_path: Path) -> None:
    plain = written(tmp_path, "a.mbox", mbox(mail(1), mail(2)))
    packed = written(tmp_path, "b.mbox.gz", gzip.compress(plain.read_bytes()))
    assert list(iter_archive(packed)) == list(iter_archive(plain))


def test_of_a_truncated_archive_all_is_read_that_can_be_and_the_place_is_told(tmp_path: Path) -> None:
    mails = [mail(number, CHANCE.randbytes(3000).hex().encode()) for number in range(20)]
    content = mbox(*mails)
    packed = gzip.compress(content)
    path = written(tmp_path, "a.mbox.gz", packed[: len(packed) // 2])
    found, error = read_until_it_breaks(path)
    assert 5 < len(found) < 15
    assert [each.raw for each in found[:-1]] == mails[: len(found) - 1]
    assert mails[len(found) - 1].startswith(found[-1].raw.rstrip(b"\n"))
    assert (error.fault, error.mails, error.offset) == ("archive.truncated", len(found), found[-1].span.end)
    assert "a.mbox.gz" in str(error) and f"{error.offset:,}" in str(error)


def test_damaged_compressed_data_are_told(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(mbox(*(mail(n, CHANCE.randbytes(500).hex().encode()) for n in range(9)))))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    with pytest.raises(ArchiveBroken) as broken:
        list(iter_archive(written(tmp_path, "a.mbox.gz", bytes(packed))))
    assert broken.value.fault == "archive.damaged"


def test_a_maildir_keeps_its_keys_when_mails_are_read_or_moved(tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True)
    written(box, "new/1.host", mail(1))
    written(box, "cur/2.host:2,", mail(2))
    written(box, "tmp/3.host", mail(3))
    written(box, ".Sent/cur/4.host:2,S", mail(4))  # a Maildir of its own
    before = list(iter_archive(box))
    assert [(each.key, each.raw) for each in before] == [
        ("1.host", mail(1)),
        ("2.host", mail(2)),
    ]
    assert [each.raw for each in iter_archive(box / ".Sent")] == [mail(4)]
    (box / "new/1.host").rename(box / "cur/1.host:2,S")
    (box / "cur/2.host:2,").rename(box / "cur/2.host:2,RS")
    assert list(iter_archive(box)) == before


def test_a_folder_gives_its_single_mails_by_name(tmp_path: Path) -> None:
    written(tmp_path, "b/2.EML", mail(2))
    written(tmp_path, "a/1.eml", mail(1))
    written(tmp_path, "a/3.eml.gz", gzip.compress(mail(3)))
    written(tmp_path, "c/4.emlx", b"%d\n" % len(mail(4)) + mail(4) + b"<?xml version='1.0'?><plist></plist>")
    written(tmp_path, "a/liste.csv", b"a;b")
    written(tmp_path, ".versteckt.eml", mail(5))
    found = list(iter_archive(tmp_path))
    assert [each.key for each in found] == ["a/1.eml", "a/3.eml.gz", "b/2.EML", "c/4.emlx"]
    assert [each.raw for each in found] == [mail(1), mail(3), mail(2), mail(4)]


def test_a_mail_too_large_is_cut_and_said_to_be_while_the_next_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAIL_AT_MOST", 50_000)
    monkeypatch.setattr(archives, "_CHUNK", 1000)
    content = mbox(mail(1), mail(2, b"y\n" * 100_000), mail(3))
    found = list(iter_archive(written(tmp_path, "a.mbox", content)))
    assert [(each.fault, len(each.raw) <= 50_000) for each in found] == [("", True), ("too-large", True), ("", True)]
    assert [each.raw for each in (found[0], found[2])] == [mail(1), mail(3)]
    assert [content[each.span.start : each.span.end][:5] for each in found] == [b"From "] * 3
    assert found[-1].span.end == len(content)


def test_what_kind_of_archive_it_is_shows_in_the_bytes(tmp_path: Path) -> None:
    kinds = {
        "INBOX": mbox(mail(1)),
        "a.mbox.gz": gzip.compress(mbox(mail(1))),
        "a.eml": FROM + mail(1),
        "a.csv": b"a;b\n1;2\n",
        "brief.txt": b"From here on\n",
        "leer.mbox": b"",
    }
    found = {name: kind_of(written(tmp_path / "f", name, content)) for name, content in kinds.items()}
    assert found == {
        "INBOX": "mbox",
        "a.mbox.gz": "mbox",
        "a.eml": "mail",
        "a.csv": "",
        "brief.txt": "",
        "leer.mbox": "",
    }
    (tmp_path / "m" / "cur").mkdir(parents=True)
    (tmp_path / "leer").mkdir()
    assert [kind_of(tmp_path / name) for name in ("f", "m", "leer")] == ["folder", "maildir", ""]


def test_a_file_that_does_not_begin_like_an_mbox_is_one_mail(tmp_path: Path) -> None:
    whole = mail(1, b"Hallo\n\n" + FROM + b"x\n\n>From oben")
    (found,) = iter_archive(written(tmp_path, "ohne-endung", whole))
    assert (found.raw, found.fault) == (whole, "")


@pytest.mark.realdata
def test_the_folder_of_real_mails_is_streamed(real_data: Path) -> None:
    assert kind_of(real_data / "mail") == "folder"
    assert sum(1 for _ in iter_archive(real_data / "mail")) == 479


@pytest.mark.realdata
def test_the_example_mapping_reads_every_real_mail(real_data: Path) -> None:
    mapping = read_mapping(Path(__file__).parents[2] / "examples" / "mail" / "rundblick.toml")
    reading.register_archive("mail", iter_archive)
    reading.register_archive("mail.reader", read_mail)
    plan = reading.open_folder(real_data / "mail", mapping)
    assert [file.means for file in plan.files].count("mail") == 7
    assert not [file.name for file in plan.files if file.fault or file.remarks]
    found = [piece for file in plan.files if file.readable for chunk in reading.read_file(file) for piece in chunk]
    assert len(found) == 479
    assert all(isinstance(piece, Mail) and piece.message is not None for piece in found)
