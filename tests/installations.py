"""Whole installations for tests: a home of their own, the program started as people start it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rundblick.core import server
from rundblick.core.server import processes

TOP = Path(__file__).resolve().parent.parent


def _hears_ctrl_c() -> None:
    """A shell that runs the tests in its background has told them to ignore Ctrl-C, and so whatever they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True, slots=True)
class Installation:
    """A home, and the commands run in it."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """What its commands see: nothing of ours but where it lies."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RUNDBLICK_", "PYTEST_"))}
        own = {"RUNDBLICK_HOME": str(self.home), "RUNDBLICK_SAMPLE": "0", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        return kept | own

    @property
    def url(self) -> str:
        """The address of its database."""
        return server.database_url(self.home, self.environment)

    def run(self, *arguments: str | Path, seconds: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``rundblick ...`` to its end."""
        command = [sys.executable, "-m", "rundblick.cli.main", *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment | environment, capture_output=True, text=True, timeout=seconds, cwd="/"
        )

    def python(self, code: str, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run code with Django set up in this installation."""
        begin = "import sys; from rundblick.cli.starting import set_up_django; set_up_django()\n"
        command = [sys.executable, "-c", begin + code, *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=seconds, cwd="/")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start ``rundblick ...`` as a terminal would: with a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "rundblick.cli.main", *arguments],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            preexec_fn=_hears_ctrl_c,
            cwd="/",
        )

    def ask(self, query: str) -> object:
        """The first value that a query gives."""
        with contextlib.closing(psycopg.connect(self.url, autocommit=True, connect_timeout=10)) as connection:
            row = connection.execute(query.encode()).fetchone()
        return None if row is None else row[0]

    def processes(self) -> list[int]:
        """Ids of all living processes of this installation: those that know its home, and its database's."""
        mark = f"RUNDBLICK_HOME={self.home}".encode()
        found = set(processes.of_folder(self.home / "database" / "data"))
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and processes.is_alive(int(entry.name)):
                with contextlib.suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.add(int(entry.name))
        return sorted(found - {os.getpid()})


@contextlib.contextmanager
def installation() -> Iterator[Installation]:
    """A new installation in a folder that the database's account can reach; nothing of it is left afterwards."""
    top = Path(tempfile.mkdtemp(prefix="rb-"))
    top.chmod(0o711)
    made = Installation(top / "home")
    made.home.mkdir(mode=0o700)
    try:
        yield made
    finally:
        for number in (15, 9):
            for pid in made.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            processes.end_orphans(made.home / "database" / "data", wait=3.0)
        shutil.rmtree(top, ignore_errors=True)
