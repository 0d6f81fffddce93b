"""A reader that does what a broken parser does, by the envelope's key."""

import os
import time

from rundblick.core.envelope import Envelope
from rundblick.core.message import Reading


def read(envelope: Envelope) -> Reading:
    match envelope.source_key:
        case "hang":
            time.sleep(60)
        case "die":
            os._exit(9)
        case "eat":
            bytearray(4 << 30)
    raise ValueError(envelope.source_key)
