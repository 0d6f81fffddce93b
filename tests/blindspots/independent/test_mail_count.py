"""All 479 real mails are kept; counted on the files themselves and compared with what the check says of them."""

from __future__ import annotations

import re
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


def test_every_mail_leads_to_a_message_in_a_case_or_to_a_flagged_case(report: dict[str, Any]) -> None:
    """479 files hold fewer messages: the same one with other line ends is one. None may vanish beyond these."""
    unreadable = sum(f["rows_unreadable"] for f in report["input"]["files"])
    assert distinct_messages() <= report["totals"]["interactions"] + unreadable <= MAILS
    assert 1 <= report["totals"]["cases"] <= MAILS


def distinct_messages() -> int:
    """The fewest messages these files can be: equal in id, sender, date, subject and body but for line ends and blanks.

    Headers of the way (Received and the like) do not make another message; what the sender wrote does.
    """
    written = (rb"message-id", rb"from", rb"date", rb"subject")
    seen = set()
    for path in mails():
        head, _, body = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n\n")
        unfolded = re.sub(rb"\n[ \t]+", b" ", head)
        values = tuple(tuple(re.findall(rb"(?im)^" + name + rb"[ \t]*:(.*)$", unfolded)) for name in written)
        seen.add((values, b" ".join(body.split()), b"" if any(values) else head))
    return len(seen)
