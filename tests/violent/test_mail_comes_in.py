"""Mail comes in while everything dies: each of the mailbox, and each that a sender was told is kept, is there once.

Counted by the sources' own words: the mailbox's list of mails, the sender's log of what it was told.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from tests.channels.dovecot import PASSWORD, PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mails import a_mail
from tests.installations import Installation
from tests.violent.conftest import MESSAGES, House, free_address
from tests.violent.counting import wait_until_all_is_done
from tests.violent.test_full_disk import fill, small_disk
from tests.violent.test_nothing_lost import kill_backends, kill_everything, kill_postmaster, pause_server

__all__ = ["small_disk"]

pytestmark = [pytest.mark.violent, pytest.mark.timeout(3600)]

COUNT = max(120, MESSAGES)
ADDRESS = "service@muster.example"
SECONDS = max(300.0, COUNT * 0.5)


def kill_post(house: House) -> None:
    assert house.running is not None
    with contextlib.suppress(AssertionError, ProcessLookupError):
        os.killpg(house.running.child("post"), signal.SIGKILL)


@pytest.fixture
def server() -> Iterator[Dovecot]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with dovecot() as running:
        yield running


def add_account(made: Installation, **settings: object) -> None:
    text = [f"{name}={value}" for name, value in settings.items()]
    secrets = f'{{"imap_password": "{PASSWORD}"}}'
    command = ["account", "add", ADDRESS, "send=none", *text, "--secrets-from-stdin"]
    program = [sys.executable, "-m", "rundblick.cli.main", *command]
    done = subprocess.run(program, env=made.environment, input=secrets, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def within(seconds: float, true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, f"not in time: {what}"
        time.sleep(0.2)


def messages(made: Installation) -> dict[str, int]:
    """{SHA-256 of a mail: how many messages came of it}"""
    with contextlib.closing(psycopg.connect(made.url)) as connection:
        found = connection.execute(
            "select encode(b.sha256, 'hex'), count(distinct m.id) from core_delivery d"
            " join core_blob b on b.id = d.blob_id"
            " join intake_outcome o on o.delivery_id = d.id and o.object_type = 'message'"
            " join cases_message m on m.id = o.object_id group by 1"
        ).fetchall()
    return {str(key): int(str(n)) for key, n in found}


def assert_each_is_there_once(made: Installation, mails: list[bytes]) -> None:
    found = messages(made)
    wanted = {sha256(mail).hexdigest() for mail in mails}
    assert wanted <= found.keys(), f"lost: {len(wanted - found.keys())} of {len(wanted)}"
    assert set(found.values()) == {1}
    assert made.ask("select count(*) from cases_message") == len(wanted), "a mail is there twice"
    verified = made.run("verify", seconds=300)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.parametrize("after", ["leave", "delete"])
def test_every_mail_of_a_mailbox_comes_in_once_whatever_dies(house: House, server: Dovecot, after: str) -> None:
    seed = int(os.environ.get("RUNDBLICK_BREAK_SEED", "0")) or random.randrange(1, 1_000_000)
    chance = random.Random(seed)
    user = server.user()
    mails = [a_mail(number) for number in range(1, COUNT + 1)]
    house.start()
    made = house.made
    # a few before anybody looks, the rest while everything dies
    server.put(user, *mails[: COUNT // 4])
    add_account(made, imap_host="127.0.0.1", imap_port=server.port, imap_security="none", imap_user=user, after=after)
    rest = iter(mails[COUNT // 4 :])
    arriving = threading.Thread(target=_deliver, args=(server, user, list(rest), COUNT), daemon=True)
    arriving.start()
    second = made.start("post")  # two workers on one mailbox
    deeds: list[Callable[[House], None]] = [kill_post, kill_post, kill_postmaster, kill_backends, kill_post]
    chance.shuffle(deeds)
    try:
        for deed in deeds:
            time.sleep(chance.uniform(1.0, 3.0))
            deed(house)
        if after == "leave":  # the server gives everything a second time
            arriving.join(SECONDS)
            server.admin("mailbox", "update", "-u", user, "--uid-validity", "4711", "INBOX")
        kill_everything(house)
        arriving.join(SECONDS)
        within(SECONDS, lambda: _told(made) >= COUNT, "everything was fetched")
    finally:
        second.kill()
        second.communicate()
    wait_until_all_is_done(made)
    if after == "delete":
        within(120, lambda: server.uids(user) == [], "the mailbox is empty")
    else:
        assert len(server.uids(user)) == COUNT
        within(120, lambda: made.run("proof").returncode == 0, "the proof is green")
    print(f"seed {seed}: {COUNT} mails, {made.ask('select count(*) from core_delivery')} deliveries")
    assert_each_is_there_once(made, mails)


def _deliver(server: Dovecot, user: str, mails: list[bytes], count: int) -> None:
    for start in range(0, len(mails), 10):
        server.put(user, *mails[start : start + 10])
        time.sleep(min(0.5, 60.0 / count))


def _told(made: Installation) -> int:
    with contextlib.suppress(psycopg.Error):
        found = made.ask("select count(distinct blob_id) from core_delivery")
        return int(str(found))
    return 0


@dataclass(slots=True)
class Sender:
    """A mail server in front: each mail until it is told that it is kept. Sometimes the answer gets lost."""

    port: int
    mails: list[bytes]
    chance: random.Random
    told: list[int] = field(default_factory=list)
    temporary: int = 0
    lost: int = 0
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def done(self) -> bool:
        return len(self.told) == len(self.mails)

    def _run(self) -> None:
        for number, mail in enumerate(self.mails):
            while not self._send(mail):
                time.sleep(0.1)
            self.told.append(number)
            time.sleep(min(0.2, 40.0 / len(self.mails)))

    def _send(self, mail: bytes) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
                client.ehlo()
                if client.mail("mta@kunde.example")[0] != 250 or client.rcpt(ADDRESS)[0] != 250:
                    self.temporary += 1
                    return False
                code, _ = client.data(mail)
                if code == 250 and self.chance.random() < 0.1:
                    self.lost += 1
                    return False  # the answer never reached us: it is sent again
                self.temporary += code == 451
                assert code in (250, 451), "nothing is refused for good"
                return code == 250
        except (OSError, smtplib.SMTPException):
            self.lost += 1
            return False


def start_with_door(house: House, **environment: str) -> int:
    port = int(free_address().rsplit(":", 1)[1])
    house.more = {"RUNDBLICK_SMTP_DOOR": f"127.0.0.1:{port}", **environment}
    house.start()
    add_account(house.made, receive="door")
    return port


def test_every_mail_that_a_sender_was_told_is_kept_is_there_once(house: House) -> None:
    seed = int(os.environ.get("RUNDBLICK_BREAK_SEED", "0")) or random.randrange(1, 1_000_000)
    chance = random.Random(seed)
    mails = [a_mail(number) for number in range(1, COUNT + 1)]
    sender = Sender(start_with_door(house), mails, chance)
    sender.start()
    deeds = [kill_post, kill_postmaster, pause_server, kill_backends, kill_post]
    chance.shuffle(deeds)
    within(60, lambda: len(sender.told) > 5, "the first acknowledgements")
    for deed in deeds:
        time.sleep(chance.uniform(1.0, 4.0))
        deed(house)
    within(SECONDS, sender.done, "everything was acknowledged")
    wait_until_all_is_done(house.made)
    print(f"seed {seed}: {COUNT} told, {sender.temporary} temporary, {sender.lost} answers or connections lost")
    assert sender.temporary + sender.lost > 0
    assert_each_is_there_once(house.made, mails)
    proof = house.made.run("proof")
    assert proof.returncode == 0, proof.stdout


def test_a_full_disk_is_told_temporary_and_nothing_is_lost(small_disk: Path) -> None:
    made = Installation(small_disk / "home")
    made.home.mkdir(mode=0o700)
    house = House(made, free_address())
    mails = [a_mail(number, text=f"{number} " + "x" * 20_000) for number in range(1, 121)]
    try:
        sender = Sender(start_with_door(house), mails, random.Random(1))
        sender.start()
        within(60, lambda: len(sender.told) > 10, "the first acknowledgements")
        fill(small_disk / "ballast")
        before = sender.temporary + sender.lost
        within(60, lambda: sender.temporary + sender.lost > before + 5 or sender.done(), "refusals on the full disk")
        refused = sender.temporary
        (small_disk / "ballast").unlink()
        within(300, sender.done, "everything was acknowledged")
        print(f"{refused} times told temporary on the full disk")
        wait_until_all_is_done(made)
        assert_each_is_there_once(made, mails)
    finally:
        if house.running is not None:
            house.running.process.terminate()
            house.running.process.wait(60)
        for pid in made.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
