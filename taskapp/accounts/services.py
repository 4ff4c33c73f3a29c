"""Registering, signing in, and changing accounts."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.exc import IntegrityError
from structlog.contextvars import bind_contextvars

from taskapp.accounts import passwords
from taskapp.accounts.actor import Actor
from taskapp.accounts.admins import lock_with_admins, refuse_to_lose
from taskapp.accounts.alerts import alert_owner
from taskapp.accounts.email_tokens import forget_tokens_of
from taskapp.accounts.models import User
from taskapp.accounts.names import (
    check_email,
    check_timezone,
    check_username,
    key_of,
    usernames_from,
)
from taskapp.accounts.policies import (
    FLAGS,
    check_may_register,
    flags_for_new,
    flags_to_change,
)
from taskapp.accounts.sessions import close_sessions_of, lock_own_account
from taskapp.core.database import read_one, read_scalar
from taskapp.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unauthorized
from taskapp.extensions import db
from taskapp.jobs.outbox import enqueue

TAKEN = {
    "username": "This name is taken.",
    "email": "There is an account with this address already.",
}


def register(actor: Actor | None, **given: Any) -> User:
    """Create the account that the actor asks for and return it.

    The actor is None where people register themselves, whoever they are. `given`: what
    `create_account` takes, and `is_superuser`; who is no admin may name no flag. Raises Forbidden,
    also where registration is closed to the actor, and as `create_account`.
    """
    check_may_register(actor)
    names = {name: value for name, value in given.items() if name not in FLAGS}
    return create_account(**names, **flags_for_new(actor, given))


def create_account(
    *,
    username: str | None = None,
    email: str | None = None,
    password: str,
    timezone: str = "UTC",
    **flags: Any,
) -> User:
    """Create an account, for whoever runs the site, and return it; people go through `register`.

    A missing username is made from the address; without an address the email stays null. One that
    is not verified is mailed a link to do so. To be called first in a transaction: a name that is
    taken ends what came before.
    `flags`: role, is_active, is_verified. Raises Invalid, and Conflict naming the field when
    somebody has that name or address.
    """
    if username is None and email is None:
        raise Invalid({"username": ["Give a username or an e-mail address."]})
    email = None if email is None else check_email(email)
    candidates: Iterable[str] = (
        usernames_from(email or "") if username is None else [check_username(username)]
    )
    check_timezone(timezone)
    passwords.check_password(password)
    password_hash = passwords.hash_password(password)  # before any transaction is open: it is slow
    for candidate in candidates:
        user = User(password_hash=password_hash, timezone=timezone, **flags)
        _name(user, username=candidate, email=email)
        db.session.add(user)
        try:
            db.session.flush()
        except IntegrityError as clash:
            # Not to a savepoint: InnoDB would keep the locks on the name that is taken, and two
            # who both try the next one would wait for each other.
            db.session.rollback()
            field = _taken_field(email)
            if field == "username" and username is None:
                continue
            raise Conflict(TAKEN[field], field) from clash
        _have_verified(user)
        bind_contextvars(user=user.username)
        return user
    raise Conflict(TAKEN["username"], "username")


def authenticate(login: str, password: str) -> int:
    """The id of the active user with that name or address, and that password.

    The user is locked, so that the session which the caller opens in this transaction ends with a
    password that is changed now. Raises Unauthorized with one message, and after the same time,
    whatever is wrong.
    """
    row = _find_by_login(login)
    matches = passwords.verify_password(password, row.password_hash if row else None)
    # While that took its time, the password may have been changed, and all sessions ended.
    if row is None or not matches or _lock_password(row.id) != row.password_hash:
        raise Unauthorized("The name or the password is wrong.")
    bind_contextvars(user=row.username)  # for the log: the request itself has no actor yet
    user_id: int = row.id
    return user_id


def password_mark(user_id: int, *, lock: bool = False) -> str | None:
    """A word that changes with the password; None unless the user is active. Not for showing.

    With `lock` the password stays as it is until the end of the transaction.
    """
    stored = _lock_password(user_id) if lock else read_scalar(_password_of(user_id))
    return None if stored is None else sha256(stored.encode()).hexdigest()[:16]


def change_password(actor: Actor, *, current_password: str, new_password: str) -> None:
    """Set a new password and end every session of the actor, this one too.

    Raises Forbidden when the current password is wrong, Invalid when the new one may not be used,
    Unauthorized when somebody else has just changed it.
    """
    passwords.check_password(new_password, "new_password")
    confirm_password(actor, current_password)
    password_hash = passwords.hash_password(new_password)
    replace_password(lock_own_account(actor), password_hash)


def confirm_password(actor: Actor, current_password: str) -> None:
    """Raise Forbidden unless the actor knows the password; slow, so before any transaction.

    What it allows is done under `lock_own_account`, or checked by `refuse_if_ended` once the user
    is locked: the password may be changed meanwhile.
    """
    stored = read_one(select(User.password_hash).where(User.id == actor.id))
    if not passwords.verify_password(current_password, stored.password_hash if stored else None):
        raise Forbidden("The current password is wrong.")


def set_password(login: str, password: str) -> User:
    """Set a user's password without asking for the old one; sessions and mailed links end."""
    passwords.check_password(password)
    password_hash = passwords.hash_password(password)
    user = get_for_update(get_id(login))
    replace_password(user, password_hash)
    return user


