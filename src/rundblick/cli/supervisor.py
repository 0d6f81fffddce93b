"""Keeps an installation running: starts its processes, restarts what dies with a growing pause, ends all of it.

Every child is the leader of a process group of its own, so that a Ctrl-C at the terminal reaches only the supervisor,
and so that nothing of a child is left when it ends. What children say goes to files in the home's log folder.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from rundblick.core.server import Server, ServerError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A child that lived this long has forgotten its earlier deaths.
HEALTHY_SECONDS = 60.0
PATIENCE = 15.0
TICK = 0.1
LOG_BYTES = 10 * 1024 * 1024
WATCHDOG = (sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py")))

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Spec:
    """One child: its name, its command, and what its environment has beside ours."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Pause:
    """How long to wait before the next try: doubles with each failure, falls back after a healthy while."""

    seconds: float = FIRST_PAUSE
    until: float = 0.0

    def after_failure(self, now: float, lived: float) -> float:
        """Note a failure of something that lived so long; returns the pause."""
        if lived >= HEALTHY_SECONDS:
            self.seconds = FIRST_PAUSE
        pause = self.seconds
        self.until = now + pause
        self.seconds = min(LONGEST_PAUSE, self.seconds * 2)
        return pause


@dataclass(slots=True)
class Child:
    """A running or waiting child of the supervisor."""

    spec: Spec
    log: Path
    pause: Pause = field(default_factory=Pause)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    reader: threading.Thread | None = None

    def start(self, now: float) -> None:
        """Start the process, its output into the log file."""
        environment = os.environ | self.spec.environment | {"PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            list(self.spec.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        self.started = now
        assert self.process.stdout is not None
        self.reader = threading.Thread(target=_drain, args=(self.process.stdout, self.log), daemon=True)
        self.reader.start()

    def signal(self, number: int) -> None:
        """Send a signal to everything of this child."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def last_words(self) -> str:
        """The last line of its log."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:300] if lines else ""


class Supervisor:
    """Runs children, and the database server if it is ours, until it is told to stop."""

    def __init__(self, specs: Sequence[Spec], logs: Path, server: Server | None, say: Say) -> None:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.children = [Child(spec, logs / f"{spec.name}.log") for spec in specs]
        self._server = server
        self._server_pause = Pause()
        self._server_since = time.monotonic()
        self._server_looked = 0.0
        self._say = say
        self._stopping = 0
        self._watchdog: subprocess.Popen[str] | None = None

    def run(self, ready: Callable[[], bool] | None = None) -> None:
        """Keep everything running until SIGINT, SIGTERM or SIGHUP; then end it. Call from the main thread.

        ``ready`` is asked now and then until it says yes.
        """
        former = {
            number: signal.signal(number, self._told) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        self._watchdog = subprocess.Popen(WATCHDOG, stdin=subprocess.PIPE, text=True, start_new_session=True)
        try:
            for child in self.children:
                self._start(child, time.monotonic())
            while not self._stopping:
                self._look(time.monotonic())
                if ready is not None and ready():
                    ready = None
                time.sleep(TICK)
        finally:
            self._end_children()
            self._watchdog.communicate()
            for number, handler in former.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Make ``run`` end; may be called from another thread."""
        self._stopping += 1

    def _start(self, child: Child, now: float) -> None:
        child.start(now)
        if child.process is not None:
            self._tell_watchdog(f"+{child.process.pid}\n")

    def _tell_watchdog(self, text: str) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # somebody killed it; the supervisor goes on without
                self._watchdog.stdin.write(text)
                self._watchdog.stdin.flush()

    def _told(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping += 1

    def _look(self, now: float) -> None:
        if self._server is not None and now - self._server_looked >= 1.0:
            self._server_looked = now
            self._look_after_server(self._server, now)
        for child in self.children:
            if child.process is None:
                if now >= child.pause.until:
                    self._start(child, now)
                continue
            code = child.process.poll()
            if code is None:
                continue
            child.signal(signal.SIGKILL)  # what is left of its group
            self._tell_watchdog(f"-{child.process.pid}\n")
            if child.reader is not None:
                child.reader.join(timeout=1.0)
            pause = child.pause.after_failure(now, now - child.started)
            child.process = None
            self._say(f"{child.spec.name}: {_ended(code)}; starts again in {pause:g} s. {child.last_words()}".rstrip())

    def _look_after_server(self, server: Server, now: float) -> None:
        if server.postmaster() is not None or now < self._server_pause.until:
            return
        pause = self._server_pause.after_failure(now, now - self._server_since)
        try:
            server.revive()
        except (ServerError, OSError) as error:
            self._say(f"database: does not start; next try in {pause:g} s. {error}")
        else:
            self._server_since = time.monotonic()
            self._say("database: had ended and was started again")

    def _end_children(self) -> None:
        for child in self.children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        hurried = self._stopping
        while time.monotonic() < until and self._stopping == hurried:
            if all(child.process is None or child.process.poll() is not None for child in self.children):
                break
            time.sleep(TICK / 2)
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
                self._tell_watchdog(f"-{child.process.pid}\n")
                child.process = None


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _drain(stream: IO[bytes], log: Path) -> None:
    """Write what a child says into its file, at most twice LOG_BYTES. On a full disk it is dropped."""
    with stream:
        for line in iter(stream.readline, b""):
            with contextlib.suppress(OSError):
                if log.exists() and log.stat().st_size > LOG_BYTES:
                    log.replace(log.with_suffix(".log.1"))
                with log.open("ab") as file:
                    file.write(line)
