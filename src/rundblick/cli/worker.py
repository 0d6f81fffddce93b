"""``rundblick worker``: does what stands in the tables as due, one process for each queue."""

from __future__ import annotations

import argparse
import contextlib
import signal
import time
from dataclasses import dataclass
from types import FrameType

import psycopg
import structlog
from django.db import close_old_connections, connection
from django.utils.translation import gettext as _

from rundblick.core import home, server, sweeps
from rundblick.core.logs import configure

log = structlog.get_logger("rundblick.worker")

# After a failure: how long the sweep rests, doubling up to the longest.
FIRST_REST = 1.0
LONGEST_REST = 60.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "worker",
        help=_("do what is waiting: read what came in, send, count clocks"),
        description=_("Does the work of one queue until it is ended. Start as many as you like, on any machine."),
        epilog=_("Example: rundblick worker road"),
    )
    parser.add_argument("queue", choices=sweeps.QUEUES, help=_("whose work: what comes in, what goes out, slow work"))
    parser.add_argument("--until-idle", action="store_true", help=_("end when nothing is due any more"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop."""
    configure(home.settings().log_level)
    worker = Worker(arguments.queue)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.told)
    return worker.run(until_idle=arguments.until_idle)


@dataclass(slots=True)
class _Turn:
    """When a sweep is due next, and how long it rests after a failure."""

    sweep: sweeps.Sweep
    of: sweeps.Registered
    due: float = 0.0
    rest: float = FIRST_REST


class Worker:
    """The loop of one queue's process."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self._turns = [_Turn(one.make(), one) for one in sweeps.of_queue(queue)]
        self._channels = sorted({channel for turn in self._turns for channel in turn.of.wakes})
        self._listening: psycopg.Connection[tuple[object, ...]] | None = None
        self._stop = False

    def told(self, _number: int, _frame: FrameType | None) -> None:
        """End after the portion in hand: it is one transaction, and killing it would only repeat it."""
        self._stop = True

    def run(self, *, until_idle: bool = False) -> int:
        """Sweep whatever is due; wait for a wake-up or the next turn. 1 when a sweep failed and ``until_idle``."""
        log.info("worker begins", queue=self.queue, sweeps=[turn.of.name for turn in self._turns])
        failed = False
        while not self._stop:
            # Listening begins before the sweep, so that what is announced in between is heard.
            self._listen()
            done = 0
            for turn in self._turns:
                if self._stop or time.monotonic() < turn.due:
                    continue
                count = self._sweep(turn)
                failed = failed or count is None
                done += count or 0
            if until_idle and not done:
                break
            if not done and not self._stop:
                self._wait()
        for turn in self._turns:
            if (close := getattr(turn.sweep, "close", None)) is not None:
                close()  # a sweep may keep a child process
        with contextlib.suppress(psycopg.Error):
            if self._listening is not None:
                self._listening.close()
        connection.close()
        return 1 if failed and until_idle else 0

    def _sweep(self, turn: _Turn) -> int | None:
        """One portion; None when it failed. A failed sweep rests and is then tried again: what is due stays due."""
        close_old_connections()
        try:
            count = turn.sweep()
        except Exception as error:
            log.error("sweep failed", sweep=turn.of.name, rest=turn.rest, error=repr(error), exc_info=True)
            turn.due = time.monotonic() + turn.rest
            turn.rest = min(LONGEST_REST, turn.rest * 2)
            connection.close()
            return None
        turn.rest = FIRST_REST
        turn.due = time.monotonic() + (0 if count else turn.of.every)
        return count

    def _listen(self) -> None:
        if not self._channels or (self._listening is not None and not self._listening.closed):
            return
        try:
            self._listening = psycopg.connect(
                server.database_url(), autocommit=True, connect_timeout=5, application_name=f"rundblick {self.queue}"
            )
            for channel in self._channels:
                self._listening.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(channel)))
        except psycopg.Error as error:
            log.warning("cannot listen", error=str(error).strip())
            self._listening = None

    def _wait(self) -> None:
        """Until something is announced or a turn comes, at most a second at a time so that a stop is heard."""
        next_due = min((turn.due for turn in self._turns), default=time.monotonic() + 10)
        while not self._stop and time.monotonic() < next_due:
            pause = min(1.0, max(0.0, next_due - time.monotonic()))
            if self._listening is None:
                time.sleep(pause)
                return
            try:
                heard = {note.channel for note in self._listening.notifies(timeout=pause, stop_after=1)}
            except psycopg.Error:
                self._listening = None
                return
            for turn in self._turns:
                if heard & set(turn.of.wakes) and turn.rest == FIRST_REST:
                    turn.due = 0.0
            if heard:
                return
