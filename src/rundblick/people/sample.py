"""Who can sign in to the sample company. Only ever made in a database that is marked as sample."""

from __future__ import annotations

from rundblick.people.models import Role, User

SAMPLE_PASSWORD = "rundblick-sample"
"""Known to everybody: a sample database holds invented people and sends nothing outside this machine."""

_USERS = (
    ("agent@nordlicht.example", "Jana Petersen", Role.AGENT),
    ("lead@nordlicht.example", "Murat Aydin", Role.LEAD),
    ("manager@nordlicht.example", "Sabine Kröger", Role.MANAGER),
    ("admin@nordlicht.example", "Tom Hansen", Role.ADMIN),
    ("partner@nordlicht.example", "Lea Brandt", Role.PARTNER),
)


def make_sample_users() -> None:
    """One user for each role; those who are there stay as they are."""
    there = set(User.objects.values_list("email", flat=True))
    for email, name, role in _USERS:
        if email not in there:
            User.objects.create_user(email, SAMPLE_PASSWORD, name=name, role=role)
