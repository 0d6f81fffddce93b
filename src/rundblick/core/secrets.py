"""Secrets that the program has to read again: passwords of mailboxes, tokens of gateways.

Encrypted with a key derived from the installation's secret key (core.home), which lies outside the database; so a
back-up, a log or a dump holds nothing that opens a mailbox. Passwords of people who sign in are hashed instead.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rundblick.core.home import secret_key


class SecretError(Exception):
    """A secret was written under another key: it has to be typed in again, or the old key put back."""


def seal(secret: str) -> bytes:
    """What may lie in the database."""
    return _fernet(secret_key()).encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """The secret again. Raises SecretError."""
    try:
        return _fernet(secret_key()).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise SecretError("the installation's secret key is not the one that this was written under") from None


@lru_cache(maxsize=2)
def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"rundblick secrets").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
