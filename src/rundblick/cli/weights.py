"""A file with the weights of an earlier run, as an option of commands that match."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli.starting import CommandError
from rundblick.customers.matching import BadModel, Model, from_json


def read_weights(path: Path | None) -> Model | None:
    """The model in a file, None without one. Raises CommandError for a file that holds none, OSError."""
    if path is None:
        return None
    try:
        return from_json(path.read_bytes())
    except BadModel as error:
        raise CommandError(
            _("%(path)s is no model (%(why)s). Models are written by --save-model.") % {"path": path, "why": error}
        ) from error
