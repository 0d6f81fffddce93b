"""Allowing an account at its provider: a person says yes there, and the account has its own key from then on.

The authorization-code grant (RFC 6749, 4.1) with proof key (RFC 7636, S256): ``begin`` sends somebody to the provider,
``finish`` takes what he brings back. What is brought back counts once, for ten minutes, for the account it was asked
for, and only from whoever asked: the state is a secret of 256 bits of which a digest is kept beside a digest of the
session (RFC 9700, 2.1 and 4.7). He comes back to one address that never depends on what a request says.

What is asked for and what is done with the code is the channel's (``Channel.consent``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.channels import accounts, health
from rundblick.channels.channel import channels, load
from rundblick.channels.faults import ChannelFault, fault_words
from rundblick.channels.models import Account, ConsentSecret
from rundblick.channels.probing import Probe
from rundblick.core import home
from rundblick.core.database import cursor
from rundblick.core.letters import signs_in_again
from rundblick.core.secrets import SecretError, seal, unseal
from rundblick.privacy.audit import record_audit

LASTS: Final = timedelta(minutes=10)
_KEPT: Final = timedelta(days=1)  # what ran out or was used is known for as long, so that it can be said
_LONGEST: Final = 300

OURS: Final = frozenset(
    ("client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state")
)
"""Parameters that nobody may set by hand."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for at a provider.

    authorize  where the person is sent
    tokens     where the code is handed in
    extra      further parameters (name, value): what makes this provider's permission last
    hint       who should sign in there
    """

    authorize: str
    tokens: str
    client: str
    scope: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    hint: str = ""


class Granting(Protocol):
    """What a channel knows about it."""

    def question(self, account: Account) -> Question | None:
        """What has to be asked for; None where this account needs nobody's permission."""

    def keep(self, account: Account, code: str, verifier: str, redirect: str) -> None:
        """Exchange the code and keep what came. Raises ChannelFault, ConsentRefused "short"."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where somebody has to go, where the provider sends him back to, and until when he has to be back."""

    address: str
    redirect: str
    until: datetime


class ConsentRefused(Exception):
    """Nothing was allowed. ``code`` has words in ``refusal_words``; ``detail`` is what the provider said."""

    def __init__(self, code: str, detail: str = "", account: Account | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = _line(detail)
        self.account = account


def question_of(account: Account) -> Question | None:
    """What has to be allowed for an account at its provider; None for an account that needs no such thing."""
    granting = _granting(account)
    return granting.question(account) if granting is not None else None


def begin(account: Account, by: int | None, session: str, redirect: str, *, pasted: bool = False) -> Asked:
    """Ask for permission. Only whoever has ``session`` can come back with it.

    by        the person who asks, None for the command line
    redirect  where the provider sends him back to; it has to be registered there
    pasted    he will hand in the address that he is sent back to: not asked for in a browser that is signed in here

    Raises ConsentRefused "none".
    """
    question = question_of(account)
    if question is None:
        raise ConsentRefused("none", account=account)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    until = timezone.now() + LASTS
    with transaction.atomic(), cursor() as cur:
        ConsentSecret.objects.filter(expires_at__lt=timezone.now() - _KEPT).delete()
        ConsentSecret.objects.create(
            account=account,
            state=_digest(state),
            session=_digest(session),
            pasted=pasted,
            redirect=redirect,
            question=_told(question),
            verifier=seal(verifier),
            expires_at=until,
        )
        _audit(cur, "account.consent_asked", account, by)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = [
        ("response_type", "code"),
        ("client_id", question.client),
        ("redirect_uri", redirect),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
    asked += [("scope", question.scope)] if question.scope else []
    asked += [("login_hint", question.hint)] if question.hint else []
    return Asked(_with(question.authorize, [*asked, *question.extra]), redirect, until)


@dataclass(frozen=True, slots=True)
class Allowed:
    """An account that was allowed, and what was found when it was opened with that permission."""

    account: Account
    probe: Probe


def finish(brought: Mapping[str, str], session: str, by: int | None, account: Account | None = None) -> Allowed:
    """What somebody brought back from a provider: exchanged and kept, and the account tried with it.

    ``brought`` are the parameters of the address he was sent back to (``brought_by`` reads a pasted one); with an
    ``account`` only what was asked for this one counts. Goes over the network: call it outside of transactions.
    Raises ConsentRefused; nothing is kept then, and what was kept before stays.
    """
    row = _of_this_session(brought.get("state", ""), session, account)
    found = row.account
    if row.expires_at <= timezone.now():
        raise ConsentRefused("expired", account=found)
    taken = ConsentSecret.objects.filter(pk=row.pk, used_at=None, expires_at__gt=Now()).update(used_at=Now())
    if not taken:
        raise ConsentRefused("used", account=found)
    try:
        _exchange(row, brought)
    except ConsentRefused as refused:
        with cursor() as cur:
            _audit(cur, "account.consent_refused", found, by, {"why": refused.code})
        raise ConsentRefused(refused.code, refused.detail, found) from refused
    finally:
        ConsentSecret.objects.filter(pk=row.pk).update(verifier=b"")
    with transaction.atomic(), cursor() as cur:
        Account.objects.filter(pk=found.pk).update(changed_at=Now())  # whoever fetches for it begins anew, now
        health.allowed(found.pk)
        signs_in_again(found.source_id)
        _audit(cur, "account.allowed", found, by)
    found.refresh_from_db()
    probe = accounts.probe(accounts.as_filled(found), found)
    if probe.good and channels[found.channel].fetches(found.settings):
        health.answered(found.pk)
    return Allowed(found, probe)


def redirect_address(path: str, here: str) -> str:
    """The one address of the desk to which people come back: under its public address, else under the one of ``here``
    (where the browser has its session). What a request says beside that changes nothing."""
    return (home.settings().public_url or here).rstrip("/") + path


def brought_by(address: str) -> dict[str, str]:
    """The parameters of an address that somebody pasted, also when our sign-in stands before it.

    Raises ConsentRefused "answer".
    """
    text = "".join(address.split())
    for _step in range(2):
        try:
            found = dict(parse_qsl(urlsplit(text).query))
        except ValueError:
            break
        if "state" in found:
            return found
        text = found.get("next", "")
    raise ConsentRefused("answer")


def _of_this_session(state: str, session: str, account: Account | None) -> ConsentSecret:
    """Whoever comes with another's state learns nothing and uses nothing up."""
    row = ConsentSecret.objects.select_related("account").filter(state=_digest(state)).first()
    if row is not None and row.session != _digest(session) and row.pasted:
        raise ConsentRefused("pasted")
    if row is None or row.session != _digest(session) or (account is not None and account.pk != row.account_id):
        raise ConsentRefused("state")
    return row


def _exchange(row: ConsentSecret, brought: Mapping[str, str]) -> None:
    granting = _granting(row.account)
    question = granting.question(row.account) if granting is not None else None
    if granting is None or question is None or _told(question) != row.question:
        raise ConsentRefused("changed")
    if wrong := brought.get("error", ""):
        said = " ".join(part for part in (wrong, brought.get("error_description", "")) if part)
        raise ConsentRefused("denied" if wrong == "access_denied" else "provider", said)
    if not brought.get("code"):
        raise ConsentRefused("answer")
    try:
        granting.keep(row.account, brought["code"], unseal(bytes(row.verifier)), row.redirect)
    except ChannelFault as fault:
        raise ConsentRefused("code" if fault.code in ("consent", "token") else fault.code, fault.detail) from fault
    except SecretError as error:
        raise ConsentRefused("secret") from error


def _granting(account: Account) -> Granting | None:
    path = channels[account.channel].consent if account.channel in channels else ""
    made: Granting | None = load(path)() if path else None
    return made


def _with(address: str, asked: Iterable[tuple[str, str]]) -> str:
    """The address with these parameters; its own stay (RFC 6749, 3.1), but none may stand there twice."""
    parts = urlsplit(address)
    found = list(asked)
    names = {name for name, _value in found}
    own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in names]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*own, *found]), ""))


