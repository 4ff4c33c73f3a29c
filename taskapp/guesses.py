"""How many one-time codes may be tried for one account, whoever tries them.

Signing in is limited by address; who knows a password and has many addresses could still walk
through a million codes. So codes are charged to their account as well. That locks nobody out:
only who knows the password is counted, a right code empties the count, and recovery codes, which
cannot be guessed, are not counted at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from werkzeug.exceptions import TooManyRequests

from taskapp.accounts.totp import is_one_time
from taskapp.limits import charge, forgive

_TOO_MANY = "Too many codes were tried for this account. Wait, or use a recovery code."


@contextmanager
def guess_of(user_id: int, code: str | None) -> Iterator[None]:
    """Around what checks a code: refuse it when too many were wrong, and count this one if it is.

    Raises TooManyRequests.
    """
    if not (current_app.config["RATELIMIT_ENABLED"] and code and is_one_time(code)):
        yield
        return
    charged = ("RATELIMIT_CODES", "codes", f"user {user_id}")
    # Charged before it is looked at, so that many at once are not looked at uncounted.
    allowance = charge(*charged)
    if allowance.is_exceeded:
        raise TooManyRequests(_TOO_MANY, retry_after=allowance.reset)
    yield
    forgive(*charged)
