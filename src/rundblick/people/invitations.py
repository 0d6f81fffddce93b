"""One-time links with which somebody chooses a password: the first administrator, a new colleague, a lost password."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.tokens import default_token_generator
from django.urls import NoReverseMatch, reverse

from rundblick.people.models import User


def invitation_path(user: User) -> str:
    """The path of the page that takes the new password. Good once, and for three days (PASSWORD_RESET_TIMEOUT)."""
    token = default_token_generator.make_token(user)
    try:
        return reverse("desk:welcome", kwargs={"uuid": user.uuid, "token": token})
    except NoReverseMatch:  # an installation without the desk
        return f"/welcome/{user.uuid}/{token}/"


def invited(uuid: UUID, token: str) -> User | None:
    """Whom the link invites, or None when it was used, is too old, or was never ours."""
    user = User.objects.filter(uuid=uuid, is_active=True).first()
    return user if user is not None and default_token_generator.check_token(user, token) else None
