"""Merge, split, undo: numbers lead on, everything follows, and an undo gives back exactly what was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rundblick.cases.models import Case
from rundblick.core import verification
from rundblick.core.models import Event, EventObject
from rundblick.core.numbers import is_valid
from rundblick.customers import merging
from rundblick.customers.merging import IdentityError, merge_customers, speaks_against, split_customer, undo
from rundblick.customers.models import Assignment, Customer, IdentityAct, IdentityReason
from rundblick.people.models import Person
from tests.customers.known import come, constraints, customer_of, customers, known, records_of, state, writes, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_can_be_folded_again() -> Iterator[None]:
    yield
    assert wrong() == []


def refused(code: str, deed: Any, *arguments: Any, **options: Any) -> IdentityError:
    with pytest.raises(IdentityError) as fault:
        deed(*arguments, **options)
    assert fault.value.code == code
    return fault.value


# -- merge -----------------------------------------------------------------------------------------------------------


def test_after_a_merge_the_old_number_leads_on_and_cases_follow_while_no_record_changes() -> None:
    (case,) = writes("anna@kunde.example")
    (shop,) = customers(known("shop", "7", name="Anna Muster"))
    mail = Customer.objects.get(pk=case.customer_id)
    before = state()
    act = merge_customers(shop.pk, mail.pk, by=None, reason="same person")
    mail.refresh_from_db()
    shop.refresh_from_db()
    assert (mail.merged_into_id, shop.merged_into_id) == (shop.pk, None)
    assert Case.objects.get(pk=case.pk).customer_id == shop.pk
    assert state()["records"] == before["records"] and state()["messages"] == before["messages"]
    assert (act.kind, act.customer_id, act.other_id, act.override) == ("merge", shop.pk, mail.pk, False)
    assert IdentityReason.objects.get(act=act).text == "same person"


def test_who_did_what_when_stands_in_the_log() -> None:
    a, b = customers(known("crm", "1"), known("shop", "2"))
    who = Person.objects.create().pk
    act = merge_customers(a.pk, b.pk, by=who, reason="x")
    event = Event.objects.get(pk=act.event_id)
    assert (event.kind, event.actor_type, event.actor_id) == ("customer.merged", "person", who)
    moved = Event.objects.filter(
        kind="record.moved",
        pk__in=EventObject.objects.filter(type="identity_act", object_id=act.pk).values("event_id"),
    )
    assert [(e.actor_id, e.data) for e in moved] == [(who, {"from": b.pk, "to": a.pk})]


def test_a_merge_with_oneself_is_refused_also_under_an_old_number() -> None:
    a, b = customers(known("crm", "1"), known("shop", "2"))
    refused("same", merge_customers, a.pk, a.pk, None, "x")
    merge_customers(a.pk, b.pk, None, "x")
    refused("same", merge_customers, a.pk, b.pk, None, "x")
    refused("same", merge_customers, b.pk, a.pk, None, "x")
    assert IdentityAct.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "\x00"])
def test_a_merge_without_a_reason_is_refused(reason: str) -> None:
    a, b = customers(known("crm", "1"), known("shop", "2"))
    refused("empty", merge_customers, a.pk, b.pk, None, reason)
    assert not IdentityAct.objects.exists()


def test_two_numbers_of_one_system_veto_a_merge_unless_it_is_confirmed() -> None:
    a, b = customers(known("crm", "4711"), known("crm", "4712"))
    before = state()
    fault = refused("vetoed", merge_customers, a.pk, b.pk, None, "x")
    assert [(one.kind, one.issuer, one.mine, one.theirs) for one in fault.against] == [
        ("number", "crm", ("4711",), ("4712",))
    ]
    assert fault.against == tuple(speaks_against(a.pk, b.pk))
    assert state() == before
    act = merge_customers(a.pk, b.pk, None, "entered twice", override=True)
    assert act.override
    assert len(records_of(a)) == 2


def test_a_confirmed_merge_holds_when_the_engine_decides_again() -> None:
    a, b = customers(known("crm", "1", "anna@kunde.example"), known("crm", "2"))
    merge_customers(a.pk, b.pk, None, "entered twice", override=True)
    (record,) = come(known("shop", "9", "anna@kunde.example"))  # the component is decided anew
    assert customer_of(record) == a and len(records_of(a)) == 3
    (third,) = come(known("crm", "3", "anna@kunde.example"))
    assert customer_of(third) != a  # another number of the crm is still a stranger


def test_numbers_that_led_to_a_merged_customer_lead_to_who_he_is_now() -> None:
    a, b, c = customers(known("crm", "1"), known("shop", "2"), known("till", "3"))
    merge_customers(b.pk, c.pk, None, "x")
    merge_customers(a.pk, b.pk, None, "x")
    assert set(Customer.objects.values_list("id", "merged_into_id")) == {(a.pk, None), (b.pk, a.pk), (c.pk, a.pk)}


def test_an_old_number_leads_to_where_its_records_went_after_a_split() -> None:
    a, b = customers(known("crm", "1"), known("shop", "2"))
    (shop,) = records_of(b)
    merge_customers(a.pk, b.pk, None, "x")
    act = split_customer(a.pk, [shop], None, "not the same after all")
    b.refresh_from_db()
    assert b.merged_into_id == act.other_id != a.pk
    assert records_of(Customer.objects.get(pk=act.other_id)) == {shop}


# -- split -----------------------------------------------------------------------------------------------------------


def test_what_is_split_off_gets_a_number_of_its_own_and_takes_its_mails_along() -> None:
    case, other = writes("anna@kunde.example", "bert@kunde.example")
    a, b = (Customer.objects.get(pk=case.customer_id), Customer.objects.get(pk=other.customer_id))
    (berts,) = records_of(b)
    merge_customers(a.pk, b.pk, None, "x")
    assert Case.objects.get(pk=other.pk).customer_id == a.pk
    act = split_customer(a.pk, [berts], None, "twins")
    new = Customer.objects.get(pk=act.other_id)
    assert is_valid(new.number) and new.number not in (a.number, b.number)
    assert Case.objects.get(pk=other.pk).customer_id == new.pk
    assert Case.objects.get(pk=case.pk).customer_id == a.pk


def test_two_sides_stay_apart_though_they_share_an_address_and_each_stays_together() -> None:
    one, two, three = come(*(known("crm" if n == 1 else f"s{n}", str(n), "familie@kunde.example") for n in (1, 2, 3)))
    family = customer_of(one)
    assert records_of(family) == {one, two, three}
    split_customer(family.pk, [two, three], None, "mother and daughter")
    new = customer_of(two)
    assert (records_of(family), records_of(new)) == ({one}, {two, three})
    (four,) = come(known("s4", "4", "familie@kunde.example"))  # it belongs to one of the two, and joins them never
    assert customer_of(four) in (family, new)
    assert customer_of(one) == family and customer_of(two) == new == customer_of(three)


@pytest.mark.parametrize(
    ("chosen", "code"), [([], "nothing"), ([0, 1], "everything"), ([2], "not_theirs"), ([0, 2], "not_theirs")]
)
def test_a_split_that_is_none_is_refused(chosen: list[int], code: str) -> None:
    records = come(known("crm", "1", "a@kunde.example"), known("shop", "1", "a@kunde.example"), known("shop", "2"))
    refused(code, split_customer, customer_of(records[0]).pk, [records[i] for i in chosen], None, "x")
    assert not IdentityAct.objects.exists()


def test_merging_what_was_split_needs_a_confirmation_and_its_undo_sets_them_apart_again() -> None:
    one, two = come(known("crm", "1", "a@kunde.example"), known("shop", "1", "a@kunde.example"))
    first = split_customer(customer_of(one).pk, [two], None, "twins")
    new = customer_of(two)
    fault = refused("vetoed", merge_customers, customer_of(one).pk, new.pk, None, "x")
    assert [(why.kind, why.act) for why in fault.against] == [("apart", first.pk)]
    before = state()
    act = merge_customers(customer_of(one).pk, new.pk, None, "no twins", override=True)
    assert {kind for kind, _ in constraints()} == {"together"}
    undo(act.pk, None)
    assert state() == before


def test_a_merge_of_one_side_leaves_the_rest_of_a_split_apart() -> None:
    one, two, three = come(
        known("crm", "1", "a@kunde.example"),
        known("shop", "1", "a@kunde.example"),
        known("till", "1", "a@kunde.example"),
    )
    family = customer_of(one)
    split_customer(family.pk, [two, three], None, "x")
    pair = customer_of(two)
    split_customer(pair.pk, [three], None, "y")
    merge_customers(family.pk, customer_of(two).pk, None, "z", override=True)
    assert records_of(family) == {one, two}
    come(known("post", "1", "a@kunde.example"))
    assert customer_of(three) not in (family, customer_of(one))


# -- undo ------------------------------------------------------------------------------------------------------------


def test_undoing_a_merge_gives_back_exactly_what_was_and_undoing_that_merges_again() -> None:
    writes("anna@kunde.example", "bert@kunde.example")
    come(known("crm", "1", "anna@kunde.example"), known("shop", "2", "anna@kunde.example"), known("till", "3"))
    till, anna = (
        Customer.objects.get(pk=customer_of(come(known("till", "3"))[0]).pk),
        customer_of(come(known("crm", "1"))[0]),
    )
    before = state()
    act = merge_customers(till.pk, anna.pk, None, "x")
    merged = state()
    assert merged != before
    back = undo(act.pk, None, "wrong")
    assert state() == before
    again = undo(back.pk, None)
    assert state() == merged
    undo(again.pk, None)
    assert state() == before
    standing = dict(IdentityAct.objects.values_list("id", "standing"))
    assert [standing[one] for one in (act.pk, back.pk, again.pk)] == [False, True, False]


def test_undoing_a_split_gives_back_exactly_what_was_and_the_new_number_leads_on() -> None:
    writes("anna@kunde.example")
    _crm, shop = come(known("crm", "1", "anna@kunde.example"), known("shop", "2", "anna@kunde.example"))
    anna = customer_of(shop)
    before = state()
    act = split_customer(anna.pk, [shop], None, "x")
    split = state()
    back = undo(act.pk, None)
    assert state(but=[act.other_id]) == before
    assert Customer.objects.get(pk=act.other_id).merged_into_id == anna.pk
    undo(back.pk, None)
    assert state() == split


def test_an_act_is_undone_once() -> None:
    a, b = customers(known("crm", "1"), known("shop", "2"))
    act = merge_customers(a.pk, b.pk, None, "x")
    back = undo(act.pk, None)
    assert refused("undone", undo, act.pk, None).act == back.pk
    assert IdentityAct.objects.count() == 2


def test_a_later_act_about_the_same_records_is_undone_first() -> None:
    a, b, c = customers(known("crm", "1"), known("shop", "2"), known("till", "3"))
    start = state()
    first = merge_customers(a.pk, b.pk, None, "x")
    between = state()
    second = merge_customers(c.pk, a.pk, None, "y")
    assert refused("later", undo, first.pk, None).act == second.pk
    back = undo(second.pk, None)
    assert state() == between
    undo(first.pk, None)
    assert state() == start
    # and what was undone cannot be done again under what came after it
    other = merge_customers(b.pk, c.pk, None, "z")
    assert refused("later", undo, back.pk, None).act == other.pk


def test_a_later_act_about_others_does_not_stand_in_the_way() -> None:
    a, b, c, d = customers(known("crm", "1"), known("shop", "2"), known("till", "3"), known("post", "4"))
    first = merge_customers(a.pk, b.pk, None, "x")
    merge_customers(c.pk, d.pk, None, "y")
    undo(first.pk, None)
    assert len(records_of(a)) == len(records_of(b)) == 1 and len(records_of(c)) == 2


def test_what_came_in_between_goes_where_it_belongs_when_a_merge_is_undone() -> None:
    one, two = come(known("crm", "1", "anna@kunde.example"), known("shop", "2", "berta@kunde.example"))
    a, b = customer_of(one), customer_of(two)
    act = merge_customers(a.pk, b.pk, None, "x")
    three, four = come(known("s3", "3", "anna@kunde.example"), known("s4", "4", "berta@kunde.example"))
    assert customer_of(three) == customer_of(four) == a
    undo(act.pk, None)
    assert (records_of(a), records_of(b)) == ({one, three}, {two, four})
    b.refresh_from_db()
    assert b.merged_into_id is None


def test_what_a_proof_binds_meanwhile_stays_one_customer_when_a_merge_is_undone() -> None:
    one, two = come(known("crm", "1", "anna@kunde.example"), known("shop", "2", "berta@kunde.example"))
    a, b = customer_of(one), customer_of(two)
    act = merge_customers(a.pk, b.pk, None, "x")
    come(known("crm", "1", "berta@kunde.example"))
    undo(act.pk, None)
    assert records_of(a) == {one, two}
    b.refresh_from_db()
    assert b.merged_into_id == a.pk
    assert constraints() == set()


def test_open_pages_of_cases_that_follow_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[int]] = []
    (case,) = writes("anna@kunde.example")
    (till,) = customers(known("till", "3"))
    monkeypatch.setattr("rundblick.cases.folding.announce_cases", lambda _cur, cases: told.append(list(cases)))
    merge_customers(till.pk, case.customer_id, None, "x")  # type: ignore[arg-type]
    assert told == [[case.pk]]


# -- a crash in the middle -------------------------------------------------------------------------------------------


class Crash(Exception):
    pass


def crashing(at: int) -> Any:
    """A cursor of which the ``at``-th statement that changes something fails, and the number of those so far."""
    from contextlib import contextmanager

    from rundblick.core import database

    done = [0]

    class Failing(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            if not str(query).lstrip().startswith(("SELECT", "WITH")):
                done[0] += 1
                if done[0] == at:
                    raise Crash
            return super().execute(query, *arguments, **options)

    @contextmanager
    def cursor() -> Iterator[Any]:
        with database.cursor() as cur, Failing(cur.connection) as failing:
            yield failing

    return cursor, done


@pytest.mark.parametrize("deed", ["merge", "split", "undo"])
def test_a_crash_at_any_write_leaves_nothing_half(deed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    writes("anna@kunde.example")
    _crm, shop = come(known("crm", "1", "anna@kunde.example"), known("shop", "2", "anna@kunde.example"))
    (other,) = customers(known("till", "3"))
    anna = customer_of(shop)
    act = merge_customers(anna.pk, other.pk, None, "x") if deed == "undo" else None

    def do() -> IdentityAct:
        if deed == "merge":
            return merge_customers(other.pk, anna.pk, None, "x")
        if deed == "split":
            return split_customer(anna.pk, [shop], None, "x")
        assert act is not None
        return undo(act.pk, None, "x")

    before = state(), Event.objects.count(), Assignment.objects.count(), IdentityAct.objects.count()
    for at in range(1, 100):
        failing, done = crashing(at)
        monkeypatch.setattr(merging, "cursor", failing)
        try:
            do()
        except Crash:
            now = state(), Event.objects.count(), Assignment.objects.count(), IdentityAct.objects.count()
            assert now == before, f"something is left of a {deed} that failed at its write {at}"
        else:
            break
    assert done[0] == at - 1 >= 9
    assert state() != before[0]


# -- repair ----------------------------------------------------------------------------------------------------------


def test_what_is_a_cache_is_computed_again_by_one_command() -> None:
    (case,) = writes("anna@kunde.example")
    (till,) = customers(known("till", "3"))
    mail = case.customer_id
    merge_customers(till.pk, mail, None, "x")  # type: ignore[arg-type]
    right = state()
    Customer.objects.filter(pk=mail).update(merged_into_id=None)
    Customer.objects.filter(pk=till.pk).update(merged_into_id=mail)
    Case.objects.update(customer_id=mail)
    found = verification.verify()
    assert {check.name for check in found.checks if check.differences} == {
        "assignments",
        "merged-customers",
        "case-customers",
    }
    assert set(verification.repair(found)) == {"merged-customers", "case-customers"}
    assert state() == right
