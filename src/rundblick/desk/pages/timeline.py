"""A case's timeline: what was said and what happened, in one order, the latest part first fetched."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date as date_of
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases.handed import HandedOver, handovers_of
from rundblick.cases.links import link_log, other_of
from rundblick.cases.mentions import CORRECTABLE
from rundblick.cases.models import Attachment, Call, Case, CaseEntry, EntryContent, Message, Regrouping
from rundblick.cases.ownership import GIVEN_BACK
from rundblick.cases.search.expanding import expand
from rundblick.cases.search.query import parse as parse_query
from rundblick.cases.search.snippets import around
from rundblick.cases.sidetalks import not_aside
from rundblick.cases.topics import put_by_topic
from rundblick.cases.words import link_words
from rundblick.channels.email.quoting import fold
from rundblick.core.database import cursor
from rundblick.core.numbers import spaced
from rundblick.customers.golden import facts_in, name_in
from rundblick.desk import sql
from rundblick.desk.ownership_shapes import Passed
from rundblick.desk.pages.delivery import deliveries
from rundblick.desk.pages.escalations import in_timeline
from rundblick.desk.pages.lists import names_of_people, page_key, read_page_key
from rundblick.desk.pages.names import cause_of, sender_label, stretch_label
from rundblick.desk.pages.ownership import passed_lines
from rundblick.desk.shapes import Delivery, File, Happened, Said, Stretch
from rundblick.desk.talk_shapes import Talk
from rundblick.desk.templatetags.desk import number, state_name
from rundblick.intake.originals import sees_originals
from rundblick.people import gate
from rundblick.people.models import Team

PAGE = 60
AHEAD = 20  # messages after the one that was asked for
FOUND = 50
ENTRIES = 1500  # of a case's log; a longer one shows its latest part
_LONG = 40_000  # signs of one message on the page; all of it stands in the original


@dataclass(frozen=True, slots=True)
class Hit:
    """A message in which something was found, and the address of its place in the timeline."""

    at: datetime
    author: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """``entries`` in order of time; ``earlier`` is the key of the part before, "" at the beginning.

    ``later``: uuid of the newest message shown, when there are newer ones; None when these are shown.
    """

    entries: list[Said | Happened | Talk]
    earlier: str
    handovers: int | None
    handed: list[HandedOver]
    later: UUID | None = None


def case_timeline(user: Any, case: Case, before: str, talks: Sequence[Talk] = (), more: bool = False) -> Timeline:
    """The latest messages of a case before a place, and the log entries and side talks among them.

    ``more``: something newer than what stands before that place is there.
    """
    messages, earlier = _messages(case, before)
    said = said_lines(user, messages)
    handed = handovers_of(case)
    happened, handovers = _happened(case, handed)
    happened += in_timeline(case)
    happened += link_lines(user, case)
    since = said[0].order if said and earlier else None
    until = said[-1].order if said and before else None
    beside: list[Said | Happened | Talk] = [*happened, *talks]
    kept = [h for h in beside if (since is None or h.order >= since) and (until is None or h.order <= until)]
    shown: list[Said | Happened | Talk] = [*said, *kept]
    entries = sorted(shown, key=lambda entry: entry.order)
    return Timeline(entries, earlier, handovers, handed, said[-1].uuid if said and (before or more) else None)


def said_lines(user: Any, messages: Sequence[Message]) -> list[Said]:
    """Messages as a timeline shows them; seven statements whatever their number."""
    names = _names(messages)
    sent = deliveries(user, messages)
    by_topic = put_by_topic(messages)
    originals = sees_originals(user)
    before = former_notes(messages)
    mine = getattr(getattr(user, "person", None), "pk", None) if messages else None
    return [
        _said(
            message,
            names,
            sent.get(message.pk),
            message.pk in by_topic,
            originals,
            before.get(bytes(message.identity), ()),
            mine,
        )
        for message in messages
    ]


def former_notes(messages: Sequence[Message]) -> dict[bytes, tuple[str, ...]]:
    """{identity: what a corrected note said before, the oldest first}"""
    notes = [bytes(message.identity) for message in messages if message.direction == "note"]
    found: dict[bytes, tuple[str, ...]] = {}
    if notes:
        old = Message.objects.filter(identity__in=notes, superseded=True, direction="note", dispatch="")
        for identity, text in old.order_by("pk").values_list("identity", "content__text"):
            found[bytes(identity)] = (*found.get(bytes(identity), ()), text or "")
    return found


def place_around(case: Case, at: str) -> tuple[str, bool]:
    """(key of the part in which a message stands, with some newer ones; whether anything newer is left out).

    ``at``: the message's uuid, "first", or a day as 2026-03-02. What is not there leads to the newest part.
    """
    found = Message.objects.filter(not_aside(), case=case, superseded=False)
    wanted = None
    if at == "first":
        wanted = found.order_by("at", "pk").first()
    elif len(at) == 10:
        with suppress(ValueError):
            day = timezone.make_aware(datetime.combine(date_of.fromisoformat(at), time()))
            wanted = found.filter(at__gte=day).order_by("at", "pk").first()
    else:
        with suppress(ValueError):
            wanted = found.filter(uuid=UUID(at)).first()
    if wanted is None:
        return "", False
    newer = found.filter(Q(at__gt=wanted.at) | Q(at=wanted.at, id__gt=wanted.pk), at__gte=wanted.at)
    ahead = list(newer.order_by("at", "pk").values_list("at", "pk")[: AHEAD + 1])
    return (page_key(*ahead[AHEAD]), True) if len(ahead) > AHEAD else ("", False)


def found_in(user: Any, case: Case, words: str) -> list[Hit]:
    """Messages of a case in which these words stand, the newest first."""
    with transaction.atomic(), cursor() as cur:
        sought, _also = expand(cur, parse_query(words[:200], typing=True))
    wanted = [one for one in sought if not one.term.without]
    if not wanted:
        return []
    rows = Message.objects.filter(case=case, superseded=False).extra(
        tables=["cases_searchtext"],
        where=["cases_searchtext.message_id = cases_message.id", "cases_searchtext.words @@ %s::tsquery"],
        params=[" & ".join(f"({one.tsquery})" for one in wanted)],
    )
    found = list(rows.select_related("content", "team", "side__talk").order_by("-at", "-pk").distinct()[:FOUND])
    tokens = frozenset(token for one in wanted for token in one.tokens)
    names = _names(found)
    case_url = reverse("desk:case", args=[case.uuid])
    hits = []
    for message in found:
        side = getattr(message, "side", None)
        place = f"?talk={side.talk.uuid}#talk-{side.talk.uuid}" if side else f"?at={message.uuid}#m-{message.uuid}"
        pieces = around(message.content.text, tokens, tuple(tokens)) or around(message.content.subject, tokens)
        text = "".join(piece.text for piece in pieces)
        hits.append(Hit(message.at, _author(message, message.content, names), text, case_url + place))
    return hits


def link_lines(user: Any, case: Case) -> list[Happened]:
    """Links with other cases as the log tells them: made, and taken away."""
    log = link_log(case)
    if not log:
        return []
    told = {one.pk: other_of(one, case) for one in log}
    seen = Case.objects.filter(gate.visible_cases(user), pk__in=[pk for pk, _kind in told.values()]).in_bulk()
    names = names_of_people(id_ for one in log for id_ in (one.made_by_id, one.removed_by_id))
    lines = []
    for one in log:
        other, kind = told[one.pk]
        found = seen.get(other)
        to = (reverse("desk:case", args=[found.uuid]), spaced(found.number)) if found else ("", "")
        what = link_words(kind) if found else _("%(link)s a case of another team") % {"link": link_words(kind)}
        lines.append(_linked(one.made_at, one.pk, what, names.get(one.made_by_id or 0, ""), to))
        if one.removed_at is not None:
            gone = _("No longer linked: %(link)s") % {"link": what}
            lines.append(_linked(one.removed_at, one.pk, gone, names.get(one.removed_by_id or 0, ""), to))
    return lines


def _linked(at: datetime, pk: int, words: str, by: str, to: tuple[str, str]) -> Happened:
    url, number = to
    return Happened(at=at, order=(at, 0, pk), text=words, icon="link", tone="act", reason=by, url=url, link=number)


def _messages(case: Case, before: str) -> tuple[list[Message], str]:
    found = Message.objects.filter(not_aside(), case=case, superseded=False)
    place = read_page_key(before) if before else None
    if place is not None:
        at, last_id = place
        # one range on the first column lets the index start there
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=last_id), at__lte=at)
    attached = Attachment.objects.select_related("content").order_by("position")
    found = found.select_related("content", "call", "team").prefetch_related(Prefetch("attachments", queryset=attached))
    newest = list(found.order_by("-at", "-id")[: PAGE + 1])
    more = len(newest) > PAGE
    messages = newest[:PAGE]
    messages.reverse()
    return messages, page_key(messages[0].at, messages[0].pk) if more else ""


@dataclass(frozen=True, slots=True)
class _Names:
    people: dict[int, str]
    records: dict[int, str]


def _names(messages: Sequence[Message]) -> _Names:
    records = [message.record_id for message in messages if message.record_id]
    found: dict[int, str] = {}
    if records:
        with cursor() as cur:
            cur.execute(sql.RECORD_NAMES, (records,))
            for record, key, facts, _system in cur.fetchall():
                found[record] = name_in(facts_in(facts)) or key
    return _Names(names_of_people(message.person_id for message in messages), found)


def _said(
    message: Message,
    names: _Names,
    delivery: Delivery | None,
    by_topic: bool,
    originals: bool,
    before: tuple[str, ...] = (),
    mine: int | None = None,
) -> Said:
    content = getattr(message, "content", None)
    call = getattr(message, "call", None)
    text = content.text if content else ""
    return Said(
        uuid=message.uuid,
        at=message.at,
        order=(message.at, message.seq, message.pk),
        direction=message.direction,
        channel=message.channel,
        author=_author(message, content, names),
        is_us=message.direction == "out" and message.person_id not in names.people,
        subject=content.subject if content else "",
        stretches=_automatic(text, message.sender) or _stretches(text, message.channel),
        call=_call_words(call) if call else "",
        sender_label=sender_label(message.sender),
        html_url=reverse("desk:message-html", args=[message.uuid]) if content and content.html else "",
        original_url=reverse("desk:message-original", args=[message.uuid])
        if originals and (_has_original(message) or (delivery is not None and delivery.kept))
        else "",
        files=tuple(_file(attachment) for attachment in message.attachments.all()),
        came_in=message.delivery_id is not None,
        delivery=_own_way_back(message, delivery),
        by_topic=message.topic if by_topic else "",
        before=before,
        correctable=message.direction == "note"
        and not message.dispatch
        and message.person_id is not None
        and message.person_id == mine
        and message.delivery_id is None
        and timezone.now() - message.at < CORRECTABLE,
    )


def _own_way_back(message: Message, delivery: Delivery | None) -> Delivery | None:
    """A mail of a side talk is taken back into its talk, never into the customer's composer."""
    if delivery is None or not delivery.undo_url or message.direction != "note":
        return delivery
    return replace(delivery, undo_url=reverse("desk:side-undo", args=[message.uuid]))


