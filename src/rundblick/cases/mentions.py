"""Colleagues named in a note: "@Olga, can you look at this?" They see it in a list of their own until they looked.

    write_note(case, "@Olga ...", by=person)      the note, and a mention for each who was named
    correct_note(message, "...", by=person)       a new version of one's own note, for a quarter of an hour
    mentions_of(user), count_mentions(user)       what somebody has not looked at yet
    mentioned_cases(user)                         the filter of those cases, for a view of the inbox

A mention grants nothing: who may not see the case does not see it by being named. Whoever writes is told that before
the note is kept, and can hand the case over instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from rundblick.cases.deeds import WorkError, done, note_event, told
from rundblick.cases.models import Case, Mention, Message, MessageContent, SideTalk
from rundblick.cases.search import keeping
from rundblick.cases.work import add_note
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.searching import fold
from rundblick.people import gate
from rundblick.people.models import Membership, Person, Team, User
from rundblick.people.sight import sight_of

CORRECTABLE: Final = timedelta(minutes=15)
COUNTED: Final = 100
_AT: Final = re.compile(r"(?<![\w@.])@(?=\w)")
_WORD: Final = re.compile(r"[\w.'-]+")
_WORDS: Final = 5  # of the longest name that is looked for
_OFFERED: Final = 8


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who can be named: a colleague who can sign in, or a team."""

    uuid: UUID
    name: str
    person: int | None = None
    team: int | None = None
    beside: str = ""  # of a person his teams, so that two of one name are told apart


@dataclass(frozen=True, slots=True)
class Hit:
    """What stands behind an @ in a text, and whom it may mean: one, or several (then it has to be asked)."""

    written: str
    start: int
    end: int
    meant: tuple[Named, ...]


class MentionError(ValueError):
    """The note was not kept; ``code`` says why.

    ambiguous  ``hits``: names that several have
    unseen     ``people``: those who may not see the case
    """

    def __init__(self, code: str, hits: Sequence[Hit] = (), people: Sequence[Named] = ()) -> None:
        super().__init__(code)
        self.code, self.hits, self.people = code, tuple(hits), tuple(people)


# -- who is meant ----------------------------------------------------------------------------------------------------


def everybody() -> list[Named]:
    """All who can be named: colleagues who can sign in, and open teams that have such members."""
    people = Person.objects.filter(user__is_active=True, left_at=None).values_list(
        "id", "uuid", "content__name", "user__name"
    )
    members = Membership.objects.filter(person__user__is_active=True, person__left_at=None, team__closed_at=None)
    teams: dict[int, list[str]] = {}
    for person, team in members.order_by("team__name").values_list("person_id", "team__name"):
        teams.setdefault(person, []).append(team)
    found = [
        Named(uuid, name or login, person=pk, beside=", ".join(teams.get(pk, [])[:3]))
        for pk, uuid, name, login in people
    ]
    alive = Team.objects.filter(closed_at=None, pk__in=members.values("team_id")).values_list("id", "uuid", "name")
    found += [Named(uuid, name, team=pk) for pk, uuid, name in alive]
    return sorted((one for one in found if one.name.strip()), key=lambda one: (fold(one.name), one.beside))


def offered(typed: str) -> list[Named]:
    """Whom what was typed behind an @ may mean: names with a word that begins so, at most eight."""
    begun = fold(typed.strip())
    found = [
        one
        for one in everybody()
        if fold(one.name).startswith(begun) or any(word.startswith(begun) for word in fold(one.name).split())
    ]
    found.sort(key=lambda one: not fold(one.name).startswith(begun))
    return found[:_OFFERED]


def find(text: str, names: Sequence[Named], chosen: Mapping[str, UUID] | None = None) -> list[Hit]:
    """What is named in a text, in order. The longest name that stands there counts; else a first or last name.

    ``chosen``: {folded writing: whom it means} where several are called so. What nobody is called stays text.
    """
    whole: dict[str, list[Named]] = {}
    parts: dict[str, list[Named]] = {}
    for one in names:
        said = [fold(word) for word in _WORD.findall(one.name)]
        whole.setdefault(" ".join(said), []).append(one)
        for word in {said[0], said[-1]} if said else set():
            parts.setdefault(word, []).append(one)
    by_uuid = {one.uuid: one for one in names}
    hits = []
    for at in _AT.finditer(text):
        words: list[re.Match[str]] = []
        for match in _WORD.finditer(text, at.end()):
            if words and text[words[-1].end() : match.start()].strip(" \u00a0"):
                break
            words.append(match)
            if len(words) == _WORDS:
                break
        if hit := _longest(text, at.start(), words, whole, parts, by_uuid, chosen or {}):
            hits.append(hit)
    return hits


