"""The worker: woken by what is accepted, and by its sweep when no wake-up comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from rundblick.cases.models import Message
from rundblick.cli.worker import Worker
from rundblick.core import sweeps
from rundblick.intake.accept import accept
from rundblick.intake.models import Pending
from tests.intake.builders import mail_envelope

pytestmark = pytest.mark.django_db(transaction=True)


def until(reached: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if reached():
            return True
        threading.Event().wait(0.05)
    return False


def run_workers(n: int, deed: Callable[[], None]) -> None:
    workers = [Worker("road") for _ in range(n)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        deed()
    finally:
        for worker in workers:
            worker.told(0, None)
        for thread in threads:
            thread.join()


def test_two_workers_bring_everything_to_an_end_once() -> None:
    def deed() -> None:
        for i in range(12):
            accept([mail_envelope(f"{i}-{j}", reply_to=f"{i - 1}-{j}" if i else "") for j in range(4)])
        assert until(lambda: not Pending.objects.exists())

    run_workers(2, deed)
    assert Message.objects.count() == 48
    assert Message.objects.values("case").distinct().count() == 4


def test_what_no_wake_up_announced_arrives_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.intake.accept.WAITING", "nobody_listens_here")
    often = [replace(one, every=0.2) for one in sweeps.of_queue("road")]
    monkeypatch.setattr(sweeps, "of_queue", lambda queue: often)

    def deed() -> None:
        assert until(lambda: Message.objects.count() == 1)  # it waited before the worker came
        accept([mail_envelope("b")])
        assert until(lambda: Message.objects.count() == 2)

    accept([mail_envelope("a")])
    run_workers(1, deed)
