"""The road as a sweep of the worker: one batch of what waits, each time it is called."""

from __future__ import annotations

from rundblick.core.installation import installation
from rundblick.core.registry import readers
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import work_once


class RoadSweep:
    """A sweep with its own reading process; raises RoadStopped when nothing can go on, and is then tried again."""

    def __init__(self) -> None:
        self._reader = ReadingProcess(dict(readers))
        self._road: Road | None = None

    def __call__(self) -> int:
        """Work one batch; says how many pieces it took."""
        if self._road is None:
            self._road = Road(installation())
        return work_once(self._road, self._reader)

    def close(self) -> None:
        """End the reading process."""
        self._reader.close()
