"""``rundblick admin-link``: a one-time link with which an administrator chooses a password."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from rundblick.cli.addresses import FIRST_PORT, Address, parse
from rundblick.cli.run import ADDRESS
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
    folder = home.home()
    with database():
        user = User.objects.filter(email=address).first()
        if user is None:
            user = User.objects.create_user(address, None, name=address.partition("@")[0], role=Role.ADMIN)
        elif user.role != Role.ADMIN or not user.is_active:
            raise CommandError(_("%(address)s is somebody's account without administration.") % {"address": address})
        print(desk_address(folder).rstrip("/") + invitation_path(user))
    return 0


def desk_address(folder: Path) -> str:
    """Where the desk is reached: as set, else where it was opened on this machine, else where it would be."""
    settings = home.settings(folder)
    if settings.public_url:
        return settings.public_url
    with contextlib.suppress(OSError):
        return (folder / ADDRESS).read_text().strip()
    host, port = parse(settings.address, "RUNDBLICK_ADDRESS")
    return Address(host, port or FIRST_PORT).url
