"""The company in which the bench of the desk works: its teams, its people, its mailbox, and the agent who looks."""

from __future__ import annotations

from dataclasses import dataclass

from bench.desk_texts import MINE, PERSONS, TEAMS, Concern, name_of

ADDRESS, SOURCE = "service@bench.example", "mailbox:service@bench.example"
AGENT, LEAD, PASSWORD = "agent@bench.example", "lead@bench.example", "a long enough password"


@dataclass(frozen=True, slots=True)
class House:
    """Row ids: of the teams and persons by their place in the list, of the systems and the mailbox's source."""

    teams: tuple[int, ...]
    persons: tuple[int, ...]
    email: int
    own: int
    source: int
    account: str

    def who(self, concern: Concern) -> int:
        """Who works in a case: its owner, or else somebody of its team."""
        person = concern.person if concern.person is not None else concern.team * (PERSONS // TEAMS) + concern.n % 8
        return self.persons[person]


def build() -> House:
    """Everything of a company but its cases, once; a company that is there is found."""
    from rundblick.cases.deeds import OWN_SYSTEM
    from rundblick.channels.models import Account
    from rundblick.core.installation import installation
    from rundblick.core.models import Source, System
    from rundblick.people.models import Membership, Person, PersonContent, Role, Team, User

    installation()
    email, _ = System.objects.get_or_create(code="email", defaults={"name": "E-Mail"})
    own, _ = System.objects.get_or_create(code=OWN_SYSTEM, defaults={"name": "Rundblick"})
    source, _ = Source.objects.get_or_create(code=SOURCE, defaults={"kind": "mail", "name": ADDRESS})
    account, _ = Account.objects.get_or_create(
        source=source,
        defaults={
            "channel": "email",
            "name": "Service",
            "address": ADDRESS,
            "settings": {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"},
        },
    )
    teams = []
    for n in range(TEAMS):
        team, _ = Team.objects.get_or_create(
            key=f"team-{n}", system=None, defaults={"name": f"Team {n}", "is_default": n == TEAMS - 1}
        )
        teams.append(team.pk)
    persons = []
    for n in range(PERSONS):
        user, made = User.objects.get_or_create(email=f"p{n}@bench.example", defaults={"name": name_of(n * 31)})
        if made:
            user.set_unusable_password()
            user.save()
        persons.append(_works_in(user, [teams[n * TEAMS // PERSONS]]))
    for address, role in ((AGENT, Role.AGENT), (LEAD, Role.LEAD)):
        user, made = User.objects.get_or_create(email=address, defaults={"name": role.label, "role": role})
        if made:
            user.set_password(PASSWORD)
            user.save()
        _works_in(user, [teams[n] for n in MINE])
    assert Membership.objects.count() == PERSONS + 2 * len(MINE)
    assert PersonContent.objects.count() == Person.objects.count()
    return House(tuple(teams), tuple(persons), email.pk, own.pk, source.pk, str(account.uuid))


def _works_in(user, teams: list[int]) -> int:  # type: ignore[no-untyped-def]
    from rundblick.people.models import Membership, Person, PersonContent

    person, _ = Person.objects.get_or_create(user=user)
    PersonContent.objects.get_or_create(person=person, defaults={"name": user.name})
    for team in teams:
        Membership.objects.get_or_create(person=person, team_id=team)
    return person.pk
