"""What a person decides about who is one customer: merge, split, undo. Each is an act that holds until it is undone.

    act = merge_customers(into.pk, other.pk, by=person.pk, reason="same person, married name")
    undo(act.pk, by=person.pk)

Every deed is one transaction: the act with its event, the constraints that outlive any model, the reason, and the new
assignments by customers.deciding. No source record changes. What is decided about is locked first, so neither two
people nor a running batch decide about the same records at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection, transaction
from psycopg import errors

from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7
from rundblick.core.locks import lock_all, lock_keys
from rundblick.core.registry import Cursor
from rundblick.customers import sql
from rundblick.customers.clusters import Link, Numbers, clashes, in_order, numbers_of
from rundblick.customers.deciding import A_NEW_ONE, NO_DEED, Deed, Move, current_customers, decide, reach
from rundblick.customers.identifying import Alone
from rundblick.customers.models import Constraint, IdentityAct

LONGEST: Final = 4_000  # of a reason
TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Against:
    """What speaks against a merge. ``kind`` "number": ``issuer`` gave them different numbers; "apart": ``act`` did.

    mine, theirs  the numbers, as far as they are still known
    act           id of the act that set their records apart
    """

    kind: str
    issuer: str = ""
    mine: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    act: int = 0


class IdentityError(ValueError):
    """The deed cannot be done as asked; ``code`` says why.

    empty       the reason is missing
    same        both are one customer already
    vetoed      something speaks against it (``against``); it is done with ``override``
    nothing     no record was named to be split off
    everything  all records were named
    not_theirs  a record is not, or no longer, the customer's
    undone      the act was taken back already, by ``act``
    later       a later act (``act``) is about the same records and has to be undone first
    """

    def __init__(self, code: str, against: Sequence[Against] = (), act: int = 0) -> None:
        super().__init__(code)
        self.code, self.against, self.act = code, tuple(against), act


def merge_customers(into: int, other: int, by: int | None, reason: str, override: bool = False) -> IdentityAct:
    """Make the records of ``other`` records of ``into`` (ids of customers); the number of ``other`` leads on.

    by        id of the person who decides, None for a machine
    override  also if something speaks against it; that is then taken back (a split) or passed over (a number)
    Raises IdentityError "empty", "same" or "vetoed".
    """
    why = _told(reason)

    def merge(cur: Cursor) -> int:
        _hold(cur, lambda: _records_of(cur, living(cur, into)) | _records_of(cur, living(cur, other)))
        one, two = living(cur, into), living(cur, other)
        if one == two:
            raise IdentityError("same")
        mine, theirs = _records_of(cur, one), _records_of(cur, two)
        against = _against(cur, mine, theirs)
        if against and not override:
            raise IdentityError("vetoed", against)
        act = _begin(cur)
        both = mine | theirs
        _end_apart(cur, act, both)
        _constrain(cur, act, Constraint.TOGETHER, both)
        decide_weighed(cur, both, deed=Deed(act, by, dict.fromkeys(both, one)))
        _finish(cur, IdentityAct(id=act, kind=IdentityAct.MERGE, customer_id=one, other_id=two), by, why, bool(against))
        return act

    return _deed(merge)


def split_customer(customer: int, records: Collection[int], by: int | None, reason: str) -> IdentityAct:
    """Make these records of a customer a customer of their own, under a new number; the others keep theirs.

    Each side stays together from now on, and the two stay apart, whatever identifiers they share.
    Raises IdentityError "empty", "nothing", "everything" or "not_theirs".
    """
    why = _told(reason)

    def split(cur: Cursor) -> int:
        _hold(cur, lambda: _records_of(cur, living(cur, customer)))
        one = living(cur, customer)
        theirs = _records_of(cur, one)
        off, rest = divided(theirs, records)
        act = _begin(cur)
        _end_spanning(cur, act, off, rest)
        _constrain(cur, act, Constraint.TOGETHER, off)
        _constrain(cur, act, Constraint.TOGETHER, rest)
        _constrain(cur, act, Constraint.APART, off, rest)
        homes = dict.fromkeys(off, A_NEW_ONE) | dict.fromkeys(rest, one)
        moves = decide_weighed(cur, theirs, deed=Deed(act, by, homes))
        two = _came_to(moves, off)
        _finish(cur, IdentityAct(id=act, kind=IdentityAct.SPLIT, customer_id=one, other_id=two), by, why)
        return act

    return _deed(split)


def keep_apart(one: int, other: int, by: int | None, reason: str) -> IdentityAct:
    """Keep two customers (ids) two, whatever their records share or weigh.

    Raises IdentityError "empty" or "same".
    """
    why = _told(reason)

    def keep(cur: Cursor) -> int:
        _hold(cur, lambda: _records_of(cur, living(cur, one)) | _records_of(cur, living(cur, other)))
        a, b = living(cur, one), living(cur, other)
        if a == b:
            raise IdentityError("same")
        mine, theirs = _records_of(cur, a), _records_of(cur, b)
        act = _begin(cur)
        _constrain(cur, act, Constraint.APART, mine, theirs)
        decide_weighed(cur, mine | theirs, deed=Deed(act, by))
        _finish(cur, IdentityAct(id=act, kind=IdentityAct.APART, customer_id=a, other_id=b), by, why)
        return act

    return _deed(keep)


def confirm(customer: int, by: int | None, reason: str) -> IdentityAct:
    """Say that the records of a customer (id) are one person: they stay together, whatever is weighed later.

    Raises IdentityError "empty".
    """
    why = _told(reason)

    def say(cur: Cursor) -> int:
        _hold(cur, lambda: _records_of(cur, living(cur, customer)))
        one = living(cur, customer)
        records = _records_of(cur, one)
        act = _begin(cur)
        _constrain(cur, act, Constraint.TOGETHER, records)
        decide_weighed(cur, records, deed=Deed(act, by, dict.fromkeys(records, one)))
        _finish(cur, IdentityAct(id=act, kind=IdentityAct.CONFIRM, customer_id=one, other_id=one), by, why)
        return act

    return _deed(say)


def undo(act: int, by: int | None, reason: str = "") -> IdentityAct:
    """Take an act back: its constraints end, those that it ended hold again, and numbers return to where they were.

    What came in since stays, and goes where it belongs. Undoing an undo does the act again.
    Raises IdentityError "undone" or "later".
    """
    why = reason.replace("\x00", "").strip()[:LONGEST]

    def take_back(cur: Cursor) -> int:
        chain = _chain(cur, act)
        records = _hold(cur, lambda: _records_of_act(cur, chain[0]))
        chain = _chain(cur, act)
        if chain[-1] != act:
            raise IdentityError("undone", act=chain[chain.index(act) + 1])
        if later := _later(cur, chain, records):
            raise IdentityError("later", act=later)
        new = _begin(cur)
        homes = _homes_before(cur, act, records)
        root = IdentityAct.objects.get(pk=chain[0])
        undoing = IdentityAct(
            id=new, kind=IdentityAct.UNDO, customer_id=root.customer_id, other_id=root.other_id, undoes_id=act
        )
        _finish(cur, undoing, by, why)
        _fold_standing(cur, [*chain, new])
        decide_weighed(cur, records, deed=Deed(new, by, homes))
        return new

    return _deed(take_back)


def speaks_against(into: int, other: int) -> list[Against]:
    """What speaks against merging two customers (ids): different numbers of one system, or that a person split them."""
    with cursor() as cur:
        return _against(cur, _records_of(cur, living(cur, into)), _records_of(cur, living(cur, other)))


def living(cur: Cursor, customer: int) -> int:
    """The customer to whom this one's number leads now; a living one's leads to himself."""
    cur.execute(sql.LIVING, (customer,))
    row = cur.fetchone()
    if row is None:
        raise LookupError(f"there is no customer {customer}")
    return int(row[0])


def divided(theirs: dict[int, bytes], records: Collection[int]) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """A customer's records, cut in two: those named and the others. Raises IdentityError where that is no split."""
    wanted = set(records)
    if not wanted:
        raise IdentityError("nothing")
    if not wanted <= theirs.keys():
        raise IdentityError("not_theirs")
    if wanted == theirs.keys():
        raise IdentityError("everything")
    off = {record: digest for record, digest in theirs.items() if record in wanted}
    return off, {record: digest for record, digest in theirs.items() if record not in wanted}


