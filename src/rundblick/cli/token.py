"""``rundblick token``: makes, lists and revokes tokens of the REST API."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database

if TYPE_CHECKING:
    from rundblick.people.models import ApiToken


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "token",
        help=_("make a token for the REST API, or list and revoke them"),
        description=_(
            "Makes a token that acts for a user, within the scopes given and never beyond the user's role. It is "
            "printed once; only its digest is kept."
        ),
        epilog=_("Example: rundblick token script@muster.example --scope 'case.*' --days 30"),
    )
    parser.add_argument("address", help=_("the user's e-mail address"))
    parser.add_argument(
        "--scope", action="append", default=[], help=_('what it may do: "case.read", "case.*", "*"; may be repeated')
    )
    parser.add_argument("--name", default="", help=_("what it is for"))
    parser.add_argument("--days", type=int, default=90, help=_("how long it is valid; at most 366 (default: 90)"))
    parser.add_argument("--list", action="store_true", help=_("list the user's tokens"))
    parser.add_argument("--revoke", metavar="PREFIX", help=_("revoke the token that begins with rb_PREFIX"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make, list or revoke; a new token is printed on a line of its own."""
    from rundblick.people import tokens
    from rundblick.people.models import ApiToken, User

    with database():
        user = User.objects.filter(email=arguments.address.strip().lower()).first()
        if user is None:
            raise CommandError(_("Nobody signs in as %(address)s.") % {"address": arguments.address})
        if arguments.list:
            for token in ApiToken.objects.filter(user=user).order_by("id"):
                print(f"rb_{token.prefix}  {_state(token)}  {' '.join(token.scopes)}  {token.name}".rstrip())
            return 0
        if arguments.revoke:
            prefix = arguments.revoke.removeprefix("rb_")[:8]
            found = ApiToken.objects.filter(user=user, prefix=prefix, revoked_at__isnull=True).first()
            if found is None:
                raise CommandError(_("There is no valid token rb_%(prefix)s.") % {"prefix": prefix})
            tokens.revoke(found)
            return 0
        try:
            issued = tokens.issue(
                user, arguments.name or "rundblick token", arguments.scope, timedelta(days=arguments.days)
            )
        except (tokens.TokenError, OverflowError) as error:
            raise CommandError(str(error)) from error
        print(issued.text)
    return 0


def _state(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return _("revoked %(date)s") % {"date": token.revoked_at.date().isoformat()}
    text = _("expired %(date)s") if token.expires_at <= timezone.now() else _("valid until %(date)s")
    return text % {"date": token.expires_at.date().isoformat()}
