"""What people do with cases among themselves: links, mentions, side talks, several messages or cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from rundblick.api import talk_shapes as shapes
from rundblick.api.paging import PAGE, read_key, write_key
from rundblick.api.refusals import Refusal
from rundblick.api.routes.answers import Key, shown_delivery
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, After, Limit, Ref, shown_messages
from rundblick.api.routes.regrouping import named_case, shown_regrouping
from rundblick.api.routes.shown import person_names, split_page
from rundblick.api.shapes import Message as MessageShape
from rundblick.api.shapes import Regrouping as RegroupingShape
from rundblick.cases import sidetalks
from rundblick.cases.deeds import person_of
from rundblick.cases.links import Linked, link, links_of, unlink
from rundblick.cases.mentions import correct_note, looked, mentions_of
from rundblick.cases.models import Attachment, Case, CaseLink, Mention, Message, SideMessage, SideTalk
from rundblick.cases.regrouping import gather, split
from rundblick.channels.email.headers import addresses
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor
from rundblick.core.letters import Origin, Recipient, origins
from rundblick.core.message import Attachment as File
from rundblick.intake.models import Outgoing
from rundblick.intake.sidetalking import SideLetter, start, write
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person

of_cases = Router(tags=["cases"])
of_links = Router(tags=["cases"])
of_mentions = Router(tags=["cases"])
of_messages = Router(tags=["cases"])
of_talks = Router(tags=["cases"])


# -- links -----------------------------------------------------------------------------------------------------------


@of_cases.get("/{ref}/links", response={200: shapes.Links, **REFUSED})
@needs("case.read", about="case", by="ref")
def links(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Cases that have to do with this one and stay cases of their own."""
    return {"items": _shown_links(links_of(request.user, gate.about(request, Case)))}


