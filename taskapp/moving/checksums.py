"""A checksum of rows that is the same on every database, in whatever order they come."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

_BITS = 256


@dataclass
class Checksum:
    """How many rows were added, and the sum of their SHA-256.

    A sum, because databases sort text differently; a row twice counts twice.
    """

    rows: int = 0
    total: int = 0

    def add(self, rows: Iterable[Iterable[Any]]) -> None:
        """Add rows, each the values of its columns in the models' order, as Python has them."""
        for row in rows:
            plain = orjson.dumps(list(row), default=_plain, option=orjson.OPT_SORT_KEYS)
            self.rows += 1
            self.total = (self.total + int.from_bytes(sha256(plain).digest())) % 2**_BITS

    @property
    def text(self) -> str:
        """The sum in hexadecimal digits."""
        return f"{self.total:0{_BITS // 4}x}"


def _plain(value: Any) -> str:
    """What JSON has no form for: bytes, as drivers give them."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    raise TypeError(type(value).__name__)
