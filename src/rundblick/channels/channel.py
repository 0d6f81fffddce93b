"""The form of a channel: what one folder under ``channels/`` says of itself, so that desk, API, command line and the
post process serve every channel alike.

A channel is one folder. Its ``channel.py`` makes a ``Channel`` and this room's ``registers.py`` registers it. What it
does stands behind dotted paths ("module:name"), imported only by the process that does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Value = str | int | bool | list[str]
Settings = Mapping[str, Any]

SECRET, FLAG, PORT, LINES, CHOICE, HOST, ADDRESS, LONG, TEXT, URL, REDIRECT = (
    "secret",
    "flag",
    "port",
    "lines",
    "choice",
    "host",
    "address",
    "long",
    "text",
    "url",
    "redirect",
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a channel's settings form.

    kind     one of the kinds above; a secret is kept sealed beside the settings and never given back; "redirect" is
             no setting: it shows the address to which a provider sends people back
    choices  (value, label) of a choice
    only     asked for only where these other fields have one of these values: {"auth": ("oauth2",)}
    """

    name: str
    label: StrOrPromise
    kind: str = TEXT
    section: str = ""
    hint: StrOrPromise = ""
    default: Value = ""
    required: bool = False
    choices: tuple[tuple[str, StrOrPromise], ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def asked(self, values: Settings) -> bool:
        """Whether the field means anything beside these values."""
        return all(str(values.get(name, "")) in wanted for name, wanted in self.only.items())


@dataclass(frozen=True, slots=True)
class Channel:
    """What a channel is called, what an account of it needs, and who does its work.

    adds      what the button says that adds an account of it
    sections  (code, label) of the form's parts, in order
    objects   settings -> {field: what is wrong with it}: what no field can say alone
    guess     (address, preset or "") -> values of fields that are known for it, to fill in
    presets   (code, label) of providers that nobody can tell by the address
    fetches   settings -> whether the post process has to fetch for an account
    idle      settings -> whether nothing comes in, so that nobody has to look after it
    way       settings -> how its messages come in and go out, in a few words; "" for nothing to say
    source    address -> (code, kind) of the source under which its deliveries come in
    fault_in  address -> what is wrong with it, "" for nothing
    types     how a browser asks for the address: "email", "tel", "text"
    counts    (kind of counter, label) of what the daily proof counts for its accounts (core.counting)
    kept      names of secrets that the program keeps by itself, worth nothing when one of ``login`` changes
    login     names of the settings with which an account signs in
    watch     dotted path of the watcher that fetches (channels.post.Watcher)
    door      dotted path of the door where others hand in (channels.post.Door), "" for none
    probe     dotted path of (settings, secret by name, the account whose login this is or None) ->
              channels.probing.Probe: what the test button does
    again     dotted path of (account, keys of missing pieces): have them fetched again
    describe  dotted path of (account, keys of missing pieces) -> what they are, asked from the source now
    send      dotted path of what sends, "" while it cannot
    consent   dotted path of what is asked for at a provider (channels.consent.Granting), "" where nobody is asked
    permission  names of the secrets that are a provider's permission
    """

    code: str
    name: StrOrPromise
    icon: str
    fields: tuple[Field, ...]
    sections: tuple[tuple[str, StrOrPromise], ...]
    objects: Callable[[Settings], dict[str, str]]
    guess: Callable[[str, str], dict[str, Value]]
    fetches: Callable[[Settings], bool]
    adds: StrOrPromise
    source: Callable[[str], tuple[str, str]]
    idle: Callable[[Settings], bool] = lambda _settings: False
    way: Callable[[Settings], str] = lambda _settings: ""
    fault_in: Callable[[str], str] = lambda _address: ""
    types: str = "text"
    counts: tuple[tuple[str, StrOrPromise], ...] = ()
    kept: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    watch: str = ""
    door: str = ""
    probe: str = ""
    again: str = ""
    describe: str = ""
    send: str = ""
    consent: str = ""
    permission: tuple[str, ...] = ()
    presets: tuple[tuple[str, StrOrPromise], ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the fields that are secrets."""
        return tuple(one.name for one in self.fields if one.kind == SECRET)

    def defaults(self) -> dict[str, Value]:
        """The values of a form that nobody has filled in yet."""
        return {one.name: one.default for one in self.settings}

    @property
    def settings(self) -> tuple[Field, ...]:
        """The fields whose values are kept as they are."""
        return tuple(one for one in self.fields if one.kind not in (SECRET, REDIRECT))


channels: dict[str, Channel] = {}
"""Every channel that has accounts, by its code."""


def register(channel: Channel) -> None:
    """Make a channel known; from this room's ``registers.py``."""
    channels[channel.code] = channel


def load(path: str) -> Any:
    """What a dotted path ("module:name") names."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
