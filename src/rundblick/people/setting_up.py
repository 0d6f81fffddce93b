"""The first hour: what an empty installation needs before it answers its first customer, and how far it has come.

    for one in standings(): print(one.step.name, one.state, one.told)
    put_off("mailbox", by=user)

A step is done when what it makes is there, however it came there: by the guided page, by another page, over REST or by
a command. A person may keep what is proposed, or put a step off. Rooms register their steps in ``registers.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _

from rundblick.core.models import Installation
from rundblick.people.models import SetUpMark, User

State = Literal["done", "later", "missing"]
DONE: Final = "done"
LATER: Final = "later"
MISSING: Final = "missing"
READY: Final = "ready"
"""The mark of an installation that somebody called ready: nobody is led to the guided page any more."""


class SetUpError(ValueError):
    """A step that there is none of; the text names the known ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """``told``: what is there in a few words, "" for nothing yet. ``place`` orders them."""

    code: str
    place: int
    name: str | Lazy
    text: str | Lazy
    told: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Standing:
    step: Step
    state: State
    told: str


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    """Add a step of a room's own; from its ``registers.py``."""
    _steps[step.code] = step


def steps() -> list[Step]:
    """All steps, in the order in which they are gone through."""
    return sorted(_steps.values(), key=lambda one: one.place)


def standings() -> list[Standing]:
    """How far each step is."""
    marks = dict(SetUpMark.objects.values_list("code", "state"))
    return [_standing(step, marks.get(step.code, "")) for step in steps()]


def next_step(after: str = "") -> Step | None:
    """The first step that is missing, those behind ``after`` first; None when nothing is."""
    found = [one.step for one in standings() if one.state == MISSING]
    place = _steps[after].place if after in _steps else 0
    return next((one for one in found if one.place > place), found[0] if found else None)


def keep(code: str, *, by: User | None) -> None:
    """What is proposed is kept, or what was to do is done. Raises SetUpError."""
    _mark(code, DONE, by)


def put_off(code: str, *, by: User | None) -> None:
    """Later. Raises SetUpError."""
    _mark(code, LATER, by)


def call_ready(*, by: User | None) -> None:
    """The desk is ready: nobody is led to the guided page any more, though it stays where it is."""
    _mark(READY, DONE, by)


def is_ready() -> bool:
    """Whether somebody called it ready, or it is the sample company."""
    return (
        SetUpMark.objects.filter(code=READY).exists()
        or Installation.objects.filter(sample=True).exists()
        or Installation.objects.filter(read_only=True).exists()
    )


def _standing(step: Step, mark: str) -> Standing:
    told = step.told()
    if told:
        return Standing(step, DONE, told)
    if mark == DONE:
        return Standing(step, DONE, _("as proposed"))
    return Standing(step, LATER if mark == LATER else MISSING, "")


def _mark(code: str, state: str, by: User | None) -> None:
    if code != READY and code not in _steps:
        raise SetUpError(
            _("There is no step %(step)s. There are: %(known)s.")
            % {"step": code, "known": ", ".join(step.code for step in steps())}
        )
    SetUpMark.objects.update_or_create(code=code, defaults={"state": state, "by": by})
