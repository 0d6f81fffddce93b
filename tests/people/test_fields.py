"""Birth dates and payment data: who must not see them finds them on no page and in no answer."""

from __future__ import annotations

from typing import Any

import pytest

from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.rulebooks import RuleError, put_in_force
from rundblick.customers.models import Assignment, Customer, Identifier, RecordVersion
from rundblick.people import gate
from rundblick.people.fields import FIELDS, GROUPS, USUAL, FieldRule, Fields, group_of, hidden_groups, holds_iban
from rundblick.people.models import Role, Team, User
from rundblick.people.roles import visible_facts
from rundblick.people.sight import sight_of

from .house import AT, House
from .test_every_route import Visitor, address, all_routes, arguments, objects

__all__ = ["objects"]

BORN = "1957-10-04"
IBAN = "DE02120300000000202051"
CARD = "4929000011112222"
PLANTED = (BORN, "4. Oktober 1957", "04.10.1957", "Oct 4, 1957", "19571004", IBAN, CARD)


def planted(customer: Customer) -> None:
    """A birth date, an account and a card of this customer, as facts and as identifiers."""
    record = Assignment.objects.filter(customer=customer, valid_to=None)[0].record
    facts = {
        "first_name": "Anna",
        "last_name": "Muster",
        "birth_date": BORN,
        "iban": IBAN,
        "Bemerkung": f"zahlt {IBAN}",
    }
    RecordVersion.objects.create(record=record, content_digest=b"p" * 16, seen_at=AT, key="K-1", facts=facts)
    digests = Digests(bytes(installation().salt))
    for kind, value in (("iban", IBAN), ("card_no", CARD)):
        Identifier.objects.create(
            record=record, kind=kind, issuer="crm", value=value, digest=digests.identifier(kind, "crm", value),
            strength="strong", seen_at=AT,
        )  # fmt: skip


