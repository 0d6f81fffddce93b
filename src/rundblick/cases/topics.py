"""The open case of the same topic: where a message goes that names no conversation (docs/decisions/0027).

A message without parents that somebody wrote us, and that has a topic, goes on in the case of our own that its
customer has open for this topic, when that is one case and nothing in it is longer ago than ``ACTIVE``. Else it opens
a case, and the desk proposes (cases.belonging). Nobody comes into another's case by what he only says of himself:
see ``_VOUCHED``.

What decides is what the messages say, not which came first: an older message that comes later goes into the case that
a younger one opened. What a batch cannot see (a customer found later, a message that lies between two cases) is joined
by the sweep (``join_same_topic``), as long as nobody has worked in one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rundblick.cases.models import OPEN_STATES, Message, RegroupedRow, Regrouping
from rundblick.cases.threading import FIND_APART, Placed, Placing
from rundblick.core.message import Channel
from rundblick.core.registry import Cursor
from rundblick.customers.clusters import UNPROVEN

ACTIVE: Final = timedelta(days=30)  # a case of the same topic in which nothing was for so long is another concern
WHY: Final = "topic"
REMARK: Final = "same-topic"  # on a message that was put into its case so

# through these somebody says who he is; nothing of it shows by itself
CLAIMING: Final = (Channel.FORM, Channel.CHAT)
_ADDRESSES: Final = (*UNPROVEN, "handle")  # systems whose records are an address, a number or a claim


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# Who wrote is known: by a system that knows the customer by his number, or by an address that the channel itself shows
# and that such a system has on file for the same customer. ``{record}`` a record with its system ``{system}`` and its
# customer, ``{channel}`` how it came.
_VOUCHED: Final = f"""
({{system}} NOT IN ({_quoted(_ADDRESSES)}) OR ({{channel}} NOT IN ({_quoted(CLAIMING)}) AND EXISTS (
    SELECT FROM customers_identifier mine
    JOIN customers_identifier theirs ON theirs.digest = mine.digest AND theirs.record_id <> mine.record_id
    JOIN customers_sourcerecord filed ON filed.id = theirs.record_id
    JOIN core_system keeper ON keeper.id = filed.system_id AND keeper.code NOT IN ({_quoted(_ADDRESSES)})
    JOIN customers_assignment of ON of.record_id = filed.id AND of.valid_to IS NULL AND of.customer_id = {{customer}}
    WHERE mine.record_id = {{record}} AND mine.kind = {{system}})))
"""

# whose messages these are; the customers are held until the transaction ends, so that two batches see each other
_SENDERS: Final = f"""
SELECT n.piece, a.customer_id, s.code IN ('email', 'handle') AND n.channel NOT IN ({_quoted(CLAIMING)}),
       {_VOUCHED.format(system="s.code", channel="n.channel", record="n.record", customer="a.customer_id")}
FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS n(piece, record, channel)
JOIN customers_sourcerecord r ON r.id = n.record JOIN core_system s ON s.id = r.system_id
JOIN customers_assignment a ON a.record_id = n.record AND a.valid_to IS NULL
JOIN customers_customer c ON c.id = a.customer_id
ORDER BY c.id FOR NO KEY UPDATE OF c
"""

# Cases of our own that are open, with when something was first and last said; ``worked_in``: by a person;
# ``begun``: a message of this topic answers nothing.
SHOWN: Final = f"""
SELECT c.id, c.customer_id, c.topic, said.first_at, said.last_at, c.concerned_id,
       EXISTS (SELECT FROM cases_caseentry e WHERE e.case_id = c.id AND e.updated_by_id IS NOT NULL)
       OR EXISTS (SELECT FROM cases_message m WHERE m.case_id = c.id AND m.person_id IS NOT NULL)
       OR EXISTS (SELECT FROM cases_draft d WHERE d.case_id = c.id) AS worked_in,
       EXISTS (
           SELECT FROM cases_message m
           WHERE m.case_id = c.id AND NOT m.superseded AND m.direction = 'in' AND m.sender = 'human'
             AND m.topic = c.topic
             AND NOT EXISTS (SELECT FROM cases_threadkey k WHERE k.message_id = m.id AND NOT k.own)
             AND NOT EXISTS (SELECT FROM cases_waitingtag w WHERE w.message_id = m.id)) AS begun,
       s.code IN ('email', 'handle') AND c.channel NOT IN ({_quoted(CLAIMING)}) AS shows_himself,
       {_VOUCHED.format(system="s.code", channel="c.channel", record="c.concerned_id", customer="c.customer_id")}
