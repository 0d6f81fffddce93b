"""Rules in files: TOML or JSON, checked for their form before anything is opened."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError

Told = TypeVar("Told", bound=msgspec.Struct)


def read_rules(path: Path, type_: type[Told]) -> Told:
    """The rules of a file. Raises CommandError with the file and where in it something is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(_("%(path)s is no text in UTF-8.") % {"path": path}) from error
    try:
        told = msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        _known(told, type_)
        return msgspec.convert(told, type_)
    except (tomllib.TOMLDecodeError, msgspec.MsgspecError) as error:
        raise CommandError(f"{path}: {error}") from error


def _known(told: Any, type_: Any) -> None:
    """A word that is misspelt is no rule: it would be left out without a sound. Raises msgspec.ValidationError."""
    if not isinstance(told, dict):
        return
    fields = {field.name: field.type for field in msgspec.structs.fields(type_)}
    if unknown := sorted(told.keys() - fields.keys()):
        known = ", ".join(fields)
        facts = {"name": unknown[0], "known": known}
        raise msgspec.ValidationError(_('there is no "%(name)s"; there are %(known)s') % facts)
    for name in ("levels", "tables"):
        inner: tuple[Any, ...] = getattr(fields.get(name), "__args__", ())
        for one in told.get(name, ()) if inner and isinstance(told.get(name), list) else ():
            _known(one, inner[0])


def said(told: msgspec.Struct) -> str:
    """Rules as JSON that a person reads, and ``read_rules`` too."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
