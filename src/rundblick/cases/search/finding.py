"""Cases by what stands in them, newest hit first.

    found = find(parse("waschmaschine"), visible_cases, limit=30)

``cases`` is a queryset of what the reader may see (people.gate): rights are a part of what is asked, so that nothing
else is counted, shown or paged over.

How it is asked follows from how often the rarest word occurs (``cases_word``):

- rare: every text with it, by the index of tokens;
- often: texts with it in a window of time that should hold enough, then in windows four times as long;
- nearly everywhere: texts from the newest backwards, each looked into.

Each step looks at a bounded number of texts, so that an answer takes no longer where most of what is found belongs to
teams whose cases the reader may not see; then ``back_to`` says how far it came, and the next page goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from rundblick.cases.models import OPEN_STATES, Attachment, Case
from rundblick.cases.search.expanding import OFTEN, Also, Sought, expand
from rundblick.cases.search.query import ME, Filter, Query, Remark
from rundblick.core.database import cursor
from rundblick.core.message import Channel
from rundblick.core.numbers import NumberError, parse
from rundblick.core.registry import Cursor
from rundblick.core.searching import fold, words_of
from rundblick.customers.naming import named
from rundblick.people.models import Membership, Person, Team

COUNTED: Final = 1_000  # cases; more are "1,000+"
_EVERYWHERE: Final = 0.04  # of all texts
_LOOKED_AT: Final = 6_000  # texts with the word, in one step
_WALKED: Final = 12_000  # texts, in one step backwards
_STEPS: Final = 6
_NAMESAKES: Final = 400  # customers of one name
_VERIFIED: Final = 100  # texts that are read for a phrase at once

Key = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A case and its newest text with what was sought: ``row`` of cases_searchtext."""

    case: int
    at: datetime
    row: int
    message: int | None
    attachment: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """``count``: cases in all, at most COUNTED + 1; None: nobody knows. ``back_to``: nothing older was looked at."""

    hits: tuple[Hit, ...] = ()
    next: Key | None = None
    count: int | None = 0
    also: tuple[Also, ...] = ()
    remarks: tuple[Remark, ...] = ()
    sought: tuple[Sought, ...] = ()
    back_to: datetime | None = None


@dataclass(slots=True)
class _Asked:
    """What one search asks."""

    cases: QuerySet[Case]
    driver: Sought
    together: str  # the tsquery that one text has to fulfil
    others: list[Sought]  # that another text of the case may fulfil
    phrases: list[Sought]
    before: Key | None
    until: datetime | None
    since: datetime | None
    seen: set[int] = field(default_factory=set)


def find(
    query: Query,
    cases: QuerySet[Case],
    *,
    before: Key | None = None,
    limit: int = 30,
    counting: bool = True,
    exactly: bool = False,
    me: int | None = None,
) -> Found:
    """A page of cases of ``cases`` in which everything stands that was asked for, newest hit first.

    before    the ``next`` of the page before
    counting  say how many there are; of the first page only
    exactly   without compounds and typing mistakes
    me        the reader's person, for owner:me
    """
    wanted, remarks, since, until = _filters(query.filters, me)
    cases = cases.filter(wanted, merged_into__isnull=True)
    remarks = (*query.remarks, *remarks)
    with transaction.atomic(), cursor() as cur:
        if not any(not term.without for term in query.terms):
            if not query.filters:
                return Found(remarks=remarks)
            return _only_filtered(cur, query, cases, before, limit, remarks, since, until)
        cur.execute("SET LOCAL work_mem = '32MB'")
        sought, also = expand(cur, query, exactly)
        asked = _asked(cases, sought, before, since, until)
        counting = counting and before is None
        hits, is_end, count, back = _walk(cur, asked, limit, counting)
    more = len(hits) > limit
    hits = hits[:limit]
    following: Key | None = (hits[-1].at, hits[-1].row) if more else None
    if not more and not is_end and back is not None:
        following = back
    # a phrase is compared text by text, and no further than a page needs
    is_counted = counting and (is_end or count > COUNTED) and not (asked.phrases and more)
    shown = tuple(one for one in sought if not one.term.without)
    reached = back[0] if back is not None and not more and not is_end else None
    return Found(tuple(hits), following, count if is_counted else None, tuple(also), remarks, shown, reached)


