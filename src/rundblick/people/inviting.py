"""Several colleagues at once: addresses as somebody pastes them from a mail, a list or a spreadsheet.

    found = read_addresses("Jana Petersen <jana@muster.example>\\nmurat.aydin@muster.example")
    users = invite_all(found, Role.AGENT, by=user, teams=[support])

All or none: what is wrong is said of each line, and nobody is half invited.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from rundblick.people.models import Team, User
from rundblick.people.users import LONGEST_NAME, UserError, invite

MOST: Final = 200
LONGEST: Final = 40_000  # characters of all addresses together
_ADDRESS: Final = re.compile(r"[^\s<>,;:()\"\[\]]+@[^\s<>,;:()\"\[\]]+")
_AROUND: Final = " \t,;<>()[]\"'\u201e\u201c\u201d"


class InviteError(ValueError):
    """Nobody was invited; ``faults`` are (line, what is wrong), a line of 0 for all of it."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        super().__init__(" ".join(text for _line, text in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody in what was pasted: ``line`` counts from 1."""

    line: int
    email: str
    name: str


def read_addresses(text: str) -> list[Found]:
    """Everybody whom the text names, each address once. Raises InviteError for lines without an address.

    Names stand before an address ("Jana Petersen <jana@...>") or behind a line's only one ("jana@..., Jana Petersen");
    "Petersen, Jana" is turned round; who has none is named by the address.
    """
    if len(text) > LONGEST:
        raise InviteError([(0, _("That is too much at once: at most %(n)d people.") % {"n": MOST})])
    found: dict[str, Found] = {}
    faults = []
    for n, line in enumerate(text.replace("\x00", "").splitlines(), 1):
        places = list(_ADDRESS.finditer(line))
        if not places and line.strip(_AROUND):
            faults.append((n, _('Line %(n)d: there is no mail address in "%(text)s".') % {"n": n, "text": _cut(line)}))
        end = 0
        for place in places:
            told = line[end : place.start()]
            if not told.strip(_AROUND) and len(places) == 1:
                told = line[place.end() :]
            end = place.end()
            email = place[0].strip(".'").lower()
            found.setdefault(email, Found(n, email, _name(told) or name_from(email)))
    if faults:
        raise InviteError(faults)
    if not found:
        raise InviteError([(0, _("Paste at least one mail address."))])
    if len(found) > MOST:
        raise InviteError([(0, _("That is too much at once: at most %(n)d people.") % {"n": MOST})])
    return list(found.values())


def invite_all(
    found: Sequence[Found], role: str, *, by: User | None, teams: Collection[Team] = (), language: str = ""
) -> list[User]:
    """Make a user of each, without a password. Raises InviteError, which names every line that cannot be."""
    users: list[User] = []
    faults = []
    with transaction.atomic():
        for one in found:
            try:
                users.append(invite(one.email, one.name, role, by=by, teams=teams, language=language))
            except UserError as fault:
                if fault.field not in ("email", "name"):  # the same of everybody: said once
                    raise InviteError([(0, str(fault))]) from fault
                faults.append(
                    (one.line, _("Line %(n)d, %(who)s: %(what)s") % {"n": one.line, "who": one.email, "what": fault})
                )
        if faults:
            raise InviteError(faults)
    return users


def name_from(email: str) -> str:
    """ "Jana Petersen" of jana.petersen@...: what the address says, until its owner is asked."""
    words = re.split(r"[._\-+0-9]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email


def _name(told: str) -> str:
    name = " ".join(told.replace("mailto:", "").strip(_AROUND).split())[:LONGEST_NAME]
    last, comma, first = name.partition(",")
    if comma and "," not in first:
        name = f"{first.strip()} {last.strip()}"
    return name.strip(_AROUND) if any(sign.isalpha() for sign in name) else ""


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 60 else text[:57] + "..."
