"""Rows as the API shows them, under the reader's rights: a fixed number of statements for a page of any length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from rundblick.cases.models import Case
from rundblick.people import gate
from rundblick.people.models import PersonContent

CASE_COLUMNS = (
    "id",
    "uuid",
    "number",
    "state",
    "channel",
    "topic",
    "tier",
    "priority",
    "language",
    "flagged",
    "opened_at",
    "first_reply_at",
    "resolved_at",
    "closed_at",
    "last_at",
    "messages",
    "customer_id",
    "customer__uuid",
    "customer__number",
    "owner_person_id",
    "owner_person__uuid",
    "owner_team__uuid",
    "owner_team__name",
    "content__subject",
)


def shown_cases(request: HttpRequest, cases: QuerySet[Case]) -> list[dict[str, Any]]:
    """Cases as ``shapes.Case``; whoever is seen in them is noted for the access log."""
    rows = list(cases.values(*CASE_COLUMNS))
    hidden = gate.hidden_fields(request.user, "case")
    names = person_names(row["owner_person_id"] for row in rows)
    gate.saw(request, "customer", (row["customer_id"] for row in rows))
    return [_shown_case(row, hidden, names) for row in rows]


def shown_case(request: HttpRequest, case: int) -> dict[str, Any]:
    """One case, which the gate has let through."""
    return shown_cases(request, Case.objects.filter(pk=case))[0]


def _shown_case(row: Mapping[str, Any], hidden: frozenset[str], names: Mapping[int, str]) -> dict[str, Any]:
    customer = None
    if row["customer__uuid"] is not None:
        number = None if "customer_number" in hidden else row["customer__number"]
        customer = {"uuid": row["customer__uuid"], "number": number}
    shown = {name: row[name] for name in CASE_COLUMNS if "__" not in name and not name.endswith("_id") and name != "id"}
    return shown | {
        "tier": None if "tier" in hidden else row["tier"],
        "subject": row["content__subject"] or "",
        "customer": customer,
        "owner": _owner(row, names),
    }


def _owner(row: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any] | None:
    if row["owner_person__uuid"] is not None:
        name = names.get(row["owner_person_id"], "")
        return {"kind": "person", "uuid": row["owner_person__uuid"], "name": name}
    if row["owner_team__uuid"] is not None:
        return {"kind": "team", "uuid": row["owner_team__uuid"], "name": row["owner_team__name"]}
    return None


def person_names(people: Iterable[int | None]) -> dict[int, str]:
    """{person id: name}"""
    wanted = {person for person in people if person is not None}
    return dict(PersonContent.objects.filter(person_id__in=wanted).values_list("person_id", "name")) if wanted else {}


def split_page(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], bool]:
    """The rows of a page that was fetched with one row more, and whether there is another page."""
    return rows[:limit], len(rows) > limit
