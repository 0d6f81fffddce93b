"""Merge, split and undo at the desk, as a lead (Lena), an agent (Olga) and a manager (Maria) meet them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from rundblick.cases.models import Case
from rundblick.core.models import System
from rundblick.core.numbers import customer_number, spaced
from rundblick.customers.merging import merge_customers
from rundblick.customers.models import Assignment, Customer, Identifier, IdentityAct, RecordVersion, SourceRecord
from tests.customers.known import come, customers, known, state
from tests.desk.test_pages import client_of, text_of
from tests.people.house import AT, House

pytestmark = pytest.mark.django_db


def told(customer: Customer, system: str = "crm", **facts: str) -> SourceRecord:
    """One more system says something of the customer, through the record that he has."""
    record: SourceRecord = Assignment.objects.filter(customer=customer, valid_to=None)[0].record
    System.objects.get_or_create(code=system)
    RecordVersion.objects.create(
        record=record, content_digest=str(facts).encode()[:60], seen_at=AT, key=f"{system}-{record.pk}", facts=facts
    )
    return record


def numbered(record: SourceRecord, value: str) -> None:
    Identifier.objects.create(
        record=record,
        kind="customer_no",
        issuer="crm",
        value=value,
        digest=value.encode().rjust(16),
        strength="strong",
    )


@pytest.fixture
def two(house: House) -> tuple[SourceRecord, SourceRecord]:
    """Anna, and Bernd, who is said to be the same."""
    return (
        told(house.anna, first_name="Anna", last_name="Muster", city="Kiel"),
        told(house.bernd, first_name="Anna", last_name="Muster", city="Wien"),
    )


def merge_page(customer: Customer) -> str:
    return f"/customers/{customer.uuid}/merge/"


def test_the_other_is_found_by_name_and_by_number_in_any_notation(maria: Client, house: House, two: Any) -> None:
    page = maria.get(merge_page(house.anna), {"q": "Muster"})
    assert f"?with={house.bernd.uuid}" in page.content.decode()
    assert f"?with={house.anna.uuid}" not in page.content.decode()
    answer = maria.get(merge_page(house.anna), {"q": spaced(house.bernd.number)})
    assert answer["Location"] == f"{merge_page(house.anna)}?with={house.bernd.uuid}"
    assert "leads to this customer already" in text_of(maria.get(merge_page(house.anna), {"q": house.anna.number}))
    assert "There is no such number" in text_of(maria.get(merge_page(house.anna), {"q": customer_number(9_000_000)}))
    assert "Nobody else was found" in text_of(maria.get(merge_page(house.anna), {"q": "zzzz"}))


def test_those_of_the_same_name_are_offered_before_anything_is_typed(maria: Client, house: House, two: Any) -> None:
    page = maria.get(merge_page(house.anna))
    assert "Of the same name" in text_of(page) and f"?with={house.bernd.uuid}" in page.content.decode()
    assert "Of the same name" not in text_of(maria.get(merge_page(house.clara)))


def test_both_stand_side_by_side_with_what_differs(maria: Client, house: House, two: Any) -> None:
    page = maria.get(merge_page(house.anna), {"with": str(house.bernd.uuid)})
    words = text_of(page)
    assert "Kiel" in words and "Wien" in words and "differs" in words
    assert len(re.findall("rb-differs", page.content.decode())) == 1
    assert "This speaks against it" not in words


def test_a_merge_and_its_undo(maria: Client, house: House, two: Any) -> None:
    before = state()
    answer = maria.post(merge_page(house.anna), {"with": str(house.bernd.uuid), "reason": "same voice"}, follow=True)
    words = text_of(answer)
    assert "same voice" in words and "was merged into" in words and "Maria" in words
    assert Case.objects.get(pk=house.billings.pk).customer_id == house.anna.pk
    led = maria.get(f"/customers/{house.bernd.uuid}/", follow=True)
    assert led.redirect_chain and "leads here since the two were joined" in text_of(led)
    act = IdentityAct.objects.get()
    back = maria.post(f"/identity-acts/{act.uuid}/undo/", {"back": str(house.bernd.uuid)}, follow=True)
    assert back.redirect_chain[-1][0] == f"/customers/{house.bernd.uuid}/"
    assert "lead to where they led before" in text_of(back) and "Do it again" in text_of(back)
    assert state() == before


def test_what_speaks_against_it_is_said_and_has_to_be_confirmed(maria: Client, house: House, two: Any) -> None:
    numbered(two[0], "4711")
    numbered(two[1], "4712")
    given = {"with": str(house.bernd.uuid), "reason": "x"}
    page = maria.get(merge_page(house.anna), {"with": given["with"]})
    assert "crm knows them under different numbers: 4711 and 4712" in text_of(page)
    refused = maria.post(merge_page(house.anna), given)
    assert refused.status_code == 422 and "Confirm it if they are one" in text_of(refused)
    assert not IdentityAct.objects.exists()
    assert maria.post(merge_page(house.anna), given | {"override": "1"}).status_code == 302
    assert "though something spoke against it" in text_of(maria.get(f"/customers/{house.anna.uuid}/"))


def test_a_merge_without_a_reason_comes_back_with_what_is_missing(maria: Client, house: House, two: Any) -> None:
    answer = maria.post(merge_page(house.anna), {"with": str(house.bernd.uuid), "reason": " "})
    assert answer.status_code == 422 and "reason is missing" in text_of(answer)
    assert not IdentityAct.objects.exists()


@pytest.mark.parametrize("broken", ["", "x", "00000000-0000-7000-8000-000000000000"])
def test_a_merge_with_nobody_shows_the_search_again(maria: Client, house: House, broken: str) -> None:
    answer = maria.post(merge_page(house.anna), {"with": broken, "reason": "x"})
    assert answer.status_code == 200 and "Merge with another number" in text_of(answer)
    assert not IdentityAct.objects.exists()


def test_a_split_shows_what_goes_along_before_it_is_done(maria: Client, house: House, two: Any) -> None:
    merge_customers(house.anna.pk, house.bernd.pk, None, "x")
    path = f"/customers/{house.anna.uuid}/split/"
    assert "Anna Muster, Wien" in text_of(maria.get(path))
    bernds = {"records": [str(two[1].uuid)]}
    preview = maria.post(path, bernds | {"do": "preview"})
    words = text_of(preview)
    assert preview.status_code == 200 and IdentityAct.objects.count() == 1
    assert "Goes along to a new number 1 record · 0 messages · 2 cases" in words
    assert maria.post(path, bernds | {"do": "split"}).status_code == 422
    done = maria.post(path, bernds | {"do": "split", "reason": "two people"}, follow=True)
    act = IdentityAct.objects.get(kind="split")
    new = Customer.objects.get(pk=act.other_id)
    assert spaced(new.number).replace("\u00a0", " ") in text_of(done)
    assert Case.objects.filter(customer=new).count() == 2


@pytest.mark.parametrize("do", ["preview", "split"])
def test_a_split_of_nothing_or_of_everything_is_refused(maria: Client, house: House, two: Any, do: str) -> None:
    merge_customers(house.anna.pk, house.bernd.pk, None, "x")
    path = f"/customers/{house.anna.uuid}/split/"
    given = {"do": do, "reason": "x"}
    everything = [str(record.uuid) for record in two]
    assert "Choose the records" in text_of(maria.post(path, given))
    assert "At least one has to stay" in text_of(maria.post(path, given | {"records": everything}))
    assert "no longer" in text_of(maria.post(path, given | {"records": [str(house.anna.uuid)]}))
    assert IdentityAct.objects.count() == 1


def test_an_undo_behind_a_later_act_has_no_button_and_is_refused(maria: Client, house: House, two: Any) -> None:
    first = merge_customers(house.anna.pk, house.bernd.pk, None, "x")
    merge_customers(house.clara.pk, house.anna.pk, None, "y")
    page = maria.get(f"/customers/{house.clara.uuid}/").content.decode()
    assert f"/identity-acts/{first.uuid}/undo/" not in page and page.count("/undo/") == 1
    answer = maria.post(f"/identity-acts/{first.uuid}/undo/", follow=True)
    assert "Undo that first" in text_of(answer)


def test_what_came_together_by_itself_is_told_and_has_no_button(maria: Client) -> None:
    (one,) = customers(known("crm", "1", "a@kunde.example"), known("shop", "2", "b@kunde.example"))[:1]
    come(known("crm", "1", "b@kunde.example"))
    page = maria.get(f"/customers/{one.uuid}/", follow=True)
    assert "1 record came from" in text_of(page) and "because of a shared identifier" in text_of(page)
    assert "/undo/" not in page.content.decode()


def test_an_agent_sees_the_history_and_no_button(olga: Client, house: House) -> None:
    merge_customers(house.anna.pk, house.bernd.pk, None, "known twice")
    page = olga.get(f"/customers/{house.anna.uuid}/")
    assert "known twice" in text_of(page)
    assert "/undo/" not in page.content.decode() and "/merge/" not in page.content.decode()
    assert olga.get(merge_page(house.anna)).status_code == 403


def test_a_lead_merges_only_with_whom_he_may_see(house: House, two: Any) -> None:
    lena = client_of(house.lena)
    page = lena.get(merge_page(house.anna), {"with": str(house.bernd.uuid)})
    assert "Merge with another number" in text_of(page) and "Wien" not in text_of(page)


def test_losing_values_are_one_click_away_with_their_source(maria: Client, house: House, two: Any) -> None:
    merge_customers(house.anna.pk, house.bernd.pk, None, "x")
    words = text_of(maria.get(f"/customers/{house.anna.uuid}/"))
    assert "1 other value" in words and "Kiel" in words and "Wien" in words