@of_cases.post("/{ref}/links", response={201: shapes.Links, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def add_link(request: HttpRequest, ref: Ref, body: shapes.NewLink) -> Status[dict[str, Any]]:
    """Link it with another case that you may see. Both show it."""
    case = gate.about(request, Case)
    other = named_case(request, body.other, "case.read")
    link(case, other, body.kind, person_of(request.user))
    return Status(201, {"items": _shown_links(links_of(request.user, case))})


@of_links.post("/{uuid:uuid}/remove", response={204: None, **IMPOSSIBLE})
@needs("case.write", about="link")
def remove_link(request: HttpRequest, uuid: UUID) -> Status[None]:
    """Take a link away. Both cases' events keep that it was there."""
    unlink(gate.about(request, CaseLink), person_of(request.user))
    return Status(204, None)


def _shown_links(found: Sequence[Linked]) -> list[dict[str, Any]]:
    people = _agents(one.link.made_by_id for one in found)
    return [
        {
            "uuid": one.link.uuid,
            "kind": one.kind,
            "case": one.other.uuid if one.other else None,
            "number": one.other.number if one.other else "",
            "made_at": one.link.made_at,
            "by": people.get(one.link.made_by_id or 0),
        }
        for one in found
    ]


def _agents(ids: Any) -> dict[int, dict[str, Any]]:
    wanted = {id_ for id_ in ids if id_}
    names = person_names(wanted)
    rows = Person.objects.filter(pk__in=wanted).values_list("pk", "uuid")
    return {pk: {"uuid": uuid, "name": names.get(pk, "")} for pk, uuid in rows}


# -- mentions --------------------------------------------------------------------------------------------------------


@of_mentions.get("", response={200: shapes.Mentions, **REFUSED})
@needs("case.read")
def mentions(request: HttpRequest, seen: bool = False, after: After = "", limit: Limit = PAGE) -> dict[str, Any]:
    """What you were named in and have not looked at, the newest first; with `seen` all of it."""
    found = mentions_of(request.user, seen=seen)
    if (key := read_key(after)) is not None:
        found = found.filter(Q(at__lt=key[0]) | Q(at=key[0], id__lt=key[1]), at__lte=key[0])
    rows = list(found.select_related("case", "message", "talk").order_by("-at", "-pk")[: limit + 1])
    page, more = split_page(rows, limit)
    people = _agents(one.by_id for one in page)
    gate.saw(request, "customer", [one.case.customer_id for one in page])
    items = [
        {
            "uuid": one.uuid,
            "at": one.at,
            "why": one.why,
            "case": one.case.uuid,
            "number": one.case.number,
            "message": one.message.uuid if one.message_id and one.message else None,
            "side_talk": one.talk.uuid if one.talk_id and one.talk else None,
            "by": people.get(one.by_id or 0),
            "seen_at": one.seen_at,
        }
        for one in page
    ]
    return {"items": items, "next": write_key(page[-1].at, page[-1].pk) if more else None}


@of_mentions.post("/{uuid:uuid}/seen", response={204: None, **REFUSED})
@needs("case.read", about="mention")
def mention_seen(request: HttpRequest, uuid: UUID) -> Status[None]:
    """You have looked at it."""
    looked(gate.about(request, Mention))
    return Status(204, None)


@of_messages.post("/{uuid:uuid}/correct", response={200: MessageShape, **IMPOSSIBLE})
@needs("case.write", about="message")
def correct(request: HttpRequest, uuid: UUID, body: shapes.Correction) -> dict[str, Any]:
    """Correct your own note within a quarter of an hour; the former words are kept beside it."""
    note = gate.about(request, Message)
    new = correct_note(note, body.text, person_of(request.user), unseen_known=body.unseen_known)
    return shown_messages([new])[0]


# -- side talks ------------------------------------------------------------------------------------------------------


@of_cases.get("/{ref}/side-talks", response={200: shapes.SideTalks, **REFUSED})
@needs("case.read", about="case", by="ref")
def side_talks(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Talks beside the customer's, in order of their last word."""
    return {"items": _shown_talks(request, sidetalks.talks_of(gate.about(request, Case)))}


@of_cases.post("/{ref}/side-talks", response={201: shapes.SideTalkShown, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def begin_side_talk(
    request: HttpRequest, ref: Ref, body: shapes.NewSideTalk, key: Key = None
) -> Status[dict[str, Any]]:
    """Ask a colleague, or by mail somebody outside. The customer sees nothing of it, and no clock counts by it.

    409 `customer`: a recipient is the customer. 409 `unseen`: who is named may not see the case.
    """
    case = gate.about(request, Case)
    by = person_of(request.user)
    how = sidetalks.Begun(kind=body.kind, heading=body.heading, remind_at=body.remind_at)
    if body.kind == SideTalk.INSIDE:
        with transaction.atomic():
            talk = sidetalks.begin(case, how, by)
            sidetalks.say(talk, body.text, by, unseen_known=body.unseen_known)
    else:
        user: Any = request.user
        letter = SideLetter(
            recipients=_recipients(body.to),
            text=body.text,
            subject=body.heading,
            files=_files(case, body.files),
            key=uuid5(NAMESPACE_OID, f"aside {user.uuid} {case.uuid} {key}") if key else None,
            customer_known=body.customer_known,
        )
        talk = start(case, how, letter, _origin(body.account), by)
    return Status(201, _shown_talks(request, [SideTalk.objects.select_related("content").get(pk=talk.pk)])[0])


@of_talks.get("/{uuid:uuid}", response={200: shapes.SideTalkShown, **REFUSED})
@needs("case.read", about="side_talk")
def side_talk(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _shown_again(request)


@of_talks.get("/{uuid:uuid}/messages", response={200: shapes.SideWords, **REFUSED})
@needs("case.read", about="side_talk")
def side_messages(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """What was said in it, in order; the latest 2,000."""
    talk = gate.about(request, SideTalk)
    rows = sidetalks.said_in([talk])[talk.pk]
    return {"items": _shown_words(request, rows)}


@of_talks.post("/{uuid:uuid}/messages", response={201: shapes.SideWord, **IMPOSSIBLE})
@needs("case.write", about="side_talk")
def speak(request: HttpRequest, uuid: UUID, body: shapes.Word, key: Key = None) -> Status[dict[str, Any]]:
    """Write in it: by mail to whom it is with, or `inside` for colleagues only."""
    talk = SideTalk.objects.select_related("content").get(pk=gate.about(request, SideTalk).pk)
    user: Any = request.user
    by = person_of(user)
    if body.inside or talk.kind == SideTalk.INSIDE:
        message = sidetalks.say(talk, body.text, by, unseen_known=body.unseen_known)
    else:
        known = tuple(Recipient(one["address"], one["name"]) for one in talk.content.recipients or [])
        usable = [one for one in origins() if one.enabled]
        origin = next((one for one in usable if one.source == talk.source_id), None) or _origin("")
        letter = SideLetter(
            recipients=_recipients(body.to) if body.to else known,
            text=body.text,
            subject=f"Re: {talk.content.heading}",
            key=uuid5(NAMESPACE_OID, f"aside {user.uuid} {talk.uuid} {key}") if key else None,
            customer_known=body.customer_known,
        )
        message = write(talk, letter, origin, by)
    row = SideMessage.objects.select_related("message").get(pk=message.pk)
    return Status(201, _shown_words(request, [row])[0])


@of_talks.post("/{uuid:uuid}", response={200: shapes.SideTalkShown, **IMPOSSIBLE})
@needs("case.write", about="side_talk")
def change_side_talk(request: HttpRequest, uuid: UUID, body: shapes.SideTalkChange) -> dict[str, Any]:
    """Close it, open it again, set or take away its reminder."""
    talk = gate.about(request, SideTalk)
    by = person_of(request.user)
    with transaction.atomic():
        if body.state is not None:
            (sidetalks.close if body.state == SideTalk.CLOSED else sidetalks.reopen)(talk, by)
        if body.remind or body.remind_at is not None:
            sidetalks.remind(talk, body.remind_at, by)
    return _shown_again(request)


def _shown_again(request: HttpRequest) -> dict[str, Any]:
    talk = SideTalk.objects.select_related("content").get(pk=gate.about(request, SideTalk).pk)
    return _shown_talks(request, [talk])[0]


def _shown_talks(request: HttpRequest, talks: Sequence[SideTalk]) -> list[dict[str, Any]]:
    hidden = "identifiers" in gate.hidden_fields(request.user, "customer")
    people = _agents(talk.opened_by_id for talk in talks)
    cases = {talk.pk: sidetalks.case_of(talk).uuid for talk in talks}
    return [
        {
            "uuid": talk.uuid,
            "case": cases[talk.pk],
            "kind": talk.kind,
            "heading": talk.content.heading,
            "state": talk.state,
            "recipients": None if hidden else talk.content.recipients or [],
            "opened_at": talk.opened_at,
            "opened_by": people.get(talk.opened_by_id or 0),
            "last_at": talk.last_at,
            "waits_since": talk.waits_since,
            "remind_at": talk.remind_at,
            "closed_at": talk.closed_at,
        }
        for talk in talks
    ]


def _shown_words(request: HttpRequest, rows: Sequence[SideMessage]) -> list[dict[str, Any]]:
    shown = shown_messages([row.message for row in rows])
    letters = Outgoing.objects.filter(message__in=[row.pk for row in rows]).select_related("content")
    sent = {one.message_id: one for one in letters}
    return [
        {
            "message": message,
            "way": row.way,
            "other_address": row.other_address,
            "delivery": shown_delivery(request.user, row.message, sent[row.pk]) if row.pk in sent else None,
        }
        for row, message in zip(rows, shown, strict=True)
    ]


def _recipients(texts: Sequence[str]) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for text in texts:
        named = addresses(text)
        if not named:
            raise Refusal(422, "not-an-address", _("%(text)s is no mail address.") % {"text": text})
        found |= {one.email: Recipient(one.email, one.name) for one in named}
    return tuple(found.values())


def _origin(address: str) -> Origin:
    usable = [one for one in origins() if one.enabled and (not address or one.own.lower() == address.lower())]
    if not usable:
        raise Refusal(409, "no-account", _("No mailbox can send yet."))
    return usable[0]


def _files(case: Case, chosen: Sequence[UUID]) -> tuple[File, ...]:
    rows = Attachment.objects.filter(message__case=case, uuid__in=chosen).select_related("content")
    found = {one.uuid: one for one in rows}
    if missing := [one for one in chosen if one not in found]:
        raise Refusal(422, "no-such-file", _("This case has no file %(uuid)s.") % {"uuid": missing[0]})
    files = []
    with cursor() as cur:
        for one in found.values():
            data = read_blob(cur, one.blob_id)
            if data is not None:
                files.append(File(one.content.name, one.media_type, data))
    return tuple(files)


# -- several at once -------------------------------------------------------------------------------------------------


@of_cases.post("/{ref}/split", response={201: RegroupingShape, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def split_case(request: HttpRequest, ref: Ref, body: shapes.Split) -> Status[dict[str, Any]]:
    """Several messages go to another case or to a new one, as one deed that can be taken back."""
    case = gate.about(request, Case)
    found = list(Message.objects.filter(case=case, superseded=False, uuid__in=body.messages))
    if len(found) < len(set(body.messages)):
        raise Http404("message")
    into = named_case(request, body.into, "case.write") if body.into else None
    return Status(201, shown_regrouping(split(found, into, person_of(request.user), body.reason)))


@of_cases.post("/{ref}/gather", response={201: shapes.Regroupings, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def gather_cases(request: HttpRequest, ref: Ref, body: shapes.Gather) -> Status[dict[str, Any]]:
    """Several cases go on in this one, all or none. Each can be taken back, the last one first."""
    case = gate.about(request, Case)
    others = [named_case(request, one, "case.write") for one in body.cases]
    deeds = gather(others, case, person_of(request.user), body.reason)
    return Status(201, {"items": [shown_regrouping(deed) for deed in deeds]})