# -- a deed is one transaction ---------------------------------------------------------------------------------------


class _Grown(Exception):
    """What is decided about grew while its locks were waited for: other locks are needed, in their order."""


def _deed(do: Callable[[Cursor], int]) -> IdentityAct:
    """Do it; again where somebody else was in the way, in the end with everybody else waiting."""
    nested = connection.in_atomic_block
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        try:
            with transaction.atomic(), cursor() as cur:
                if last:
                    lock_all(cur)
                act = do(cur)
            return IdentityAct.objects.get(pk=act)
        except (_Grown, errors.DeadlockDetected, errors.SerializationFailure) as fault:
            if last or (nested and not isinstance(fault, _Grown)):
                raise
    raise AssertionError("the last try returns or raises")


def _told(reason: str) -> str:
    text = reason.replace("\x00", "").strip()[:LONGEST]
    if not text:
        raise IdentityError("empty")
    return text


def _hold(cur: Cursor, records: Callable[[], dict[int, bytes]]) -> dict[int, bytes]:
    """Lock these records and all that is decided with them, and give them. Raises _Grown when more came meanwhile."""
    found = records()
    digests = reach(cur, found).digests()
    lock_keys(cur, digests)
    if records() != found or not reach(cur, found).digests() <= digests:
        raise _Grown
    return found