def _longest(
    text: str,
    start: int,
    words: Sequence[re.Match[str]],
    whole: Mapping[str, list[Named]],
    parts: Mapping[str, list[Named]],
    by_uuid: Mapping[UUID, Named],
    chosen: Mapping[str, UUID],
) -> Hit | None:
    for n in range(len(words), 0, -1):
        before = [fold(word.group()) for word in words[: n - 1]]
        written = words[n - 1].group()
        for last in dict.fromkeys((written, written.rstrip(".'-"))):  # without the end of a sentence
            key = " ".join([*before, fold(last)])
            meant = whole.get(key) or (parts.get(key, []) if n == 1 else [])
            if meant:
                until = words[n - 1].start() + len(last)
                picked = by_uuid.get(chosen[key]) if key in chosen else None
                return Hit(text[start:until], start, until, (picked,) if picked else tuple(meant))
    return None


def key_of(hit: Hit) -> str:
    """Under which ``chosen`` says whom a writing means."""
    return " ".join(fold(word) for word in _WORD.findall(hit.written))


# -- notes -----------------------------------------------------------------------------------------------------------


def write_note(
    case: Case,
    text: str,
    by: Person,
    *,
    chosen: Mapping[str, UUID] | None = None,
    unseen_known: bool = False,
    at: datetime | None = None,
) -> Message:
    """A note, and a mention for each who is named in it. Raises WorkError "empty", MentionError.

    ``unseen_known``: whoever writes knows that some of them may not see the case; these are not told.
    """
    people = _settled(case, text, by, chosen, unseen_known)
    with transaction.atomic(), cursor() as cur:
        message = add_note(case, text, by, at)
        _mention(people, message, by, message.at)
        if people:
            announce_cases(cur, [message.case_id or case.pk])
    return message


def named_in(
    case: Case, text: str, by: Person, chosen: Mapping[str, UUID] | None, known: bool
) -> dict[int, int | None]:
    """{person: through which team} of those who are named in a text and may see the case. Raises MentionError."""
    return _settled(case, text, by, chosen, known)


def mention(
    people: Mapping[int, int | None], message: Message, by: Person | None, at: datetime, talk: SideTalk | None = None
) -> None:
    """These are to look at a message, of a side talk perhaps."""
    _mention(people, message, by, at, talk)


def _settled(
    case: Case, text: str, by: Person, chosen: Mapping[str, UUID] | None, known: bool
) -> dict[int, int | None]:
    if "@" not in text:
        return {}
    hits = find(text, everybody(), chosen)
    if several := [hit for hit in hits if len(hit.meant) > 1]:
        raise MentionError("ambiguous", several)
    found: dict[int, int | None] = {}
    named = {one.person: one for hit in hits for one in hit.meant if one.person is not None}
    teams = [one.team for hit in hits for one in hit.meant if one.team is not None]
    members = Membership.objects.filter(team__in=teams, person__user__is_active=True, person__left_at=None)
    for person, team in members.order_by("team_id").values_list("person_id", "team_id"):
        found.setdefault(person, team)
    found |= dict.fromkeys(named, None)
    found.pop(by.pk, None)
    blind = _blind(case, found)
    if blind and not known and (told_of := [named[pk] for pk in blind if pk in named] or _as_teams(hits, found, blind)):
        raise MentionError("unseen", people=told_of)
    return {pk: team for pk, team in found.items() if pk not in blind}


def _as_teams(hits: Iterable[Hit], found: Mapping[int, int | None], blind: Collection[int]) -> list[Named]:
    """Teams of which nobody may see the case."""
    seeing = {team for pk, team in found.items() if pk not in blind}
    named = {one.team: one for hit in hits for one in hit.meant if one.team is not None}
    return [one for team, one in named.items() if team not in seeing and team in found.values()]


def _blind(case: Case, people: Collection[int]) -> set[int]:
    """Those of the persons who may not see the case."""
    users = User.objects.filter(person__in=list(people)).select_related("person")
    seeing = {user.person.pk for user in users if Case.objects.filter(gate.visible_cases(user), pk=case.pk).exists()}
    return set(people) - seeing


