"""Registered at start: the system check of the gate."""

from rundblick.people import checks

__all__ = ["checks"]