def decide_weighed(cur: Cursor, records: dict[int, bytes], deed: Deed = NO_DEED) -> list[Move]:
    """Decide about these records; what comes together or falls apart is weighed again before, where anything is."""
    cur.execute(sql.WEIGHS, (sql.ANY_INDEX,))
    if not cur.fetchall():
        return decide(cur, records, deed=deed)
    from rundblick.customers.weighed import arriving, index  # numpy: only where a model is in force

    model = index.ready(cur)
    assert model is not None
    try:
        arrived = arriving.weigh(cur, model, {}, None, records)
    except Alone as fault:
        raise _Grown from fault
    return decide(cur, arrived.concerned, deed=deed)


def _begin(cur: Cursor) -> int:
    return draw_ids(cur, {"customers_identityact": 1})["customers_identityact"][0]


_EVENTS: Final = {
    IdentityAct.MERGE: "customer.merged",
    IdentityAct.SPLIT: "customer.split",
    IdentityAct.APART: "customer.kept_apart",
    IdentityAct.CONFIRM: "customer.confirmed",
    IdentityAct.UNDO: "identity.undone",
}


def _finish(cur: Cursor, act: IdentityAct, by: int | None, reason: str, override: bool = False) -> None:
    """Write the act with its event and reason."""
    event = draw_ids(cur, {"core_event": 1})["core_event"][0]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "actor_type", "actor_id"),
        [(event, _EVENTS[act.kind], datetime.now(UTC), "machine" if by is None else "person", by)],
    )
    objects = [("identity_act", act.pk), ("customer", act.customer_id), ("customer", act.other_id)]
    if by is not None:
        objects.append(("person", by))
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), [(event, *one) for one in set(objects)])
    insert_rows(
        cur,
        "customers_identityact",
        ("id", "uuid", "kind", "event_id", "customer_id", "other_id", "undoes_id", "override", "standing"),
        [(act.pk, uuid7(), act.kind, event, act.customer_id, act.other_id, act.undoes_id, override, True)],
    )
    if reason:
        insert_rows(cur, "customers_identityreason", ("act_id", "text"), [(act.pk, reason)])


# -- records and what binds them -------------------------------------------------------------------------------------


def _records_of(cur: Cursor, customer: int) -> dict[int, bytes]:
    cur.execute(sql.RECORDS_OF_CUSTOMER, (customer,))
    return {record: bytes(digest) for record, digest in cur.fetchall()}


def _came_to(moves: Sequence[Move], records: Collection[int]) -> int:
    return next(move.to for move in moves if move.record in records)


def _against(cur: Cursor, mine: Collection[int], theirs: Collection[int]) -> list[Against]:
    a, b = _numbers(cur, mine), _numbers(cur, theirs)
    found = [
        Against("number", issuer, _values(cur, mine, a[kind, issuer]), _values(cur, theirs, b[kind, issuer]))
        for kind, issuer in sorted(clashes(a, b))
    ]
    for _constraint, act, sides in _standing(cur, Constraint.APART, [*mine, *theirs]):
        if any(not one.isdisjoint(mine) and not other.isdisjoint(theirs) for one, other in (sides, sides[::-1])):
            found.append(Against("apart", act=act))
    return found


def _numbers(cur: Cursor, records: Collection[int]) -> Numbers:
    """The numbers that a group of records has, of which a person has one a system."""
    cur.execute(sql.STRONG_OF, (list(records),))
    links = [Link(record, order, kind, issuer, digest) for digest, record, order, kind, issuer, _ in cur.fetchall()]
    found: Numbers = {}
    for numbers in numbers_of(in_order(links)).values():
        for key, digests in numbers.items():
            found.setdefault(key, set()).update(digests)
    return found


