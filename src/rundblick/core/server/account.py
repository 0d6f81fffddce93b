"""Which system account PostgreSQL runs under: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAME = "rundblick"


class AccountError(Exception):
    """Root has no account to give the database to; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """A system account that is not root."""

    name: str
    uid: int
    gid: int


def service_account(home: Path) -> Account | None:
    """The account for the database when we are root, made if needed; None when we are an ordinary user ourselves.

    Root who works in an ordinary user's folder runs the database as that user, who can then go on alone.
    """
    if os.geteuid() != 0:
        return None
    owner = home.stat()
    if owner.st_uid != 0:
        return Account(pwd.getpwuid(owner.st_uid).pw_name, owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _made()
    if entry.pw_uid == 0:
        raise AccountError(
            f'The account "{NAME}" has root\'s rights; PostgreSQL refuses these. Run as an ordinary user.'
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _made() -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is not None:
        command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", NAME]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # 9: somebody else made it at the same moment
        if done.returncode in (0, 9):
            return pwd.getpwnam(NAME)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AccountError(
        f'PostgreSQL does not run as root, and no account "{NAME}" could be made. '
        "Make one (useradd --system rundblick), or run as an ordinary user."
    )


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether the account (None: we ourselves) gets into the folder; asks the system, so that ACLs count too."""
    if account is None:
        return os.access(folder, os.R_OK | os.X_OK)
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return done.returncode == 0
