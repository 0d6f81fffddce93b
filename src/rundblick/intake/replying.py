"""How an answer begins: to whom, under which subject, through which account; the same for desk, API and command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rundblick.cases.models import Case, Message
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.letters import Origin, origins
from rundblick.core.models import Delivery
from rundblick.core.registry import Cursor
from rundblick.customers.models import Assignment, Identifier
from rundblick.customers.reaching import Unreachable, unreachable

_RE: Final = re.compile(r"\s*(?:re|aw|antwort|fwd?|wg|sv|rv)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)

# a person wrote from there since: the mailbox works again
_SINCE: Final = """
SELECT i.value, max(m.at) FROM customers_identifier i
JOIN cases_message m ON m.record_id = i.record_id AND m.direction = 'in' AND m.sender = 'human'
WHERE i.digest = ANY(%s) GROUP BY i.value
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer starts from. ``to`` "": nobody's address is known; ``origin`` None: no account can send."""

    to: str
    name: str
    cc: tuple[str, ...]
    subject: str
    answers: Message | None
    origin: Origin | None


def begin_reply(case: Case, origin: Origin | None = None) -> Reply:
    """The reply to the last message that a person sent in this case, else to whom it concerns."""
    usable = [one for one in origins() if one.enabled]
    said = Message.objects.filter(case=case, superseded=False, direction="in").select_related("content")
    written = said.filter(sender="human").order_by("-at", "-seq", "-pk")
    answers = written.exclude(content__address="").first() or written.first()
    chosen = origin or _through(usable, answers)
    content = getattr(answers, "content", None)
    address = content.address if content is not None else ""
    own = {one.own.lower() for one in usable}
    others = (
        [one for one in (content.recipients or []) if "@" in one and one.lower() not in own and one != address]
        if content is not None
        else []
    )
    title = content.subject if content is not None and content.subject else _title(case)
    return Reply(
        to=address or _known_address(case),
        name=content.author if content is not None and address else "",
        cc=tuple(others[:20]),
        subject=_reply_subject(title, case.language) if answers is not None else title,
        answers=answers,
        origin=chosen,
    )


def _through(usable: Sequence[Origin], answers: Message | None) -> Origin | None:
    """The account through which it came, else the first."""
    if answers is not None and answers.delivery_id is not None:
        source = Delivery.objects.filter(pk=answers.delivery_id).values_list("source_id", flat=True).first()
        for one in usable:
            if one.source == source:
                return one
    return usable[0] if usable else None


def _known_address(case: Case) -> str:
    """That of whom it concerns; else one that is proven to be the same customer's, by another of his records."""
    found = Identifier.objects.filter(kind="email").order_by("-verified", "-seen_at").values_list("value", flat=True)
    own = found.filter(record_id=case.concerned_id).first() if case.concerned_id is not None else None
    if own or case.customer_id is None:
        return own or ""
    records = Assignment.objects.filter(customer_id=case.customer_id, valid_to=None).values("record_id")
    return found.filter(record_id__in=records, strength="strong").first() or ""


def _title(case: Case) -> str:
    content = getattr(case, "content", None)
    return content.subject if content is not None and content.subject else case.topic


def _reply_subject(subject: str, language: str) -> str:
    """With one "Re:" or "AW:" before it, whichever it has, else that of the language."""
    if _RE.match(subject):
        return subject
    return f"{'AW' if language == 'de' else 'Re'}: {subject}".strip()


def troubled(cur: Cursor, addresses: Sequence[str]) -> list[Unreachable]:
    """Those of the addresses that could not be reached, and from which nobody has written since."""
    digests = Digests(bytes(installation().salt))
    found = unreachable(cur, [one.lower() for one in addresses], digests)
    if not found:
        return []
    cur.execute(_SINCE, ([digests.identifier("email", "", one.address) for one in found],))
    since = dict(cur.fetchall())
    return [one for one in found if one.address not in since or since[one.address] <= one.last_at]


def troubled_addresses(addresses: Sequence[str]) -> list[Unreachable]:
    """The same, on a connection of its own."""
    with cursor() as cur:
        return troubled(cur, addresses)
