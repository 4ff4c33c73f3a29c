"""Where the bytes lie: a folder or an S3 bucket, behind four verbs, chosen by STORAGE_URL.

A key is 32 hexadecimal digits drawn by lot. What a storage holds under other names is not ours and
is never touched.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from taskapp.attachments.storage.disk import DiskStorage

_STORAGE = "taskapp_storage"


class Storage(Protocol):
    """What services need of a storage. Each verb raises Unavailable when it does not answer."""

    def save(self, key: str, file: IO[bytes]) -> None:
        """Keep what is left to read of a seekable file: all of it, or on an error nothing."""

    def open(self, key: str, start: int, stop: int) -> IO[bytes]:
        """The bytes from `start` on, at least up to `stop`; raises FileNotFoundError."""

    def delete(self, keys: Iterable[str]) -> None:
        """Remove them; what is not there is no error."""

    def keys(self, stored_before: datetime) -> Iterator[str]:
        """The keys of what was stored before that instant."""


def configure_storage(app: Flask) -> None:
    """Make the storage that STORAGE_URL names; raises ValueError when it names none."""
    app.extensions[_STORAGE] = _make(app.config["STORAGE_URL"], app.config["S3_ENDPOINT_URL"])


def storage() -> Storage:
    """The storage of this application."""
    chosen: Storage = current_app.extensions[_STORAGE]
    return chosen


def new_key() -> str:
    """A key that nobody has used."""
    return secrets.token_hex(16)


def _make(url: str, endpoint: str | None) -> Storage:
    target = urlsplit(url)
    path = unquote(target.path)
    if target.scheme == "file" and not target.netloc and path.strip("/"):
        return DiskStorage(Path(path))
    if target.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]+", target.netloc):
        # boto3 takes 0.2 s to load, and most installations never need it.
        from taskapp.attachments.storage.s3 import S3Storage  # noqa: PLC0415

        return S3Storage(target.netloc, path.strip("/"), endpoint)
    raise ValueError(f"STORAGE_URL must be file:///folder or s3://bucket/prefix, not {url!r}")
