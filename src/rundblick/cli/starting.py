"""What commands share: Django set up, the language of the terminal, a database that is there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from rundblick.core import home, server


class CommandError(Exception):
    """A command cannot do what was asked; the text says why and what to do. ``code`` is the exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


def set_up_django() -> None:
    """Load settings and rooms. Opens no connection."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rundblick.settings")
    import django

    django.setup()


def terminal_language(environ: dict[str, str] | None = None) -> str:
    """ "de" or "en", from the terminal's locale."""
    values = dict(os.environ) if environ is None else environ
    first = next((values[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if values.get(name)), "")
    return "de" if first.lower().startswith("de") else "en"


@contextlib.contextmanager
def database() -> Iterator[server.Server | None]:
    """A fit database while the command runs: the company's own, or the one that comes along (then it is yielded).

    Raises ServerError and its kin with texts for a person.
    """
    folder = home.home()
    if server.is_own(folder):
        server.check_own(server.database_url(folder))
        yield None
        return
    with server.ensure(folder) as running:
        yield running


@contextlib.contextmanager
def database_to_decide_in() -> Iterator[None]:
    """``database``, where customers may be decided about. Raises CommandError for one that is kept for reading only."""
    from django.utils.translation import gettext as _

    from rundblick.core.installation import installation

    with database():
        if installation().read_only:
            raise CommandError(_("This database is kept for reading only."))
        yield
