from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "rundblick.core"

    def ready(self) -> None:
        """Upper rooms register with lower ones: each room's ``registers.py`` is imported once, at start."""
        autodiscover_modules("registers")
