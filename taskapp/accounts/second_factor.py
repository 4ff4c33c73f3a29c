"""The second factor: one-time codes of an authenticator app (TOTP, RFC 6238), or recovery codes.

A user *enrols* (gets a secret), then *confirms* with a first code; from then on signing in takes a
code as well.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update

from taskapp.accounts import totp
from taskapp.accounts.actor import Actor
from taskapp.accounts.alerts import alert_owner
from taskapp.accounts.models import SecondFactor
from taskapp.accounts.queries import get_user
from taskapp.accounts.recovery_codes import count_codes, forget_codes, replace_codes, use_code
from taskapp.accounts.sealing import seal, unseal
from taskapp.accounts.services import confirm_password
from taskapp.accounts.sessions import close_other_sessions, lock_own_account
from taskapp.core.database import read_all, read_one, read_scalar, write
from taskapp.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.logs import log

REQUIRED = "second_factor_required"
WRONG = "second_factor_wrong"

_WRONG = "The code is wrong, or was used before. Wait for the next one."


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to know, before the user has confirmed that it does."""

    secret: str
    uri: str


@dataclass(frozen=True)
class State:
    """How a user's second factor stands."""

    is_on: bool
    since: datetime | None
    codes_left: int


def is_on(user_id: int) -> bool:
    """Whether signing in as this user takes a second factor."""
    on = select(SecondFactor.user_id).where(_is_confirmed(user_id))
    return read_scalar(on) is not None


def with_factor(ids: Collection[int]) -> frozenset[int]:
    """The ids of those of the users who have one."""
    on = select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))
    return frozenset(row.user_id for row in read_all(on.where(SecondFactor.user_id.in_(ids))))


def get_state(user_id: int) -> State:
    """How it stands."""
    since = read_scalar(select(SecondFactor.confirmed_at).where(_is_confirmed(user_id)))
    return State(since is not None, since, count_codes(user_id) if since else 0)


def require(user_id: int, code: str | None) -> None:
    """Let a sign-in go on if the user has no second factor, or `code` proves it.

    Raises Unauthorized, with the code REQUIRED when there is no code, WRONG when it is not good.
    To be called after the password was right, in the transaction that opens the session.
    """
    if is_on(user_id):
        if not code:
            raise Unauthorized("A code of the second factor is needed as well.", REQUIRED)
        if not _accept(user_id, code):
            raise Unauthorized(_WRONG, WRONG)


def enrol(actor: Actor, password: str) -> Enrolment:
    """Begin: a new secret, which counts for nothing until it is confirmed.

    Raises Forbidden when the password is wrong, Conflict when a factor is on already.
    """
    confirm_password(actor, password)
    lock_own_account(actor)
    _refuse_if_on(actor.id)
    secret = totp.new_secret()
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == actor.id))
    db.session.add(SecondFactor(user_id=actor.id, sealed_secret=seal(secret)))
    db.session.flush()
    return _enrolment(actor, secret)


def get_enrolment(actor: Actor) -> Enrolment:
    """What was begun; raises NotFound when nothing waits for its confirmation."""
    pending = (SecondFactor.user_id == actor.id, SecondFactor.confirmed_at.is_(None))
    sealed = read_scalar(select(SecondFactor.sealed_secret).where(*pending))
    secret = unseal(sealed) if sealed else None
    if secret is None:
        raise NotFound("No second factor waits to be confirmed.")
    return _enrolment(actor, secret)


def confirm(actor: Actor, code: str) -> list[str]:
    """Switch the factor on with a first code; return the recovery codes, to be shown once.

    Whoever signed in without it elsewhere is signed out. Raises NotFound, Conflict when it is on,
    Invalid when the code is wrong.
    """
    _refuse_if_on(actor.id)
    step = totp.matching_step(get_enrolment(actor).secret, code, after=0)
    if step is None:
        raise Invalid({"otp": ["The code is wrong. Does the clock of your device go right?"]})
    pending = (SecondFactor.user_id == actor.id, SecondFactor.confirmed_at.is_(None))
    on = update(SecondFactor).where(*pending).values(confirmed_at=now(), last_step=step)
    if write(on) != 1:
        raise Conflict("The second factor is on already.")
    close_other_sessions(actor)
    _alert(actor.id, "factor_on")
    return replace_codes(actor.id)


def disable(actor: Actor, password: str, code: str) -> None:
    """Switch the factor off. Raises Forbidden unless the password and the code are right."""
    _confirm_both(actor, password, code)
    _remove(actor.id)


def renew_codes(actor: Actor, password: str, code: str) -> list[str]:
    """New recovery codes instead of the old. Raises Forbidden unless both proofs are right."""
    _confirm_both(actor, password, code)
    return replace_codes(actor.id)


def reset(actor: Actor, user_id: int) -> None:
    """Remove a factor that its user has lost: for admins, on the accounts of others.

    Raises Forbidden, NotFound when there is none.
    """
    if not actor.is_admin:
        raise Forbidden("Only admins may remove somebody's second factor.")
    if actor.id == user_id:
        raise Forbidden("Switch your own off in the settings, with your password and a code.")
    reset_lost(user_id)


def reset_lost(user_id: int) -> None:
    """Remove a factor, on the word of whoever runs the server; raises NotFound."""
    if not is_on(user_id):
        raise NotFound("This account has no second factor.")
    _remove(user_id)


def _confirm_both(actor: Actor, password: str, code: str) -> None:
    confirm_password(actor, password)
    lock_own_account(actor)
    if not is_on(actor.id):
        raise NotFound("There is no second factor.")
    if not _accept(actor.id, code):
        raise Forbidden(_WRONG)


def _accept(user_id: int, code: str) -> bool:
    """Whether a code proves the factor; a good one is used up in this transaction."""
    if not totp.is_one_time(code):
        return use_code(user_id, code)
    stored = read_one(
        select(SecondFactor.sealed_secret, SecondFactor.last_step).where(_is_confirmed(user_id))
    )
    secret = unseal(stored.sealed_secret) if stored else None
    if stored is None or secret is None:
        log.error("second_factor_unreadable", user_id=user_id)  # SECRET_KEY is another one
        return False
    step = totp.matching_step(secret, code, after=stored.last_step)
    if step is None:
        return False
    # Of two who send the same code at once, one finds the row as it was.
    advance = update(SecondFactor).where(
        SecondFactor.user_id == user_id, SecondFactor.last_step < step
    )
    return write(advance.values(last_step=step)) == 1


def _is_confirmed(user_id: int) -> ColumnElement[bool]:
    return and_(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))


def _refuse_if_on(user_id: int) -> None:
    if is_on(user_id):
        raise Conflict("The second factor is on already.")


def _enrolment(actor: Actor, secret: str) -> Enrolment:
    return Enrolment(secret, totp.uri(secret, actor.username))


def _remove(user_id: int) -> None:
    _alert(user_id, "factor_off")
    forget_codes(user_id)
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


def _alert(user_id: int, change: str) -> None:
    user = get_user(user_id)
    alert_owner(user, change, user.email)
