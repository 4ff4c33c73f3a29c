"""Secrets that we must be able to read again, encrypted before they reach the database.

Fernet (AES-128-CBC with HMAC-SHA256) of the `cryptography` package, because itsdangerous, which
signs our cookies, only signs: what it protects can be read. The key is derived from SECRET_KEY by
HKDF (RFC 5869) for this purpose alone. Who gets a copy of the database, but not the setting, cannot
make codes; who changes the setting makes every sealed secret worthless.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

_PURPOSE = b"taskapp: sealed secrets"


def seal(secret: str) -> str:
    """The secret, encrypted and authenticated."""
    return _box(current_app.config["SECRET_KEY"]).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The secret again; None if it was sealed under another SECRET_KEY, or tampered with."""
    try:
        return _box(current_app.config["SECRET_KEY"]).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


@lru_cache(maxsize=4)
def _box(secret_key: str) -> Fernet:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(urlsafe_b64encode(derive.derive(secret_key.encode())))
