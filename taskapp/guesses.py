"""How many one-time codes may be tried for one account, whoever tries them.

Signing in is limited by address; who knows a password and has many addresses could still walk
through a million codes. So codes are charged to their account as well. That locks nobody out:
only who knows the password is counted, a right code empties the count, and recovery codes, which
cannot be guessed, are not counted at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import time

from flask import current_app
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from werkzeug.exceptions import TooManyRequests

from taskapp.accounts.totp import is_one_time

_TOO_MANY = "Too many codes were tried for this account. Wait, or use a recovery code."


@contextmanager
def guess_of(user_id: int, code: str | None) -> Iterator[None]:
    """Around what checks a code: refuse it when too many were wrong, and count this one if it is.

    Raises TooManyRequests.
    """
    limiter: Limiter = current_app.extensions["taskapp_limiter"]
    if not (limiter.enabled and code and is_one_time(code)):
        yield
        return
    who = ("codes", f"user {user_id}")
    figures = parse_many(current_app.config["RATELIMIT_CODES"])
    # Charged before it is looked at, so that many at once are not looked at uncounted.
    for figure in figures:
        if not limiter.limiter.hit(figure, *who):
            raise TooManyRequests(_TOO_MANY, retry_after=_seconds(limiter, figure, who))
    yield
    for figure in figures:
        limiter.limiter.clear(figure, *who)


def _seconds(limiter: Limiter, figure: RateLimitItem, who: tuple[str, str]) -> int:
    return max(1, ceil(limiter.limiter.get_window_stats(figure, *who).reset_time - time()))
