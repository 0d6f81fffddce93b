"""``rundblick account``: the company's accounts on its channels: list, add, change, test, switch off and on."""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import sys
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError, database

if TYPE_CHECKING:
    from rundblick.channels.accounts import Filled
    from rundblick.channels.channel import Channel
    from rundblick.channels.models import Account
    from rundblick.channels.probing import Probe


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with its deeds."""
    parser = commands.add_parser(
        "account",
        help=_("mailboxes and other accounts: list, add, change, test, disable, enable"),
        description=_(
            "An account is an address of the company on a channel. Settings are given as NAME=VALUE; `fields` lists "
            "them. Secrets are asked for, or read from standard input with --secrets-from-stdin as JSON."
        ),
        epilog=_("Example: rundblick account add service@muster.example imap_host=imap.muster.example"),
    )
    deeds = parser.add_subparsers(title=_("deeds"), metavar=_("DEED"), dest="deed", required=True)
    listed = deeds.add_parser("list", help=_("all accounts and how they do"))
    listed.set_defaults(run=_list)
    fields = deeds.add_parser("fields", help=_("the settings that an account has"))
    fields.add_argument("--channel", default="email", help=_("which channel (default: email)"))
    fields.set_defaults(run=_fields)
    add = deeds.add_parser("add", help=_("add an account"))
    add.add_argument("--channel", default="email", help=_("which channel (default: email)"))
    add.set_defaults(run=_add)
    change = deeds.add_parser("change", help=_("change settings; the rest stays"))
    change.set_defaults(run=_change)
    allow = deeds.add_parser(
        "allow",
        help=_("allow access at the account's provider (OAuth2), with any browser on any machine"),
        description=_(
            "Prints an address. Open it in a browser, sign in at the provider and allow access. Then paste the address "
            "to which you were sent back; it does not matter whether that page opens."
        ),
        epilog=_("Example: rundblick account allow service@muster.example"),
    )
    allow.add_argument(
        "--redirect", default="", metavar=_("URL"), help=_("the redirect address, where another one is registered")
    )
    allow.set_defaults(run=_allow)
    test = deeds.add_parser("test", help=_("really connect, and say what is there"))
    test.set_defaults(run=_test)
    again = deeds.add_parser("look-again", help=_("look at everything again; what is stored is not taken twice"))
    again.set_defaults(run=_again)
    off = deeds.add_parser("disable", help=_("switch an account off; what it brought in stays"))
    off.set_defaults(run=_disable)
    on = deeds.add_parser("enable", help=_("switch an account on"))
    on.set_defaults(run=_enable)
    for deed in (add, change, allow, test, again, off, on):
        deed.add_argument("address", metavar=_("ADDRESS"), help=_("the account's address"))
    add.add_argument(
        "--provider", default="", metavar=_("NAME"), help=_("whose settings to begin with: microsoft, google")
    )
    for deed in (add, change):
        deed.add_argument("settings", nargs="*", metavar=_("NAME=VALUE"), help=_("settings; lists with commas"))
        deed.add_argument(
            "--secrets-from-stdin", action="store_true", help=_('read secrets as JSON: {"imap_password": "..."}')
        )
        deed.add_argument("--ask", action="store_true", help=_("ask for the secrets on the terminal"))
    for deed in (listed, test):
        deed.add_argument("--json", action="store_true", help=_("write JSON"))


def _list(arguments: argparse.Namespace) -> int:
    from rundblick.channels import health
    from rundblick.channels.faults import fault_words
    from rundblick.channels.models import Account

    with database():
        found = list(Account.objects.order_by("channel", "address"))
        states = health.of(found)
        for one in found:
            told = states[one.pk]
            fault = told.fault if one.enabled else ""
            if arguments.json:
                moments = {"contact_at": told.contact_at, "message_at": told.message_at, "fault_since": told.since}
                row: dict[str, Any] = {"address": one.address, "channel": one.channel, "enabled": one.enabled}
                row |= {"state": told.state, "fault": fault, "detail": told.detail if fault else ""}
                print(json.dumps(row | {name: at.isoformat() if at else None for name, at in moments.items()}))
                continue
            words = ". ".join(fault_words(fault)) if fault else ""
            print(f"{one.address}  {one.channel}  {_state_words(told.state)}  {words}".rstrip())
    return 1 if any(told.state == "bad" for told in states.values()) else 0


def _state_words(state: str) -> str:
    return {
        "good": _("works"),
        "bad": _("does not work"),
        "off": _("switched off"),
        "idle": _("nothing to look into"),
        "unknown": _("nobody has looked yet"),
    }[state]


def _fields(arguments: argparse.Namespace) -> int:
    for one in _channel(arguments.channel).fields:
        if one.kind == "redirect":
            continue
        choices = f" ({', '.join(code for code, _label in one.choices)})" if one.choices else ""
        only = " & ".join(f"{name}={'|'.join(wanted)}" for name, wanted in one.only.items())
        secret = _("secret") if one.kind == "secret" else ""
        print("  ".join(part for part in (f"{one.name}{choices}", str(one.label), secret, only) if part))
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from rundblick.channels.accounts import fill

    channel = _channel(arguments.channel)
    if arguments.provider and arguments.provider not in dict(channel.presets):
        known = ", ".join(code for code, _label in channel.presets)
        raise CommandError(
            _("There is no provider %(name)s; there are %(names)s.") % {"name": arguments.provider, "names": known}
        )
    given = (
        channel.guess(arguments.address, arguments.provider)
        | _given(arguments, channel)
        | {"address": arguments.address}
    )
    with database():
        _save(fill(channel, given), None)
    return 0


def _change(arguments: argparse.Namespace) -> int:
    from rundblick.channels.accounts import fill

    with database():
        found = _account(arguments.address)
        channel = _channel(found.channel)
        _save(fill(channel, _given(arguments, channel), found), found)
    return 0


def _allow(arguments: argparse.Namespace) -> int:
    from django.urls import reverse

    from rundblick.channels import consent
    from rundblick.cli.admin_link import desk_address
    from rundblick.core import home

    session = f"command:{secrets.token_urlsafe(16)}"
    with database():
        found = _account(arguments.address)
        here = arguments.redirect or consent.redirect_address(reverse("desk:consent"), desk_address(home.home()))
        try:
            asked = consent.begin(found, None, session, here, pasted=True)
            print(_("Open this address in a browser, sign in there and allow access:"), asked.address, sep="\n\n")
            print("\n" + _("Registered at the provider has to be: %(redirect)s") % {"redirect": asked.redirect})
            print(_("Then paste the whole address to which you were sent back (you have ten minutes):"), flush=True)
            allowed = consent.finish(consent.brought_by(sys.stdin.readline()), session, None, found)
        except consent.ConsentRefused as refused:
            what, todo = consent.refusal_words(refused.code)
            raise CommandError(f"{what}. {todo}" + _said(refused.detail), 1) from refused
    if allowed.probe.good:
        print(_("Access is allowed, and it works."))
        return 0
    print(_("Access is allowed and kept, but the account does not work:"))
    return _shown(allowed.probe)


def _test(arguments: argparse.Namespace) -> int:
    from rundblick.channels.accounts import as_filled, probe

    with database():
        found = _account(arguments.address)
        told = probe(as_filled(found), found)
    if arguments.json:
        folders = [{"name": one.name, "messages": one.messages, "missing": one.missing} for one in told.folders]
        row = {"good": told.good, "fault": told.fault, "detail": told.detail, "server": told.server}
        print(
            json.dumps(
                row | {"encrypted": told.encrypted, "waits": told.waits, "folders": folders, "sends": told.sends}
            )
        )
        return 0 if told.good else 1
    return _shown(told)


def _shown(told: Probe) -> int:
    """What connecting gave, for a person; the command's end."""
    if not told.good:
        what, todo = told.words()
        print(f"{what}. {todo}" + _said(told.detail))
    for one in told.folders:
        count = _("is not there") if one.missing else "" if one.messages is None else str(one.messages)
        print(f"{one.name}  {count}".rstrip())
    if told.sends:
        print(_("Sending works."))
    return 0 if told.good else 1


