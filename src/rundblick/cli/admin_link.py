"""``rundblick admin-link``: a one-time link with which an administrator chooses a password."""

from __future__ import annotations

import argparse

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database
from rundblick.core import home


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "admin-link",
        help=_("make a one-time link for an administrator"),
        description=_(
            "Makes the administrator with this e-mail address if there is none, and prints a link with which a "
            "password can be chosen once. Also the way back in when the last password is lost."
        ),
        epilog=_("Example: rundblick admin-link admin@muster.example"),
    )
    parser.add_argument("address", help=_("the administrator's e-mail address"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the link."""
    from rundblick.people.invitations import invitation_path
    from rundblick.people.models import Role, User

    address = arguments.address.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise CommandError(_('"%(address)s" is no e-mail address.') % {"address": arguments.address}) from error
    settings = home.settings()
    with database():
        user = User.objects.filter(email=address).first()
        if user is None:
            user = User.objects.create_user(address, None, name=address.partition("@")[0], role=Role.ADMIN)
        elif user.role != Role.ADMIN or not user.is_active:
            raise CommandError(_("%(address)s is somebody's account without administration.") % {"address": address})
        base = settings.public_url or f"http://{settings.address}"
        print(base.rstrip("/") + invitation_path(user))
    return 0
