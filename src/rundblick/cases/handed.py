"""What the faces show of who had a case: its hand-overs with what became of them, and whom its customer talked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rundblick.cases.models import Case, CaseEntry, Handover, Message
from rundblick.cases.ownership import GIVEN_BACK, Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """One hand-over. ``by``: id of who did it, None the machine; ``why_back``: the reason with which it was given back.

    border   over the company's border; ``returns``: it came back to who had it before the giver
    """

    uuid: UUID
    entry: int
    at: datetime
    by: int | None
    giver: Holder
    taker: Holder
    cause: str
    reason: str
    summary: str
    state: str
    settled_at: datetime | None
    settled_by: int | None
    border: bool
    returns: bool
    why_back: str = ""

    @property
    def bounced(self) -> bool:
        """It came back, one way or the other."""
        return self.returns or self.state == Handover.GIVEN_BACK


def handovers_of(case: Case) -> list[HandedOver]:
    """The hand-overs of a case, in order."""
    rows = Handover.objects.filter(entry__case=case, entry__superseded=False).select_related("entry__content")
    back = {
        at: text or ""
        for at, text in CaseEntry.objects.filter(case=case, cause=GIVEN_BACK).values_list("at", "content__text")
    }
    return [_shown(row, back) for row in rows.order_by("entry__at", "entry__seq", "entry__identity")]


def _shown(row: Handover, back: dict[datetime, str]) -> HandedOver:
    content = getattr(row.entry, "content", None)
    given_back = row.state == Handover.GIVEN_BACK and row.settled_at is not None
    return HandedOver(
        uuid=row.uuid,
        entry=row.entry_id,
        at=row.entry.at,
        by=row.entry.updated_by_id,
        giver=Holder(row.from_person_id, row.from_team_id),
        taker=Holder(row.to_person_id, row.to_team_id),
        cause=row.entry.cause,
        reason=content.text if content else "",
        summary=content.summary if content else "",
        state=row.state,
        settled_at=row.settled_at,
        settled_by=row.settled_by_id,
        border=row.border,
        returns=row.returns,
        why_back=back.get(row.settled_at, "") if given_back and row.settled_at is not None else "",
    )


def talked_to(case: Case) -> list[int]:
    """The persons of ours (ids) whom the customer heard or read in a case, in order of their first word.

    Who wrote to him or spoke with him counts, not who wrote a note, and no answer that has not left or came back.
    """
    found = Message.objects.filter(
        case=case, superseded=False, sender="human", person__isnull=False, dispatch__in=("", "sent")
    )
    ordered = found.exclude(direction="note").order_by("at", "seq", "identity").values_list("person_id", flat=True)
    return list(dict.fromkeys(person for person in ordered if person is not None))
