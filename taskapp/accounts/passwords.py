"""Password hashes: bcrypt through pwdlib.

bcrypt reads no more than 72 bytes, so a longer password is refused, never cut (contract §3).

A hash takes a core for a third of a second. Each process makes one at a time, in a thread that
gives way to all others: a crowd that signs in waits for itself, and nobody else does.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, lru_cache

from flask import current_app
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher

from taskapp.core.errors import Invalid

MIN_CHARACTERS = 8
MAX_BYTES = 72
_LOW_PRIORITY = 5  # a third of the share of a thread of the usual priority (nice(2))


def check_password(password: str, field: str = "password") -> None:
    """Raise Invalid, naming `field`, unless the password may be used."""
    if len(password) < MIN_CHARACTERS:
        raise Invalid({field: [f"Use at least {MIN_CHARACTERS} characters."]})
    if len(password.encode()) > MAX_BYTES:
        raise Invalid({field: [f"Use at most {MAX_BYTES} bytes."]})
    if "\x00" in password:
        raise Invalid({field: ["Leave out the NUL character."]})
    if current_app.config["REFUSE_COMMON_PASSWORDS"] and password.lower() in _common_passwords():
        raise Invalid({field: ["This is one of the most common passwords. Choose another."]})


def hash_password(password: str) -> str:
    """The bcrypt hash of an acceptable password. Slow by design."""
    return _thread().submit(_hasher().hash, password).result()


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hashed one; takes as long when there is no hash to compare."""
    acceptable = len(password.encode()) <= MAX_BYTES and "\x00" not in password
    given = password if acceptable else ""
    matches = _thread().submit(_hasher().verify, given, password_hash or _decoy()).result()
    return matches and acceptable and password_hash is not None


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere this would be about the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _LOW_PRIORITY)


def _thread() -> ThreadPoolExecutor:
    return _thread_of(os.getpid())  # a process that forks leaves its threads behind


@lru_cache(maxsize=1)
def _thread_of(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_give_way)


@cache
def _common_passwords() -> frozenset[str]:
    """The 30,000 that leaks have shown most often, in small letters (ASVS 5.0, 6.2.4)."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  (17 MB, where it is wanted)

    return frozenset(FREQUENCY_LISTS["passwords"])


def _hasher() -> PasswordHash:
    return _hasher_of(current_app.config["BCRYPT_ROUNDS"])


def _decoy() -> str:
    return _decoy_of(current_app.config["BCRYPT_ROUNDS"])


@lru_cache(maxsize=4)
def _hasher_of(rounds: int) -> PasswordHash:
    return PasswordHash((BcryptHasher(rounds=rounds),))


@lru_cache(maxsize=4)
def _decoy_of(rounds: int) -> str:
    return _hasher_of(rounds).hash("nobody's password")
