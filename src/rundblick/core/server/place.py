"""Where an embedded database lies: data, socket, password, configuration."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rundblick.core.home import secret_file
from rundblick.core.server.account import Account, can_enter, service_account
from rundblick.core.server.binaries import REACHABLE

PORT = 5432  # only part of the socket's name: no TCP port is opened
DATABASE = "rundblick"
ROLE = "rundblick"
SUPERUSER = "postgres"
START_LOG = "log/start.log"  # what the server says until its own log is open
# sun_path holds 108 bytes on Linux, 104 on macOS, with the closing zero.
LONGEST_SOCKET = 100


class ServerError(Exception):
    """The database cannot be used; the text says why, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one embedded database. ``note`` says it when they lie elsewhere than expected."""

    home: Path
    folder: Path
    sockets: Path
    account: Account | None
    note: str = ""

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def configuration(self) -> Path:
        """The server's configuration, written anew at each start."""
        return self.folder / "postgresql.conf"

    def password(self, role: str = ROLE) -> str:
        """The role's password, from a 0600 file in the home that is made on first use."""
        return secret_file(self.home / f"{role}.password")


def place_of(home: Path) -> Place:
    """Where the database of this home lies. Asks the system, makes nothing but root's permission to pass."""
    account = service_account(home)
    folder, note = home / "database", ""
    if account is not None and account.uid != home.stat().st_uid:
        if not can_enter(home, account) and can_enter(home.parent, account):
            os.chown(home, -1, account.gid)
            home.chmod(0o710)
        if not can_enter(home, account):
            folder = REACHABLE / f"database-{_digest(home)}"
            note = (
                f"The database lies in {folder}, because the account {account.name}, under which root must run it, "
                f"cannot enter {home}. Set RUNDBLICK_HOME to a folder that others may pass through to keep it together."
            )
    sockets = folder / "s"
    if len(os.fsencode(sockets / f".s.PGSQL.{PORT}.lock")) > LONGEST_SOCKET:
        owner = os.geteuid() if account is None else account.uid
        sockets = Path("/tmp") / f"rundblick-{owner}-{_digest(home)}"
    return Place(home, folder, sockets, account, note)


def make_folders(place: Place) -> None:
    """Make the folders around the data, with an owner and rights under which nobody else gets in."""
    owner = os.geteuid() if place.account is None else place.account.uid
    group = os.getegid() if place.account is None else place.account.gid
    if place.folder.parent != place.home:
        place.folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    place.folder.mkdir(mode=0o755, exist_ok=True)
    for folder in (place.sockets, place.folder / "log"):
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and folder.lstat().st_uid == 0:
            os.chown(folder, owner, group, follow_symlinks=False)
        state = folder.lstat()
        if folder.is_symlink() or state.st_uid != owner or state.st_mode & 0o077:
            raise ServerError(
                f"{folder} must be a folder that only user id {owner} can open, but it is not. "
                "Look at who made it, remove it, and start again."
            )


@contextmanager
def only_one(place: Place) -> Iterator[None]:
    """Start, stop and upgrade happen one at a time, over all processes of this machine."""
    with (place.home / "server.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _digest(path: Path) -> str:
    return hashlib.blake2b(os.fsencode(path.resolve()), digest_size=5).hexdigest()