def _author(message: Message, content: Any, names: _Names) -> str:
    came = content is not None and (content.author or content.address)  # of a side talk by mail
    if message.direction == "out" or (message.direction == "note" and not came):
        if message.person_id in names.people:
            return names.people[message.person_id]
        return message.team.name if message.team_id else _("Us")
    written = content.author or content.address if content else ""
    return written or names.records.get(message.record_id or 0, "")


def _has_original(message: Message) -> bool:
    return message.channel == "email" and message.delivery_id is not None


def _automatic(text: str, sender: str) -> tuple[Stretch, ...]:
    """What a machine answered is folded under what it is: nobody has to read it to see that."""
    if sender not in ("auto_reply", "out_of_office") or not text.strip():
        return ()
    return (Stretch(text[:_LONG].strip("\n"), sender_label(sender)),)


def _stretches(text: str, channel: str) -> tuple[Stretch, ...]:
    text = text[:_LONG]
    if not text.strip():
        return ()
    folds = fold(text) if channel == "email" else []
    found: list[Stretch] = []
    at = 0
    for part in folds:
        if part.start > at and text[at : part.start].strip():
            found.append(Stretch(text[at : part.start].strip("\n")))
        if text[part.start : part.end].strip():
            _add_folded(found, text[part.start : part.end].strip("\n"), stretch_label(part.kind))
        at = max(at, part.end)
    if text[at:].strip():
        found.append(Stretch(text[at:].strip("\n")))
    # a mail that is nothing but quotation is shown, not hidden
    return tuple(found) if any(not s.label for s in found) else (Stretch(text.strip("\n")),)


