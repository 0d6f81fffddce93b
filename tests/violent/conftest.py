"""An installation that runs as in earnest, with an account that may hand mails in."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from rundblick.cli import addresses
from tests.cli.running import Running, until
from tests.installations import Installation, installation
from tests.violent.sources import Source

MESSAGES = int(os.environ.get("RUNDBLICK_BREAK_MESSAGES", "500"))


@dataclass(slots=True)
class House:
    """A running installation; ``start`` starts it again, under the same address."""

    made: Installation
    address: str
    token: str = ""
    running: Running | None = None
    more: dict[str, str] | None = None

    def start(self) -> Running:
        """Start everything and wait until the desk answers."""
        until(lambda: _is_free(self.address), "the address, after a killed start")
        self.running = Running(self.made, RUNDBLICK_ADDRESS=self.address, **(self.more or {}))
        self.running.wait_for("open at")
        if not self.token:
            self.token = _token(self.made)
        return self.running

    def source(self, count: int = MESSAGES, **options: float) -> Source:
        """A source that sends so many mails here."""
        return Source(self.address, self.token, self.made.home.parent / "source.log", count, **options)  # type: ignore[arg-type]


def _token(made: Installation) -> str:
    code = "from rundblick.people.models import Role, User\n"
    code += "User.objects.create_user('source@muster.example', None, name='Source', role=Role.ADMIN)"
    user = made.python(code)
    assert user.returncode == 0, user.stderr
    done = made.run("token", "source@muster.example", "--scope", "intake.write")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def _is_free(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    return addresses.is_free(host, int(port))


def free_address() -> str:
    """An address that nobody uses now, below the ports that the kernel gives to whoever connects.

    A sender that keeps knocking at a dead server would else in time be given its very port, and talk to itself.
    """
    while True:
        address = f"127.0.0.1:{random.randrange(20_000, 30_000)}"
        if _is_free(address):
            return address


@pytest.fixture
def house() -> Iterator[House]:
    with installation() as made:
        one = House(made, free_address())
        yield one
        if one.running is not None and one.running.process.poll() is None:
            one.running.process.kill()
            one.running.process.wait()
