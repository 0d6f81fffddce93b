"""Hosts of well-known providers, by the domain of an address: a first guess that the settings form fills in.

From the providers' own help pages, November 2026. A wrong guess costs a test that fails; nothing is sent on a guess.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """Where a person allows a mailbox at its provider (RFC 6749, 4.1), and what has to be asked for so that the
    permission lasts: without ``extra`` or its scope a provider hands out no refresh token."""

    authorize: str
    tokens: str
    scope: str
    extra: tuple[str, ...] = ()


# Google's page "Using OAuth 2.0 for Web Server Applications": a refresh token comes with access_type=offline, and
# again only when the person is asked again.
GOOGLE = Permission(
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    "https://mail.google.com/",
    ("access_type=offline", "prompt=consent"),
)
# Microsoft's page "Authenticate an IMAP, POP or SMTP connection using OAuth": full scopes with the address of Outlook.
# Who is signed in already is asked which of his accounts is meant, for a mailbox is seldom his own.
MICROSOFT = Permission(
    "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    ("prompt=select_account",),
)


@dataclass(frozen=True, slots=True)
class Provider:
    """``permission``: where access is allowed; None where it signs in with a password."""

    imap: str
    smtp: str
    permission: Permission | None = None
    smtp_port: int = 587
    smtp_security: str = "starttls"


_GMAIL = Provider("imap.gmail.com", "smtp.gmail.com", GOOGLE)
_OFFICE = Provider("outlook.office365.com", "smtp.office365.com", MICROSOFT)
_GMX = Provider("imap.gmx.net", "mail.gmx.net")
_WEB = Provider("imap.web.de", "smtp.web.de")
_TONLINE = Provider("secureimap.t-online.de", "securesmtp.t-online.de", smtp_port=465, smtp_security="tls")
_ICLOUD = Provider("imap.mail.me.com", "smtp.mail.me.com")
_YAHOO = Provider("imap.mail.yahoo.com", "smtp.mail.yahoo.com", smtp_port=465, smtp_security="tls")

_BY_DOMAIN = {
    "gmail.com": _GMAIL,
    "googlemail.com": _GMAIL,
    "outlook.com": _OFFICE,
    "hotmail.com": _OFFICE,
    "live.com": _OFFICE,
    "gmx.de": _GMX,
    "gmx.net": _GMX,
    "gmx.at": _GMX,
    "gmx.ch": _GMX,
    "web.de": _WEB,
    "t-online.de": _TONLINE,
    "magenta.de": _TONLINE,
    "icloud.com": _ICLOUD,
    "me.com": _ICLOUD,
    "yahoo.de": _YAHOO,
    "yahoo.com": _YAHOO,
    "posteo.de": Provider("posteo.de", "posteo.de"),
    "mailbox.org": Provider("imap.mailbox.org", "smtp.mailbox.org"),
    "freenet.de": Provider("mx.freenet.de", "mx.freenet.de"),
    "bluewin.ch": Provider("imaps.bluewin.ch", "smtpauths.bluewin.ch", smtp_port=465, smtp_security="tls"),
    "aon.at": Provider("securemail.a1.net", "securemail.a1.net"),
}
_BY_END = {"onmicrosoft.com": _OFFICE}

NAMED = {"microsoft": _OFFICE, "google": _GMAIL}
"""Providers at which companies have mailboxes under their own domain, which tells nothing then."""


def provider_of(address: str, named: str = "") -> Provider | None:
    """The provider of an address, or the one that somebody ``named``; None for a company's own domain."""
    if named in NAMED:
        return NAMED[named]
    domain = address.rpartition("@")[2].strip().lower()
    found = _BY_DOMAIN.get(domain)
    return found or next((one for end, one in _BY_END.items() if domain.endswith("." + end)), None)