def _mention(
    people: Mapping[int, int | None], message: Message, by: Person | None, at: datetime, talk: SideTalk | None = None
) -> None:
    assert message.case_id is not None
    Mention.objects.bulk_create(
        Mention(case_id=message.case_id, person_id=person, team_id=team, message=message, talk=talk, by=by, at=at)
        for person, team in people.items()
    )


def correctable(message: Message, by: Person | None, at: datetime | None = None) -> bool:
    """Whether it is somebody's own note, and young enough to be corrected."""
    now = at or datetime.now(UTC)
    return (
        message.direction == "note"
        and by is not None
        and message.person_id == by.pk
        and (now - message.at <= CORRECTABLE and not message.superseded)
    )


def correct_note(
    message: Message,
    text: str,
    by: Person,
    *,
    chosen: Mapping[str, UUID] | None = None,
    unseen_known: bool = False,
    at: datetime | None = None,
) -> Message:
    """A new version of a note; the one before is kept and shown beside it.

    Raises WorkError "empty", "settled" when it is not one's own or too old, MentionError.
    """
    text = told(text)
    if not text:
        raise WorkError("empty")
    now = at or datetime.now(UTC)
    case = message.case
    assert case is not None
    people = _settled(case, text, by, chosen, unseen_known)
    with transaction.atomic(), cursor() as cur:
        old = Message.objects.select_for_update().get(pk=message.pk)
        if not correctable(old, by, now) or hasattr(old, "side"):
            raise WorkError("settled")
        Message.objects.filter(pk=old.pk).update(superseded=True)
        new = Message.objects.create(
            identity=bytes(old.identity),
            content_digest=uuid7().bytes,
            case_id=old.case_id,
            system_id=old.system_id,
            channel=old.channel,
            direction="note",
            at=old.at,
            person=by,
        )
        MessageContent.objects.create(message=new, record_id=old.content.record_id, text=text)
        keeping.write(cur, [keeping.row_of_message(new.pk, new.at, text)])
        before = Mention.objects.filter(message=old)
        before.exclude(person__in=people).filter(seen_at=None).update(seen_at=now)
        known = set(before.filter(person__in=people).values_list("person_id", flat=True))
        before.filter(person__in=people).update(message=new)
        _mention({pk: team for pk, team in people.items() if pk not in known}, new, by, now)
        assert new.case_id is not None
        note_event("note.corrected", now, by, ("case", new.case_id), ("message", new.pk), ("person", by.pk))
        done(cur, new.case_id)
    return new


# -- who is to look --------------------------------------------------------------------------------------------------


def mentions_of(user: Any, seen: bool = False) -> QuerySet[Mention]:
    """What somebody was named in and has not looked at (``seen``: also what he has), in cases that he may see."""
    person = sight_of(user, getattr(user, "rundblick_token", None)).person
    if person is None:
        return Mention.objects.none()
    found = Mention.objects.filter(visible_mentions(user), person_id=person)
    return found if seen else found.filter(seen_at=None)


def visible_mentions(user: Any, permission: str = "case.read") -> Q:
    """One's own, in cases that one may see; of a case that was joined to another, in that."""
    person = sight_of(user, getattr(user, "rundblick_token", None)).person
    if person is None:
        return gate.NOTHING
    here, there = gate.visible_in_case(), gate.visible_in_case("case__merged_into_id")
    seen = (Q(case__merged_into__isnull=True) & here(user, permission)) | there(user, permission)
    return Q(person_id=person) & seen


def count_mentions(user: Any) -> int:
    """How many there are to look at; at most 100 are counted."""
    return len(mentions_of(user).values_list("pk")[:COUNTED])


def mentioned_cases(user: Any) -> Q:
    """The filter of the cases in which somebody was named and has not looked since. Add ``gate.visible_cases``."""
    return Q(Exists(mentions_of(user).filter(Q(case_id=OuterRef("pk")) | Q(case__merged_into_id=OuterRef("pk")))))


def look(person: Person | None, case: Case, at: datetime | None = None) -> int:
    """Somebody opened the case: what he was named in there he has seen. Gives how many."""
    if person is None:
        return 0
    mine = Mention.objects.filter(person=person, seen_at=None)
    return mine.filter(Q(case=case) | Q(case__merged_into=case)).update(seen_at=at or datetime.now(UTC))


def looked(found: Mention, at: datetime | None = None) -> None:
    """He has seen this one, without opening the case."""
    Mention.objects.filter(pk=found.pk, seen_at=None).update(seen_at=at or datetime.now(UTC))
