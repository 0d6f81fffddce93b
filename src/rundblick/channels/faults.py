"""What can be wrong between us and an account's server, as codes with words, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext as _

CODES = (
    "unreachable",
    "name",
    "certificate",
    "tls",
    "plain",
    "login",
    "token",
    "consent",
    "application",
    "folder",
    "server",
    "cut",
    "database",
    "secret",
    "address",
    "held",
    "door",
    "late",
    "cut_off",
    "rows",
    "disk",
    "sample",
)


class ChannelFault(Exception):
    """Something is wrong with an account. ``code`` is one of CODES; ``detail`` is what its server said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = " ".join(detail.split())[:300]


def fault_words(code: str) -> tuple[str, str]:
    """What is wrong, and what to do; in the reader's language."""
    known = {
        "unreachable": (
            _("Its server does not answer"),
            _("Check host and port, and whether a firewall stands between. It is tried again by itself."),
        ),
        "name": (
            _("Its server's name leads nowhere"),
            _("Check how the host is spelled, and whether this machine can look up names."),
        ),
        "certificate": (
            _("Its server's certificate is not valid"),
            _(
                "Use the name that the certificate was made for. If your company signs its own certificates, paste the "
                "certificate of its authority into the settings."
            ),
        ),
        "tls": (
            _("No encrypted connection could be made"),
            _("Choose the other kind of encryption; TLS is usual on port 993, STARTTLS on port 143."),
        ),
        "plain": (
            _("The connection would not be encrypted"),
            _("Choose TLS or STARTTLS, or confirm in the settings that passwords may go unencrypted."),
        ),
        "login": (
            _("Its server refuses the login"),
            _(
                "Check user name and password. Many providers want an app password or OAuth2, and IMAP switched on in "
                "their own settings."
            ),
        ),
        "token": (
            _("No access token could be got"),
            _("The consent has run out or was taken back. Give it again and put the new refresh token in."),
        ),
        "consent": (
            _("Access has to be allowed at its provider"),
            _("It was not allowed yet, ran out or was taken back. An administrator allows it on the account's page."),
        ),
        "application": (
            _("The provider does not know the application"),
            _("Check client id and client secret. Client secrets run out: make a new one there, and put it in."),
        ),
        "folder": (
            _("A folder is not there or cannot be opened"),
            _("Test the account: it lists the folders that there are. Correct the names in the settings."),
        ),
        "server": (
            _("Its server refuses a command"),
            _("What it said stands beside. It is tried again by itself; if it stays, ask its operator."),
        ),
        "cut": (_("The connection broke off"), _("It is tried again by itself.")),
        "database": (
            _("What was fetched could not be kept"),
            _("Nothing is lost: the messages stay where they are. Look at the database and its disk."),
        ),
        "secret": (
            _("Its password is not here, or cannot be read any more"),
            _("A back-up holds no passwords, and another secret key opens none. Type it in again in the settings."),
        ),
        "address": (
            _("The address of the token server is not allowed"),
            _("It has to begin with https:// and must not lead into a private network."),
        ),
        "held": (
            _("A message cannot be fetched"),
            _("It is left out and tried again later; the rest comes in. The proof names it."),
        ),
        "door": (
            _("No door is open for its mail"),
            _("Set RUNDBLICK_LMTP_DOOR or RUNDBLICK_SMTP_DOOR and start again; docs/channels.md shows how."),
        ),
        "late": (
            _("Mail lies there and is not fetched"),
            _("Look whether the post process runs: `rundblick run` starts it, or `rundblick post`."),
        ),
        "cut_off": (
            _("Its reading was cut off"),
            _("Import the file again; what is stored already is not taken twice."),
        ),
        "rows": (
            _("Not all of it is stored"),
            _("Import the file again; what is stored already is not taken twice."),
        ),
        "disk": (
            _("A file cannot be written"),
            _("Look whether the disk is full, and who may write there. It is tried again by itself."),
        ),
        "sample": (
            _("This is the sample company: nothing leaves this machine"),
            _("Sending can be tried with a company of your own, or to a server on this machine."),
        ),
    }
    return known.get(code, (_("Something is wrong"), _("The log of the post process says more.")))
