"""Suggested answers: who can propose a text for a case registers here, and what became of a proposal is an event.

    providers.append(my_provider)   # (case, teams) -> suggestions
    suggest(case, teams)            # all of them, the surest first

Nothing is sent by itself: somebody takes a suggestion into his answer, changes it, or rejects it. ``settled`` writes
"suggestion.used", "suggestion.changed" or "suggestion.rejected", so that a provider can learn from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from django.utils.translation import gettext as _

from rundblick.cases.models import Case, Inserted
from rundblick.cases.templates import for_case
from rundblick.core.models import Event, EventObject
from rundblick.core.searching import fold
from rundblick.people.models import Person

log = structlog.get_logger("rundblick.suggesting")

AT_MOST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A text that could be the answer.

    text        may have places of text modules (cases.templates)
    why         in a sentence, for whoever writes
    source      where it comes from, by which outcomes are counted: "template:<uuid>"
    confidence  0 to 1, None when its provider does not claim to know
    """

    text: str
    why: str
    source: str
    name: str = ""
    confidence: float | None = None


Provider = Callable[[Case, Collection[int]], Sequence[Suggestion]]
providers: list[Provider] = []


def suggest(case: Case, teams: Collection[int]) -> list[Suggestion]:
    """What could be answered, the surest first; not what was rejected in this case before.

    A provider that fails suggests nothing: the answer is written all the same.
    """
    found: list[Suggestion] = []
    for provider in providers:
        try:
            found += provider(case, teams)
        except Exception as error:  # somebody wants to write
            log.exception("no suggestions", provider=getattr(provider, "__name__", ""), error=repr(error))
    rejected = _rejected(case)
    found = [one for one in found if one.source not in rejected]
    return sorted(found, key=lambda one: -(one.confidence or 0.0))[:AT_MOST]


def by_topic(case: Case, teams: Collection[int]) -> list[Suggestion]:
    """Text modules whose topic is the case's, in its language."""
    topic, language = fold(case.topic), (case.language or "")[:2]
    if not topic:
        return []
    return [
        Suggestion(
            text=one.text,
            why=_("It is the text for the topic %(topic)s.") % {"topic": case.topic},
            source=f"template:{one.uuid}",
            name=one.name,
        )
        for one in for_case(case, teams)
        if fold(one.topic) == topic and (not language or one.language in ("", language))
    ]


providers.append(by_topic)


def reject(case: Case, source: str, by: Person) -> None:
    """It is not shown in this case again."""
    _note(case, "suggestion.rejected", source, by)


def settled(case: Case, text: str, by: Person) -> None:
    """The answer is sent: note what became of the suggestions that were taken into it. Before the draft is dropped."""
    for one in Inserted.objects.filter(case=case, suggested=True).order_by("id"):
        used = " ".join(one.text.split()) in " ".join(text.split())
        _note(case, "suggestion.used" if used else "suggestion.changed", one.source, by)


def _note(case: Case, kind: str, source: str, by: Person) -> None:
    told = {"actor_type": "person", "actor_id": by.pk, "data": {"source": source[:200]}}
    event = Event.objects.create(kind=kind, occurred_at=datetime.now(UTC), **told)
    EventObject.objects.create(event=event, type="case", object_id=case.pk)


def _rejected(case: Case) -> set[str]:
    about = EventObject.objects.filter(type="case", object_id=case.pk).values("event")
    found = Event.objects.filter(kind="suggestion.rejected", pk__in=about)
    return {str((data or {}).get("source", "")) for data in found.values_list("data", flat=True)[:100]}
