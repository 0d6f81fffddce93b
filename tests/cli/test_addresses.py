"""Under which address a start listens, and what it does when somebody is there."""

from __future__ import annotations

import socket
import threading

import pytest

from rundblick.cli.addresses import choose
from rundblick.cli.starting import CommandError
from rundblick.core.home import Settings


def settings_at(taken: socket.socket) -> Settings:
    return Settings(address=f"127.0.0.1:{taken.getsockname()[1]}")


def test_what_is_left_of_a_killed_start_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = settings_at(taken)
        ends = threading.Timer(0.5, taken.close)
        ends.start()
        desk, _live = choose(wanted, patience=30)
        ends.join()
    assert str(desk) == wanted.address


def test_an_address_that_stays_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = settings_at(taken)
        for patience in (0.0, 0.3):
            with pytest.raises(CommandError, match=f"{wanted.address} is in use"):
                choose(wanted, patience)