FROM cases_case c
JOIN customers_sourcerecord r ON r.id = c.concerned_id JOIN core_system s ON s.id = r.system_id
CROSS JOIN LATERAL (
    SELECT min(m.at) AS first_at, max(m.at) AS last_at FROM cases_message m WHERE m.case_id = c.id AND NOT m.superseded
) said
WHERE c.system_id IS NULL AND c.merged_into_id IS NULL AND c.topic <> '' AND c.state IN ({_quoted(OPEN_STATES)})
"""
FIND_OPEN: Final = (
    SHOWN
    + """
AND (c.customer_id, c.topic) IN (SELECT * FROM unnest(%s::bigint[], %s::text[])) ORDER BY c.id FOR UPDATE OF c
"""
)


@dataclass(slots=True)
class Concern:
    """An open case, or what a batch is about to make one of; ``case`` None for that.

    shows_himself  of whom it is about: the channel shows his address
    vouched        and a system of ours knows him
    begun          with a message that answers nothing: what answers something unknown may turn out to be another topic
    """

    case: int | None
    customer: int
    topic: str
    first: datetime
    last: datetime
    record: int
    worked_in: bool
    begun: bool
    shows_himself: bool
    vouched: bool
    members: list[Placing] = field(default_factory=list)
    apart: set[int] = field(default_factory=set)  # cases that a person took apart from it

    @property
    def order(self) -> tuple[datetime, int]:
        return self.first, self.case or 0


def concern_of(one: Concern, others: Sequence[Concern]) -> Concern | None:
    """Which of the open concerns of one customer and topic this one belongs to; None: none, or nobody can say.

    Several are one only if at most one of them was worked in: the others wait for what lies between them in time.
    """
    near = [other for other in others if other is not one and _may_be_one(one, other)]
    worked_in = [other for other in near if other.worked_in]
    if len(worked_in) > 1:
        return None
    cases = {other.case for other in near if other.case is not None} | ({one.case} if one.case is not None else set())
    if any(concern.apart & cases for concern in (one, *near)):
        return None
    return worked_in[0] if worked_in else min(near, key=lambda other: other.order, default=None)


def _may_be_one(one: Concern, other: Concern) -> bool:
    if not (one.begun and other.begun) or max(one.first, other.first) - min(one.last, other.last) > ACTIVE:
        return False
    same_address = one.record == other.record and one.shows_himself and other.shows_himself
    return same_address or (one.vouched and other.vouched)


def put_by_topic(messages: Iterable[Message]) -> set[int]:
    """Ids of those that stand where their topic alone put them, or an older version: a person has not moved them since.

    Nothing is asked where none of them has a topic.
    """
    having = {bytes(message.identity): message.pk for message in messages if message.topic}
    if not having:
        return set()
    versions = Message.objects.filter(identity__in=list(having)).values_list("id", "identity", "remarks")
    of = {pk: bytes(identity) for pk, identity, _ in versions}
    put = {bytes(identity) for _, identity, remarks in versions if REMARK in (remarks or ())}
    if not put:
        return set()
    moves = Regrouping.objects.filter(kind=Regrouping.MOVE, standing=True).values("id")
    moved = RegroupedRow.objects.filter(kind="message", row_id__in=list(of), regrouping_id__in=moves)
    put -= {of[row] for row in moved.values_list("row_id", flat=True)}
    return {having[identity] for identity in put}


def go_on_in_open_cases(cur: Cursor, placed: Placed) -> None:
    """Of the groups that are about to open a case, those that go on in an open one of their topic, or in each other.

    In order of time, as if they had come one by one. Two statements where a message has a topic, none otherwise.
    """
    bearing = [
        (p.topical.at, *p.topical.order, at, p)
        for at, group in enumerate(placed.new)
        for p in group
        if p.topical is not None and not p.waits and p.case_key is None
    ]
    if not bearing:
        return
    bearing.sort(key=lambda one: one[:4])
    open_now = _open_concerns(cur, bearing_of := _senders(cur, [p for *_, p in bearing]))
    gone: set[int] = set()
    joined: dict[int, Concern] = {}  # of the groups that open a case
    for *_, at, p in bearing:
        if at in gone or at in joined or id(p) not in bearing_of:
            continue
        concern = bearing_of[id(p)]
        group = placed.new[at]
        concern.members = group
        times = [member.at for member in group if member.at is not None]
        concern.first, concern.last = min(times, default=concern.first), max(times, default=concern.last)
        others = open_now.setdefault((concern.customer, concern.topic), [])
        into = concern_of(concern, others)
        if into is None:
            joined[at] = concern
            others.append(concern)
            continue
        gone.add(at)
        into.first, into.last = min(into.first, concern.first), max(into.last, concern.last)
        for member in group:
            member.case, member.why = into.case, "thread"
        p.why = WHY
        if into.case is None:
            into.members.extend(group)
    placed.new[:] = [group for at, group in enumerate(placed.new) if at not in gone]


def _senders(cur: Cursor, placings: Sequence[Placing]) -> dict[int, Concern]:
    """{id of the placing: the concern it would open}; those of whom nothing is known are missing."""
    told = [p.topical for p in placings]
    columns = [[*range(len(told))], [t.record for t in told if t], [t.channel for t in told if t]]
    cur.execute(_SENDERS, columns)
    found = {}
    for at, customer, shows_himself, vouched in cur.fetchall():
        t = told[at]
        assert t is not None
        one = Concern(None, customer, t.topic, t.at, t.at, t.record, False, True, shows_himself, vouched)
        found[id(placings[at])] = one
    return found


def _open_concerns(cur: Cursor, wanted: dict[int, Concern]) -> dict[tuple[int, str], list[Concern]]:
    found: dict[tuple[int, str], list[Concern]] = {}
    pairs = sorted({(one.customer, one.topic) for one in wanted.values()})
    if not pairs:
        return found
    cur.execute(FIND_OPEN, ([customer for customer, _ in pairs], [topic for _, topic in pairs]))
    concerns = [Concern(*row) for row in cur.fetchall()]
    mark_apart(cur, concerns)
    for one in concerns:
        found.setdefault((one.customer, one.topic), []).append(one)
    return found


def mark_apart(cur: Cursor, concerns: Sequence[Concern]) -> None:
    """Note which of these cases a person took apart; one statement, and none for a single case."""
    of = {one.case: one for one in concerns if one.case is not None}
    if len(of) < 2:
        return
    cur.execute(FIND_APART, ([*of], [*of]))
    for a, b in cur.fetchall():
        of[a].apart.add(b)
        of[b].apart.add(a)


def joins_due(concerns: Sequence[Concern]) -> Iterator[tuple[int, int, datetime]]:
    """(case, case it goes on in, when something was last said in both) among open concerns of one customer and topic.

    The youngest goes first, one that somebody worked in not at all.
    """
    left = list(concerns)
    for one in sorted(concerns, key=lambda concern: concern.order, reverse=True):
        if one.worked_in or one.case is None:
            continue
        into = concern_of(one, left)
        if into is not None and into.case is not None:
            left.remove(one)
            into.first, into.last = min(into.first, one.first), max(into.last, one.last)
            yield one.case, into.case, into.last
