"""What the pages of rules have in common: the version in force, the draft, and the deeds upon it.

Every change goes into the draft; nothing counts until somebody puts it into force. A page names its ``Editor``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from rundblick.core.rulebooks import (
    Kind,
    RuleError,
    StaleError,
    draft,
    drop_draft,
    in_force,
    put_in_force,
    save_draft,
)
from rundblick.desk.pages.rule_fields import Given
from rundblick.people import gate
from rundblick.people.models import User


@dataclass(frozen=True, slots=True)
class Editor:
    """A kind of rules and how its page changes them.

    usual   what holds before anybody set any
    change  (rules, deed, place, what was posted) -> rules; faults go into what was posted
    url     name of the page
    """

    kind: Kind[Any]
    usual: Any
    change: Callable[[Any, str, str, Given], Any]
    url: str


@dataclass(frozen=True, slots=True)
class State:
    """``told``: what the page shows, the draft where there is one; ``version`` 0: nobody set any yet."""

    told: Any
    version: int
    at: Any
    by: str
    drafted: bool


def state_of(editor: Editor) -> State:
    book, waiting = in_force(editor.kind), draft(editor.kind)
    told = waiting if waiting is not None else book.told if book else editor.usual
    by = User.objects.filter(pk=book.by).values_list("name", flat=True).first() if book and book.by else ""
    return State(told, book.version if book else 0, book.at if book else None, by or "", waiting is not None)


def changed(request: HttpRequest, editor: Editor) -> HttpResponse:
    """One deed: save, add, remove, up, down, drop or force. What is wrong is said, and nothing is changed."""
    deed, place = request.POST.get("deed", ""), request.POST.get("place", "")
    user = request.user
    assert isinstance(user, User)
    if deed == "drop":
        drop_draft(editor.kind)
        messages.success(request, _("The draft is gone. What is in force stays."))
        return redirect(editor.url)
    told = state_of(editor).told
    if deed == "force":
        return _forced(request, editor, told, user)
    given = Given(request.POST)
    told = editor.change(told, deed, place, given)
    if given.faults:
        for fault in given.faults:
            messages.error(request, fault)
        return redirect(editor.url)
    save_draft(editor.kind, told, user.pk)
    try:
        editor.kind.check(told)
    except RuleError as fault:
        messages.warning(request, _("Kept in the draft. It cannot be put into force yet: %s") % fault)
    else:
        messages.success(request, _("Kept in the draft. Put it into force when you are done."))
    return redirect(editor.url)


def _forced(request: HttpRequest, editor: Editor, told: Any, user: User) -> HttpResponse:
    seen = request.POST.get("seen", "")
    try:
        put_in_force(editor.kind, told, by=user.pk, seen=int(seen) if seen.isdecimal() else -1)
    except RuleError as fault:
        messages.error(request, str(fault))
    except StaleError:
        messages.error(request, _("Somebody else has put other rules into force meanwhile. Look at them first."))
    else:
        messages.success(request, _("In force from now on."))
    return redirect(editor.url)


def common(request: HttpRequest, editor: Editor, state: State) -> dict[str, Any]:
    """What every page of rules tells its template."""
    return {
        "area": "company",
        "state": state,
        "change_url": f"{editor.url}-change",
        "may": {"write": gate.allowed(request.user, "rules.write")},
    }
