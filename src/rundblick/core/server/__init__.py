"""The database server: the one that comes along, or the company's own.

``ensure(home)`` gives a running embedded server; ``database_url()`` is the address to use, whichever server it is;
``check_own(url)`` says whether a server of one's own is fit. Which package the programs come from, how root hands them
to an account, and what happens after a kill is known only in here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from rundblick.core.home import home as home_folder
from rundblick.core.home import settings
from rundblick.core.server.account import AccountError
from rundblick.core.server.binaries import Binaries, BinariesError, find
from rundblick.core.server.counter import catch_up
from rundblick.core.server.embedded import Server, ensure, url_of
from rundblick.core.server.own import OPTIONAL, REQUIRED, check_connection, has_extension, missing_extensions
from rundblick.core.server.own import check as check_own
from rundblick.core.server.place import DATABASE, ROLE, ServerError, place_of

KEPT = "rundblick_kept_"
"""Begins the name of a database that a check left behind on purpose; ``settings().kept`` is the rest of it."""

__all__ = [
    "DATABASE",
    "KEPT",
    "OPTIONAL",
    "REQUIRED",
    "ROLE",
    "AccountError",
    "Binaries",
    "BinariesError",
    "Server",
    "ServerError",
    "catch_up",
    "check_connection",
    "check_own",
    "database_url",
    "ensure",
    "find",
    "has_extension",
    "is_own",
    "missing_extensions",
    "place_of",
    "url_of",
]


def is_own(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether RUNDBLICK_DATABASE_URL points to a server that is not ours."""
    return bool(settings(home or home_folder(environ), environ).database_url)


def database_url(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The database's address, with its password: never print it. Starts nothing."""
    folder = home or home_folder(environ)
    chosen = settings(folder, environ)
    url = chosen.database_url or url_of(place_of(folder))
    if chosen.kept:
        url = urlunsplit(urlsplit(url)._replace(path=f"/{KEPT}{chosen.kept}"))
    return url
