"""One line on the terminal that shows how far long work is."""

from __future__ import annotations

import sys
import time

from django.utils.translation import gettext as _

from rundblick.customers.weighed.words import stage_label
from rundblick.exports.feeding import Progress

_PAUSE = 0.2  # seconds between two drawings
_PLAIN_PAUSE = 10.0  # the same where lines cannot be drawn over


class ProgressLine:
    """Draws over itself on a terminal, writes a line now and then into a file; nothing when quiet."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._drawn = 0
        self._stage, self._began = "", 0.0
        self._last = 0.0 if self._terminal else time.monotonic()

    def show(self, progress: Progress) -> None:
        """Draw, when it is time to."""
        now = time.monotonic()
        if self._quiet or now - self._last < (_PAUSE if self._terminal else _PLAIN_PAUSE):
            return
        self._last = now
        share = min(1.0, progress.done / progress.size) if progress.size else 1.0
        text = _("%(percent)3d %% %(file)s, row %(rows)s, %(rate)s MB/s") % {
            "percent": int(100 * share),
            "file": progress.file,
            "rows": f"{progress.rows:,}",
            "rate": f"{progress.done / 1e6 / max(progress.seconds, 0.1):.1f}",
        }
        left = progress.remaining
        if left is not None:
            text += _(", %(left)s left") % {"left": f"{int(left) // 60}:{int(left) % 60:02d}"}
        self._draw(text)

    def stage(self, name: str, done: int, total: int) -> None:
        """Draw how far a stage of work in memory is, when it is time to; ``name`` as a person reads it."""
        now = time.monotonic()
        if name != self._stage:
            self._stage, self._began = name, now
        if self._quiet or now - self._last < (_PAUSE if self._terminal else _PLAIN_PAUSE):
            return
        self._last = now
        text = name
        seconds = now - self._began
        if total > 1:  # of one step nobody knows how far it is
            text = _("%(stage)s: %(done)s of %(total)s") % {"stage": name, "done": f"{done:,}", "total": f"{total:,}"}
        if total > 1 and done and seconds >= 1:
            left = seconds * max(0, total - done) / done
            text += _(", %(rate)s/s") % {"rate": f"{done / seconds:,.0f}"}
            text += _(", %(left)s left") % {"left": f"{int(left) // 60}:{int(left) % 60:02d}"}
        self._draw(text)

    def matching(self, stage: str, done: int, total: int) -> None:
        """Draw how far matching is; stages without a name are over in a moment and not drawn."""
        name = stage_label(stage)
        if name:
            self.stage(name, done, total)

    def say(self, text: str) -> None:
        """A line that stays."""
        self.end()
        print(text, file=sys.stderr)

    def end(self) -> None:
        """Clear what was drawn."""
        if self._drawn:
            sys.stderr.write("\r" + " " * self._drawn + "\r")
            sys.stderr.flush()
            self._drawn = 0

    def _draw(self, text: str) -> None:
        if not self._terminal:
            print(text, file=sys.stderr)
            return
        sys.stderr.write("\r" + text.ljust(self._drawn))
        sys.stderr.flush()
        self._drawn = len(text)
