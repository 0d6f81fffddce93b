"""The folder of an installation, its settings file and its secret key.

Stands without Django, because Django's settings are made from it.
"""

from __future__ import annotations

import dataclasses
import os
import re
import secrets
import sys
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "RUNDBLICK_"
SETTINGS_FILE = "settings.toml"
SECRET_FILE = "secret.key"


class HomeError(Exception):
    """Something about the installation's folder or settings is wrong; the text says what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set, by ``RUNDBLICK_<NAME>`` or by ``<name>`` in ``settings.toml``. The environment wins.

    address         where the desk is served: host:port; without port the first free one from 8000
    live_address    where the live process listens: host:port; default: same host, next free port
    live_url        what browsers reach the live process under; default: http://<live_address>
    public_url      what browsers reach the desk under; default: http://<address>
    database_url    an own PostgreSQL 16 or newer instead of the one that comes along
    kept            a check that was kept (rundblick check --keep NAME), to look at instead of the live database
    pg_bin          folder of an installed PostgreSQL's programs, instead of the wheel's
    language        of the program where nobody has chosen one: "de" or "en"
    time_zone       of the company, an IANA name
    country         of the company, for telephone numbers and holidays: DE, AT or CH
    source_priority codes of systems, the most trusted first: whose word counts where dates do not decide
    review_four_eyes in the review queue two people have to say the same before it counts
    exclusive_numbers  systems that give each person one number, or do not ("crm=yes,shop=no"): two numbers of one of
                    the first keep people apart whatever they share; of all others the data decide
    undo_send_s     seconds that an answer waits before it leaves, so that it can be taken back
    sample          load the sample company on the first start (never into an own database)
    sample_customers how many customers the sample company has
    debug           show Django's error pages; never on a reachable address
    allowed_hosts   names under which the desk may be called, beside those of ``address`` and ``public_url``
    behind_proxy    believe X-Forwarded-Proto and X-Forwarded-For of a proxy in front
    web_threads     threads of the web process
    web_workers     processes of the web server
    log_level       "debug", "info", "warning" or "error"
    smtp_door       where a mail server in front hands mail over by SMTP: host:port; "" for nowhere
    lmtp_door       the same by LMTP, which answers for each recipient
    door_certificate, door_key  files (PEM) with which the doors offer STARTTLS
    door_megabytes  the largest mail that the doors take, 1 to 90
    private_hosts   hosts of the private network that addresses typed into the desk may name (token servers)
    """

    address: str = "127.0.0.1"
    live_address: str = ""
    live_url: str = ""
    public_url: str = ""
    database_url: str = ""
    kept: str = ""
    pg_bin: str = ""
    language: str = "de"
    time_zone: str = "Europe/Berlin"
    country: str = "DE"
    source_priority: tuple[str, ...] = ()
    review_four_eyes: bool = False
    exclusive_numbers: tuple[str, ...] = ()
    undo_send_s: int = 10
    sample: bool = True
    sample_customers: int = 400
    debug: bool = False
    allowed_hosts: tuple[str, ...] = ()
    behind_proxy: bool = False
    web_threads: int = 4
    web_workers: int = 2
    log_level: str = "info"
    smtp_door: str = ""
    lmtp_door: str = ""
    door_certificate: str = ""
    door_key: str = ""
    door_megabytes: int = 50
    private_hosts: tuple[str, ...] = ()

    def exclusive(self) -> dict[str, str]:
        """``exclusive_numbers`` as {system: "yes", "no" or "measured"}."""
        return {
            system.strip(): said.strip() for system, _, said in (one.partition("=") for one in self.exclusive_numbers)
        }


EXCLUSIVE = ("yes", "no", "measured")  # whether a system gives each person one number: said, or what the data show

RANGES: typing.Final = {"door_megabytes": (1, 90)}  # a larger mail is read by nobody: it would need the memory of many
CHOICES: Mapping[str, tuple[str, ...]] = {
    "language": ("de", "en"),
    "country": ("DE", "AT", "CH"),
    "log_level": ("debug", "info", "warning", "error"),
}
# Read elsewhere under RUNDBLICK_, so no spelling mistake of a setting: the folder, the key, tests.
OTHER_VARIABLES = frozenset(
    (
        "HOME",
        "SECRET_KEY",
        "TEST_DATA",
        "TEST_DATABASE_URL",
        "TEST_PG_BIN",
        "BREAK_MESSAGES",
        "BREAK_SEED",
    )
)


def checkout() -> Path | None:
    """The working copy this package runs from, or None when it is installed."""
    top = Path(__file__).resolve().parents[3]
    return top if (top / "pyproject.toml").is_file() and (top / "src" / "rundblick").is_dir() else None


