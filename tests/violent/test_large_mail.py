"""A mail with an attachment of 200 MB, as mail servers, mailboxes and archives bring it: refused or kept by a limit
that is told, nothing lost, memory bounded, and other mails go on meanwhile.

The mail is made while it is sent and lies in no file of the project.
"""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mails import a_mail
from tests.violent.conftest import House
from tests.violent.counting import wait_until_all_is_done
from tests.violent.test_mail_comes_in import ADDRESS, add_account, start_with_door, within

pytestmark = [pytest.mark.violent, pytest.mark.timeout(1800)]

ATTACHED = 200 << 20  # bytes
LARGEST_KEPT = 60 << 20  # a door may take 90 MB, which four bytes for three are of these
GROWS = 600 << 20  # bytes by which a process of ours may grow over all that it held before
LINE = b64encode(bytes(range(57))) + b"\r\n"
BLOCK = LINE * 13_000  # some MB


def head(name: str) -> bytes:
    return (
        f"From: Gerda Groß <gerda@kunde.example>\r\nTo: {ADDRESS}\r\nSubject: Pläne {name}\r\n"
        f"Message-ID: <{name}@kunde.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
        "Guten Tag, anbei die Pläne.\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="plan.bin"\r\n\r\n'
    ).encode()


def large(name: str, attached: int = ATTACHED) -> Iterator[bytes]:
    """A mail with so many attached bytes, in pieces."""
    yield head(name)
    lines = attached // 57
    for _ in range(lines // 13_000):
        yield BLOCK
    yield LINE * (lines % 13_000)
    yield b"--b--\r\n"


# -- what is measured ------------------------------------------------------------------------------------------------


class Watched:
    """The largest memory of each process of an installation since it is watched, the database's apart."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._before = self._now()
        self.largest: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _now(self) -> dict[str, int]:
        """{process: bytes of its own memory}"""
        found: dict[str, int] = {}
        for pid in self._house.made.processes():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if not command[0].rpartition("/")[2].startswith("python"):
                    continue
                told = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                name = " ".join(word for word in command[1:6] if not word.startswith("-")).strip()
                found[name] = max(found.get(name, 0), int(told[1]) << 10 if told else 0)
        return found

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            for name, size in self._now().items():
                self.largest[name] = max(self.largest.get(name, 0), size)

    def grown(self) -> dict[str, int]:
        """{process: MB by which it grew}; ends the watching."""
        self._stop.set()
        self._thread.join()
        return {name: (size - self._before.get(name, 0)) >> 20 for name, size in self.largest.items()}

    def assert_bounded(self) -> None:
        grown = self.grown()
        print("grew by MB:", {name: n for name, n in grown.items() if n > 5})
        assert max(grown.values()) << 20 < GROWS, grown


class Others:
    """Small mails over the door, one after another, while a large one comes; how long each took."""

    def __init__(self, port: int) -> None:
        self._port, self._stop = port, threading.Event()
        self.took: list[float] = []
        self.sent: list[bytes] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            mail = a_mail(50_000 + len(self.sent))
            begun = time.monotonic()
            assert send(self._port, [mail])[0] == 250
            self.took.append(time.monotonic() - begun)
            self.sent.append(mail)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive() and len(self.took) >= 3
        print(f"{len(self.took)} others, the slowest took {max(self.took):.2f} s")
        assert max(self.took) < 10.0


def send(port: int, pieces: Iterator[bytes] | list[bytes], size: int = 0) -> tuple[int, str]:
    """Hand a mail over as a mail server does; the last answer."""
    with smtplib.SMTP("127.0.0.1", port, timeout=300) as client:
        client.ehlo()
        code, said = client.mail("mta@kunde.example", [f"SIZE={size}"] if size else [])
        if code == 250:
            code, said = client.rcpt(ADDRESS)
        if code == 250:
            client.putcmd("data")
            assert client.getreply()[0] == 354
            assert client.sock is not None
            for piece in pieces:
                client.sock.sendall(piece)
            client.sock.sendall(b"\r\n.\r\n")
            code, said = client.getreply()
        return code, said.decode()


# -- the door --------------------------------------------------------------------------------------------------------


def test_the_door_refuses_by_its_limit_and_others_go_on(house: House) -> None:
    port = start_with_door(house)
    watched, others = Watched(house), Others(port)
    code, said = send(port, large("zu-gross"))
    assert code == 552 and "Too much" in said
    assert send(port, [], size=ATTACHED)[0] == 552  # who says how much it is need not send it
    others.end()
    watched.assert_bounded()
    wait_until_all_is_done(house.made)
    assert house.made.ask("select count(*) from cases_message") == len(others.sent)


def test_what_the_door_takes_is_kept_whole_and_its_case_opens(house: House) -> None:
    port = start_with_door(house, RUNDBLICK_DOOR_MEGABYTES="90")
    watched, others = Watched(house), Others(port)
    digest = sha256()
    assert send(port, (digest.update(piece) or piece for piece in large("gross", LARGEST_KEPT)))[0] == 250
    others.end()
    wait_until_all_is_done(house.made)
    watched.assert_bounded()
    kept = house.made.ask("select encode(sha256, 'hex') from core_blob order by size desc limit 1")
    digest.update(b"\r\n")  # before the dot
    assert kept == digest.hexdigest()
    assert house.made.ask("select max(size) from cases_attachment") == LARGEST_KEPT // 57 * 57
    assert_its_case_opens(house, "Pläne gross")
    assert house.made.run("verify", "--blobs", "all", seconds=300).returncode == 0


def assert_its_case_opens(house: House, words: str) -> None:
    code = """
import sys
from django.test import Client
from rundblick.cases.models import Case
from rundblick.people.models import Role, User
user = User.objects.create_user("m@muster.example", None, name="Maria", role=Role.ADMIN)
client = Client()
client.force_login(user)
pages = [client.get(f"/cases/{one.uuid}/", HTTP_HOST="127.0.0.1") for one in Case.objects.all()]
assert {page.status_code for page in pages} == {200}, [page.status_code for page in pages]
assert any(sys.argv[1] in page.content.decode() for page in pages), len(pages)
"""
    done = house.made.python(code, words)
    assert done.returncode == 0, done.stderr


# -- a mailbox -------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Dovecot]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with dovecot() as running:
        yield running


def test_a_mailbox_keeps_it_and_its_case_says_so_while_the_others_come_in(house: House, server: Dovecot) -> None:
    user = server.user()
    server.put(user, *[a_mail(number) for number in range(1, 4)])
    folder = server.top / "mails" / user / "cur"
    with (folder.parent / "tmp" / "1.large.host").open("wb") as file:
        for piece in large("postfach"):
            file.write(piece)
    os.chown(file.name, folder.stat().st_uid, folder.stat().st_gid)
    Path(file.name).rename(folder.parent / "new" / "1.large.host")
    server.put(user, *[a_mail(number) for number in range(4, 7)])
    house.start()
    watched = Watched(house)
    add_account(
        house.made, imap_host="127.0.0.1", imap_port=server.port, imap_security="none", imap_user=user, after="delete"
    )
    within(120, lambda: house.made.ask("select count(*) from core_delivery") == 7, "all were fetched")
    wait_until_all_is_done(house.made)
    watched.assert_bounded()
    assert house.made.ask("select count(*) from cases_message") == 6
    assert house.made.ask("select array_agg(fault) from intake_quarantine") == ["mail.too_large"]
    within(60, lambda: len(server.uids(user)) == 1, "only the large one is still in the mailbox")
    assert_its_case_opens(house, "Pläne postfach")


# -- a file ----------------------------------------------------------------------------------------------------------


MAPPING = """
[rundblick]
version = 1
timezone = "Europe/Berlin"
language = "de"
[[file]]
name = "*.mbox"
is = "mail"
own = ["muster.example"]
system = "mail"
[[file]]
name = "*.eml"
is = "mail"
own = ["muster.example"]
system = "mail"
"""


def test_an_imported_archive_with_it_loses_nothing_else(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "rundblick.toml").write_text(MAPPING)
    with (folder / "postfach.mbox").open("wb") as file:
        for number in range(1, 4):
            file.write(b"From x@kunde.example Mon Mar  2 09:00:00 2026\n" + a_mail(number) + b"\n\n")
        file.write(b"From x@kunde.example Mon Mar  2 09:00:00 2026\n")
        for piece in large("archiv"):
            file.write(piece)
        file.write(b"\n")
        for number in range(4, 7):
            file.write(b"From x@kunde.example Mon Mar  2 09:00:00 2026\n" + a_mail(number) + b"\n\n")
    with (folder / "plan.eml").open("wb") as file:
        for piece in large("einzeln"):
            file.write(piece)
    house.start()
    watched = Watched(house)
    done = house.made.run("import", str(folder), seconds=600)
    watched.assert_bounded()
    assert done.returncode == 1 and "postfach.mbox: 7 kept" in done.stderr and "1 unreadable" in done.stderr
    assert house.made.ask("select count(*) from cases_message") == 6
    assert house.made.ask("select array_agg(fault) from intake_quarantine") == ["mail.too_large"] * 2
    assert_its_case_opens(house, "Pläne archiv")
