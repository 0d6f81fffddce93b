"""Who sees which case and customer: the owner, the colleague, the stranger, and the other roles."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, InternalError, transaction
from django.http import Http404, HttpRequest

from rundblick.cases.models import Case, Message
from rundblick.core.models import Installation
from rundblick.customers.models import Customer
from rundblick.intake.models import Quarantine
from rundblick.people import gate
from rundblick.people.models import AccessLog, User
from rundblick.people.roles import GRANTS, PERMISSIONS, within
from rundblick.people.sight import sight_of

from .house import House, a_case, a_customer, a_kept_piece, a_message, a_user, an_attachment

WRITES = ["case.write", "case.handover"]


def fresh(user: User) -> User:
    """The user as the next request loads him."""
    return User.objects.get(pk=user.pk)


def cases_of(user: User, permission: str = "case.read") -> set[int]:
    return set(Case.objects.filter(gate.visible_cases(user, permission)).values_list("id", flat=True))


def customers_of(user: User) -> set[int]:
    return set(Customer.objects.filter(gate.visible_customers(user)).values_list("id", flat=True))


def test_the_owner_sees_his_case_and_that_of_his_team(house: House) -> None:
    assert {house.olgas.pk, house.supports.pk} <= cases_of(house.olga)


def test_the_colleague_sees_the_owners_case_and_may_write_to_it(house: House) -> None:
    assert house.olgas.pk in cases_of(house.kurt)
    for permission in WRITES:
        assert house.olgas.pk in cases_of(house.kurt, permission)


def test_the_stranger_sees_neither_case_nor_the_teams_customer(house: House) -> None:
    assert house.supports.pk not in cases_of(house.sven)
    assert house.billings.pk not in cases_of(house.olga)
    assert house.bernd.pk not in customers_of(house.olga)


def test_other_teams_cases_of_a_customer_of_ours_are_read_but_not_written_to(house: House) -> None:
    assert house.annas_at_billing.pk in cases_of(house.olga)
    for permission in WRITES:
        assert house.annas_at_billing.pk not in cases_of(house.olga, permission)


def test_the_inbox_holds_only_the_teams_own_cases(house: House) -> None:
    mine = set(Case.objects.filter(gate.team_cases(house.olga)).values_list("id", flat=True))
    assert mine == {house.olgas.pk, house.supports.pk}


def test_a_partner_sees_his_teams_cases_and_no_other_of_the_same_customer(house: House) -> None:
    elsewhere = a_case(house.support, house.clara)
    assert cases_of(house.paul) == {house.repair.pk}
    assert customers_of(house.paul) == {house.clara.pk}
    assert elsewhere.pk not in cases_of(house.paul)


def test_managers_and_administrators_see_every_case_and_customer(house: House) -> None:
    for user in (house.maria, house.anton):
        assert cases_of(user) >= {case.pk for case in house.cases()}
        assert customers_of(user) >= {house.anna.pk, house.bernd.pk, house.clara.pk}


def test_without_a_role_or_signed_in_nothing_is_seen(house: House) -> None:
    from django.contrib.auth.models import AnonymousUser

    for user in (house.nora, AnonymousUser(), None):
        assert not Case.objects.filter(gate.visible_cases(user)).exists()
        assert not Case.objects.filter(gate.team_cases(user)).exists()
        assert not Customer.objects.filter(gate.visible_customers(user)).exists()
        assert not Message.objects.filter(gate.visible_in_case()(user)).exists()
        assert not gate.allowed(user, "self")


def test_a_user_who_was_switched_off_sees_nothing_at_once(house: House) -> None:
    house.maria.is_active = False
    assert not cases_of(house.maria)


def test_a_case_without_customer_does_not_open_all_others_without_one(house: House) -> None:
    nameless = a_case(house.billing)
    assert nameless.pk not in cases_of(house.olga)  # house.supports has no customer either


def test_messages_and_attachments_are_visible_where_their_case_is(house: House) -> None:
    ours, theirs = a_message(house.olgas), a_message(house.billings)
    seen = set(Message.objects.filter(gate.visible_in_case()(house.olga)).values_list("id", flat=True))
    assert ours.pk in seen
    assert theirs.pk not in seen
    assert gate.fetch(house.olga, "attachment", "case.read", "uuid", an_attachment(ours).uuid)
    with pytest.raises(Http404):
        gate.fetch(house.olga, "attachment", "case.read", "uuid", an_attachment(theirs).uuid)


def test_kept_pieces_of_other_teams_stay_hidden_and_those_of_files_do_not(house: House) -> None:
    ours, theirs, a_files = a_kept_piece(house.supports), a_kept_piece(house.billings), a_kept_piece(None)
    leads = set(Quarantine.objects.filter(gate.visible_quarantine(house.lena)).values_list("id", flat=True))
    assert {ours.pk, a_files.pk} <= leads
    assert theirs.pk not in leads
    assert not Quarantine.objects.filter(gate.visible_quarantine(house.olga)).exists()
    assert Quarantine.objects.filter(gate.visible_quarantine(house.maria)).count() == 3


def test_what_may_not_be_seen_and_what_is_not_there_look_the_same(house: House) -> None:
    from rundblick.core.ids import uuid7

    said = []
    for uuid in (house.billings.uuid, uuid7()):
        with pytest.raises(Http404) as raised:
            gate.fetch(house.olga, "case", "case.read", "uuid", uuid)
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_merged_customer_leads_to_the_surviving_one(house: House) -> None:
    old = a_customer()
    old.merged_into = house.anna
    old.save()
    assert gate.fetch(house.olga, "customer", "customer.read", "number", old.number) == house.anna
    other = a_customer()
    other.merged_into = house.bernd
    other.save()
    with pytest.raises(Http404):
        gate.fetch(house.olga, "customer", "customer.read", "number", other.number)


def test_partners_do_not_see_identifiers_nor_facts_beyond_the_address(house: House) -> None:
    facts = {"name": "Clara Muster", "city": "Graz", "email": "clara@muster.example", "birth_date": "1980-01-01"}
    assert gate.shown_facts(house.paul, facts) == {"name": "Clara Muster", "city": "Graz"}
    assert gate.shown_facts(house.olga, facts) == facts
    assert gate.shown_facts(house.nora, facts) == {}
    assert "identifiers" in gate.hidden_fields(house.paul, "customer")
    assert not gate.hidden_fields(house.olga, "customer")


def test_a_read_only_installation_lets_nobody_write(house: House) -> None:
    Installation.objects.update_or_create(id=1, defaults={"salt": b"x" * 32, "read_only": True})
    for user in map(fresh, (house.olga, house.anton)):
        assert gate.allowed(user, "case.read")
        for permission in (*WRITES, "quarantine.run", "intake.write"):
            assert not gate.allowed(user, permission)
            assert not cases_of(user, permission)


def test_every_grant_is_a_permission_that_exists() -> None:
    assert frozenset().union(*GRANTS.values()) == PERMISSIONS


@pytest.mark.parametrize(
    ("scopes", "left"),
    [
        (["case.read"], {"case.read"}),
        (["case.*"], {"case.read", "case.write"}),
        (["*"], {"case.read", "case.write", "search"}),
        (["search", "report.read"], {"search"}),
        (["cas"], set()),
        ([], set()),
    ],
)
def test_a_tokens_scopes_only_take_away(scopes: list[str], left: set[str]) -> None:
    assert within(frozenset({"case.read", "case.write", "search"}), scopes) == left


def test_the_query_for_a_users_teams_is_made_once_a_request(house: House, django_assert_num_queries: object) -> None:
    user = fresh(house.olga)
    with django_assert_num_queries(3):  # type: ignore[operator]
        for _ in range(3):
            gate.visible_cases(user)
            gate.allowed(user, "case.read")


def test_an_unknown_permission_or_kind_is_refused_when_the_view_is_written() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"case\.rea"):
        gate.needs("case.rea")
    with pytest.raises(ImproperlyConfigured):
        gate.public("")
    with pytest.raises(ImproperlyConfigured, match="parcel"):
        gate.guarded("parcel")


def test_a_look_is_written_once_in_five_minutes_and_never_changed(house: House) -> None:
    sight = sight_of(house.olga)
    looks = {("customer", house.anna.pk): "", ("case", house.olgas.pk): "case.read"}
    gate.write_looks(sight, "customer.read", looks)
    gate.write_looks(sight, "customer.read", looks)
    gate.write_looks(sight_of(house.kurt), "customer.read", looks)
    rows = AccessLog.objects.order_by("id").values_list("user_id", "permission", "object_type", "object_id")
    assert sorted(rows) == sorted(
        (user.pk, permission, kind, id_)
        for user in (house.olga, house.kurt)
        for permission, kind, id_ in (
            ("customer.read", "customer", house.anna.pk),
            ("case.read", "case", house.olgas.pk),
        )
    )
    for change in (lambda: AccessLog.objects.update(user=None), lambda: AccessLog.objects.all().delete()):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()


def test_looking_at_a_case_notes_its_customer_too(house: House) -> None:
    request = HttpRequest()
    gate.saw_object(request, "case", house.olgas)
    gate.saw_object(request, "attachment", an_attachment(a_message(house.olgas)))
    assert ("customer", house.anna.pk) in gate.seen_in(request)
    assert {kind for kind, _ in gate.seen_in(request)} == {"case", "customer", "attachment"}


def test_a_user_in_no_team_sees_only_what_is_his(house: House) -> None:
    loner = a_user("Lutz", "agent")
    own = a_case(loner)
    assert cases_of(loner) == {own.pk}