def leaks(user: User, objects: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    visitor = Visitor(user)
    found = []
    for route in all_routes():
        if "openapi" in route.path or "sign" in route.path or route.need.public:
            continue
        about = objects[route.need.about]["ours"] if route.need.about else None
        path = address(route, arguments(route, about))
        answer = visitor.ask(route, "GET" if "GET" in route.methods else route.methods[0], f"{path}?q=Muster")
        shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found += [(str(route), sign) for sign in PLANTED if sign in shown.decode("utf-8", "replace")]
    return found


@pytest.fixture
def town(house: House, objects: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Anna, and whoever she was merged with or is asked about, have what is to be hidden."""
    planted(house.anna)
    return objects


@pytest.mark.parametrize("role", ["partner", "analyst", "no role"])
def test_by_default_outside_firms_and_analysts_find_none_of_it_anywhere(
    house: House, town: dict[str, dict[str, Any]], role: str
) -> None:
    user = house.everyone()[role]
    if role == "partner":
        user.person.memberships.create(team=house.support)
    assert leaks(user, town) == []


@pytest.mark.parametrize("role", ["lead", "admin", "auditor"])
def test_a_rule_hides_it_from_any_role_on_every_page_and_route(
    house: House, town: dict[str, dict[str, Any]], role: str
) -> None:
    user = house.everyone()[role]
    assert leaks(user, town), "who may see it finds it: else this test finds nothing"
    hidden = tuple(FieldRule(group, (Role(user.role).value,)) for group in ("birth", "payment"))
    put_in_force(FIELDS, Fields(hidden), by=None, seen=0)
    assert leaks(house.everyone()[role].__class__.objects.get(pk=user.pk), town) == []


def test_what_is_hidden_is_not_found_by_searching_for_it_either(house: House) -> None:
    planted(house.anna)
    visitor = Visitor(house.olga)
    found = visitor.browser.get("/search/", {"q": CARD}).content.decode()
    assert str(house.anna.uuid) in found
    put_in_force(FIELDS, Fields((FieldRule("payment", ("agent",)),)), by=None, seen=0)
    visitor = Visitor(User.objects.get(pk=house.olga.pk))
    assert str(house.anna.uuid) not in visitor.browser.get("/search/", {"q": CARD}).content.decode()
    answer = visitor.script.get("/api/v1/search", {"q": CARD}, headers=visitor.headers)
    assert answer.json()["customers"] == []


def test_a_group_can_be_for_some_teams_only(house: House) -> None:
    only = Fields((FieldRule("payment", (), (str(house.billing.uuid),)),))
    put_in_force(FIELDS, only, by=None, seen=0)
    facts = {"iban": IBAN, "city": "Kiel"}
    assert gate.shown_facts(house.olga, facts) == {"city": "Kiel"}
    assert gate.shown_facts(house.sven, facts) == facts
    assert gate.shown_facts(house.maria, facts) == facts  # a manager is in no team


@pytest.mark.parametrize(
    ("field", "value", "group"),
    [
        ("birth_date", "", "birth"),
        ("birth_date_as_written", "", "birth"),
        ("Geburtsdatum", "", "birth"),
        ("fact:geb_datum", "", "birth"),
        ("iban", "", "payment"),
        ("card_no", "", "payment"),
        ("account_no", "", "payment"),
        ("Kontonummer", "", "payment"),
        ("note", "bitte auf DE02 1203 0000 0000 2020 51 zahlen", "payment"),
        ("email", "", "contact"),
        ("street", "", "address"),
        ("customer_no", "4711", ""),
        ("first_name", "Anna", ""),
        ("note", "DE03 1203 0000 0000 2020 51", ""),  # wrong check digits
        ("newsletter", "ja", ""),
        ("message", "", ""),
    ],
)
def test_a_field_belongs_to_a_group_by_its_name_or_value(field: str, value: str, group: str) -> None:
    assert group_of(field, value) == group


def test_an_account_number_is_known_by_its_check_digits() -> None:
    assert holds_iban("GB82 WEST 1234 5698 7654 32")
    assert not holds_iban("AB12 3456 7890 1234 5678")


def test_the_default_hides_birth_and_payment_from_two_roles() -> None:
    for role in Role.values:
        hidden = hidden_groups(USUAL, role, [])
        assert hidden.groups == (frozenset({"birth", "payment"}) if role in ("partner", "analyst") else frozenset())
        shown = visible_facts(role, {"birth_date": BORN, "iban": IBAN}, hidden)
        assert bool(shown) is (role not in ("partner", "analyst"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (FieldRule("colour"), "no group of fields colour"),
        (FieldRule("birth", ("king",)), "no role king"),
        (FieldRule("birth", (), ("00000000-0000-0000-0000-000000000000",)), "no team"),
    ],
)
def test_rules_that_name_what_is_not_there_are_refused(db: None, rule: FieldRule, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        put_in_force(FIELDS, Fields((rule,)), by=None, seen=0)


def test_two_rules_for_one_group_are_refused(db: None) -> None:
    with pytest.raises(RuleError, match="two rules"):
        put_in_force(FIELDS, Fields((FieldRule("birth"), FieldRule("birth"))), by=None, seen=0)


def test_the_page_puts_rules_into_force_and_says_when_somebody_was_faster(house: House) -> None:
    visitor = Visitor(house.maria)
    shown = {f"{group}:{role}": "1" for group in GROUPS for role in Role.values if (group, role) != ("birth", "agent")}
    assert visitor.browser.post("/fields/save/", {**shown, "version": "0"}).status_code == 302
    assert gate.shown_facts(User.objects.get(pk=house.olga.pk), {"birth_date": BORN}) == {}
    late = visitor.browser.post("/fields/save/", {**shown, "version": "0"})
    assert late.status_code == 422
    assert "Somebody else" in late.content.decode()
    assert sight_of(house.olga).role == "agent"
    assert Team.objects.exists()