def _add_folded(found: list[Stretch], text: str, label: str) -> None:
    """Adds a folded stretch; several in a row fold into one."""
    if found and found[-1].label:
        before = found.pop()
        label = before.label if label in before.label else f"{before.label} · {label}"
        text = f"{before.text}\n\n{text}"
    found.append(Stretch(text, label))


def _call_words(call: Call) -> str:
    parts = [_("not reached") if call.abandoned or call.answered is False else _("Telephone call")]
    for seconds, words in (
        (call.waited_s, _("waited %(time)s")),
        (call.talked_s, _("talked %(time)s")),
        (call.wrapped_s, _("wrapped up %(time)s")),
    ):
        if seconds is not None:
            parts.append(words % {"time": minutes(seconds)})
    return ", ".join(parts)


def minutes(seconds: float) -> str:
    """A short length of time: 0:45 or 12:05 minutes."""
    whole = round(seconds)
    return _("%(minutes)d:%(seconds)02d min") % {"minutes": whole // 60, "seconds": whole % 60}


def _file(attachment: Attachment) -> File:
    content = getattr(attachment, "content", None)
    name = content.name if content and content.name else _("Attachment")
    return File(name, size_words(attachment.size), reverse("desk:attachment", args=[attachment.uuid]))


def size_words(size: int) -> str:
    """A file's size, short."""
    for unit, limit in (("kB", 1_000_000), ("MB", 1_000_000_000)):
        if size < limit:
            return f"{number(size * 1000 / limit, 0 if size * 1000 / limit >= 10 else 1)} {unit}"
    return f"{number(size / 1_000_000_000, 1)} GB"


def _happened(case: Case, handed: Sequence[HandedOver]) -> tuple[list[Happened], int | None]:
    """The log told as changes: each entry against what was known before it. Unknown values say nothing."""
    entries = list(CaseEntry.objects.filter(case=case, superseded=False).order_by("-at", "-seq", "-id")[:ENTRIES])
    if not entries:
        return [], case.reassignments
    entries.reverse()
    people = names_of_people(id_ for entry in entries for id_ in (entry.person_id, entry.updated_by_id))
    team_ids = {entry.team_id for entry in entries if entry.team_id}
    teams = dict(Team.objects.filter(id__in=team_ids).values_list("id", "name"))
    reasons = dict(EntryContent.objects.filter(entry__in=[e.pk for e in entries]).values_list("entry_id", "text"))
    falls_to = case.routed_team_id or Team.objects.filter(is_default=True).values_list("id", flat=True).first()
    passed = passed_lines(
        handed, names_of_people(id_ for one in handed for id_ in (one.giver.person, one.taker.person))
    )
    told = {one.entry: line for one, line in zip(handed, passed, strict=True)}
    log = _Log(people, teams, reasons, falls_to, _regrouped(case, entries), told)
    for entry in entries:
        log.tell(entry)
    return log.told, log.handovers if case.reassignments is None else case.reassignments + log.here


@dataclass(frozen=True, slots=True)
class _Regrouped:
    """What was joined or moved, as a case's log tells it: ``words`` name the other case by ``link``."""

    words: str
    icon: str
    url: str
    link: str
    undo: UUID | None


def _regrouped(case: Case, entries: Sequence[CaseEntry]) -> dict[int, _Regrouped]:
    """{event: what was regrouped} of the deeds that these entries tell."""
    events = [entry.event_id for entry in entries if entry.delivery_id is None]
    deeds = Regrouping.objects.filter(event__in=events).select_related("source", "target", "undoes")
    return {deed.event_id: _regrouping(deed, case) for deed in deeds}


def _regrouping(deed: Regrouping, case: Case) -> _Regrouped:
    came = deed.target_id == case.pk
    other = deed.source if came else deed.target
    if deed.kind == Regrouping.UNDO:
        words, icon = _("Separated again from") if not came else _("Taken back: parted from"), "arrow-back-up"
        if deed.undoes is not None and deed.undoes.kind == Regrouping.MOVE:
            words = _("Messages came back from") if came else _("Messages went back to")
    elif deed.kind == Regrouping.JOIN:
        words, icon = _("Joined with") if not deed.why else _("Same topic, so joined by itself with"), "git-merge"
    elif came:
        words, icon = _("Messages came from"), "arrows-split"
    else:
        words, icon = _("Messages were moved to"), "arrows-split"
    standing = deed.standing and deed.kind != Regrouping.UNDO
    url = reverse("desk:case", args=[other.uuid])
    return _Regrouped(words, icon, url, spaced(other.number), deed.uuid if standing else None)


@dataclass(frozen=True, slots=True)
class _Line:
    words: str
    icon: str
    tone: str = ""
    names_actor: bool = False


class _Log:
    """Walks a case's entries and tells what each one changed.

    Hand-overs are counted as in the report (docs/report.md): changes from one known team or person to another.
    ``falls_to``: the team of cases that nobody else had; it is an assignment only where a case is handed over here.
    """

    def __init__(
        self,
        people: dict[int, str],
        teams: dict[int, str],
        reasons: dict[int, str],
        falls_to: int | None,
        regrouped: dict[int, _Regrouped],
        passed: dict[int, Passed],
    ) -> None:
        self.people, self.teams, self.reasons, self.falls_to = people, teams, reasons, falls_to
        self.regrouped, self.passed = regrouped, passed
        self.state = ""
        self.team: int | None = None
        self.person: int | None = None
        self.known_team: int | None = None
        self.known_person: int | None = None
        self.handovers = 0
        self.here = 0  # of them, in our desk
        self.told: list[Happened] = []

    def tell(self, entry: CaseEntry) -> None:
        """One line for what an entry changed; none when it changed nothing that is shown."""
        by = self.people.get(entry.updated_by_id or 0, "")
        reason = self.reasons.get(entry.pk, "")
        if (deed := self.regrouped.get(entry.event_id)) is not None:
            self._owner(entry, by)
            self._state_of(entry)
            order = (entry.at, entry.seq, entry.pk)
            happened = Happened(
                at=entry.at,
                order=order,
                text=deed.words,
                icon=deed.icon,
                tone="act",
                reason=" · ".join(part for part in (by, reason) if part),
                url=deed.url,
                link=deed.link,
                undo=deed.undo,
            )
            self.told.append(happened)
            return
        lines = [line for line in (self._owner(entry, by), self._state_of(entry)) if line is not None]
        if not lines and reason:
            lines = [_Line(_("Remark"), "note")]
        if not lines:
            return
        words = ", ".join(line.words for line in lines)
        if by and not any(line.names_actor for line in lines):
            words += f" · {by}"
        icon, tone = lines[-1].icon, lines[-1].tone
        order = (entry.at, entry.seq, entry.pk)
        passed = self.passed.get(entry.pk)
        self.told.append(
            Happened(at=entry.at, order=order, text=words, icon=icon, tone=tone, reason=reason, passed=passed)
        )

    def _owner(self, entry: CaseEntry, by: str) -> _Line | None:
        team, person = entry.team_id, entry.person_id
        if team is None and person is None:
            return None
        self._count(entry)
        was = (self.team, self.person)
        before = self.people.get(self.person or 0) or self.teams.get(self.team or 0, "")
        moved = (team is not None and team != self.team) or (person is not None and person != self.person)
        given_back = person is None and self.person is not None and entry.delivery_id is None
        if not (moved or given_back):
            return None
        # our own entries name exactly one of the two; a source names what it knows
        self.team = team if team is not None or entry.delivery_id is None else self.team
        self.person = person
        name = self.people.get(person or 0, "")
        elsewhere = team is not None and team != was[0] and (was[0] is not None or not entry.cause)
        place = self.teams.get(team or 0, "") if elsewhere else ""
        now = " · ".join(part for part in (place, name) if part) or self.teams.get(team or 0, "")
        ours = entry.delivery_id is None and by and name != by
        if name and name == by and entry.delivery_id is None:
            taken = " · ".join(part for part in (place if was != (None, None) else "", name) if part)
            return _Line(_("%(name)s took over") % {"name": taken}, "user-check", "act", names_actor=True)
        if was == (None, None) and not ours:
            return _Line(_("In charge: %(name)s") % {"name": now}, "users", "act")
        if name and name == by:
            return _Line(_("%(name)s took over") % {"name": now}, "arrows-exchange", "act", names_actor=True)
        if entry.cause == GIVEN_BACK and by:
            words = _("%(by)s gave it back to %(name)s") % {"by": by, "name": now}
            return _Line(words, "arrow-back-up", "act", names_actor=True)
        cause = cause_of(entry.cause, by_rule=not by) if entry.cause != "request" else ""
        end = f" ({cause})" if cause else ""
        if by:
            words = _("%(by)s handed over to %(name)s") % {"by": by, "name": now}
        elif before:
            words = _("Handed over from %(before)s to %(name)s") % {"before": before, "name": now}
        else:
            words = _("Handed over to %(name)s") % {"name": now}
        return _Line(words + end, "arrows-exchange", "act", names_actor=bool(by))

    def _count(self, entry: CaseEntry) -> None:
        team, person = entry.team_id, entry.person_id
        if not entry.cause and team == self.falls_to:
            team = None
        elif entry.cause and self.known_team is None and self.known_person is None:
            self.known_team = self.falls_to
            self.team = self.team or self.falls_to
        of_team = team is not None and self.known_team not in (None, team)
        of_person = person is not None and self.known_person not in (None, person)
        self.handovers += of_team or of_person
        self.here += bool(entry.cause) and (of_team or of_person)
        self.known_team = self.known_team if team is None else team
        self.known_person = self.known_person if person is None else person

    def _state_of(self, entry: CaseEntry) -> _Line | None:
        if not entry.state or entry.state == self.state:
            return None
        line = _Line(*self._state(entry.state))
        self.state = entry.state
        return line

    def _state(self, state: str) -> tuple[str, str, str]:
        was_resolved = self.state in ("resolved", "closed")
        if state == "resolved":
            return _("Resolved"), "circle-check", "good"
        if state == "closed":
            return _("Closed"), "checks", ""
        if was_resolved:
            return _("Opened again"), "rotate-clockwise", "bad"
        if state == "pending":
            return _("Waiting for the customer"), "clock-pause", ""
        if not self.state:
            return _("Case opened"), "circle-dot", ""
        return _("State: %(state)s") % {"state": state_name(state)}, "circle", ""
