"""Who can sign in to the sample company. Only ever made in a database that is marked as sample."""

from __future__ import annotations

from rundblick.people.models import Membership, Person, PersonContent, Role, Team, User

SAMPLE_PASSWORD = "rundblick-sample"
"""Known to everybody: a sample database holds invented people and sends nothing outside this machine."""

_USERS = (
    ("agent@nordlicht.example", "Jana Petersen", Role.AGENT),
    ("lead@nordlicht.example", "Murat Aydin", Role.LEAD),
    ("manager@nordlicht.example", "Sabine Kröger", Role.MANAGER),
    ("admin@nordlicht.example", "Tom Hansen", Role.ADMIN),
    ("analyst@nordlicht.example", "Ines Wulff", Role.ANALYST),
    ("auditor@nordlicht.example", "Georg Thamm", Role.AUDITOR),
    ("partner@nordlicht.example", "Lea Brandt", Role.PARTNER),
)


def make_sample_users() -> None:
    """One user for each role; those who are there stay as they are."""
    there = set(User.objects.values_list("email", flat=True))
    for email, name, role in _USERS:
        if email not in there:
            User.objects.create_user(email, SAMPLE_PASSWORD, name=name, role=role)


def join_sample_teams() -> None:
    """Give the users the work of the team to which everything without a better owner goes, the partner a partner's."""
    teams = {
        Role.AGENT: Team.objects.filter(is_default=True),
        Role.LEAD: Team.objects.filter(is_default=True),
        Role.PARTNER: Team.objects.filter(name__contains="(Partner)"),
    }
    for email, name, role in _USERS:
        user = User.objects.filter(email=email).first()
        if user is None or role not in teams:
            continue
        person, _ = Person.objects.get_or_create(user=user)
        PersonContent.objects.get_or_create(person=person, defaults={"name": name})
        for team in teams[role]:
            Membership.objects.get_or_create(person=person, team=team)