def _asked(
    cases: QuerySet[Case], sought: list[Sought], before: Key | None, since: datetime | None, until: datetime | None
) -> _Asked:
    """The rarest term leads; where none is rare, one text has to hold them all."""
    wanted = sorted((one for one in sought if not one.term.without), key=lambda one: one.texts)
    driver = wanted[0]
    if driver.texts > OFTEN:
        together, others = " & ".join(f"({one.tsquery})" for one in wanted), []
    else:
        together, others = driver.tsquery, wanted[1:]
    for one in sought:
        if one.term.without:
            cases = cases.exclude(_holds(one.tsquery))
    for one in others:
        cases = cases.filter(_holds(one.tsquery))
    phrases = [one for one in wanted if any(unit.phrase or unit.author for unit in one.term.units)]
    return _Asked(cases, driver, together, others, phrases, before, until, since)


# whether one text of a case (or what is kept of the case itself) holds it
_HOLDS = """(EXISTS (SELECT FROM cases_message hm JOIN cases_searchtext hs ON hs.message_id = hm.id
    WHERE hm.case_id = cases_case.id AND NOT hm.superseded AND hs.words @@ %s::tsquery OFFSET 0)
  OR EXISTS (SELECT FROM cases_searchtext hs WHERE hs.case_id = cases_case.id AND hs.words @@ %s::tsquery OFFSET 0))"""
# whether a case was shown on a page before: it has a newer hit
_SHOWN = """EXISTS (SELECT FROM cases_message hm JOIN cases_searchtext hs ON hs.message_id = hm.id
    WHERE hm.case_id = cases_case.id AND NOT hm.superseded AND (hs.at, hs.id) >= (%s, %s)
      AND hs.words @@ %s::tsquery OFFSET 0)"""


def _holds(tsquery: str) -> Any:
    return RawSQL(_HOLDS, (tsquery, tsquery), output_field=BooleanField())


# OFFSET 0 keeps the inner question as it is written
_OF_CASES = """
SELECT coalesce(m.case_id, k.merged_into_id, h.case_id), h.at, h.id, h.message_id, h.attachment_id
FROM ({inner}) h LEFT JOIN cases_message m ON m.id = h.message_id
LEFT JOIN cases_case k ON k.id = h.case_id
WHERE m.superseded IS NOT TRUE AND (m.case_id IS NOT NULL OR h.case_id IS NOT NULL)
ORDER BY h.at DESC, h.id DESC
"""
_COLUMNS = "s.id, s.message_id, s.case_id, s.attachment_id, s.at"
_ALL = f"""
SELECT * FROM (
    SELECT {_COLUMNS} FROM cases_searchtext s WHERE s.words @@ %(wanted)s::tsquery OFFSET 0
) s WHERE (s.at, s.id) < (%(at)s, %(id)s) AND s.at >= %(since)s ORDER BY s.at DESC, s.id DESC LIMIT %(most)s
"""
_WINDOW = f"""
SELECT * FROM (
    SELECT {_COLUMNS} FROM cases_searchtext s
    WHERE s.words @@ %(wanted)s::tsquery AND s.at >= %(since)s AND s.at <= %(at)s OFFSET 0
) s WHERE (s.at, s.id) < (%(at)s, %(id)s) ORDER BY s.at DESC, s.id DESC LIMIT %(most)s
"""
_BACKWARDS = f"""
SELECT * FROM (
    SELECT {_COLUMNS}, s.words FROM cases_searchtext s
    WHERE (s.at, s.id) < (%(at)s, %(id)s) AND s.at >= %(since)s ORDER BY s.at DESC, s.id DESC LIMIT %(walked)s
) s WHERE s.words @@ %(wanted)s::tsquery LIMIT %(most)s
"""
_PLACE = """
SELECT s.at, s.id FROM cases_searchtext s WHERE (s.at, s.id) < (%(at)s, %(id)s) AND s.at >= %(since)s
ORDER BY s.at DESC, s.id DESC OFFSET %(walked)s - 1 LIMIT 1
"""
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)


def _walk(cur: Cursor, asked: _Asked, limit: int, counting: bool) -> tuple[list[Hit], bool, int, Key | None]:
    """Hits of visible cases, one a case: (one more than a page, whether that was all, how many were counted, where the
    looking ended)."""
    hits: list[Hit] = []
    count = 0
    place: Key | None = None
    is_end = False
    for rows, reached, was_all in _portions(cur, asked):
        place, is_end = reached, was_all
        news: dict[int, Hit] = {}
        for case, at, row, message, attachment in rows:
            if case not in asked.seen:
                news.setdefault(case, Hit(case, at, row, message, attachment))
        asked.seen.update(news)
        visible = _visible(asked, list(news))
        kept = [hit for hit in news.values() if hit.case in visible]
        if asked.phrases:
            kept = _verified(cur, asked.phrases, kept, limit + 1 - len(hits))
        count += len(kept)
        hits.extend(kept[: limit + 1 - len(hits)])
        if len(hits) > limit and (not counting or asked.phrases or count > COUNTED):
            break
    return hits, is_end, count, place


