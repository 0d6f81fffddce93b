"""E-mail as a channel: what an account of it needs, and who does its work."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rundblick.channels.channel import (
    CHOICE,
    FLAG,
    HOST,
    LINES,
    LONG,
    PORT,
    REDIRECT,
    SECRET,
    TEXT,
    URL,
    Channel,
    Field,
    Settings,
    Value,
)
from rundblick.channels.email.accounts import lays_down
from rundblick.channels.email.consent import wrong_with
from rundblick.channels.email.oauth import TOKEN
from rundblick.channels.email.providers import provider_of
from rundblick.channels.email.trust import may_go_plain

_ADDRESS = re.compile(r"[^\s@<>,;\"']+@[^\s@<>,;\"']+\.[^\s@<>,;\"']+")
_SECURITY = (("tls", _("TLS")), ("starttls", _("STARTTLS")), ("none", _("Not encrypted")))
_IMAP = {"receive": ("imap",)}
_SENDS = {"send": ("smtp",)}
_OAUTH = {"auth": ("oauth2",)}

FIELDS = (
    Field(
        "receive",
        _("How its mail comes in"),
        CHOICE,
        "in",
        default="imap",
        required=True,
        choices=(
            ("imap", _("Fetched from a mailbox (IMAP)")),
            ("door", _("Handed over by our mail server (SMTP or LMTP)")),
            ("none", _("Not at all")),
        ),
    ),
    Field("imap_host", _("Mailbox: host"), HOST, "in", required=True, only=_IMAP),
    Field("imap_security", _("Mailbox: encryption"), CHOICE, "in", default="tls", choices=_SECURITY, only=_IMAP),
    Field(
        "imap_port",
        _("Mailbox: port"),
        PORT,
        "in",
        hint=_("Empty: 993 for TLS, else 143."),
        only=_IMAP,
    ),
    Field("imap_user", _("Mailbox: user"), TEXT, "in", required=True, only=_IMAP),
    Field(
        "auth",
        _("Login"),
        CHOICE,
        "in",
        default="password",
        choices=(("password", _("Password")), ("oauth2", _("OAuth2 (Microsoft 365, Google)"))),
    ),
    Field("imap_password", _("Mailbox: password"), SECRET, "in", only=_IMAP | {"auth": ("password",)}),
    Field(
        "oauth_authorize_url",
        _("OAuth2: address where access is allowed"),
        URL,
        "in",
        hint=_("Empty: nobody is asked. The application signs in by itself, or with a refresh token put in below."),
        only=_OAUTH,
    ),
    Field(
        "oauth_redirect",
        _("OAuth2: redirect address"),
        REDIRECT,
        "in",
        hint=_("Register it at the provider, for your application: people who allow access there come back to it."),
        only=_OAUTH,
    ),
    Field("oauth_token_url", _("OAuth2: address of the token server"), URL, "in", required=True, only=_OAUTH),
    Field("oauth_client_id", _("OAuth2: client id"), TEXT, "in", required=True, only=_OAUTH),
    Field("oauth_client_secret", _("OAuth2: client secret"), SECRET, "in", only=_OAUTH),
    Field(
        "oauth_refresh_token",
        _("OAuth2: refresh token"),
        SECRET,
        "in",
        hint=_("It comes by itself when access is allowed at the provider. Put one in only if you got it elsewhere."),
        only=_OAUTH,
    ),
    Field("oauth_scope", _("OAuth2: scope"), TEXT, "in", only=_OAUTH),
    Field(
        "oauth_extra",
        _("OAuth2: further parameters when access is asked for"),
        LINES,
        "in",
        default=[],
        hint=_("One a line: name=value. Google gives a lasting permission only with access_type=offline."),
        only=_OAUTH,
    ),
    Field(
        "folders",
        _("Folders"),
        LINES,
        "in",
        default=["INBOX"],
        hint=_("One a line."),
        only=_IMAP,
    ),
    Field(
        "after",
        _("When a mail is kept here, on the server"),
        CHOICE,
        "in",
        default="leave",
        choices=(
            ("leave", _("leave it as it is")),
            ("seen", _("mark it as read")),
            ("move", _("move it to a folder")),
            ("delete", _("delete it")),
        ),
        only=_IMAP,
    ),
    Field("move_to", _("Move to"), TEXT, "in", required=True, only=_IMAP | {"after": ("move",)}),
    Field(
        "begin",
        _("What comes in"),
        CHOICE,
        "in",
        default="all",
        choices=(("all", _("everything that is there")), ("new", _("only what comes from now on"))),
        only=_IMAP,
    ),
    Field(
        "largest_mb",
        _("Largest mail in MB"),
        PORT,
        "in",
        default=50,
        hint=_("A larger one becomes a flagged case and stays in the mailbox."),
        only=_IMAP,
    ),
    Field(
        "send",
        _("How its mail goes out"),
        CHOICE,
        "out",
        default="smtp",
        choices=(
            ("smtp", _("By SMTP")),
            ("folder", _("Not at all: into a folder on this machine, to try things out")),
            ("none", _("Not at all")),
        ),
    ),
    Field("smtp_host", _("Sending: host"), HOST, "out", required=True, only=_SENDS),
    Field(
        "smtp_security",
        _("Sending: encryption"),
        CHOICE,
        "out",
        default="starttls",
        choices=_SECURITY,
        only=_SENDS,
    ),
    Field(
        "smtp_port",
        _("Sending: port"),
        PORT,
        "out",
        hint=_("Empty: 465 for TLS, else 587."),
        only=_SENDS,
    ),
    Field("smtp_user", _("Sending: user"), TEXT, "out", hint=_("Empty: without login."), only=_SENDS),
    Field(
        "smtp_password",
        _("Sending: password"),
        SECRET,
        "out",
        hint=_("Empty: the mailbox's."),
        only=_SENDS | {"auth": ("password",)},
    ),
    Field(
        "reply_tags",
        _("Answers come back to an address of their own"),
        FLAG,
        "out",
        default=False,
        hint=_(
            "service+...@: finds the case also where a mail program loses the thread. Your server has to take plus."
        ),
        only=_SENDS,
    ),
    Field(
        "acknowledge",
        _("Tell customers that their mail arrived"),
        FLAG,
        "out",
        default=False,
        hint=_("Once a case, only to people, never to lists and automatic mails."),
        only=_SENDS,
    ),
    Field("acknowledge_de", _("Acknowledgement in German"), LONG, "out", only=_SENDS),
    Field("acknowledge_en", _("Acknowledgement in English"), LONG, "out", only=_SENDS),
    Field(
        "aliases",
        _("Further addresses of ours"),
        LINES,
        "more",
        hint=_("One a line. Mail to them comes in here; mail from them counts as our own."),
    ),
    Field(
        "plain_allowed",
        _("Passwords may go unencrypted"),
        FLAG,
        "more",
        default=False,
        hint=_("Only for servers in your own network. On this machine it is always allowed."),
    ),
    Field(
        "authority",
        _("Certificate of your own authority"),
        LONG,
        "more",
        hint=_("PEM. Only when your company signs the certificates of its servers itself."),
    ),
)


def objects(settings: Settings) -> dict[str, str]:
    """What no field can say alone."""
    found: dict[str, str] = {}
    for way, on in (("imap", settings.get("receive") == "imap"), ("smtp", settings.get("send") == "smtp")):
        plain = settings.get(f"{way}_security") == "none"
        if on and plain and not may_go_plain(str(settings.get(f"{way}_host", "")), settings):
            found[f"{way}_security"] = gettext(
                "Confirm below that passwords may go unencrypted, or choose an encryption."
            )
    if "largest_mb" in settings and not 1 <= int(settings["largest_mb"] or 50) <= 90:
        found["largest_mb"] = gettext("A number from 1 to 90.")
    if settings.get("after") == "move" and settings.get("move_to") in settings.get("folders", ()):
        found["move_to"] = gettext("That folder is looked at itself. Choose another one.")
    found |= wrong_with(settings)
    return found


def guess(address: str, preset: str = "") -> dict[str, Value]:
    """What is probable for an address: its provider's hosts, else the usual names in its domain."""
    if "@" not in address:
        return {}
    domain = address.rpartition("@")[2].strip().lower()
    known = provider_of(address, preset)
    values: dict[str, Value] = {"imap_user": address.strip(), "smtp_user": address.strip()}
    if known is None:
        return values | {"imap_host": f"imap.{domain}", "smtp_host": f"smtp.{domain}"}
    values |= {
        "imap_host": known.imap,
        "smtp_host": known.smtp,
        "smtp_port": known.smtp_port,
        "smtp_security": known.smtp_security,
        "auth": "oauth2" if known.permission else "password",
    }
    if known.permission is not None:
        values |= {
            "oauth_authorize_url": known.permission.authorize,
            "oauth_token_url": known.permission.tokens,
            "oauth_scope": known.permission.scope,
            "oauth_extra": list(known.permission.extra),
        }
    return values