def _values(cur: Cursor, records: Collection[int], digests: Collection[bytes]) -> tuple[str, ...]:
    cur.execute(sql.VALUES_OF, (list(records), list(digests)))
    return tuple(value for (value,) in cur.fetchall())


def _standing(cur: Cursor, kind: str, records: Iterable[int]) -> list[tuple[int, int, tuple[set[int], set[int]]]]:
    """(constraint, act, its sides) of the standing decisions of a kind about any of these records."""
    cur.execute(sql.STANDING, (kind, list(records)))
    return [(constraint, act, (set(one), set(other or ()))) for constraint, act, one, other in cur.fetchall()]


def _constrain(cur: Cursor, act: int, kind: str, one: Collection[int], other: Collection[int] = ()) -> None:
    """Write a constraint; one record that is together with itself needs none."""
    if len(one) + len(other) < 2:
        return
    constraint = draw_ids(cur, {"customers_constraint": 1})["customers_constraint"][0]
    insert_rows(cur, "customers_constraint", ("id", "act_id", "kind", "standing"), [(constraint, act, kind, True)])
    insert_rows(
        cur,
        "customers_constraintrecord",
        ("constraint_id", "record_id", "side"),
        [(constraint, record, side) for side, records in ((1, one), (2, other)) for record in sorted(records)],
    )


def _end(cur: Cursor, act: int, constraints: Collection[int]) -> None:
    insert_rows(cur, "customers_constraintend", ("constraint_id", "act_id"), [(c, act) for c in constraints])
    cur.execute("UPDATE customers_constraint SET standing = false WHERE id = ANY(%s)", (list(constraints),))


def _end_apart(cur: Cursor, act: int, both: Collection[int]) -> None:
    """What set records of a merged customer apart ends; what it says of others goes on."""
    merged = set(both)
    for constraint, _act, (one, other) in _standing(cur, Constraint.APART, both):
        if one.isdisjoint(merged) or other.isdisjoint(merged):
            continue
        _end(cur, act, [constraint])
        if one - merged:
            _constrain(cur, act, Constraint.APART, one - merged, other)
        if other - merged:
            _constrain(cur, act, Constraint.APART, one & merged, other - merged)


def _end_spanning(cur: Cursor, act: int, off: Collection[int], rest: Collection[int]) -> None:
    """What put records together that are now split ends; each side is put together anew."""
    spanning = [
        constraint
        for constraint, _act, (one, _) in _standing(cur, Constraint.TOGETHER, off)
        if not one.isdisjoint(rest)
    ]
    if spanning:
        _end(cur, act, spanning)


# -- undoing ---------------------------------------------------------------------------------------------------------


def _chain(cur: Cursor, act: int) -> list[int]:
    """The merge or split behind an act, what undid it, what undid that, and so on."""
    cur.execute(sql.CHAIN, (act,))
    chain = [one for (one,) in cur.fetchall()]
    if not chain:
        raise LookupError(f"there is no identity act {act}")
    return chain


def _records_of_act(cur: Cursor, root: int) -> dict[int, bytes]:
    cur.execute(sql.RECORDS_OF_ACT, (root,))
    return {record: bytes(digest) for record, digest in cur.fetchall()}


def _later(cur: Cursor, chain: Sequence[int], records: Collection[int]) -> int:
    """A standing act about any of these records that came to stand after the last change of this one; 0 for none."""
    cur.execute(sql.STANDING_ACTS, (list(records), chain[0]))
    later = [(last, act) for act, last in cur.fetchall() if last > chain[-1]]
    return max(later)[1] if later else 0


def _homes_before(cur: Cursor, act: int, records: Collection[int]) -> dict[int, int]:
    """{record: customer} of the records that an act was about, as it was before."""
    now = current_customers(cur, list(records))
    cur.execute(sql.MOVED_BY, (act,))
    return {record: customer for record, (customer, _) in now.items()} | dict(cur.fetchall())


def _fold_standing(cur: Cursor, chain: Sequence[int]) -> None:
    """The last of a chain stands, the one that it undid does not, the one before that does again; so do constraints."""
    stand = list(reversed([place % 2 == 0 for place in range(len(chain))]))
    cur.execute(sql.SET_STANDING, (list(chain), stand))
    cur.execute(sql.FOLD_CONSTRAINTS, (list(chain), list(chain)))