def _visible(asked: _Asked, cases: list[int]) -> set[int]:
    if not cases:
        return set()
    found = asked.cases.filter(RawSQL("cases_case.id = ANY(%s)", (cases,), output_field=BooleanField()))
    if asked.before is not None:
        found = found.exclude(RawSQL(_SHOWN, (*asked.before, asked.together), output_field=BooleanField()))
    return set(found.values_list("pk", flat=True))


def _portions(cur: Cursor, asked: _Asked) -> Iterator[tuple[list[Any], Key | None, bool]]:
    """Texts with what is sought, newest first: (rows, the place of the last that was looked at, whether it was all)."""
    total = _total(cur)
    at, row = asked.before or (asked.until or _LATEST, 0)
    since = asked.since or _EARLIEST
    values: dict[str, Any] = {"wanted": asked.together, "most": _LOOKED_AT, "walked": _WALKED, "since": since}
    values |= {"at": at, "id": row}
    texts = asked.driver.texts
    if texts <= OFTEN:
        yield from _by(cur, _ALL, values)
        return
    if texts > _EVERYWHERE * total:
        for _step in range(_STEPS):
            cur.execute(_OF_CASES.format(inner=_BACKWARDS), values | {"most": _WALKED})
            rows = cur.fetchall()
            cur.execute(_PLACE, values)
            last = cur.fetchone()
            yield rows, last, last is None
            if last is None:
                return
            values |= {"at": last[0], "id": last[1]}
        return
    first = _first(cur)
    span = max(min(at, timezone.now() + timedelta(days=1)) - first, timedelta(days=1)) * (_LOOKED_AT / 3 / texts)
    values["at"] = at = min(at, max(timezone.now() + timedelta(days=1), first))
    for _step in range(_STEPS):
        low = max(at - span, since)
        is_last = low <= max(first, since)
        cur.execute(_OF_CASES.format(inner=_WINDOW), values | {"since": low})
        rows = cur.fetchall()
        is_full = len(rows) >= _LOOKED_AT
        place = (rows[-1][1], rows[-1][2]) if is_full else (low, 0)
        yield rows, place, is_last and not is_full
        if is_last and not is_full:
            return
        at, span = place[0], span if is_full else span * 4
        values |= {"at": place[0], "id": place[1]}


def _by(cur: Cursor, inner: str, values: dict[str, Any]) -> Iterator[tuple[list[Any], Key | None, bool]]:
    for _step in range(_STEPS):
        cur.execute(_OF_CASES.format(inner=inner), values)
        rows = cur.fetchall()
        is_end = len(rows) < _LOOKED_AT // 2
        place = (rows[-1][1], rows[-1][2]) if rows else None
        yield rows, place, is_end
        if is_end or place is None:
            return
        values |= {"at": place[0], "id": place[1]}


def _total(cur: Cursor) -> int:
    """How many texts there are, about: as the planner knows it."""
    cur.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'cases_searchtext'::regclass")
    return max(int(cur.fetchall()[0][0]), 1)


def _first(cur: Cursor) -> datetime:
    cur.execute("SELECT at FROM cases_searchtext ORDER BY at, id LIMIT 1")
    found = cur.fetchone()
    return found[0] if found is not None else timezone.now()


_TO_VERIFY = """
SELECT s.id, CASE WHEN s.attachment_id IS NULL THEN c.subject ELSE coalesce(n.name, '') END,
       CASE WHEN s.attachment_id IS NULL THEN c.text ELSE coalesce(t.text, '') END, c.author || ' ' || c.address
FROM cases_searchtext s JOIN cases_messagecontent c ON c.message_id = s.message_id
LEFT JOIN cases_attachment a ON a.id = s.attachment_id
LEFT JOIN cases_attachmentcontent n ON n.attachment_id = a.id
LEFT JOIN cases_attachmenttext t ON t.blob_id = a.blob_id
WHERE s.id = ANY(%s)
"""


def _verified(cur: Cursor, phrases: Sequence[Sought], hits: Sequence[Hit], enough: int) -> list[Hit]:
    """Those whose text holds the phrases as they were typed, until there are enough of them."""
    kept: list[Hit] = []
    for start in range(0, len(hits), _VERIFIED):
        portion = hits[start : start + _VERIFIED]
        cur.execute(_TO_VERIFY, ([hit.row for hit in portion],))
        texts = {row: (words_of(f"{subject}\n{text}"), words_of(author)) for row, subject, text, author in cur}
        kept += [hit for hit in portion if hit.row in texts and _says(phrases, *texts[hit.row])]
        if len(kept) >= enough:
            break
    return kept


