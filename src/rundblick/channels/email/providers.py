"""Hosts of well-known providers, by the domain of an address: a first guess that the settings form fills in.

From the providers' own help pages, November 2026. A wrong guess costs a test that fails; nothing is sent on a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

MICROSOFT = ("https://login.microsoftonline.com/common/oauth2/v2.0/token", "https://outlook.office365.com/.default")
GOOGLE = ("https://oauth2.googleapis.com/token", "")


@dataclass(frozen=True, slots=True)
class Provider:
    """``login``: "password", or "oauth2" with the address of its tokens and the scope."""

    imap: str
    smtp: str
    login: str = "password"
    tokens: tuple[str, str] = ("", "")
    smtp_port: int = 587
    smtp_security: str = "starttls"


_GMAIL = Provider("imap.gmail.com", "smtp.gmail.com", "oauth2", GOOGLE)
_OFFICE = Provider("outlook.office365.com", "smtp.office365.com", "oauth2", MICROSOFT)
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


def provider_of(address: str) -> Provider | None:
    """The provider of an address; None for a company's own domain."""
    domain = address.rpartition("@")[2].strip().lower()
    found = _BY_DOMAIN.get(domain)
    return found or next((one for end, one in _BY_END.items() if domain.endswith("." + end)), None)