def replace_password(user: User, password_hash: str) -> None:
    """Set the hash, end every session and mailed link of the user, and have the user told."""
    user.password_hash = password_hash
    forget_tokens_of(user.id)
    close_sessions_of(user.id)
    alert_owner(user, "password", user.email)


def update_user(
    actor: Actor,
    user_id: int,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None = None,
) -> User:
    """Change an account and return it: username, email, timezone; by admins role and flags too.

    A new address is not verified yet, unless an admin says so; it is mailed a link to do so, and
    the former one is told. To be called through `membership.services`, which sees to what hangs on
    the account. Raises Forbidden, Invalid, Conflict when a name is taken or the last active admin
    would be lost, Stale when none of `expected_versions` is stored, NotFound.
    """
    is_last_admin = False
    if actor.is_admin and changes.keys() & FLAGS:
        user, is_last_admin = lock_with_admins(user_id)
    else:
        user = get_for_update(user_id)
    if expected_versions is not None and user.version not in expected_versions:
        raise Stale
    columns = flags_to_change(actor, user, changes)
    if is_last_admin and not (
        columns.get("role", "admin") == "admin" and columns.get("is_active", True)
    ):
        refuse_to_lose()
    if "timezone" in changes:
        columns["timezone"] = check_timezone(changes["timezone"])
    former_email = user.email
    _change(actor, user, changes, columns)
    if user.email_key != key_of(former_email):
        forget_tokens_of(user_id)
        _have_verified(user)
        alert_owner(user, "email", former_email)
    if not user.is_active:
        close_sessions_of(user_id)
    return user


def get_to_delete(user_id: int, expected_versions: Collection[int] | None = None) -> User:
    """The user, locked; raises NotFound, Stale, and Conflict for the last active admin."""
    user, is_last_admin = lock_with_admins(user_id)
    if expected_versions is not None and user.version not in expected_versions:
        raise Stale
    if is_last_admin:
        refuse_to_lose()
    return user


def get_id(login: str) -> int:
    """The id of the user with that name or address; raises NotFound."""
    row = _find_by_login(login)
    if row is None:
        raise NotFound(f"There is no user {login!r}.")
    user_id: int = row.id
    return user_id


def get_for_update(user_id: int) -> User:
    """The user, locked until the end of the transaction; raises NotFound."""
    user = db.session.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFound
    return user


def _new_email(actor: Actor, user: User, changes: Mapping[str, Any]) -> str | None:
    """The address after `changes`. Whoever reads an account's mail can take the account over, so
    no access token may change where it goes."""
    email = changes.get("email", user.email)
    email = None if email is None else check_email(email)
    if actor.scopes is not None and email != user.email:
        raise Forbidden("No access token can change an email. Sign in.")
    return email


def _change(actor: Actor, user: User, names: Mapping[str, Any], columns: dict[str, Any]) -> None:
    """Write the `names` (username, email) and `columns`; raises Forbidden, Invalid, Conflict."""
    username = check_username(names.get("username", user.username))
    email = _new_email(actor, user, names)
    if key_of(email) != user.email_key:
        columns.setdefault("is_verified", False)
    try:
        with db.session.begin_nested():
            _name(user, username=username, email=email)
            for name, value in columns.items():
                setattr(user, name, value)
    except IntegrityError as clash:
        field = _taken_field(email, other_than=user.id)
        raise Conflict(TAKEN[field], field) from clash


def _have_verified(user: User) -> None:
    """Mail a link by which the user shows that the address is theirs, unless that is known."""
    if user.email and not user.is_verified:
        enqueue("verify_address", user_id=user.id)


def _name(user: User, *, username: str, email: str | None) -> None:
    user.username, user.username_key = username, key_of(username) or ""
    user.email, user.email_key = email, key_of(email)


def _taken_field(email: str | None, other_than: int = 0) -> str:
    """Which of the two unique names the database has just refused."""
    taken = select(User.id).where(User.email_key == key_of(email), User.id != other_than)
    return "email" if email and db.session.scalar(taken) is not None else "username"


def actor_named(login: str) -> Actor:
    """The user with that name or address, for what is done in their name; raises NotFound."""
    row = _find_by_login(login)
    if row is None:
        raise NotFound(f"There is no user {login!r}.")
    return Actor(row.id, row.username, row.email, row.role, row.timezone)


def _password_of(user_id: int) -> Select[Any]:
    """The hash of an active user's password."""
    return select(User.password_hash).where(User.id == user_id, User.is_active)


def _lock_password(user_id: int) -> str | None:
    stored: str | None = db.session.scalar(_password_of(user_id).with_for_update())
    return stored


def _find_by_login(login: str) -> Row[Any] | None:
    key = key_of(login)
    return read_one(
        select(User.__table__).where(or_(User.username_key == key, User.email_key == key))
    )
