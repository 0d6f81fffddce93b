"""What this room registers with lower ones: what could not be read, with the gate."""

from __future__ import annotations

from rundblick.intake.models import Quarantine
from rundblick.people import gate

gate.guard("quarantine", Quarantine, gate.visible_quarantine, customer="case__customer_id")