def _told(question: Question) -> str:
    """What makes an answer worthless when it changed meanwhile: a code belongs to one client at one server."""
    return _digest(json.dumps([question.authorize, question.tokens, question.client]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST]


def _audit(cur: object, action: str, account: Account, by: int | None, details: dict[str, str] | None = None) -> None:
    record_audit(
        cur,  # type: ignore[arg-type]
        action,
        actor_type="person" if by is not None else "machine",
        actor_id=by,
        object_type="account",
        object_id=account.pk,
        details=details or {},
    )


def refusal_words(code: str) -> tuple[str, str]:
    """Why nothing was allowed, and what to do; in the reader's language."""
    again = _("Begin again on the page of the account.")
    known = {
        "none": (
            _("This account needs no permission of a provider"),
            _("Choose OAuth2 as its login, fill in where access is allowed, and save."),
        ),
        "state": (
            _("This answer was not asked for here"),
            _("It belongs to another session, or to none. Begin again on the page of the account."),
        ),
        "used": (_("This answer was used already"), again),
        "expired": (_("It took longer than ten minutes"), again),
        "changed": (_("The settings were changed meanwhile"), again),
        "pasted": (
            _("This was asked for on the command line or over the API"),
            _("Copy the address below and paste it there."),
        ),
        "denied": (
            _("Access was not allowed at the provider"),
            _("Somebody said no there, or an administrator of the provider has to agree first."),
        ),
        "provider": (
            _("The provider could not ask for permission"),
            _("What it said stands beside. Often the redirect address is not registered there, or a scope is wrong."),
        ),
        "answer": (
            _("The provider sent back no code"),
            _("Paste the whole address to which you were sent back, with everything behind the question mark."),
        ),
        "code": (
            _("The provider does not take its own code back"),
            _("What it said stands beside. Check client id, client secret and the address of the token server."),
        ),
        "short": (
            _("The provider gave no lasting permission"),
            _(
                "It sent no refresh token. Google wants access_type=offline and prompt=consent, Microsoft the scope "
                "offline_access."
            ),
        ),
    }
    return known[code] if code in known else fault_words(code)
