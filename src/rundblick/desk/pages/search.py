"""Search: cases by what stands in them and in what is attached to them, customers and numbers in any notation."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cases.models import Case, Message
from rundblick.cases.search import finding
from rundblick.cases.search.expanding import Also
from rundblick.cases.search.keeping import missing_share
from rundblick.cases.search.query import Query
from rundblick.cases.search.query import parse as parse_query
from rundblick.cases.search.snippets import Snippet, snippets
from rundblick.cases.words import search_remark
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.models import Installation, System
from rundblick.core.numbers import NumberError, parse
from rundblick.core.searching import fold, stem
from rundblick.customers.golden import customer_names
from rundblick.customers.identifiers import email_normal, number_normal, phone_normal
from rundblick.customers.models import Customer
from rundblick.customers.naming import named
from rundblick.desk import sql
from rundblick.desk.pages.lists import COLUMNS, case_rows, page_key, read_page_key
from rundblick.desk.pages.saved_searches import address_of, saved_lines
from rundblick.desk.pages.search_operators import chips, help_lines, plain_words, without_filters
from rundblick.desk.search_shapes import AlsoFound, Hit, Piece
from rundblick.desk.shapes import CaseRow, CustomerCard, Empty
from rundblick.desk.templatetags.desk import channel_icon, channel_name
from rundblick.desk.templatetags.desk import number as figure
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.sight import sight_of

CASES: Final = 30
CUSTOMERS = 8
LONGEST = 200
_TYPED: Final = 10_000
_CANDIDATES = 400
_NUMBERS = ("customer_no", "account_no", "service_no", "card_no", "contract_no", "order_no")
_WORDS_TOLD: Final = 8


@needs("search")
def search(request: HttpRequest) -> HttpResponse:
    """What was typed, found in cases and customers that the reader may see. A number of ours opens its page."""
    query = typed(request.GET.get("q", ""))
    before = read_page_key(request.GET.get("before", ""))
    exactly = bool(request.GET.get("exactly"))
    user = request.user
    context: dict[str, Any] = {"area": "search", "own_box": True, "query": query, "help": help_lines()}
    if not query:
        return render(request, "desk/pages/search.html", context | {"saved": saved_lines(user), "empty": _empty("")})
    if before is None and (straight := _by_number(request, query)) is not None:
        return straight
    words = plain_words(query)
    if words and before is None:
        customers, customers_more = customers_found(user, words)
        shown = Customer.objects.filter(uuid__in=[card.uuid for card in customers])
        gate.saw(request, "customer", shown.values_list("pk", flat=True), "search")
        context |= {"customers": customers, "customers_more": customers_more}
    found, rows, around = cases_found(user, parse_query(query), CASES, before=before, exactly=exactly)
    gate.saw(request, "customer", [row["customer_id"] for row in rows.values()], "search")
    hits = _hits(user, found.hits, rows, around)
    context |= {
        "hits": hits,
        "count": "" if before is not None else count_words(found.count),
        "also": [] if exactly else [_also(one, around) for one in found.also],
        "exactly": exactly,
        "exact_url": _address(query, exactly=True),
        "loose_url": _address(query),
        "remarks": [*_unread_yet(), *(search_remark(one) for one in found.remarks)],
        "back_to": found.back_to,
        "next_url": _address(query, exactly, page_key(*found.next)) if found.next else "",
        "first_url": _address(query, exactly) if before is not None else "",
        "chips": chips(query),
        "empty": _empty(query),
    }
    return render(request, "desk/pages/search.html", context)


def typed(text: str) -> str:
    """What somebody typed, on one line and no longer than is looked at."""
    return " ".join(text.replace("\x00", "").split())[:_TYPED]


def _address(query: str, exactly: bool = False, before: str = "") -> str:
    told = {"q": query} | ({"exactly": "1"} if exactly else {}) | ({"before": before} if before else {})
    return f"{reverse('desk:search')}?{urlencode(told)}"


def _by_number(request: HttpRequest, query: str) -> HttpResponse | None:
    """The page of a customer's or case's own number, however it was written; merged ones lead on."""
    try:
        number = parse(query)
    except NumberError:
        return None
    customer = Customer.objects.filter(gate.visible_customers(request.user), number=number).first()
    if customer is not None:
        return redirect("desk:customer", customer.uuid)
    case = Case.objects.filter(gate.visible_cases(request.user), number=number).first()
    return redirect("desk:case", case.uuid) if case is not None else None


# --- cases ----------------------------------------------------------------------------------------------------------

Rows = dict[int, dict[str, Any]]


def cases_found(
    user: Any,
    query: Query,
    limit: int,
    *,
    before: finding.Key | None = None,
    exactly: bool = False,
    counting: bool = True,
    marking: bool = True,
) -> tuple[finding.Found, Rows, dict[int, Snippet]]:
    """What was found of the cases that a user may see: the hits, the cases' rows by id, the snippets by hit."""
    cases = Case.objects.filter(gate.visible_cases(user))
    me = sight_of(user).person
    found = finding.find(query, cases, before=before, limit=limit, exactly=exactly, counting=counting, me=me)
    rows = {row["id"]: row for row in Case.objects.filter(pk__in=[hit.case for hit in found.hits]).values(*COLUMNS)}
    if not marking:
        return found, rows, {}
    with cursor() as cur:
        return found, rows, snippets(cur, found.hits, found.sought)