def source(address: str) -> tuple[str, str]:
    """Its code and kind."""
    return f"mailbox:{address.lower()}", "mail"


def fault_in(address: str) -> str:
    """What is wrong with an address, in the reader's language."""
    return "" if _ADDRESS.fullmatch(address) else gettext("That is no e-mail address.")


def idle(settings: Settings) -> bool:
    """Whether it only sends."""
    return settings.get("receive") == "none"


def way(settings: Settings) -> str:
    """How its mail comes in, and that it only seems to go out, in a few words."""
    comes = {
        "imap": gettext("fetched from %(host)s") % {"host": settings.get("imap_host", "")},
        "door": gettext("handed over by our mail server"),
        "none": gettext("nothing comes in"),
    }.get(str(settings.get("receive", "")), "")
    return " · ".join((comes, gettext("what goes out becomes a file"))) if lays_down(settings) else comes


def fetches(settings: Settings) -> bool:
    """Whether the post process has to look into a mailbox."""
    return settings.get("receive", "imap") == "imap" and bool(settings.get("imap_host"))


EMAIL = Channel(
    code="email",
    name=_("E-mail"),
    icon="mail",
    fields=FIELDS,
    sections=(("in", _("Coming in")), ("out", _("Going out")), ("more", _("More"))),
    objects=objects,
    guess=guess,
    fetches=fetches,
    adds=_("Add a mailbox"),
    source=source,
    idle=idle,
    way=way,
    fault_in=fault_in,
    types="email",
    counts=(("mailbox", _("Mailbox")), ("door", _("Handed over"))),
    kept=(TOKEN,),
    login=("auth", "imap_user", "oauth_token_url", "oauth_client_id", "oauth_scope"),
    watch="rundblick.channels.email.imap.watching:Watch",
    door="rundblick.channels.email.door:MailDoor",
    probe="rundblick.channels.email.trying:probe",
    again="rundblick.channels.email.imap.cursor:fetch_again",
    describe="rundblick.channels.email.imap.counting:describe",
    consent="rundblick.channels.email.consent:MailConsent",
    permission=("oauth_refresh_token",),
    presets=(("microsoft", _("Microsoft 365")), ("google", _("Google Workspace"))),
)
