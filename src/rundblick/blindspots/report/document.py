"""report.json: the report's values, and nothing else; and back."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from rundblick.blindspots.model import SCHEMA, Report

SCHEMA_FILE = Path(__file__).with_name("report-1.schema.json")


class DocumentError(ValueError):
    """The text is no report of ours, or one of a format that this version does not know."""


def to_json(report: Report) -> bytes:
    """The report as indented UTF-8 JSON; keys are the field names of ``model``, times are RFC 3339."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def from_json(data: bytes) -> Report:
    """The report back from its JSON; keys it does not know are ignored. Raises DocumentError."""
    try:
        report = msgspec.json.decode(data, type=Report)
    except msgspec.MsgspecError as error:
        raise DocumentError(str(error)) from error
    if report.schema != SCHEMA:
        raise DocumentError(f"format {report.schema!r}, expected {SCHEMA!r}")
    return report


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of report.json, made from the types; the file beside this module is its copy."""
    schema = msgspec.json.schema(Report)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA
    schema["$defs"]["Report"]["properties"]["schema"] = {"const": SCHEMA}
    # Whoever reads it may rely on what is always written, also where our own reader has a default.
    for part in schema["$defs"].values():
        if part.get("type") == "object" and "properties" in part:
            part["required"] = sorted(part["properties"])
            part["description"] = " ".join(part.get("description", "").split("\n\n")[0].split())
    plain: dict[str, Any] = json.loads(json.dumps(schema))
    return plain


@cache
def shipped_schema() -> dict[str, Any]:
    shipped: dict[str, Any] = json.loads(SCHEMA_FILE.read_text("utf-8"))
    return shipped


if __name__ == "__main__":
    SCHEMA_FILE.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
