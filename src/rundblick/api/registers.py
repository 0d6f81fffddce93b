"""What the API registers with lower rooms: how its contacts are read."""

from __future__ import annotations

from rundblick.core.registry import readers

readers["contact"] = "rundblick.api.contact:read_contact"
