"""Users and teams: who may do what to whom, and what a role that is taken away means in that very moment."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rundblick.core import verification
from rundblick.core.models import Event
from rundblick.people import tokens
from rundblick.people.invitations import invitation_path
from rundblick.people.models import Membership, Role, Team, User
from rundblick.people.registers import known_roles
from rundblick.people.sight import sight_of
from rundblick.people.teams import TeamError, change_team, make_team, set_members
from rundblick.people.users import UserError, change, invite, lock, unlock

from .house import House, a_team
from .test_every_route import Visitor, all_routes

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# -- users ------------------------------------------------------------------------------------------------------------


def test_whoever_is_invited_chooses_a_password_and_is_in_his_team(house: House) -> None:
    user = invite(" New@Muster.example ", "Nina  Neu", Role.AGENT, by=house.anton, teams=[house.support])
    assert (user.email, user.name) == ("new@muster.example", "Nina Neu")
    assert sight_of(user).teams == (house.support.pk,)
    client = Client()
    words = {"new_password1": "a long enough one", "new_password2": "a long enough one"}
    assert client.post(invitation_path(user), words).status_code == 302
    assert client.get("/inbox/").status_code == 200
    event = Event.objects.get(kind="user.invited")
    assert (event.actor_id, event.data) == (house.anton.person.pk, {"role": "agent"})


@pytest.mark.parametrize(
    ("email", "name", "role", "field"),
    [
        ("no address", "Nina", "agent", "email"),
        ("nina@muster.example", "  ", "agent", "name"),
        ("nina@muster.example", "Nina", "king", "role"),
    ],
)
def test_an_invitation_that_cannot_be_says_where(house: House, email: str, name: str, role: str, field: str) -> None:
    with pytest.raises(UserError) as error:
        invite(email, name, role, by=house.anton)
    assert error.value.field == field
    assert not User.objects.filter(email="nina@muster.example").exists()


def test_an_address_is_taken_once(house: House) -> None:
    with pytest.raises(UserError, match="already"):
        invite(house.olga.email.upper(), "Olga", Role.AGENT, by=house.anton)


def test_nobody_is_put_into_a_closed_team(house: House) -> None:
    closed = a_team("Closed", closed_at=house.olgas.last_at, successor=house.support)
    with pytest.raises(UserError, match="closed"):
        invite("nina@muster.example", "Nina", Role.AGENT, by=house.anton, teams=[closed])


def test_nobody_changes_his_own_role_or_locks_himself_out(house: House) -> None:
    User.objects.filter(pk=house.maria.pk).update(role=Role.ADMIN)
    with pytest.raises(UserError, match="own role"):
        change(house.anton, by=house.anton, role=Role.AGENT)
    with pytest.raises(UserError, match="yourself"):
        lock(house.anton, by=house.anton)


def test_the_last_administrator_stays_one(house: House) -> None:
    for deed in (
        lambda: change(house.anton, by=house.maria, role=Role.MANAGER),
        lambda: lock(house.anton, by=house.maria),
        lambda: change(house.anton, by=None, role=""),
    ):
        with pytest.raises(UserError, match="last administrator"):
            deed()
    assert User.objects.get(pk=house.anton.pk).role == Role.ADMIN


def test_whoever_is_locked_is_out_and_comes_in_again(house: House) -> None:
    house.olga.set_password("a long enough password")
    house.olga.save()
    client = signed_in(house.olga)
    lock(house.olga, by=house.anton)
    assert client.get("/inbox/").status_code == 302
    unlock(house.olga, by=house.anton)
    assert client.get("/inbox/").status_code == 302  # the session of then stays ended
    assert Client().login(username=house.olga.email, password="a long enough password")


def test_teams_change_as_a_set_but_for_those_that_are_closed(house: House) -> None:
    closed = a_team("Closed")
    Membership.objects.create(person=house.olga.person, team=closed)
    Team.objects.filter(pk=closed.pk).update(closed_at=house.olgas.last_at, successor=house.support)
    change(house.olga, by=house.anton, teams=[house.billing])
    mine = Membership.objects.filter(person=house.olga.person).values_list("team", flat=True)
    assert set(mine) == {closed.pk, house.billing.pk}


def test_a_role_that_does_not_exist_is_found(house: House) -> None:
    User.objects.filter(pk=house.kurt.pk).update(role="emperor")
    verified = verification.verify(["roles"])
    assert not verified.is_right
    assert known_roles is not None


# -- a role removed while its owner is signed in ----------------------------------------------------------------------


def test_the_next_click_says_what_happened_and_whom_to_ask(house: House) -> None:
    client = signed_in(house.olga)
    assert client.get("/inbox/").status_code == 200
    change(house.olga, by=house.anton, role="")
    page = client.get("/inbox/", headers={"Accept-Language": "en"})
    assert page.status_code == 403
    text = page.content.decode()
    assert "no role now" in text
    assert "Anton" in text
    assert "/sign-out/" in text
    assert "no-store" in page["Cache-Control"]
    german = client.get("/inbox/", headers={"Accept-Language": "de"}).content.decode()
    assert "keine Rolle mehr" in german


def test_a_part_of_a_page_makes_the_whole_page_say_so(house: House) -> None:
    client = signed_in(house.olga)
    change(house.olga, by=house.anton, role="")
    part = client.get("/inbox/", headers={"HX-Request": "true"})
    assert part.status_code == 403
    assert part["HX-Refresh"] == "true"
    lock(house.olga, by=house.anton)
    gone = client.get("/inbox/", headers={"HX-Request": "true"})
    assert (gone.status_code, gone["HX-Redirect"]) == (401, "/sign-in/")


def test_the_api_says_it_too(house: House) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue(house.olga, 'script', ['*']).text}"}
    change(house.olga, by=house.anton, role="")
    answer = Client().get("/api/v1/cases", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["title"]
    assert "no-store" in answer["Cache-Control"]
    lock(house.olga, by=house.anton)
    assert Client().get("/api/v1/cases", headers=headers).status_code == 401


def test_a_smaller_role_holds_from_the_next_click_on(house: House) -> None:
    client = signed_in(house.maria)
    assert client.get("/people/").status_code == 200
    change(house.maria, by=house.anton, role=Role.AGENT)
    assert client.get("/people/").status_code == 403
    assert client.get("/inbox/").status_code == 200


def test_an_auditor_changes_nothing_wherever_he_may_go(house: House) -> None:
    visitor = Visitor(house.rolf)
    before = _counted()
    for route in all_routes():
        if route.arguments or "sign" in route.path or route.need.public or route.path == "preferences/":
            continue
        if sight_of(house.rolf).allows(route.need.permission):
            for method in route.methods:
                visitor.ask(route, method, "/" + route.path)
    assert _counted() == before


def _counted() -> list[Any]:
    from rundblick.cases.models import Case, CaseEntry, Message
    from rundblick.core.models import Rulebook
    from rundblick.people.models import Absence

    tables = (Event, Case, CaseEntry, Message, User, Team, Membership, Absence, Rulebook)
    return [table._default_manager.count() for table in tables]


# -- teams ------------------------------------------------------------------------------------------------------------


def test_a_team_is_made_renamed_and_given_members(house: House) -> None:
    team = make_team("  Returns ", partner=False, by=house.anton)
    change_team(team, name="Returns and repairs", partner=True, by=house.anton)
    set_members(team, [house.paul.person, house.kurt.person], by=house.anton)
    set_members(team, [house.kurt.person], by=house.anton)
    team.refresh_from_db()
    assert (team.name, team.is_partner) == ("Returns and repairs", True)
    assert list(Membership.objects.filter(team=team).values_list("person", flat=True)) == [house.kurt.person.pk]


def test_teams_that_cannot_be_are_refused(house: House) -> None:
    with pytest.raises(TeamError, match="needs a name"):
        make_team("  ", by=house.anton)
    with pytest.raises(TeamError, match="already"):
        make_team(house.support.name.upper(), by=house.anton)
    Team.objects.filter(pk=house.support.pk).update(is_default=True)
    with pytest.raises(TeamError, match="no outside firm"):
        change_team(house.support, partner=True, by=house.anton)