def default_home(environ: Mapping[str, str] = os.environ) -> Path:
    """``.rundblick`` in the working copy when run from one that we may write, else the platform's data folder."""
    top = checkout()
    if top is not None and os.access(top, os.W_OK):
        return top / ".rundblick"
    if os.geteuid() == 0:
        return Path("/var/lib/rundblick")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Rundblick"
    data = environ.get("XDG_DATA_HOME", "")
    return (Path(data) if data.startswith("/") else Path.home() / ".local" / "share") / "rundblick"


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of this installation, made with mode 0700 if it is not there.

    Raises HomeError when it cannot be made or belongs to somebody else.
    """
    given = environ.get(PREFIX + "HOME", "")
    folder = Path(given).expanduser().absolute() if given else default_home(environ)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError as error:
        raise HomeError(
            f"The folder {folder} cannot be used: {error.strerror}. Set {PREFIX}HOME to a folder that you may write."
        ) from error
    if state.st_uid != os.geteuid() and os.geteuid() != 0:
        raise HomeError(
            f"The folder {folder} belongs to another user (id {state.st_uid}). "
            f"Run as that user, or set {PREFIX}HOME to a folder of your own."
        )
    # 0710 is what the database's own account needs when root starts it (see core.server.account).
    if state.st_mode & 0o067:
        folder.chmod(state.st_mode & 0o710)
    return folder


def settings(folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``settings.toml`` of the folder (default: home()) and the environment.

    Raises HomeError that names every unknown or badly typed key with file and line.
    """
    path = (folder or home(environ)) / SETTINGS_FILE
    values: dict[str, object] = {}
    problems: list[str] = []
    known = typing.get_type_hints(Settings)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HomeError(f"{path}: {error}. Correct the line, or remove it.") from error
    for key, value in table.items():
        place = f"{path}, line {_line_of(key, text)}"
        if key not in known:
            problems.append(f'{place}: unknown setting "{key}". Known: {", ".join(sorted(known))}.')
        elif _fits(value, known[key]):
            values[key] = tuple(value) if isinstance(value, list) else value
        else:
            problems.append(f'{place}: "{key}" must be {_name_of(known[key])}, not {value!r}.')
    for key, kind in known.items():
        name = PREFIX + key.upper()
        if name in environ:
            try:
                values[key] = _from_text(environ[name], kind)
            except ValueError:
                problems.append(f"{name} must be {_name_of(kind)}, not {environ[name]!r}.")
    for key, allowed in CHOICES.items():
        if key in values and values[key] not in allowed:
            problems.append(f'"{key}" must be one of {", ".join(allowed)}, not {values[key]!r}.')
    for key, (least, most) in RANGES.items():
        if key in values and not least <= typing.cast(int, values[key]) <= most:
            problems.append(f'"{key}" must be from {least} to {most}, not {values[key]!r}.')
    for one in typing.cast(tuple[str, ...], values.get("exclusive_numbers", ())):
        system, _, said = one.partition("=")
        if not system.strip() or said.strip() not in EXCLUSIVE:
            wanted = ", ".join(f"SYSTEM={word}" for word in EXCLUSIVE)
            problems.append(f'"exclusive_numbers" must hold one of {wanted}, not {one!r}.')
    if problems:
        raise HomeError("\n".join(problems))
    return dataclasses.replace(Settings(), **values)  # type: ignore[arg-type]


def hosts(values: Settings) -> list[str]:
    """Under which names the desk may be called: its own machine, its public name, and what the operator adds."""
    own = [urlsplit(url).hostname or "" for url in (values.public_url, f"//{values.address}")]
    names = ["127.0.0.1", "localhost", "[::1]", *own, *values.allowed_hosts]
    return sorted({f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names if name})


def origins(values: Settings) -> list[str]:
    """Origins beside the called one whose forms are trusted: the public address, where a proxy stands in front."""
    parts = urlsplit(values.public_url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that begin with RUNDBLICK_ and mean nothing: probably a spelling mistake, worth a warning."""
    known = {PREFIX + key.upper() for key in typing.get_type_hints(Settings)} | {
        PREFIX + key for key in OTHER_VARIABLES
    }
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def secret_key(folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The key that signs and encrypts: RUNDBLICK_SECRET_KEY, or a 0600 file that is made on first use."""
    given = environ.get(PREFIX + "SECRET_KEY", "")
    if given:
        if len(given) < 32:
            raise HomeError(f"{PREFIX}SECRET_KEY must have at least 32 characters; it has {len(given)}.")
        return given
    return secret_file((folder or home(environ)) / SECRET_FILE)


def secret_file(path: Path) -> str:
    """The text of a 0600 file; made with 43 random characters if it is not there.

    Two processes that come at once get the same text: the file appears whole or not at all.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_urlsafe(32))
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    if path.stat().st_mode & 0o077:
        raise HomeError(f"{path} can be read by others. Run: chmod 600 {path}")
    text = path.read_text(encoding="ascii").strip()
    if not text:
        raise HomeError(f"{path} is empty. Restore it from where you keep your secrets.")
    return text


def _line_of(key: str, text: str) -> int:
    pattern = re.compile(rf"""^\s*(\[+\s*)?["']?{re.escape(key)}["']?\s*[.=\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _fits(value: object, kind: object) -> bool:
    if isinstance(kind, types.GenericAlias):  # tuple[str, ...]
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value) is kind


def _name_of(kind: object) -> str:
    names = {str: "a text", int: "a whole number", bool: "true or false"}
    return names.get(kind, "a list of texts") if isinstance(kind, type) else "a list of texts"


def _from_text(text: str, kind: object) -> object:
    if kind is bool:
        meaning = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if text.strip().lower() not in meaning:
            raise ValueError(text)
        return meaning[text.strip().lower()]
    if kind is int:
        return int(text)
    if isinstance(kind, types.GenericAlias):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text
