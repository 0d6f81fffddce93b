"""Registered at start: the system check of the gate; with privacy, what this room holds about a person."""

from collections.abc import Iterator, Sequence

from rundblick.core import sweeps, verification
from rundblick.core.verification import Difference, Options
from rundblick.people import checks, gate, limits, setting_up_words
from rundblick.people.models import Absence, Person, Role, Team
from rundblick.privacy import registry
from rundblick.privacy.registry import Content, Cursor, Subject, register

__all__ = ["checks"]

setting_up_words.register_steps()

register("people_user", installation="contrast email language name password role theme")
register("people_team", installation="key name")
register("people_person", skeleton="key_digest")
register(
    "people_personcontent",
    content=Content(
        {"key": "''", "name": "''"}, "person_id = ANY(%(subjects)s)", subject=Subject.PERSON, key="person_id"
    ),
)
register("people_apitoken", installation="digest name prefix scopes")
register("people_ratelimit", installation="key")
register("people_setupmark", skeleton="code state")
register("people_accesslog", skeleton="object_type permission")


def _digests(cur: Cursor, persons: Sequence[int]) -> list[bytes]:
    cur.execute("SELECT key_digest FROM people_person WHERE id = ANY(%s) AND key_digest IS NOT NULL", (list(persons),))
    return [bytes(digest) for (digest,) in cur.fetchall()]


def _persons(cur: Cursor, digests: Sequence[bytes]) -> list[int]:
    cur.execute("SELECT id FROM people_person WHERE key_digest = ANY(%s)", (list(digests),))
    return [person for (person,) in cur.fetchall()]


registry.keys[Subject.PERSON] = registry.Keys(_digests, _persons)


def known_roles(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Every user has a role that exists, or none: an unknown one opens nothing, and nobody would know why."""
    cur.execute("SELECT id, role FROM people_user WHERE role <> ALL(%s) ORDER BY id", (["", *Role.values],))
    for row, role in cur.fetchall():
        yield Difference("people_user", row, "role", role, f"one of {', '.join(Role.values)}")


gate.guard("person", Person, gate.visible_people)
gate.guard("team", Team, gate.visible_teams)
gate.guard("absence", Absence, gate.visible_absences)

verification.register("roles", known_roles)

sweeps.register("slow", "rate-limits", limits.forgetting, every=limits.HOUR_S)

verification.objects["installation"] = "core_installation"
verification.objects["person"] = "people_person"
verification.objects["team"] = "people_team"
verification.objects["user"] = "people_user"
