"""What a mail account asks for at its provider, and what it does with the code that comes back."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext

from rundblick.channels.channel import Settings
from rundblick.channels.consent import OURS, ConsentRefused, Question
from rundblick.channels.email import oauth
from rundblick.channels.models import Account


class MailConsent:
    """A ``channels.consent.Granting``."""

    def question(self, account: Account) -> Question | None:
        """None for a password, and for an application that signs in by itself."""
        settings = account.settings
        address = str(settings.get("oauth_authorize_url", ""))
        if settings.get("auth") != "oauth2" or not address:
            return None
        return Question(
            authorize=address,
            tokens=str(settings.get("oauth_token_url", "")),
            client=str(settings.get("oauth_client_id", "")),
            scope=str(settings.get("oauth_scope", "")),
            extra=tuple(extra_of(settings)),
            hint=str(settings.get("imap_user") or settings.get("smtp_user") or account.address),
        )

    def keep(self, account: Account, code: str, verifier: str, redirect: str) -> None:
        """Raises ChannelFault, ConsentRefused "short"."""
        answer = oauth.exchange(account.settings, account.secret, code, verifier, redirect)
        refresh = answer.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise ConsentRefused("short")
        with oauth.alone(account.pk):
            account.keep_secret(oauth.REFRESH, refresh)
            oauth.keep_access(account, answer)


def extra_of(settings: Settings) -> list[tuple[str, str]]:
    """Further parameters of the question, as (name, value)."""
    return [
        (name.strip(), value.strip())
        for name, _equals, value in (str(line).partition("=") for line in settings.get("oauth_extra") or ())
        if name.strip()
    ]


def wrong_with(settings: Settings) -> dict[str, str]:
    """What is wrong with the fields of the question, by their names."""
    found: dict[str, str] = {}
    if settings.get("auth") != "oauth2":
        return found
    for name in ("oauth_token_url", "oauth_authorize_url"):
        address = str(settings.get(name, ""))
        if address and not address.startswith("https://"):
            found[name] = gettext("It has to begin with https://.")
        elif address and (urlsplit(address).fragment or urlsplit(address).username):
            found[name] = gettext("Neither # nor a user name may stand in it.")
    own = {name for name, _value in parse_qsl(urlsplit(str(settings.get("oauth_authorize_url", ""))).query)}
    if taken := sorted(OURS & ({name for name, _value in extra_of(settings)} | own)):
        found["oauth_extra"] = gettext("That is set by Rundblick itself: %(names)s") % {"names": ", ".join(taken)}
    return found
