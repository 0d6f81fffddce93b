"""E-mail as a channel: what an account of it needs, and who does its work."""

from __future__ import annotations


from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from rundblick.channels.channel import (
    CHOICE,
    FLAG,
    HOST,
    LINES,
    LONG,
    PORT,
    SECRET,
    TEXT,
    URL,
    Channel,
    Field,
    Settings,
    Value,
)
from rundblick.channels.email.providers import provider_of
from rundblick.channels.email.trust import may_go_plain

_SECURITY = (("tls", later("TLS")), ("starttls", later("STARTTLS")), ("none", later("Not encrypted")))
_IMAP = {"receive": ("imap",)}
_SENDS = {"send": ("smtp",)}
_OAUTH = {"auth": ("oauth2",)}

FIELDS = (
    Field(
        "receive",
        later("How its mail comes in"),
        CHOICE,
        "in",
        default="imap",
        required=True,
        choices=(
            ("imap", later("Fetched from a mailbox (IMAP)")),
            ("door", later("Handed over by our mail server (SMTP or LMTP)")),
            ("none", later("Not at all")),
        ),
    ),
    Field("imap_host", later("Mailbox: host"), HOST, "in", required=True, only=_IMAP),
    Field("imap_security", later("Mailbox: encryption"), CHOICE, "in", default="tls", choices=_SECURITY, only=_IMAP),
    Field(
        "imap_port",
        later("Mailbox: port"),
        PORT,
        "in",
        hint=later("Empty: 993 for TLS, else 143."),
        only=_IMAP,
    ),
    Field("imap_user", later("Mailbox: user"), TEXT, "in", required=True, only=_IMAP),
    Field(
        "auth",
        later("Login"),
        CHOICE,
        "in",
        default="password",
        choices=(("password", later("Password")), ("oauth2", later("OAuth2 (Microsoft 365, Google)"))),
    ),
    Field("imap_password", later("Mailbox: password"), SECRET, "in", only=_IMAP | {"auth": ("password",)}),
    Field("oauth_token_url", later("OAuth2: address of the token server"), URL, "in", required=True, only=_OAUTH),
    Field("oauth_client_id", later("OAuth2: client id"), TEXT, "in", required=True, only=_OAUTH),
    Field("oauth_client_secret", later("OAuth2: client secret"), SECRET, "in", only=_OAUTH),
    Field(
        "oauth_refresh_token",
        later("OAuth2: refresh token"),
        SECRET,
        "in",
        hint=later("Empty: the application signs in by itself (client credentials)."),
        only=_OAUTH,
    ),
    Field("oauth_scope", later("OAuth2: scope"), TEXT, "in", only=_OAUTH),
    Field(
        "folders",
        later("Folders"),
        LINES,
        "in",
        default=["INBOX"],
        hint=later("One a line."),
        only=_IMAP,
    ),
    Field(
        "after",
        later("When a mail is kept here, on the server"),
        CHOICE,
        "in",
        default="leave",
        choices=(
            ("leave", later("leave it as it is")),
            ("seen", later("mark it as read")),
            ("move", later("move it to a folder")),
            ("delete", later("delete it")),
        ),
        only=_IMAP,
    ),
    Field("move_to", later("Move to"), TEXT, "in", required=True, only=_IMAP | {"after": ("move",)}),
    Field(
        "begin",
        later("What comes in"),
        CHOICE,
        "in",
        default="all",
        choices=(("all", later("everything that is there")), ("new", later("only what comes from now on"))),
        only=_IMAP,
    ),
    Field(
        "largest_mb",
        later("Largest mail in MB"),
        PORT,
        "in",
        default=50,
        hint=later("A larger one becomes a flagged case and stays in the mailbox."),
        only=_IMAP,
    ),
    Field(
        "send",
        later("How its mail goes out"),
        CHOICE,
        "out",
        default="smtp",
        choices=(("smtp", later("By SMTP")), ("none", later("Not at all"))),
    ),
    Field("smtp_host", later("Sending: host"), HOST, "out", required=True, only=_SENDS),
    Field(
        "smtp_security",
        later("Sending: encryption"),
        CHOICE,
        "out",
        default="starttls",
        choices=_SECURITY,
        only=_SENDS,
    ),
    Field(
        "smtp_port",
        later("Sending: port"),
        PORT,
        "out",
        hint=later("Empty: 465 for TLS, else 587."),
        only=_SENDS,
    ),
    Field(
        "smtp_user",
        later("Sending: user"),
        TEXT,
        "out",
        hint=later("Empty: the mailbox's."),
        only=_SENDS,
    ),
    Field(
        "smtp_password",
        later("Sending: password"),
        SECRET,
        "out",
        hint=later("Empty: the mailbox's."),
        only=_SENDS | {"auth": ("password",)},
    ),
    Field(
        "aliases",
        later("Further addresses of ours"),
        LINES,
        "more",
        hint=later("One a line. Mail to them comes in here; mail from them counts as our own."),
    ),
    Field(
        "plain_allowed",
        later("Passwords may go unencrypted"),
        FLAG,
        "more",
        default=False,
        hint=later("Only for servers in your own network. On this machine it is always allowed."),
    ),
    Field(
        "authority",
        later("Certificate of your own authority"),
        LONG,
        "more",
        hint=later("PEM. Only when your company signs the certificates of its servers itself."),
    ),
)


