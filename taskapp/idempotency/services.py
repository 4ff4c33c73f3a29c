"""Claiming a key, and writing the answer beside its effect.

A request first claims its key in a short transaction of its own, so that a parallel one sees that
it is running; no lock is held while the view runs. The answer is written into the claimed row by
the transaction of the effect: both last, or neither. If the process dies in between, the claim is
left behind and may be taken over after a while. A request that has lost its claim in this way
cannot commit any more, because its row is no longer there to be written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from taskapp.accounts.actor import Actor
from taskapp.core.database import read_one, write, write_apart
from taskapp.core.errors import Conflict, Invalid
from taskapp.core.time import now
from taskapp.idempotency.models import IdempotencyKey

KEPT = timedelta(hours=24)  # contract §1
# A request that is still alive then loses its claim, and so may not commit any more.
ABANDONED = timedelta(seconds=20)
_ATTEMPTS = 3


@dataclass(frozen=True)
class Claim:
    """The right of one running request to answer under a key."""

    id: str
    started_at: datetime


@dataclass(frozen=True)
class Answer:
    """What was answered: status, the headers that belong to it, body."""

    status: int
    headers: dict[str, Any]
    body: bytes


def claim(actor: Actor, id: str, fingerprint: str) -> Claim | Answer:
    """Claim the key `id` for a request with that body; or the answer it got when it came first.

    Raises Conflict while the first is still running, Invalid when it had another body.
    """
    for _ in range(_ATTEMPTS):  # each further one because a parallel request was quicker
        row = read_one(select(IdempotencyKey.__table__).where(IdempotencyKey.id == id))
        mine = Claim(id, now())
        if row is None or row.started_at <= mine.started_at - KEPT:
            taken = _insert(mine, actor, fingerprint)
        elif row.status is None and row.started_at <= mine.started_at - ABANDONED:
            taken = _take_over(Claim(id, row.started_at), mine, fingerprint)
        elif row.fingerprint != fingerprint:
            raise Invalid({"Idempotency-Key": ["This key was used with another body."]})
        elif row.status is None:
            break
        else:
            return Answer(row.status, row.headers, row.body)
        if taken:
            return mine
    raise Conflict("The first request with this Idempotency-Key is still running.")


def keep(claim: Claim, answer: Answer) -> None:
    """Write the answer, in the transaction of its effect. Raises Conflict if the claim is lost."""
    if write(_answered(claim, answer)) == 0:
        raise Conflict("Another request has taken over this Idempotency-Key.")


def keep_refusal(claim: Claim, answer: Answer) -> None:
    """Write an answer that has no effect, in a transaction of its own."""
    write_apart(_answered(claim, answer))


def release(claim: Claim) -> None:
    """Let the next request with this key try again."""
    write_apart(
        update(IdempotencyKey)
        .where(_is_held(claim))
        .values(started_at=claim.started_at - ABANDONED)
    )


def forget_old_keys() -> int:
    """Delete the keys that are past their time; return how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.started_at <= now() - KEPT)
    return write(old)


def _insert(mine: Claim, actor: Actor, fingerprint: str) -> bool:
    """Store a new key, and forget those of all users that are past their time."""
    values = {"user_id": actor.id, "fingerprint": fingerprint, "started_at": mine.started_at}
    try:
        write_apart(
            delete(IdempotencyKey).where(IdempotencyKey.started_at <= mine.started_at - KEPT),
            insert(IdempotencyKey).values(id=mine.id, **values),
        )
    except IntegrityError:
        return False
    return True


def _take_over(abandoned: Claim, mine: Claim, fingerprint: str) -> bool:
    values = {"fingerprint": fingerprint, "started_at": mine.started_at}
    return write_apart(update(IdempotencyKey).where(_is_held(abandoned)).values(**values)) == 1


def _answered(claim: Claim, answer: Answer) -> Update:
    values = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    return update(IdempotencyKey).where(_is_held(claim)).values(**values)


def _is_held(claim: Claim) -> ColumnElement[bool]:
    """Whether the row is still the one that was claimed, and unanswered."""
    return (
        (IdempotencyKey.id == claim.id)
        & (IdempotencyKey.started_at == claim.started_at)
        & IdempotencyKey.status.is_(None)
    )
