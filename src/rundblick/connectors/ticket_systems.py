"""Exports of Zammad, OTRS/Znuny and Zendesk, known by the names of their columns.

Column names as the systems write them: Zammad's tickets of ``GET /api/v1/tickets?expand=true`` and its CSV reports;
Znuny's ticket search and statistics as CSV; Zendesk's CSV view and its JSON (``tickets`` and flattened objects).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class TicketSystem:
    """One kind of export. ``marks``: columns that give it away; ``fields``: field -> column names, first found wins."""

    name: str
    system: str
    marks: frozenset[str]
    fields: dict[str, tuple[str, ...]]
    means: str = "cases"
    identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ("-",)


_ZAMMAD_STATES = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending",
    "pending close": "pending",
    "closed": "closed",
    "merged": "closed",
    "removed": "closed",
    "neu": "new",
    "offen": "open",
    "warten auf Erinnerung": "pending",
    "warten auf Schließen": "pending",
    "geschlossen": "closed",
    "zusammengefasst": "closed",
}
_ZAMMAD_CHANNELS = {
    "email": "email",
    "phone": "phone",
    "sms": "sms",
    "web": "form",
    "chat": "chat",
    "note": "other",
    "fax": "fax",
    "twitter status": "social",
    "twitter direct-message": "messenger",
    "facebook feed post": "social",
    "facebook feed comment": "social",
    "telegram personal-message": "messenger",
    "whatsapp message": "messenger",
}

SYSTEMS: Final = (
    TicketSystem(
        name="Zammad",
        system="zammad",
        marks=frozenset({"number", "title", "article_count", "first_response_at", "close_at", "group"}),
        fields={
            "case": ("number",),
            "customer": ("customer_id", "customer"),
            "email": ("customer",),
            "opened_at": ("created_at",),
            "first_reply_at": ("first_response_at",),
            "closed_at": ("close_at",),
            "resolved_at": ("close_at",),
            "state": ("state",),
            "channel": ("create_article_type",),
            "team": ("group",),
            "person": ("owner",),
            "priority": ("priority",),
            "subject": ("title",),
            "topic": ("type",),
        },
        values={"state": _ZAMMAD_STATES, "channel": _ZAMMAD_CHANNELS},
    ),
    TicketSystem(
        name="OTRS or Znuny",
        system="znuny",
        marks=frozenset({"Ticket#", "Queue", "CustomerID", "Age", "Lock"}),
        fields={
            "case": ("Ticket#", "TicketNumber"),
            "customer": ("CustomerUserID", "CustomerUser", "Customer User", "CustomerID", "Customer ID"),
            "opened_at": ("Created", "Create Time"),
            "first_reply_at": ("First Response", "FirstResponse"),
            "resolved_at": ("Solution", "SolutionTime", "Closed", "Close Time"),
            "closed_at": ("Closed", "Close Time"),
            "state": ("State",),
            "team": ("Queue",),
            "person": ("Owner", "Agent/Owner", "Responsible"),
            "priority": ("Priority",),
            "subject": ("Title", "Subject"),
            "topic": ("Service", "Type"),
            "tier": ("SLA",),
        },
        values={
            "state": {
                "new": "new",
                "open": "open",
                "pending reminder": "pending",
                "pending auto close+": "pending",
                "pending auto close-": "pending",
                "closed successful": "closed",
                "closed unsuccessful": "closed",
                "closed with workaround": "closed",
                "merged": "closed",
                "removed": "closed",
                "neu": "new",
                "offen": "open",
                "warten zur Erinnerung": "pending",
                "warten auf erfolgreich schließen": "pending",
                "warten auf erfolglos schließen": "pending",
                "erfolgreich geschlossen": "closed",
                "erfolglos geschlossen": "closed",
            }
        },
    ),
    TicketSystem(
        name="Zendesk",
        system="zendesk",
        marks=frozenset({"Id", "Requester", "Assignee", "Group", "Solved at", "Reopens", "Via"}),
        fields={
            "case": ("Id",),
            "customer": ("Requester id", "Requester email", "Requester"),
            "email": ("Requester email",),
            "name": ("Requester",),
            "opened_at": ("Created at",),
            "resolved_at": ("Solved at",),
            "state": ("Status",),
            "channel": ("Via", "Channel"),
            "team": ("Group",),
            "person": ("Assignee",),
            "priority": ("Priority",),
            "subject": ("Subject",),
            "topic": ("Ticket type", "Type"),
            "reopens": ("Reopens",),
        },
        values={
            "state": {
                "New": "new",
                "Open": "open",
                "Pending": "pending",
                "Hold": "open",
                "On-hold": "open",
                "Solved": "resolved",
                "Closed": "closed",
                "Deleted": "closed",
            },
            "channel": {
                "Mail": "email",
                "Email": "email",
                "Web form": "form",
                "Web": "form",
                "Web service (API)": "other",
                "API": "other",
                "Chat": "chat",
                "Messaging": "messenger",
                "Phone": "phone",
                "Phone call (incoming)": "phone",
                "Voicemail": "phone",
                "Twitter": "social",
                "X Corp": "social",
                "Facebook post": "social",
                "Text message": "sms",
                "Mobile SDK": "portal",
                "Help Center post": "portal",
                "Closed ticket": "other",
            },
        },
    ),
    TicketSystem(
        name="Zendesk (JSON)",
        system="zendesk",
        marks=frozenset({"id", "via.channel", "requester_id", "assignee_id", "group_id", "status", "ticket_form_id"}),
        fields={
            "case": ("id",),
            "customer": ("requester_id",),
            "opened_at": ("created_at",),
            "resolved_at": ("solved_at",),
            "state": ("status",),
            "channel": ("via.channel",),
            "team": ("group_id",),
            "person": ("assignee_id",),
            "priority": ("priority",),
            "subject": ("subject",),
            "text": ("description",),
            "topic": ("type",),
        },
        values={
            "state": {
                "new": "new",
                "open": "open",
                "pending": "pending",
                "hold": "open",
                "solved": "resolved",
                "closed": "closed",
                "deleted": "closed",
            },
            "channel": {
                "email": "email",
                "web": "form",
                "api": "other",
                "chat": "chat",
                "native_messaging": "messenger",
                "whatsapp": "messenger",
                "voice": "phone",
                "phone": "phone",
                "twitter": "social",
                "facebook": "social",
                "sms": "sms",
                "mobile_sdk": "portal",
                "help_center": "portal",
            },
        },
    ),
)


def recognise(header: Sequence[str]) -> TicketSystem | None:
    """The ticket system whose export has these columns: at least three quarters of its marks, and its case number."""
    have = set(header)
    best: tuple[float, TicketSystem] | None = None
    for system in SYSTEMS:
        share = len(system.marks & have) / len(system.marks)
        if share >= 0.75 and any(name in have for name in system.fields["case"]) and (best is None or share > best[0]):
            best = (share, system)
    return best[1] if best else None


def fields_for(system: TicketSystem, header: Sequence[str]) -> dict[str, str]:
    """Field -> column, of those that this export has."""
    have = set(header)
    found = {name: next((c for c in columns if c in have), "") for name, columns in system.fields.items()}
    return {name: column for name, column in found.items() if column}
