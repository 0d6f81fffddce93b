"""Where upper rooms register with lower ones, in each room's ``registers.py`` (FOUNDATIONS 13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from rundblick.core.envelope import Envelope
from rundblick.core.message import Reading
from rundblick.core.tones import Tone

Cursor = psycopg.Cursor[Any]

# kind of envelope -> how it is read; pure, without database or network, run in a child process
Reader = Callable[[Envelope], Reading]
readers: dict[str, str] = {}  # "mail" -> "rundblick.channels.email.reading:read_mail", imported where it is used

# channel -> how it sends: a class of ``letters.Sender`` without arguments, imported where it is used
senders: dict[str, str] = {}  # "email" -> "rundblick.channels.email.sending:MailSender"

# after records changed their customer, in the same transaction: fast and set-based
RecordsMoved = Callable[[Cursor, Sequence[int]], None]
on_records_moved: list[RecordsMoved] = []

# What -> how its pieces are written, in the road's transaction: (cursor, pieces, walk)
Recorder = Callable[[Cursor, Sequence[Any], Any], None]
recorders: dict[str, Recorder] = {}

# texts -> languages ("de", "en", "" = unsure); understanding registers itself
Understand = Callable[[list[str]], list[str]]
understanding: list[Understand] = []

# SQL of (message_id, delivery_id): deliveries that only repeated a message; intake registers it
repeated_deliveries: list[str] = []

# a customer's text -> its tone; a room that knows better than the words of cases.tone registers itself
ReadTone = Callable[[str], Tone]
read_tone: list[ReadTone] = []
