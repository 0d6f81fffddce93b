"""Answers while somebody types: cases, customers, numbers, saved searches. A part of a page, fetched by search.js."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from rundblick.cases.models import Case
from rundblick.cases.saved_searches import searches_of
from rundblick.cases.search.query import parse as parse_query
from rundblick.core.database import cursor
from rundblick.core.numbers import NumberError, parse
from rundblick.core.searching import fold
from rundblick.customers.models import Customer
from rundblick.desk.pages.lists import COLUMNS, case_rows
from rundblick.desk.pages.search import cases_found, customers_found, typed
from rundblick.desk.search_shapes import Group, Suggestion
from rundblick.desk.templatetags.desk import threes
from rundblick.people import gate
from rundblick.people.gate import needs

CASES: Final = 6
CUSTOMERS: Final = 4
SAVED: Final = 5
_LOOKS: Final = 200  # of the reader that are looked back for cases he had open
_FEWEST: Final = 2  # signs; a single one finds everything

_LATELY = """
SELECT object_id FROM (
    SELECT object_id, id FROM people_accesslog
    WHERE user_id = %s AND object_type = 'case' ORDER BY id DESC LIMIT %s
) AS look GROUP BY object_id ORDER BY max(id) DESC LIMIT %s
"""


@needs("search")
@never_cache
def quick(request: HttpRequest) -> HttpResponse:
    """What begins to fit; before anything is typed, saved searches and the cases that were open last."""
    query = typed(request.GET.get("q", ""))
    groups = _before_typing(request) if not query else _while_typing(request, query)
    groups = [group for group in groups if group.items]
    count = sum(len(group.items) for group in groups)
    everything = f"{reverse('desk:search')}?{urlencode({'q': query})}" if query else ""
    context = {"groups": groups, "count": count, "query": query, "everything": everything}
    return render(request, "desk/parts/quick_list.html", context)


def _before_typing(request: HttpRequest) -> list[Group]:
    with cursor() as cur:
        cur.execute(_LATELY, (request.user.pk, _LOOKS, 3 * CASES))
        ids = [case for (case,) in cur.fetchall()]
    seen = Case.objects.filter(gate.visible_cases(request.user), pk__in=ids, merged_into__isnull=True)
    rows = {row["id"]: row for row in seen.values(*COLUMNS)}
    lately = _lines(request, [rows[pk] for pk in ids if pk in rows][:CASES])
    return [
        Group(_("Saved searches"), _saved(request, "")),
        Group(_("Opened lately"), tuple(line for _pk, line in lately)),
    ]


def _while_typing(request: HttpRequest, query: str) -> list[Group]:
    straight = _by_number(request, query)
    customers: tuple[Suggestion, ...] = ()
    cases: tuple[Suggestion, ...] = ()
    if len(query) >= _FEWEST:
        found, _more = customers_found(request.user, query)
        shown = Customer.objects.filter(uuid__in=[card.uuid for card in found[:CUSTOMERS]])
        gate.saw(request, "customer", shown.values_list("pk", flat=True), "search")
        customers = tuple(
            Suggestion(card.name or _("Name unknown"), reverse("desk:customer", args=[card.uuid]), "user",
                       end=threes(card.number))
            for card in found[:CUSTOMERS]
        )  # fmt: skip
        asked = parse_query(query, typing=True)
        hits, rows, _around = cases_found(request.user, asked, CASES, counting=False, marking=False)
        lines = dict(_lines(request, [rows[hit.case] for hit in hits.hits if hit.case in rows]))
        cases = tuple(lines[hit.case] for hit in hits.hits if hit.case in lines)
    return [
        Group(_("Numbers"), straight),
        Group(_("Saved searches"), _saved(request, query)),
        Group(_("Customers"), customers),
        Group(_("Cases"), cases),
    ]


def _by_number(request: HttpRequest, query: str) -> tuple[Suggestion, ...]:
    """The case of this number; a customer's stands among the customers."""
    try:
        number = parse(query)
    except NumberError:
        return ()
    found = Case.objects.filter(gate.visible_cases(request.user), number=number)
    return tuple(line for _pk, line in _lines(request, list(found.values(*COLUMNS))))


def _saved(request: HttpRequest, query: str) -> tuple[Suggestion, ...]:
    words = fold(query).split()
    found = [one for one in searches_of(request.user) if all(word in fold(one.name) for word in words)]
    return tuple(
        Suggestion(
            one.name,
            f"{reverse('desk:search')}?{urlencode({'q': one.query})}",
            "star",
            beside=one.query,
            end=one.team.name if one.team else "",
        )
        for one in found[:SAVED]
    )


def _lines(request: HttpRequest, rows: list[dict[str, Any]]) -> list[tuple[int, Suggestion]]:
    """(case, its line) of each row of ``lists.COLUMNS``."""
    user: Any = request.user
    gate.saw(request, "customer", [row["customer_id"] for row in rows], "search")
    return [
        (
            row.id,
            Suggestion(
                row.title or _("(no subject)"),
                reverse("desk:case", args=[row.uuid]),
                "check" if row.done else "inbox",
                beside=row.customer_name,
                end=threes(row.number),
            ),
        )
        for row in case_rows(user, rows, with_snippets=False)
    ]
