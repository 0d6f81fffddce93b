"""The road's worker: waits for a wake-up, works until nothing waits, sweeps every ten seconds.

A wake-up is a NOTIFY of the transaction that accepted; it holds nothing. What is to do stands in ``intake_pending``,
so a lost wake-up costs at most one sweep (docs/decisions/0004-wake-ups.md).
"""

from __future__ import annotations

import threading
import time

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection

from rundblick.core.installation import installation
from rundblick.core.registry import readers
from rundblick.intake.accept import WAITING
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import RoadStopped, work_once

log = structlog.get_logger()

SWEEP = 10.0  # seconds between sweeps when no wake-up comes
LONGEST_PAUSE = 30.0  # between tries while the road is stopped


def work_road(stop: threading.Event, sweep: float = SWEEP) -> None:
    """Work until ``stop`` is set. A stopped road (database away, disk full) is tried again with growing pauses."""
    pause = 0.5
    with ReadingProcess(dict(readers)) as reader:
        while not stop.is_set():
            try:
                _listen_and_work(stop, reader, sweep)
                pause = 0.5
            except (RoadStopped, DatabaseError, InterfaceError, psycopg.Error) as error:
                log.error("road stopped", error=str(error), again_in=pause)
                connection.close()
                stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


def _listen_and_work(stop: threading.Event, reader: ReadingProcess, sweep: float) -> None:
    road = Road(installation())
    settings = connection.get_connection_params()
    settings = {k: v for k, v in settings.items() if k not in ("cursor_factory", "context", "prepare_threshold")}
    with psycopg.connect(**settings, autocommit=True) as listener:
        listener.execute(f"LISTEN {WAITING}")
        while not stop.is_set():
            while not stop.is_set() and work_once(road, reader):
                pass
            _wait(listener, stop, sweep)


def _wait(listener: psycopg.Connection[object], stop: threading.Event, sweep: float) -> None:
    """Until a wake-up comes, or the sweep is due, or the worker is to stop."""
    until = time.monotonic() + sweep
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        for _ in listener.notifies(timeout=min(left, 0.5), stop_after=1):
            return
