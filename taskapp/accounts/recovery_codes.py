"""Recovery codes: each stands in, once, for an authenticator app that is lost.

They have 120 random bits, so a plain hash keeps them, and guessing them is hopeless.
"""

import re
import secrets
from base64 import b32encode
from collections.abc import Collection
from hashlib import sha256

from sqlalchemy import delete, func, select

from taskapp.accounts.models import RecoveryCode
from taskapp.core.database import read_all, read_scalar, write
from taskapp.extensions import db

NUMBER = 10
_BYTES = 15  # 24 letters and digits of base32, without padding
_GROUP = 6
_FORM = re.compile(r"[a-z2-7]{6}(-[a-z2-7]{6}){3}")


def replace_codes(user_id: int) -> list[str]:
    """Give a user new codes, to be shown once; the old ones are worth nothing any more."""
    forget_codes(user_id)
    codes = [_make() for _ in range(NUMBER)]
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(code)) for code in codes)
    db.session.flush()
    return codes


def forget_codes(user_id: int) -> None:
    """Delete all codes of a user."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def use_code(user_id: int, code: str) -> bool:
    """Use a code up; whether it was one of the user's. Of two who send it at once, one has it."""
    own = delete(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash(code)
    )
    return write(own) == 1


def count_codes(user_id: int) -> int:
    """How many a user has left."""
    number: int = read_scalar(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    )
    return number


def are_codes_of(user_id: int, codes: Collection[str]) -> bool:
    """Whether these are codes that the user has, and nothing else."""
    own = select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id)
    hashes = {row.code_hash for row in read_all(own)}
    return bool(codes) and all(_FORM.fullmatch(c) and _hash(c) in hashes for c in codes)


def _make() -> str:
    letters = b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _hash(code: str) -> str:
    """The hash of a code, however it was typed."""
    return sha256("".join(filter(str.isalnum, code.lower())).encode()).hexdigest()
