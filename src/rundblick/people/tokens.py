"""API tokens: made once, shown once, kept as a digest; scoped, expiring, revocable.

A token is ``rb_<8 signs>_<43 signs>``: the first part is kept readable, so that people can tell their tokens apart.
The secret has 256 bits of chance, so a plain SHA-256 keeps it (a slow hash protects guessable secrets, NIST
SP 800-63B 5.1.2).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.people.models import ApiToken, User
from rundblick.people.roles import PERMISSIONS

LONGEST: Final = timedelta(days=366)
_FORM: Final = re.compile(r"rb_[a-z2-7]{8}_[A-Za-z0-9_-]{43}")
_PREFIX_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_USED_EVERY: Final = timedelta(minutes=1)


class TokenError(ValueError):
    """A token cannot be made as asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and its text, which is shown now and never again."""

    token: ApiToken
    text: str


def issue(user: User, name: str, scopes: Sequence[str], valid_for: timedelta = timedelta(days=90)) -> Issued:
    """Make a token for ``user``; its owner's role stays the limit of what it may do.

    scopes  permissions, groups ("case.*") or "*"

    Raises TokenError for an unknown scope, no scope, or a time that is not between now and a year.
    """
    known = PERMISSIONS | {"*"} | {permission.split(".")[0] + ".*" for permission in PERMISSIONS if "." in permission}
    unknown = sorted(set(scopes) - known)
    if unknown:
        raise TokenError(
            _("There is no scope %(scopes)s. There are: %(known)s.")
            % {"scopes": ", ".join(unknown), "known": ", ".join(sorted(known))}
        )
    if not scopes:
        raise TokenError(_("A token needs at least one scope."))
    if not timedelta(0) < valid_for <= LONGEST:
        raise TokenError(_("A token is valid for at most %(days)s days.") % {"days": LONGEST.days})
    prefix = "".join(secrets.choice(_PREFIX_SIGNS) for _sign in range(8))
    text = f"rb_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=_digest(text),
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + valid_for,
    )
    return Issued(token, text)


def verify(text: str) -> ApiToken | None:
    """The token of a text with its user; None when it is unknown, expired, revoked, or its user is switched off."""
    if not _FORM.fullmatch(text):
        return None
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(text), revoked_at__isnull=True, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if token is not None and (token.used_at is None or token.used_at < now - _USED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def revoke(token: ApiToken) -> None:
    """From now on the token opens nothing. It stays listed; the access log refers to it."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def _digest(text: str) -> bytes:
    return sha256(text.encode("ascii")).digest()
