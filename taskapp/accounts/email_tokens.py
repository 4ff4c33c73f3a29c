"""The links in mails: random, kept as a digest only, good once and for a while.

A digest without a salt is enough: 256 random bits cannot be guessed from it.
"""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from taskapp.accounts.models import EmailToken, User
from taskapp.core.database import read_one, read_scalar, write
from taskapp.core.errors import Invalid
from taskapp.core.time import now
from taskapp.extensions import db

LIFETIMES = {"verify": timedelta(days=3), "reset": timedelta(hours=1)}
MOST_AN_HOUR = 5  # mails of one purpose to one user
_BAD = "This link has expired, was used already, or is not complete. Ask for a new one."


def make_token(user: Any, purpose: str) -> str:
    """A new token for the user's present address, to be mailed there and nowhere else."""
    token = token_urlsafe(32)
    db.session.add(
        EmailToken(
            digest=_digest(token),
            user_id=user.id,
            purpose=purpose,
            email_key=user.email_key,
            expires_at=now() + LIFETIMES[purpose],
        )
    )
    db.session.flush()
    return token


def has_enough(user_id: int, purpose: str) -> bool:
    """Whether the user was sent so many links of late that no more shall be."""
    recent = select(func.count()).select_from(EmailToken)
    recent = recent.where(EmailToken.user_id == user_id, EmailToken.purpose == purpose)
    recent = recent.where(EmailToken.created_at > now() - timedelta(hours=1))
    return bool(read_scalar(recent) >= MOST_AN_HOUR)


def find_owner(token: str, purpose: str) -> Row[Any]:
    """Whose token it is; raises Invalid when it is good for nothing (any more).

    It is good for an active user whose address is still the one it was sent to.
    """
    row = read_one(
        select(User.id, User.username)
        .join(EmailToken, EmailToken.user_id == User.id)
        .where(
            EmailToken.digest == _digest(token),
            EmailToken.purpose == purpose,
            EmailToken.expires_at > now(),
            EmailToken.email_key == User.email_key,
            User.is_active,
        )
    )
    if row is None:
        raise Invalid({"token": [_BAD]})
    return row


def use_token(token: str, purpose: str) -> None:
    """Use a token up; raises Invalid when somebody else, or the other tab, was quicker."""
    good = (EmailToken.purpose == purpose, EmailToken.expires_at > now())
    used = delete(EmailToken).where(EmailToken.digest == _digest(token), *good)
    if write(used) == 0:
        raise Invalid({"token": [_BAD]})


def forget_tokens_of(user_id: int) -> None:
    """Make every link that was mailed to a user worthless. The rows stay until they are pruned, for
    `has_enough` to count: whoever changes an address to and fro floods nobody."""
    mailed = update(EmailToken).where(EmailToken.user_id == user_id, EmailToken.expires_at > now())
    db.session.execute(mailed.values(expires_at=now()))


def forget_expired_tokens() -> int:
    """Delete the tokens that are past their time; return how many."""
    expired = delete(EmailToken).where(EmailToken.expires_at <= now())
    return write(expired)


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
