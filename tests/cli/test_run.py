"""``rundblick run`` as people use it: it comes up, says how to get in, and leaves nothing behind on Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

from rundblick.core import server
from tests.cli.running import Running, answers, until
from tests.installations import installation


def test_a_first_start_says_how_to_get_in_a_second_takes_seconds_and_ctrl_c_ends_everything() -> None:
    with installation() as made:
        first = Running(made)
        address = first.wait_for(r"open at (http://127\.0\.0\.1:\d+)")[1]
        first.wait_for("admin-link")
        assert answers(address)
        command = Path(f"/proc/{first.child('rundblick.live.application:application')}/cmdline").read_text().split("\0")
        live = f"http://127.0.0.1:{command[command.index('--port') + 1]}/health"
        until(lambda: answers(live), "the live process")
        link = made.run("admin-link", "chef@muster.example")
        assert link.returncode == 0, link.stderr
        assert link.stdout.startswith(f"{address}/")

        assert len(made.processes()) > 8
        os.killpg(first.process.pid, signal.SIGINT)
        assert first.process.wait(30) == 0
        assert made.processes() == []

        began = time.monotonic()
        second = Running(made)
        second.wait_for("open at")
        assert time.monotonic() - began < 20
        assert second.end(signal.SIGTERM) == 0
        assert made.processes() == []


def test_a_taken_address_is_said_and_nothing_starts(tmp_path: Path) -> None:
    with installation() as made, socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = made.run("run", RUNDBLICK_ADDRESS=address)
        assert done.returncode == 2
        assert f"{address} is in use" in done.stderr and "RUNDBLICK_ADDRESS" in done.stderr
        assert not (made.home / "database").exists()


def test_the_sample_company_is_loaded_into_our_own_database_and_into_nobody_elses() -> None:
    with installation() as made:
        first = Running(made, RUNDBLICK_SAMPLE="1", RUNDBLICK_SAMPLE_CUSTOMERS="200")
        first.wait_for("once")
        first.wait_for("open at")
        first.wait_for("password rundblick-sample")
        first.wait_for("agent@nordlicht.example")
        assert made.ask("select sample from core_installation") is True
        assert str(made.ask("select company from core_installation")).startswith("Nordlicht")
        assert int(str(made.ask("select count(*) from cases_case"))) > 100
        accounts = "select settings ->> 'send' from channels_account where address = 'service@nordlicht.example'"
        assert made.ask(accounts) == "folder"
        members = "select count(*) from people_membership m join people_team t on t.id = m.team_id where t.is_default"
        assert made.ask(members) == 2

        with contextlib.closing(_admin(made.home)) as admin:
            admin.execute("create database mine owner rundblick")
        own = made.url.replace("/rundblick?", "/mine?")
        other = Running(made, RUNDBLICK_SAMPLE="1", RUNDBLICK_DATABASE_URL=own)
        other.wait_for("open at")
        other.wait_for("admin-link")
        with contextlib.closing(_admin(made.home, "mine")) as admin:
            assert admin.execute("select sample from core_installation").fetchall() == [(False,)]
            assert admin.execute("select count(*) from people_user").fetchall() == [(0,)]
            assert admin.execute("select count(*) from core_delivery").fetchall() == [(0,)]
        assert other.end(signal.SIGINT) == 0
        assert first.end(signal.SIGINT) == 0


def _admin(home: Path, database: str = "postgres"):  # type: ignore[no-untyped-def]
    with server.ensure(home) as running:
        return running.admin(database)
