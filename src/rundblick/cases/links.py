"""Cases that have to do with each other and stay two: one cause, a follow-up, part of something larger.

    link(case, other, "follow_up", by=person)     case follows up on other
    unlink(link, by=person)                       taken away; that it was there stays in the log
    links_of(user, case)                          as somebody may see them

A link has no effect on owners, clocks or figures. Of a case that was joined to another the links are shown there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from rundblick.cases.deeds import locked_case, note_event
from rundblick.cases.models import Case, CaseLink
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor
from rundblick.people import gate
from rundblick.people.models import Person

LINKED: Final = "case.linked"
UNLINKED: Final = "case.unlinked"
KINDS: Final = ("cause", "follow_up", "follow_up_of_it", "parent", "child")
"""As somebody says it of the case before him; two of them are the others turned round."""

_TURNED: Final = {"follow_up_of_it": "follow_up", "child": "parent"}
_SEEN_FROM_B: Final = {"cause": "cause", "follow_up": "follow_up_of_it", "parent": "child"}
SHOWN: Final = 100


class LinkError(ValueError):
    """The deed cannot be done; ``code`` says why.

    same     both are one case
    there    these two are linked already
    circle   it would be its own parent, or follow up on itself
    kind     there is no such link
    gone     it was taken away already
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as one of its cases shows it. ``other`` None: a case that the reader may not see.

    kind  what the other is to this case, one of ``KINDS``: "parent" says that this case is the parent of the other
    """

    link: CaseLink
    kind: str
    other: Case | None


def link(case: Case, other: Case, kind: str, by: Person, at: datetime | None = None) -> CaseLink:
    """Say what two cases have to do with each other. Raises LinkError."""
    if kind not in KINDS:
        raise LinkError("kind")
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        for pk in sorted({case.pk, other.pk}):
            Case.objects.select_for_update().get(pk=pk)
        here, there = locked_case(case), locked_case(other)
        if here.pk == there.pk:
            raise LinkError("same")
        if any({_root(one.a), _root(one.b)} == {here.pk, there.pk} for one in _standing([here.pk])):
            raise LinkError("there")
        stored = _TURNED.get(kind, kind)
        a, b = (there, here) if kind in _TURNED else (here, there)
        if stored != CaseLink.CAUSE and _leads(b.pk, a.pk, stored):
            raise LinkError("circle")
        event = note_event(LINKED, now, by, ("case", here.pk), ("case", there.pk), ("person", by.pk))
        made = CaseLink.objects.create(a=a, b=b, kind=stored, event=event, made_at=now, made_by=by)
        announce_cases(cur, [here.pk, there.pk])
    return made


def unlink(found: CaseLink, by: Person, at: datetime | None = None) -> CaseLink:
    """Take a link away; it stays in the log of both. Raises LinkError "gone"."""
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = CaseLink.objects.select_for_update().get(pk=found.pk)
        if locked.removed_at is not None:
            raise LinkError("gone")
        locked.removed_at, locked.removed_by = now, by
        locked.save(update_fields=["removed_at", "removed_by"])
        roots = sorted({_root(locked.a), _root(locked.b)})
        note_event(UNLINKED, now, by, *(("case", pk) for pk in roots), ("person", by.pk))
        announce_cases(cur, roots)
    return locked


def links_of(user: Any, case: Case) -> list[Linked]:
    """The links of a case that stand, the latest first; of a case that the user may not see only that it is there."""
    found = _standing([case.pk])[:SHOWN]
    told = [(one, *_other_of(one, case)) for one in found]
    others = {pk for _one, pk, _kind in told if pk != case.pk}
    seen = {one.pk: one for one in Case.objects.filter(gate.visible_cases(user), pk__in=others)} if others else {}
    return [Linked(one, kind, seen.get(pk)) for one, pk, kind in told if pk != case.pk]


def link_log(case: Case) -> list[CaseLink]:
    """All links that the case ever had, also those that were taken away, for its timeline."""
    return list(_of([case.pk]).select_related("a", "b").order_by("made_at", "pk")[:SHOWN])


def other_of(found: CaseLink, case: Case) -> tuple[int, str]:
    """(id of the other case as it is now, what it is to this one)"""
    return _other_of(found, case)


def _of(cases: Iterable[int]) -> Any:
    ids = list(cases)
    return CaseLink.objects.filter(
        Q(a_id__in=ids) | Q(b_id__in=ids) | Q(a__merged_into__in=ids) | Q(b__merged_into__in=ids)
    )


def _standing(cases: Iterable[int]) -> list[CaseLink]:
    return list(_of(cases).filter(removed_at=None).select_related("a", "b").order_by("-pk"))


def _other_of(found: CaseLink, case: Case) -> tuple[int, str]:
    if _root(found.a) == case.pk:
        return _root(found.b), found.kind
    return _root(found.a), _SEEN_FROM_B[found.kind]


def _root(case: Case) -> int:
    return case.merged_into_id or case.pk


def _leads(start: int, to: int, kind: str) -> bool:
    """Whether a chain of links of one kind leads from one case to another."""
    seen, edge = {start}, {start}
    while edge:
        found = CaseLink.objects.filter(a_id__in=edge, kind=kind, removed_at=None).values_list("b_id", flat=True)
        edge = set(found) - seen
        seen |= edge
    return to in seen
