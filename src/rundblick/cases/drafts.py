"""What is being written in a case and was not sent: one draft a case, which follows its case into another one.

When two cases become one, the draft of the one that is left behind goes on in the other, if nothing is being written
there; else both stay, the page of the case that is left shows them, and one click takes the second into the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import F, Q

from rundblick.cases.deeds import LONGEST, clean
from rundblick.cases.models import Case, Draft, DraftAside, DraftAttachment, Inserted
from rundblick.core.blobs import keep_blobs
from rundblick.core.message import Attachment as File
from rundblick.core.registry import Cursor
from rundblick.people.models import Person


def save_draft(case: Case, by: Person, **fields: object) -> Draft:
    """Keep what is being written: ``to``, ``cc``, ``subject``, ``text``, ``source`` (its id), ``page``."""
    texts = {
        name: clean(str(value))[:LONGEST] for name, value in fields.items() if name in ("to", "cc", "subject", "text")
    }
    more: dict[str, object] = {"person": by, "record_id": case.concerned_id, "saved_at": datetime.now(UTC)}
    if "source" in fields:
        more["source_id"] = fields["source"]
    more["page"] = fields.get("page")
    draft, _made = Draft.objects.update_or_create(case=case, defaults={**texts, **more})
    Draft.objects.filter(case=case).update(version=F("version") + 1)
    return draft


# --- two pages, one draft --------------------------------------------------------------------------------------------


def save_once(case: Case, by: Person, key: UUID, base: int, **fields: object) -> bool:
    """Save what a page holds, unless another page has saved another text since: then it is kept aside, and False.

    key, base  of the page, and the version of the draft that it began with. The caller has locked the case.
    """
    text = clean(str(fields.get("text", "")))[:LONGEST]
    here = Draft.objects.filter(case=case).first()
    unread = here is not None and here.page != key and here.version > base
    if here is None or not unread or not here.text.strip() or here.text == text:
        save_draft(case, by, page=key, **fields)
        DraftAside.objects.filter(key=key).delete()
        return True
    if text.strip():
        told = {"case": case, "record_id": case.concerned_id, "person": by, "text": text, "saved_at": datetime.now(UTC)}
        DraftAside.objects.update_or_create(key=key, defaults=told)
    return False


@dataclass(frozen=True, slots=True)
class Beside:
    """The other text, as a page sees it. ``key`` is that of the one that was kept aside."""

    key: UUID
    person: int | None
    text: str


def beside(case: Case, key: UUID | None = None) -> list[Beside]:
    """What another page wrote: for the page under ``key`` the draft, if its own was put aside; else all put aside."""
    aside = list(DraftAside.objects.filter(Q(case=case) | Q(case__merged_into=case)).order_by("saved_at", "id"))
    if key is not None and any(one.key == key for one in aside):
        here = Draft.objects.filter(case=case).first()
        return [Beside(key, here.person_id, here.text)] if here is not None else []
    return [Beside(one.key, one.person_id, one.text) for one in aside]


def choose(case: Case, by: Person, page: UUID, aside: UUID, written: str, choice: str) -> None:
    """One of two texts, or both below each other, becomes the draft. ``written`` is what stands on the page.

    choice  "here" (what stands on the page), "other", "both". The caller has locked the case. Nothing is lost that
    nobody has chosen: another page that goes on writing is put aside in its turn.
    """
    kept = DraftAside.objects.filter(Q(case=case) | Q(case__merged_into=case), key=aside).first()
    if kept is None:
        return
    here = Draft.objects.filter(case=case).first()
    other = kept.text if page != aside else here.text if here is not None else ""
    told = {"here": (written,), "other": (other,), "both": (written, other)}.get(choice, (written, other))
    save_draft(case, by, page=page, text="\n\n".join(part for part in told if part.strip()))
    kept.delete()


def drop_draft(case: Case) -> None:
    """The draft was sent or thrown away; its files go with it. What was put aside unread stays."""
    Draft.objects.filter(case=case).delete()
    Inserted.objects.filter(case=case).delete()
    DraftAttachment.objects.filter(case=case).delete()


def attach(cur: Cursor, case: Case, files: Sequence[File]) -> list[DraftAttachment]:
    """Lay files beside the draft of a case."""
    blobs = keep_blobs(cur, [file.data for file in files])
    return [
        DraftAttachment.objects.create(
            case=case,
            record_id=case.concerned_id,
            blob_id=blob,
            media_type=file.media_type,
            size=len(file.data),
            name=clean(file.name)[:200],
        )
        for file, blob in zip(files, blobs, strict=True)
    ]


# --- when cases become one -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeftDraft:
    """A draft that came with a case that was joined to another, in which something is being written already."""

    case: UUID
    number: str
    person: int | None
    text: str
    files: int


# of several that would follow into one case, the one that was written last
_FOLLOW = """
UPDATE cases_draft d SET case_id = f.into
FROM (
    SELECT DISTINCT ON (j.s) l.case_id, j.s AS into FROM unnest(%s::bigint[], %s::bigint[]) AS j(a, s)
    JOIN cases_draft l ON l.case_id = j.a
    WHERE NOT EXISTS (SELECT FROM cases_draft t WHERE t.case_id = j.s AND t.text <> '')
      AND NOT EXISTS (SELECT FROM cases_draftattachment f WHERE f.case_id = j.s)
    ORDER BY j.s, l.text <> '' DESC, l.saved_at DESC, l.case_id
) f WHERE d.case_id = f.case_id RETURNING f.case_id, f.into
"""
_WITHOUT_WORDS = """
DELETE FROM cases_draft t WHERE t.case_id = ANY(%(into)s) AND t.text = ''
  AND EXISTS (SELECT FROM cases_draft l WHERE l.case_id = ANY(%(left)s))
  AND NOT EXISTS (SELECT FROM cases_draftattachment f WHERE f.case_id = t.case_id)
