"""The post process: fetches for every account that wants it, and keeps the doors where others hand in.

One thread an account. The tables say what there is to look after; a change of an account ends its thread and starts
another. Without accounts and doors it asks the database every few seconds and does nothing else.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from rundblick.channels.channel import channels, load
from rundblick.channels.leases import Leases
from rundblick.channels.models import Account
from rundblick.channels.receiving import Accept
from rundblick.core import home

log = structlog.get_logger("rundblick.post")

LOOK_S = 3.0
PATIENCE_S = 8.0  # for threads to end by themselves, then their connections are cut
_MOST_PAUSE = 60.0


class Watcher(Protocol):
    """Fetches for one account."""

    def run(self) -> None: ...
    def stop(self) -> None: ...
    def hang_up(self) -> None: ...


class Door(Protocol):
    """Listens where others hand in. ``open`` raises OSError where it cannot; ``tend`` is called at each look."""

    def open(self) -> None: ...
    def tend(self) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class _Running:
    watcher: Watcher
    thread: threading.Thread
    changed_at: datetime


class Post:
    """Keeps watchers and doors going until told to stop."""

    def __init__(self, accept: Accept, settings: home.Settings) -> None:
        self._accept = accept
        self._settings = settings
        self._leases = Leases()
        self._running: dict[int, _Running] = {}
        self._doors: dict[str, Door] = {}
        self._stop = threading.Event()
        self.looks = 0  # how often the tables were looked at

    def stop(self) -> None:
        """May be called from a signal's handler."""
        self._stop.set()

    def run(self) -> None:
        """Until told to stop."""
        log.info("post begins")
        pause = LOOK_S
        try:
            while not self._stop.is_set():
                try:
                    self._tend()
                    pause = LOOK_S
                except DatabaseError as error:
                    log.warning("cannot look after accounts", error=type(error).__name__)
                    connection.close()
                    pause = min(_MOST_PAUSE, pause * 2)
                self._stop.wait(pause)
        finally:
            self._end(list(self._running))
            for door in self._doors.values():
                door.close()
            self._leases.close()
            connection.close()

    def _tend(self) -> None:
        """Start and end what the tables say."""
        self.looks += 1
        self._open_doors()
        wanted = {
            one.pk: one
            for one in Account.objects.filter(enabled=True, channel__in=list(channels))
            if channels[one.channel].watch and channels[one.channel].fetches(one.settings)
        }
        outdated = [
            pk
            for pk, running in self._running.items()
            if pk not in wanted or wanted[pk].changed_at != running.changed_at or not running.thread.is_alive()
        ]
        self._end(outdated)
        for pk, account in wanted.items():
            if pk not in self._running:
                self._start(account)

    def _start(self, account: Account) -> None:
        watcher: Watcher = load(channels[account.channel].watch)(account.pk, self._accept, self._leases)
        thread = threading.Thread(target=watcher.run, name=f"account-{account.pk}", daemon=True)
        self._running[account.pk] = _Running(watcher, thread, account.changed_at)
        thread.start()
        log.info("account looked after", account=account.pk)

    def _end(self, accounts: list[int]) -> None:
        for pk in accounts:
            self._running[pk].watcher.stop()
        until = time.monotonic() + PATIENCE_S
        for pk in accounts:
            self._running[pk].thread.join(max(0.0, until - time.monotonic()))
        for pk in accounts:
            running = self._running.pop(pk)
            if running.thread.is_alive():
                running.watcher.hang_up()
                running.thread.join(1.0)
            log.info("account left", account=pk)

    def _open_doors(self) -> None:
        """Open doors that are not open yet; one that cannot be opened is tried again at the next look."""
        for channel in channels.values():
            if not channel.door:
                continue
            if channel.code in self._doors:
                self._doors[channel.code].tend()
                continue
            door: Door = load(channel.door)(self._settings, self._accept)
            try:
                door.open()
            except OSError as error:
                door.close()
                log.error("door not opened", channel=channel.code, error=str(error))
                continue
            self._doors[channel.code] = door