def _hits(user: Any, found: Sequence[finding.Hit], rows: Rows, around: dict[int, Snippet]) -> list[Hit]:
    cases = {row.id: row for row in case_rows(user, list(rows.values()), with_snippets=False)}
    written: dict[int, dict[str, Any]] = {
        one["id"]: {**one}
        for one in Message.objects.filter(pk__in=[hit.message for hit in found if hit.message]).values(
            "id", "uuid", "channel", "direction", "content__author"
        )
    }
    return [
        _hit(hit, cases[hit.case], written.get(hit.message or 0), around.get(hit.row))
        for hit in found
        if hit.case in cases
    ]


def _hit(hit: finding.Hit, case: CaseRow, message: dict[str, Any] | None, snippet: Snippet | None) -> Hit:
    url = reverse("desk:case", args=[case.uuid])
    return Hit(
        url=f"{url}?at={message['uuid']}#m-{message['uuid']}" if message else url,
        title=case.title,
        customer_name=case.customer_name,
        number=case.number,
        state=case.state,
        icon="paperclip" if snippet and snippet.file else channel_icon(message["channel"] if message else case.channel),
        at=hit.at,
        where=_where(message, snippet),
        attachment=bool(snippet and snippet.file),
        pieces=tuple(Piece(piece.text, piece.hit) for piece in snippet.pieces) if snippet else (),
    )


def _where(message: dict[str, Any] | None, snippet: Snippet | None) -> str:
    if snippet is not None and snippet.file:
        return _("in attachment %(name)s") % {"name": snippet.file}
    if message is None:
        return ""
    if message["direction"] == "note":
        return _("Note")
    channel, author = channel_name(message["channel"]), message["content__author"] or ""
    return _("%(channel)s of %(author)s") % {"channel": channel, "author": author} if author else channel


def _unread_yet() -> list[str]:
    """After an update, until search has read what was written before it."""
    with cursor() as cur:
        missing = missing_share(cur)
    if not missing:
        return []
    return [
        _("Older messages are still being read; %(share)s %% are missing.") % {"share": figure(ceil(100 * missing))}
    ]


def count_words(count: int | None) -> str:
    """ "12 cases", "1,000+ cases"; "" when nobody knows."""
    if count is None:
        return ""
    if count > finding.COUNTED:
        return _("%(n)s+ cases") % {"n": figure(finding.COUNTED)}
    return ngettext("%(n)s case", "%(n)s cases", count) % {"n": figure(count)}