def _said(detail: str) -> str:
    return f"\n{_('It said:')} {detail}" if detail else ""


def _again(arguments: argparse.Namespace) -> int:
    from rundblick.channels.accounts import fetch_again

    with database():
        fetch_again(_account(arguments.address), [], None)
    return 0


def _disable(arguments: argparse.Namespace) -> int:
    return _switch(arguments.address, False)


def _enable(arguments: argparse.Namespace) -> int:
    return _switch(arguments.address, True)


def _switch(address: str, enabled: bool) -> int:
    from rundblick.channels.accounts import set_enabled

    with database():
        set_enabled(_account(address), enabled, None)
    return 0


def _channel(code: str) -> Channel:
    from rundblick.channels.channel import channels

    if code not in channels:
        raise CommandError(
            _("There is no channel %(code)s; there are %(codes)s.") % {"code": code, "codes": ", ".join(channels)}
        )
    return channels[code]


def _account(address: str) -> Account:
    from rundblick.channels.models import Account

    found = Account.objects.select_related("source").filter(address__iexact=address.strip()).first()
    if found is None:
        raise CommandError(
            _("There is no account %(address)s; `rundblick account list` shows them.") % {"address": address}
        )
    return found


def _given(arguments: argparse.Namespace, channel: Channel) -> dict[str, Any]:
    """Settings from NAME=VALUE, secrets from standard input or the terminal: never from the command line, which every
    user of the machine can read."""
    given: dict[str, Any] = {}
    lists = {one.name for one in channel.fields if one.kind == "lines"}
    for text in arguments.settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(_("%(text)s is no setting; write NAME=VALUE.") % {"text": text})
        if name in channel.secrets:
            raise CommandError(
                _("A secret is not given on the command line: use --ask or --secrets-from-stdin (%(name)s).")
                % {"name": name}
            )
        given[name] = [part.strip() for part in value.split(",")] if name in lists else value
    if arguments.secrets_from_stdin:
        try:
            told = json.load(sys.stdin)
        except ValueError as error:
            raise CommandError(_("Standard input holds no JSON.")) from error
        if not isinstance(told, dict) or set(told) - set(channel.secrets):
            raise CommandError(_("Secrets are %(names)s.") % {"names": ", ".join(channel.secrets)})
        given |= told
    if arguments.ask:
        for name in channel.secrets:
            if typed := getpass.getpass(f"{name}: "):
                given[name] = typed
    return given


def _save(filled: Filled, found: Account | None) -> None:
    from rundblick.channels.accounts import AccountRefused, save

    try:
        save(filled, None, found)
    except AccountRefused as refused:
        raise CommandError("\n".join(f"{name}: {text}" for name, text in refused.faults.items())) from refused
