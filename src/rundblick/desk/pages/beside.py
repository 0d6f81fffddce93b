"""A case beside the list it was opened from, and what opening it means: it is read."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from rundblick.cases import watching
from rundblick.cases.models import Case
from rundblick.people.models import Person
from rundblick.people.sight import sight_of

BESIDE: Final = "X-Rundblick-Beside"
"""The header with which the inbox asks for a case without the page around it."""
HIDDEN: Final = "X-Rundblick-Hidden"
"""Sent where a page that nobody looks at fetches itself again: that is no reading."""


def is_beside(request: HttpRequest) -> bool:
    """Whether only the case itself is wanted, to stand beside a list."""
    return request.headers.get(BESIDE) == "1"


def is_watched(request: HttpRequest, case: Case) -> bool:
    """Whether the reader watches this case; that he has it open is noted, so that it is unread no more."""
    person = Person.objects.filter(pk=sight_of(request.user).person or 0).first()
    if person is None:
        return False
    if request.headers.get(HIDDEN) != "1":
        watching.seen(person, [case.pk])
    return case.pk in watching.watches(person.pk, [case.pk])
