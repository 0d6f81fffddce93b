"""Readers of the channels, by kind of envelope; imported only where they read (a child process)."""

from rundblick.core.registry import readers

readers["mail"] = "rundblick.channels.email.reading:read_mail"