def objects(settings: Settings) -> dict[str, str]:
    """What no field can say alone."""
    found: dict[str, str] = {}
    for way, on in (("imap", settings.get("receive") == "imap"), ("smtp", settings.get("send") == "smtp")):
        plain = settings.get(f"{way}_security") == "none"
        if on and plain and not may_go_plain(str(settings.get(f"{way}_host", "")), settings):
            found[f"{way}_security"] = _("Confirm below that passwords may go unencrypted, or choose an encryption.")
    if "largest_mb" in settings and not 1 <= int(settings["largest_mb"] or 50) <= 90:
        found["largest_mb"] = _("A number from 1 to 90.")
    if settings.get("after") == "move" and settings.get("move_to") in settings.get("folders", ()):
        found["move_to"] = _("That folder is looked at itself. Choose another one.")
    token_url = str(settings.get("oauth_token_url", ""))
    if settings.get("auth") == "oauth2" and token_url and not token_url.startswith("https://"):
        found["oauth_token_url"] = _("It has to begin with https://.")
    return found


def guess(address: str) -> dict[str, Value]:
    """What is probable for an address: its provider's hosts, else the usual names in its domain."""
    if "@" not in address:
        return {}
    domain = address.rpartition("@")[2].strip().lower()
    known = provider_of(address)
    values: dict[str, Value] = {"imap_user": address.strip()}
    if known is None:
        return values | {"imap_host": f"imap.{domain}", "smtp_host": f"smtp.{domain}"}
    values |= {
        "imap_host": known.imap,
        "smtp_host": known.smtp,
        "smtp_port": known.smtp_port,
        "smtp_security": known.smtp_security,
        "auth": known.login,
    }
    if known.login == "oauth2":
        values |= {"oauth_token_url": known.tokens[0], "oauth_scope": known.tokens[1]}
    return values


def fetches(settings: Settings) -> bool:
    """Whether the post process has to look into a mailbox."""
    return settings.get("receive", "imap") == "imap" and bool(settings.get("imap_host"))


EMAIL = Channel(
    code="email",
    name=later("E-mail"),
    icon="mail",
    fields=FIELDS,
    sections=(("in", later("Coming in")), ("out", later("Going out")), ("more", later("More"))),
    objects=objects,
    guess=guess,
    fetches=fetches,
    watch="rundblick.channels.email.imap.watching:Watch",
    door="rundblick.channels.email.door:MailDoor",
    probe="rundblick.channels.email.imap.looking:probe",
    again="rundblick.channels.email.imap.cursor:fetch_again",
    describe="rundblick.channels.email.imap.counting:describe",
)
