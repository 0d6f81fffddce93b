"""What is asked once while a page is read: the same question gets the same answer until the page is done.

    with asking_once():                 # people.middleware, around each request that changes nothing
        once("installation", ask)       # asks
        once("installation", ask)       # does not

Outside, where something is written or a worker runs on, everything is asked each time. Nothing here outlives a request,
so nobody is shown what he saw before, and nobody what somebody else saw.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

Answer = TypeVar("Answer")

_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("rundblick_answers", default=None)


@contextmanager
def asking_once() -> Iterator[None]:
    """Inside, each question is asked once."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to the question of this name: asked now, or what it was a moment ago. Callers must not change it."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    return cast(Answer, answers[key])