"""
_WITH_FILES = """
UPDATE cases_draftattachment f SET case_id = j.s
FROM unnest(%s::bigint[], %s::bigint[]) AS j(a, s) WHERE f.case_id = j.a
"""


def drafts_follow(cur: Cursor, joins: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Drafts of cases that were joined go on in the other, where nothing is written; gives (from, to) of those."""
    if not joins:
        return []
    left, into = [a for a, _ in joins], [s for _, s in joins]
    cur.execute("SELECT EXISTS (SELECT FROM cases_draft WHERE case_id = ANY(%s))", (left,))
    found = cur.fetchone()
    if found is None or not found[0]:
        return []
    cur.execute(_WITHOUT_WORDS, {"left": left, "into": into})
    cur.execute(_FOLLOW, (left, into))
    moved = [(a, s) for a, s in cur.fetchall()]
    cur.execute(_WITH_FILES, ([a for a, _ in moved], [s for _, s in moved]))
    return moved


def left_drafts(case: Case) -> list[LeftDraft]:
    """Drafts that came with joined cases and wait beside that of this case, the latest first."""
    found = Draft.objects.filter(case__merged_into=case).select_related("case").order_by("-saved_at", "case_id")
    return [
        LeftDraft(
            one.case.uuid,
            one.case.number,
            one.person_id,
            one.text,
            DraftAttachment.objects.filter(case=one.case).count(),
        )
        for one in found
        if one.text or DraftAttachment.objects.filter(case=one.case).exists()
    ]


def take_over(left: Case, into: Case, by: Person) -> None:
    """A draft that came with a joined case goes on in that of the other, below what stands there; its files too.

    The caller has locked ``into``. Nothing happens when it is gone already.
    """
    came = Draft.objects.filter(case=left).first()
    if came is None or left.merged_into_id != into.pk:
        return
    here = Draft.objects.filter(case=into).first()
    words = "\n\n".join(text for text in (here.text if here else "", came.text) if text.strip())
    kept = here or came
    save_draft(into, by, to=kept.to or came.to, cc=kept.cc or came.cc, subject=kept.subject or came.subject, text=words)
    DraftAttachment.objects.filter(case=left).update(case=into)
    came.delete()
