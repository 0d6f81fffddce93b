"""What the test button says: each step that was tried, what was found, or what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from rundblick.channels.faults import fault_words


@dataclass(frozen=True, slots=True)
class Found:
    """A folder of a mailbox. ``messages``: how many are in it; None for one that was not asked about."""

    name: str
    messages: int | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """``fault`` is "" when everything that was tried worked; ``detail`` is what the server said.

    sending  what is wrong is wrong with sending; what comes in works or was not tried
    sends    sending was tried, up to the login, and works
    """

    fault: str = ""
    detail: str = ""
    server: str = ""
    encrypted: bool = False
    waits: bool = False  # the server tells of new mail by itself (IDLE)
    folders: tuple[Found, ...] = ()
    sending: bool = False
    sends: bool = False

    def words(self) -> tuple[str, str]:
        """What is wrong, and what to do, in the reader's language; both "" for nothing."""
        if not self.fault:
            return "", ""
        wrong, todo = fault_words(self.fault)
        return (_("Sending: %(what)s") % {"what": wrong} if self.sending else wrong), todo

    @property
    def good(self) -> bool:
        return not self.fault
