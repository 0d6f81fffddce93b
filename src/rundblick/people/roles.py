"""What each role may do, over which cases, and which fields it does not see (docs/decisions/0007-gate.md)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from rundblick.people.fields import NOTHING, Hidden
from rundblick.people.models import Role


class Scope(StrEnum):
    """Over which cases a role's permissions reach.

    all   every case
    team  cases of the own teams and their members; to read, also the other cases of the customers of these
    own   cases of the own teams and their members, and nothing else
    """

    ALL = "all"
    TEAM = "team"
    OWN = "own"
    NONE = "none"


PERMISSIONS: Final = frozenset(
    {
        "self",  # one's own language, theme, password, signing out
        "case.read",
        "case.write",  # notes, answers, resolve, reopen
        "case.handover",
        "customer.read",
        "customer.identifiers",  # numbers, addresses and handles by which systems know somebody
        "customer.merge",  # decide who is one customer: merge, split, undo
        "models.read",  # the models by which customers are found, what they weigh and would change
        "models.write",  # learn one, put one into force, take that back
        "customer.timeline",  # what happened with somebody over all systems
        "search",
        "people.read",  # names of teams and colleagues, to hand over to
        "absence.write",  # who is away, and who takes his cases
        "team.read",  # load, waiting and handling time of teams, never of one person's minutes
        "rules.read",  # hours, promises, tiers, routing, escalation: what holds and since when
        "templates.write",  # text modules for answers
        "rules.write",  # prepare them, try them on what was, put them into force
        "audit.read",  # who saw and did what
        "report.read",
        "quarantine.read",
        "quarantine.run",
        "intake.write",  # hand a delivery to the road in
        "admin.users",
        "admin.tokens",
        "admin.settings",
        "admin.operations",  # health in detail, processes, back-ups
    }
)

WRITING: Final = frozenset(
    {
        "case.write",
        "case.handover",
        "customer.merge",
        "models.write",
        "quarantine.run",
        "intake.write",
        "absence.write",
        "rules.write",
        "templates.write",
    }
)
"""What a read-only installation (``rundblick check --keep``) refuses to everybody."""

_PARTNER: Final = frozenset({"self", "case.read", "case.write", "case.handover", "customer.read", "search"})
_AGENT: Final = _PARTNER | {"customer.identifiers", "customer.timeline", "people.read", "report.read"}
_LEAD: Final = _AGENT | {
    "customer.merge",
    "quarantine.read",
    "quarantine.run",
    "intake.write",
    "absence.write",
    "team.read",
    "rules.read",
    "templates.write",
}
# figures, and neither a customer nor a case; names of colleagues neither: he hands nothing over
_ANALYST: Final = frozenset({"self", "report.read", "team.read", "rules.read", "models.read"})
_AUDITOR: Final = frozenset(
    {
        "self",
        "case.read",
        "customer.read",
        "customer.identifiers",
        "customer.timeline",
        "search",
        "people.read",
        "report.read",
        "team.read",
        "rules.read",
        "models.read",
        "quarantine.read",
        "audit.read",
    }
)

GRANTS: Final[dict[str, frozenset[str]]] = {
    Role.PARTNER: _PARTNER,
    Role.AGENT: _AGENT,
    Role.LEAD: _LEAD,
    Role.MANAGER: _LEAD | {"models.read", "models.write", "rules.write"},
    Role.ADMIN: PERMISSIONS,
    Role.ANALYST: _ANALYST,
    Role.AUDITOR: _AUDITOR,
}

SCOPES: Final[dict[str, Scope]] = {
    Role.PARTNER: Scope.OWN,
    Role.AGENT: Scope.TEAM,
    Role.LEAD: Scope.TEAM,
    Role.MANAGER: Scope.ALL,
    Role.ADMIN: Scope.ALL,
    Role.ANALYST: Scope.NONE,  # figures, and nobody's case
    Role.AUDITOR: Scope.ALL,
}

PARTNER_FACTS: Final = frozenset(
    {"name", "first_name", "last_name", "salutation", "company", "street", "postcode", "city", "country", "language"}
)
"""What an outside firm needs to visit or address somebody; all other facts, and all identifiers, are hidden from it."""

_HIDDEN: Final[dict[str, dict[str, frozenset[str]]]] = {
    Role.PARTNER: {
        "customer": frozenset({"identifiers", "timeline", "records"}),
        "case": frozenset({"tier", "customer_number"}),
    },
}


def granted(role: str) -> frozenset[str]:
    """The permissions of a role; of an unknown one none."""
    return GRANTS.get(role, frozenset())


def scope_of(role: str) -> Scope:
    return SCOPES.get(role, Scope.NONE)


def hidden(role: str, kind: str) -> frozenset[str]:
    """The fields of an object of ``kind`` ("case", "customer") that a role does not see."""
    return _HIDDEN.get(role, {}).get(kind, frozenset())


def visible_facts(role: str, facts: dict[str, str], fields: Hidden = NOTHING) -> dict[str, str]:
    """A customer's facts without those the role does not see, and without the ``fields`` that the company hides."""
    if scope_of(role) is Scope.NONE:
        return {}
    known = {k: v for k, v in facts.items() if fields.sees(k, v)}
    return {k: v for k, v in known.items() if k in PARTNER_FACTS} if role == Role.PARTNER else known


def within(permissions: frozenset[str], scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that a token's scopes leave of its owner's: "case.read" one, "case.*" a group, "*" all."""
    wanted = list(scopes)
    return frozenset(
        permission
        for permission in permissions
        if any(
            scope in ("*", permission) or (scope.endswith(".*") and permission.startswith(scope[:-1]))
            for scope in wanted
        )
    )
