"""Invitation links by mail, through the company's first mailbox that sends.

A link is a secret: it stands in no table and in no outbox. So it is sent at once, and whoever was not reached is named,
with what the server said; a new link costs a click.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from rundblick.channels.channel import load
from rundblick.core.ids import uuid7
from rundblick.core.installation import installation
from rundblick.core.letters import LAID_DOWN, Letter, Origin, Recipient, Sender, origins
from rundblick.core.registry import senders
from rundblick.people.models import User


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one letter: ``fault`` "" when the server took it; ``laid_down``: it became a file."""

    user: User
    fault: str
    laid_down: bool = False


def way_out() -> Origin | None:
    """The account that such letters leave through; None where none can send."""
    return next((origin for origin in origins() if origin.enabled and origin.channel in senders), None)


def mail_links(users: Sequence[User], link_of: Callable[[User], str]) -> list[Told]:
    """Send each the link with which he chooses a password. Without a way out nobody is reached."""
    origin = way_out()
    if origin is None:
        return [Told(user, "no_account") for user in users]
    sender: Sender = load(senders[origin.channel])()
    try:
        return [_told(user, sender, _letter(origin, user, link_of(user))) for user in users]
    finally:
        sender.close()


def _told(user: User, sender: Sender, letter: Letter) -> Told:
    sent = sender.send(letter)
    if sent.taken:
        return Told(user, "", sent.told.startswith(LAID_DOWN))
    refused = sent.refused[0].told if sent.refused else ""
    return Told(user, refused or sent.told or sent.fault or "refused")


def _letter(origin: Origin, user: User, link: str) -> Letter:
    id_ = uuid7()
    with translation.override(user.language or translation.get_language()):
        company = installation().company or origin.name
        text = _(
            "Hello %(name)s,\n\n%(company)s answers its customers with Rundblick, and you have been given access. With "
            "this link you choose your password; it is good once, and for three days:\n\n%(link)s\n\nIf you did not "
            "expect this, do nothing."
        ) % {"name": user.name, "company": company, "link": link}
        subject = _("Your access to Rundblick")
    return Letter(
        id=id_,
        source=origin.source,
        key=f"{id_.hex}@{origin.domain}",
        at=datetime.now(UTC),
        recipients=(Recipient(user.email, user.name),),
        still=(user.email,),
        subject=subject,
        text=text,
        language=user.language,
        automatic=True,
    )
