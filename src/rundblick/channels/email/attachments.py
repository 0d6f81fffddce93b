"""Attachments: what they are called, and names that are safe to show, to save and to serve."""

from __future__ import annotations

import re

from rundblick.channels.email.charset import decode_header, nfc
from rundblick.channels.email.headers import by_name, first, parameters, unfold
from rundblick.channels.email.parts import Leaf
from rundblick.core.message import Attachment

_NAME_AT_MOST = 150  # characters; with UTF-8 still under the 255 bytes of most file systems in most scripts

# Direction marks turn "exe.gnp" into "png.exe" on a screen.
_UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f<>:"|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]'
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.I)
_HAS_ENDING = re.compile(r"[^.]\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
# Of our own, since the table of a system would give one mail two names on two machines.
_ENDING = {
    "message/rfc822": ".eml", "message/global": ".eml", "message/news": ".eml", "message/delivery-status": ".txt",
    "message/rfc822-headers": ".txt", "message/disposition-notification": ".txt", "message/feedback-report": ".txt",
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/rfc822-headers": ".txt",
    "text/enriched": ".txt", "text/x-vcard": ".vcf", "text/vcard": ".vcf", "text/csv": ".csv",
    "application/pdf": ".pdf", "application/zip": ".zip", "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin", "image/jpeg": ".jpg", "image/jpg": ".jpg", "image/png": ".png",
    "image/gif": ".gif", "image/tiff": ".tif", "image/webp": ".webp", "image/heic": ".heic", "image/svg+xml": ".svg",
    "image/bmp": ".bmp", "audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/ogg": ".ogg", "audio/amr": ".amr",
    "video/mp4": ".mp4", "application/rtf": ".rtf", "application/msword": ".doc", "application/vnd.ms-excel": ".xls",
    "application/pgp-encrypted": ".asc", "application/xml": ".xml", "text/xml": ".xml", "application/json": ".json",
    "multipart/mixed": ".eml",
}  # fmt: skip
_STEM = {
    "message/delivery-status": "delivery-status", "text/rfc822-headers": "headers", "message/rfc822": "message",
    "application/pgp-signature": "signature", "application/pkcs7-signature": "smime", "application/ms-tnef": "winmail",
    "text/calendar": "invitation",
}  # fmt: skip


def attachment(leaf: Leaf) -> Attachment:
    """An attachment under its safe name; its bytes are as they came, its type is what the sender said."""
    content_id = decode_header(first(leaf.headers, "content-id")).strip("<> ")[:200]
    return Attachment(safe_name(_said_name(leaf, content_id), leaf.media_type), leaf.media_type, leaf.data, content_id)


def _said_name(leaf: Leaf, content_id: str) -> str:
    """Disposition, name of the type, location, id, the subject of an attached mail; "" when nothing tells."""
    name = parameters(first(leaf.headers, "content-disposition")).get("filename") or leaf.params.get("name", "")
    if name.strip():
        return name
    if leaf.media_type.startswith("message/") and leaf.part is not None and leaf.part.is_multipart():
        inner = leaf.part.get_payload(0)
        subject = decode_header(first(by_name(inner.raw_items()), "subject")) if hasattr(inner, "raw_items") else ""
        if subject and leaf.media_type != "message/delivery-status":
            return subject.replace("/", "-").replace("\\", "-")[:80] + ".eml"
    location = unfold(first(leaf.headers, "content-location")).partition("?")[0].rstrip("/").rpartition("/")[2]
    if location.strip():
        return decode_header(location)
    local = content_id.partition("@")[0]
    return local if _HAS_ENDING.search(local) else ""


def safe_name(name: str, media_type: str = "") -> str:
    """A file name without folders, control characters, direction marks or names that a system keeps for itself.

    Never empty; at most 150 characters, the ending kept.
    """
    name = _UNSAFE.sub("", nfc(name.replace("\\", "/")).rpartition("/")[2])
    name = " ".join(name.split()).strip(". ")
    if not name:
        name = _STEM.get(media_type, "file") + _ending(media_type)
    if _RESERVED.match(name):
        name = "_" + name
    if len(name) > _NAME_AT_MOST:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 10 else ""
        name = (stem if ending else name)[: _NAME_AT_MOST - len(ending)].rstrip(". ") + ending
    return name


def _ending(media_type: str) -> str:
    return _ENDING.get(media_type, ".bin")
