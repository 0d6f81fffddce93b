"""What lies in a folder, by content and name."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rundblick.connectors import streams
from rundblick.connectors.files import Found, discover
from rundblick.connectors.notes import FileFault
from rundblick.connectors.streams import open_seekable, open_stream

CSV = b"nr,text\n1,a\n2,b\n"
MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: x\nMessage-ID: <1@example.org>\n\nHallo\n"


def kinds(folder: Path) -> dict[str, str]:
    return {one.name: one.fault.code if one.fault else one.kind for one in discover(folder)}


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_files_are_known_by_their_content(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", CSV)
    put(tmp_path, "b.csv.gz", gzip.compress(CSV))
    put(tmp_path, "deep/er/c.txt", b"nr;text;x\n1;a;b\n2;b;c\n")
    put(tmp_path, "d.json", json.dumps([{"a": 1}]).encode())
    put(tmp_path, "e.json", b'{"a": 1}\n{"a": 2}\n')
    put(tmp_path, "f.jsonl", b'{"a": 1}\n')
    put(tmp_path, "g.xlsx", xlsx())
    put(tmp_path, "h.csv", xlsx())
    put(tmp_path, "i.mbox", b"From a@example.org Mon Feb 29 01:16:23 2016\n" + MAIL)
    put(tmp_path, "j.eml", MAIL)
    put(tmp_path, "k", MAIL)
    put(tmp_path, "l.pdf", b"%PDF-1.7\n" + bytes(range(256)))
    put(tmp_path, "m.txt", b"Nur ein Text ohne Tabelle.\nUnd noch eine Zeile.\n")
    put(tmp_path, "n.dat", gzip.compress(xlsx()))
    put(tmp_path, "o.md", b"a,b,c\nd,e,f\ng,h,i\n")
    assert kinds(tmp_path) == {
        "a.csv": "delimited",
        "b.csv.gz": "delimited",
        "deep/er/c.txt": "delimited",
        "d.json": "json",
        "e.json": "json_lines",
        "f.jsonl": "json_lines",
        "g.xlsx": "excel",
        "h.csv": "excel",
        "i.mbox": "mbox",
        ".": "eml",
        "l.pdf": "other",
        "m.txt": "text",
        "n.dat": "excel",
        "o.md": "other",
    }


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    put(tmp_path, "empty.csv", b"")
    put(tmp_path, "blank.csv", b"\n \n")
    put(tmp_path, "junk.csv", bytes(range(256)) * 30)
    put(tmp_path, "broken.zip", b"PK\x03\x04" + bytes(500))
    put(tmp_path, "broken.csv.gz", b"\x1f\x8bno gzip at all")
    put(tmp_path, "cut.gz", gzip.compress(CSV)[:10])
    put(tmp_path, "in.zip", zip_of({"deeper.zip": zip_of({"a.csv": CSV}), "void.csv": b""}))
    put(tmp_path, "nothing.zip", zip_of({}))
    locked = bytearray(zip_of({"a.csv": CSV}))
    locked[6] |= 1  # flag of encryption in the local header
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    put(tmp_path, "locked.zip", bytes(locked))
    put(tmp_path, "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert kinds(tmp_path) == {
        "empty.csv": "file.empty",
        "blank.csv": "file.empty",
        "junk.csv": "file.binary",
        "broken.zip": "zip.broken",
        "broken.csv.gz": "file.damaged",
        "cut.gz": "file.truncated",
        "in.zip/deeper.zip": "zip.nested",
        "in.zip/void.csv": "file.empty",
        "nothing.zip": "zip.empty",
        "locked.zip": "zip.encrypted",
        "old.xls": "excel",
    }


def test_members_of_a_zip_are_files_of_their_own(tmp_path: Path) -> None:
    put(
        tmp_path,
        "all.zip",
        zip_of({"x/a.csv": CSV, "b.csv.gz": gzip.compress(CSV), "c.xlsx": xlsx(), "__MACOSX/._a.csv": b"x"}),
    )
    found = discover(tmp_path)
    assert [(one.name, one.kind) for one in found] == [
        ("all.zip/b.csv.gz", "delimited"),
        ("all.zip/c.xlsx", "excel"),
        ("all.zip/x/a.csv", "delimited"),
    ]
    by_name = {one.name: one for one in found}
    for name in ("all.zip/x/a.csv", "all.zip/b.csv.gz"):
        with open_stream(Path(by_name[name].path), by_name[name].member) as stream:
            assert b"".join(stream) == CSV
            assert stream.position > 0
    with open_seekable(tmp_path / "all.zip", "c.xlsx") as file:
        assert file.read(2) == b"PK"


def test_hidden_files_output_and_mappings_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", CSV)
    put(tmp_path, ".hidden.csv", CSV)
    put(tmp_path, ".git/a.csv", CSV)
    put(tmp_path, "~$a.xlsx", b"x")
    put(tmp_path, "Thumbs.db", b"x")
    put(tmp_path, "rundblick.toml", b"x")
    put(tmp_path, "guess.rundblick.toml", b"x")
    put(tmp_path, "out/cases.csv", CSV)
    put(tmp_path, "report.json", b'{"schema": "rundblick-report/1", "input": {}}')
    assert [one.name for one in discover(tmp_path, without=[tmp_path / "out"])] == ["a.csv"]


def test_single_mails_of_a_folder_and_a_maildir_are_one_store_each(tmp_path: Path) -> None:
    for n in range(3):
        put(tmp_path, f"mails/{n}.eml", MAIL if n else b"")
        put(tmp_path, f"box/cur/{n}:2,S", MAIL)
    put(tmp_path, "box/new/9", MAIL)
    put(tmp_path, "box/tmp/1", MAIL)
    put(tmp_path, "box/.Gesendet/cur/1", MAIL)
    (tmp_path / "box/.Gesendet/new").mkdir()
    put(tmp_path, "single/a.eml", MAIL)
    found = {one.name: one for one in discover(tmp_path)}
    assert {name: one.kind for name, one in found.items()} == {
        "box": "maildir",
        "box/.Gesendet": "maildir",
        "mails": "eml",
        "single/a.eml": "eml",
    }
    assert found["mails"].files == ("mails/0.eml", "mails/1.eml", "mails/2.eml")
    assert found["box"].size == 4 * len(MAIL)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside, "secret.csv", CSV)
    inside = tmp_path / "inside"
    put(inside, "a.csv", CSV)
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "gone.csv").symlink_to(inside / "nowhere")
    (inside / "here.csv").symlink_to(inside / "a.csv")
    os.mkfifo(inside / "pipe.csv")
    assert kinds(inside) == {"a.csv": "delimited", "link.csv": "file.outside", "here.csv": "delimited"}


def test_a_single_file_is_a_folder_of_one(tmp_path: Path) -> None:
    put(tmp_path, "b.csv", CSV)
    path = put(tmp_path, "a.csv", CSV)
    assert discover(path) == [Found("a.csv", str(path), "delimited", size=len(CSV))]
    assert discover(path.parent / "a.csv")[0].name == "a.csv"
    with pytest.raises(FileNotFoundError):
        discover(tmp_path / "none")


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert discover(tmp_path) == []


def test_too_many_members_and_too_large_a_packed_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.zip", zip_of({f"{n}.csv": CSV for n in range(5)}))
    put(tmp_path, "b.xlsx.gz", gzip.compress(bytes(1 << 20)))
    monkeypatch.setattr(streams, "MAX_MEMBERS", 3)
    monkeypatch.setattr(streams, "MAX_SPOOLED", 1 << 19)
    assert kinds(tmp_path)["a.zip"] == "zip.too_many"
    with pytest.raises(FileFault) as caught, open_seekable(tmp_path / "b.xlsx.gz"):
        pass
    assert caught.value.note.code == "file.too_large"
