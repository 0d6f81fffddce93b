"""A steady load: mails are handed over by LMTP while somebody looks at the inbox. Part of bench.channels.

    python -m bench.channels_steady FOLDER RATE SECONDS CUSTOMERS     with RUNDBLICK_HOME: a new folder

Everything runs as an installation does (``rundblick run``: database, web, live, post, workers), with the sample company
in it, understanding and weighed matching on. Of ten mails seven open a conversation, of strangers and of known
customers, two answer an earlier one, and one is a real mail of the folder. Prints one JSON object:

    sent, per_second     mails handed over and acknowledged, and at which rate
    refused              hand-overs that were answered with "temporary" or an error; they are tried again
    p50_s, p95_s, max_s  from the beginning of the hand-over until the inbox shows the mail, looked at twice a second
    not_seen             mails that never showed (of the invented ones, which carry a mark)
    lost                 acknowledged mails without an outcome
    cpu_ms               CPU of all processes, the looking at the page included, in ms a mail
    memory_mb            proportional memory of all processes after a fifth of the time, and at the end
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import random
import re
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from pathlib import Path
from typing import Any, NamedTuple

from bench.cpu import cpu_seconds
from bench.mails import real_mails
from rundblick_sample.names import FIRST_F, FIRST_M, SURNAMES

SERVICE = "bench@nordlicht.example"
LOGIN, PASSWORD = "manager@nordlicht.example", "rundblick-sample"
SENDERS = 4
LOOK_EVERY_S = 0.5
_MARK = re.compile(r"bm(\d{7})x")
_OLDER = re.compile(r'href="([^"]*[?&](?:amp;)?before=[^"]+)"')


def main(folder: Path, rate: float, seconds: float, customers: int) -> None:
    desk, door = free_port(), free_port()
    environment = os.environ | {
        "RUNDBLICK_ADDRESS": f"127.0.0.1:{desk}",
        "RUNDBLICK_LMTP_DOOR": f"127.0.0.1:{door}",
        "RUNDBLICK_SAMPLE_CUSTOMERS": str(customers),
        "RUNDBLICK_LANGUAGE": "en",
    }
    program = [sys.executable, "-m", "rundblick.cli.main"]
    running = subprocess.Popen(
        [*program, "run"], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert running.stdout is not None
        for line in running.stdout:
            if "open at" in line:
                break
        threading.Thread(target=running.stdout.read, daemon=True).start()
        add = ["account", "add", SERVICE, "receive=door"]
        subprocess.run([*program, *add], env=environment, check=True, stdout=subprocess.DEVNULL)
        result = Load(running.pid, f"http://127.0.0.1:{desk}", door, rate, seconds, folder).run()
        result["lost"] = lost(program, environment, int(result["sent"]))
        print(json.dumps(result))
    finally:
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            running.wait(60)
        running.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Load:
    """Hands over at a rate and looks at the inbox meanwhile."""

    def __init__(self, root: int, desk: str, door: int, rate: float, seconds: float, folder: Path) -> None:
        self.root, self.desk, self.door, self.rate, self.seconds = root, desk, door, rate, seconds
        self.real = real_mails(folder)
        self.draw = random.Random(4711)
        self.begun: dict[int, float] = {}
        self.seen: dict[int, float] = {}
        self.sent = self.refused = 0
        self.lock = threading.Lock()
        self.over = threading.Event()

    def run(self) -> dict[str, Any]:
        browser = signed_in(self.desk)
        looker = threading.Thread(target=self._look, args=(browser,), daemon=True)
        looker.start()
        self._wait_for_door()
        before, start = cpu_seconds(self.root), time.monotonic()
        mails = self._mails()
        senders = [threading.Thread(target=self._send, args=(mails, start), daemon=True) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        memory = []
        for share in (0.2, 1.0):
            time.sleep(max(0.0, start + self.seconds * share - time.monotonic()))
            memory.append(round(proportional_mb(self.root), 1))
        for sender in senders:
            sender.join(120)
        took = time.monotonic() - start
        used = cpu_seconds(self.root) - before
        time.sleep(5)
        self.over.set()
        looker.join(30)
        waits = sorted(self.seen[mark] - self.begun[mark] for mark in self.begun if mark in self.seen)
        return {
            "sent": self.sent,
            "per_second": round(self.sent / took, 1),
            "seconds": round(took, 1),
            "refused": self.refused,
            "p50_s": round(statistics.median(waits), 3) if waits else None,
            "p95_s": round(waits[int(len(waits) * 0.95)], 3) if waits else None,
            "max_s": round(waits[-1], 3) if waits else None,
            "not_seen": len(self.begun) - len(waits),
            "cpu_ms": round(used / self.sent * 1000, 2) if self.sent else None,
            "memory_mb": memory,
        }

    def _mails(self) -> Iterator[tuple[int | None, bytes, float]]:
        """(mark, bytes, seconds after the start) of each mail; None for a real one, which carries no mark."""
        known: list[tuple[str, str]] = []
        for n in range(int(self.rate * self.seconds)):
            due = n / self.rate
            kind = n % 10
            if kind == 9:
                raw = self.draw.choice(self.real)
                yield None, b"X-Bench: %d\r\n" % n + raw, due  # a trace header: each delivery is one of its own
                continue
            parent, sender = self.draw.choice(known) if kind > 6 and known else ("", self._sender(n))
            yield n, invented(n, sender, parent), due
            known.append((f"<bench-{n}@kunde.example>", sender))
            del known[:-500]

    def _sender(self, n: int) -> Sender:
        """Half of them one of 2,000 who have written before, half somebody new; each under one name."""
        return writer(self.draw.randrange(2000) if n % 2 else 10_000 + n)

    def _send(self, mails: Iterator[tuple[int | None, bytes, float]], start: float) -> None:
        door: smtplib.LMTP | None = None
        while True:
            with self.lock:
                try:
                    mark, raw, due = next(mails)
                except StopIteration:
                    break
            time.sleep(max(0.0, start + due - time.monotonic()))
            if mark is not None:
                self.begun[mark] = time.monotonic()
            while True:
                try:
                    door = door or smtplib.LMTP("127.0.0.1", self.door, timeout=60)
                    door.sendmail("bench@kunde.example", [SERVICE], raw)
                    break
                except (smtplib.SMTPException, OSError):
                    self.refused += 1
                    door = None
                    time.sleep(0.5)
            with self.lock:
                self.sent += 1
        if door is not None:
            door.quit()

    def _wait_for_door(self) -> None:
        for _ in range(300):
            with suppress(smtplib.SMTPException, OSError), smtplib.LMTP("127.0.0.1", self.door, timeout=5) as door:
                door.ehlo_or_helo_if_needed()
                door.mail("bench@kunde.example")
                if door.rcpt(SERVICE)[0] == 250:
                    return
            time.sleep(0.2)
        raise SystemExit("the door does not open")

    def _look(self, browser: urllib.request.OpenerDirector) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            address = "/inbox/?view=all"
            for _ in range(20):  # so many pages back, while they show something new
                with browser.open(self.desk + address, timeout=60) as answer:
                    page = answer.read().decode()
                now, fresh = time.monotonic(), 0
                for mark in {int(found) for found in _MARK.findall(page)}:
                    if mark not in self.seen:
                        self.seen[mark], fresh = now, fresh + 1
                older = _OLDER.search(page)
                if fresh < 25 or older is None:
                    break
                address = "/inbox/" + older.group(1).replace("&amp;", "&").removeprefix("/inbox/")
            self.over.wait(max(0.0, LOOK_EVERY_S - (time.monotonic() - began)))


class Sender(NamedTuple):
    name: str
    address: str


def writer(number: int) -> Sender:
    """The person of this number: a name as often as people have it, and an address of his own."""
    draw = random.Random(number)
    firsts, lasts = draw.choice((FIRST_F, FIRST_M)), SURNAMES[draw.choice(list(SURNAMES))]
    first = firsts[draw.choice(list(firsts))].draw(draw.random())
    return Sender(f"{first} {lasts.draw(draw.random())}", f"kunde{number}@kunde.example")


def invented(n: int, sender: Sender, parent: str) -> bytes:
    """A mail as a customer writes it, with its mark at the beginning of the text."""
    mail = EmailMessage()
    mail["From"] = formataddr(sender)
    mail["To"] = SERVICE
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<bench-{n}@kunde.example>"
    mail["Subject"] = f"{'AW: ' if parent else ''}Lieferung {n}"
    if parent:
        mail["In-Reply-To"] = mail["References"] = parent
    mail.set_content(
        f"bm{n:07d}x Guten Tag,\n\nseit einer Woche warte ich auf meine Bestellung NL44{n:05d}. Wann kommt sie?\n"
        "Ich bitte um eine kurze Nachricht.\n\nMit freundlichen Grüßen\n"
        f"{sender.name}\nMusterweg {n % 90}, 24103 Kiel\n"
    )
    return mail.as_bytes().replace(b"\n", b"\r\n")


def signed_in(desk: str) -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.addheaders = [("Referer", desk + "/sign-in/"), ("Accept-Language", "en")]
    with browser.open(desk + "/sign-in/", timeout=30) as answer:
        page = answer.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    name = re.search(r'<input[^>]*type="email"[^>]*name="([^"]+)"|<input[^>]*name="([^"]+)"[^>]*type="email"', page)
    field = (name.group(1) or name.group(2)) if name else "email"
    form = {"csrfmiddlewaretoken": token.group(1), field: LOGIN, "password": PASSWORD}
    with browser.open(desk + "/sign-in/", urllib.parse.urlencode(form).encode(), timeout=30) as answer:
        assert "/sign-in/" not in answer.url, "the sample's manager cannot sign in"
    return browser


def proportional_mb(root: int) -> float:
    """PSS of a process and all below it, in MB."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    tree = {root}
    while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= more
    total = 0
    for pid in tree:
        with suppress(OSError, StopIteration, ValueError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


_COUNT = """
import os, time, psycopg
from rundblick.core import server
with psycopg.connect(server.database_url(), autocommit=True) as c:
    for _ in range(240):
        if not c.execute("select exists (select from intake_pending)").fetchone()[0]:
            break
        time.sleep(0.5)
    print(c.execute(
        "select count(distinct d.id) from core_delivery d join core_source s on s.id = d.source_id"
        " join intake_outcome o on o.delivery_id = d.id where s.code = %s", (os.environ["BENCH_SOURCE"],)
    ).fetchone()[0])
"""


def lost(program: list[str], environment: dict[str, str], sent: int) -> int:
    """Acknowledged mails that have no outcome once nothing waits any more."""
    counted = subprocess.run(
        [program[0], "-c", _COUNT],
        env=environment | {"BENCH_SOURCE": f"mailbox:{SERVICE}", "DJANGO_SETTINGS_MODULE": "rundblick.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return sent - int(counted.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