def _says(phrases: Sequence[Sought], words: list[str], author: list[str]) -> bool:
    def one(unit: Any) -> bool:
        if unit.author:
            return any(set(words_of(" ".join(way))) <= set(author) for way in (unit.phrase, (unit.typed,)) if way)
        return not unit.phrase or _stands(unit.phrase, words)

    return all(any(one(unit) for unit in sought.term.units) for sought in phrases)


def _stands(phrase: tuple[str, ...], words: list[str]) -> bool:
    first, size = phrase[0], len(phrase)
    return any(word == first and tuple(words[place : place + size]) == phrase for place, word in enumerate(words))


def _only_filtered(
    cur: Cursor, query: Query, cases: QuerySet[Case], before: Key | None, limit: int,
    remarks: tuple[Remark, ...], since: datetime | None, until: datetime | None,
) -> Found:  # fmt: skip
    """Without a word: cases by their last message."""
    if since is not None:
        cases = cases.filter(last_at__gte=since)
    if until is not None:
        cases = cases.filter(last_at__lt=until)
    counted = len(cases.order_by().values_list("pk")[: COUNTED + 1])
    sought = [one for one in expand(cur, query, exactly=True)[0] if one.term.without]
    for one in sought:
        cases = cases.exclude(_holds(one.tsquery))
    if before is not None:
        cases = cases.filter(Q(last_at__lt=before[0]) | Q(last_at=before[0], id__lt=before[1]), last_at__lte=before[0])
    rows = list(cases.order_by("-last_at", "-id").values_list("pk", "last_at")[: limit + 1])
    hits = tuple(Hit(pk, at, pk, None, None) for pk, at in rows[:limit])
    following = (hits[-1].at, hits[-1].row) if len(rows) > limit else None
    return Found(hits, following, None if sought else counted, (), remarks)


def _filters(
    filters: Sequence[Filter], me: int | None
) -> tuple[Q, tuple[Remark, ...], datetime | None, datetime | None]:
    """The operators as one condition on cases, what they could not mean, and between when the text was written."""
    wanted, remarks = Q(), []
    since: datetime | None = None
    until: datetime | None = None
    for one in filters:
        if one.day is not None:
            moment = datetime.combine(one.day, time.min, tzinfo=timezone.get_current_timezone())
            if one.operator == "after":
                since = moment
            else:
                until = moment
            continue
        condition = _condition(one, me)
        if condition is None:
            remarks.append(Remark("value", operator=one.operator, value=one.value[:40]))
        else:
            wanted &= ~condition if one.without else condition
    return wanted, tuple(remarks), since, until


def _condition(one: Filter, me: int | None) -> Q | None:
    """None: there is no such thing."""
    folded = fold(one.value)
    if one.operator == "state":
        states = {"open": OPEN_STATES, "any": (*OPEN_STATES, "resolved", "closed")}
        return Q(state__in=states.get(one.value, (one.value,)))
    if one.operator == "channel":
        return Q(channel=one.value) if one.value in set(Channel) else None
    if one.operator == "team":
        names = {pk: fold(name) for pk, name in Team.objects.values_list("pk", "name")}
        teams = [pk for pk, name in names.items() if folded == name] or [pk for pk in names if folded in names[pk]]
        members = Membership.objects.filter(team_id__in=teams).values("person_id")
        return Q(owner_team_id__in=teams) | Q(owner_person_id__in=members) if teams else None
    if one.operator == "owner":
        if folded in ME:
            return Q(owner_person_id=me) if me is not None else None
        named = Person.objects.values_list("pk", "content__name", "user__name")
        people = [pk for pk, *names in named if any(name and folded in fold(name) for name in names)]
        return Q(owner_person_id__in=people) if people else None
    if one.operator == "has":
        return Q(Exists(Attachment.objects.filter(message__case_id=OuterRef("pk"), message__superseded=False)))
    if one.operator == "topic":
        return Q(topic__iexact=one.value)
    try:
        number = parse(one.value)
    except NumberError:
        return _of_customers_named(one.value) if one.operator == "customer" else None
    return Q(number=number) if one.operator == "number" else Q(customer__number=number)


def _of_customers_named(name: str) -> Q | None:
    with cursor() as cur:
        found = named(cur, name, _NAMESAKES)
    return Q(customer_id__in=found) if found else None
