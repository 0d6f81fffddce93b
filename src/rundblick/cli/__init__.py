"""The command line. Each module with a ``register`` function is a subcommand; see ``main``."""

from __future__ import annotations

import argparse
from typing import Protocol


class Command(Protocol):
    """A module of this package that adds a subcommand."""

    def register(self, commands: argparse._SubParsersAction[argparse.ArgumentParser], /) -> None:
        """Add the parser, with an example in its help, and ``set_defaults(run=...)``."""