def _also(one: Also, around: dict[int, Snippet]) -> AlsoFound:
    """The words as they stand in what is shown; what is kept of a word is its stem, which nobody writes."""
    stems = {part for word in one.words for part in word.split(" + ")}
    seen = dict.fromkeys(
        piece.text
        for snippet in around.values()
        for piece in snippet.pieces
        if piece.hit and stem(fold(piece.text)) in stems
    )
    written = {fold(word): word for word in reversed(list(seen))}
    words = tuple(written.values())[:_WORDS_TOLD] or one.words[:_WORDS_TOLD]
    told = {"word": one.typed}
    why = {
        "compound": _("also words that contain “%(word)s”") % told,
        "parts": _("“%(word)s” in one word stands nowhere, but its parts do") % told,
        "mistake": _("“%(word)s” stands nowhere, but words that are nearly the same do") % told,
    }.get(one.why, one.why)
    return AlsoFound(one.typed, words, why)


# --- customers ------------------------------------------------------------------------------------------------------


def customers_found(user: Any, query: str) -> tuple[list[CustomerCard], bool]:
    """Customers by an identifier in any notation, or by their name."""
    hidden = gate.hidden_fields(user, "customer")
    with cursor() as cur:
        found: list[int] = []
        if "identifiers" not in hidden:
            cur.execute(sql.CUSTOMERS_BY_IDENTIFIER, (_digests(query), _CANDIDATES))
            found = [customer for (customer,) in cur.fetchall()]
        if len(found) < CUSTOMERS and any(sign.isalpha() for sign in query) and "@" not in query:
            found += [customer for customer in named(cur, query, _CANDIDATES) if customer not in found]
    visible = Customer.objects.filter(gate.visible_customers(user), pk__in=found, merged_into__isnull=True)
    kept = {customer.pk: customer for customer in visible}
    ordered = [kept[pk] for pk in found if pk in kept]
    more, ordered = len(ordered) > CUSTOMERS, ordered[:CUSTOMERS]
    with cursor() as cur:
        names = customer_names(cur, [c.pk for c in ordered], with_addresses="identifiers" not in hidden)
    return [CustomerCard(uuid=c.uuid, number=c.number, name=names.get(c.pk, "")) for c in ordered], more


def _digests(query: str) -> list[bytes]:
    """The digests of every identifier that the words could be: an address, a telephone number, a system's number."""
    installation = Installation.objects.filter(pk=1).first()
    if installation is None:
        return []
    of = Digests(bytes(installation.salt))
    found = []
    if gate.reader_sees("email") and (email := email_normal(query)):
        found.append(of.identifier("email", "", email))
    if gate.reader_sees("phone") and (phone := phone_normal(query, installation.country)):
        found.append(of.identifier("phone", "", phone))
    if (number := number_normal(query)) and any(sign.isdigit() for sign in number):
        issuers = System.objects.values_list("code", flat=True)
        kinds = [kind for kind in _NUMBERS if gate.reader_sees(kind)]
        found += [of.identifier(kind, issuer, number) for issuer in issuers for kind in kinds]
    return found


def _empty(query: str) -> Empty:
    if not query:
        return Empty(
            _("Whom or what are you looking for?"),
            _("Words are found in messages, notes and attachments. A number opens its page, in any notation."),
            "search",
        )
    told = {"query": query[:60]}
    plain = without_filters(query)
    if plain != query and plain:
        return Empty(
            _("Nothing found with these filters"),
            _("Nothing that you may see matches “%(query)s”.") % told,
            "search",
            url=address_of(plain),
            action=_("Search without the filters"),
        )
    return Empty(
        _("Nothing found"),
        _("Nothing that you may see matches “%(query)s”. Try fewer words, or another spelling of the name.") % told,
        "search",
    )
