"""Sign-ins. A token or a cookie is worth something only while its row in `sessions` stands.

It stands until its time is over; a browser's also ends when nobody has used it for
SESSION_IDLE_DAYS. An access token is for programs, which may pause for longer, and has an end that
its user chose. An API client's sign-in lives for half an hour: too short for its use to be noted.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from flask import current_app
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import Session, User
from taskapp.core.database import connection_errors, read_all, read_one, write, write_apart
from taskapp.core.errors import NotFound, Unauthorized
from taskapp.core.pagination import Page, fetch_page
from taskapp.core.time import EARLIEST, now
from taskapp.extensions import db
from taskapp.logs import log

SORT_KEYS = {"id": Session.id, "created_at": Session.created_at}
DEFAULT_SORT = "-id"

# Whom an unexpired session stands for: what an Actor is made of. Every request runs it, and to
# build a statement takes longer than to run it.
STANDING = (
    select(
        User.id,
        User.username,
        User.email,
        User.role,
        User.timezone,
        Session.id.label("session_id"),
    )
    .join(Session, Session.user_id == User.id)
    .where(
        Session.key == bindparam("key"),
        Session.kind == bindparam("kind"),
        Session.expires_at > bindparam("now"),
        User.is_active,
    )
)


def _is_used(idle_since: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """That a session was used after that instant.

    A release that did not note it may have opened it: then it was used when it was opened.
    """
    return func.coalesce(Session.last_used_at, Session.created_at) > idle_since


# The same for browsers, which must also have been used lately.
_STANDING_BROWSER = STANDING.add_columns(Session.last_used_at).where(
    _is_used(bindparam("idle_since"))
)

_SIGN_INS = ("api", "web")
_AT_ONCE = 500  # parameters of one statement


def open_session(
    user_id: int, *, kind: str, lifetime: timedelta, user_agent: str = "", address: str = ""
) -> Session:
    """Sign a user in and return the new session; forgets those of the user's that have ended.

    Whoever calls it has seen every proof that the account asks for, the second factor included.
    """
    forget_expired(user_id)
    at = now()
    session = Session(
        key=secrets.token_urlsafe(32),
        user_id=user_id,
        kind=kind,
        created_at=at,
        expires_at=at + lifetime,
        last_used_at=at if kind == "web" else None,
        user_agent=user_agent[:200],
        address=address[:45],
    )
    db.session.add(session)
    db.session.flush()
    return session


def forget_expired(user_id: int) -> None:
    """Delete a user's sessions and access tokens that have ended."""
    db.session.execute(delete(Session).where(Session.user_id == user_id, not_(_stands_now())))


def close_session(session_id: int) -> None:
    """Sign one session out, or revoke one token."""
    db.session.execute(delete(Session).where(Session.id == session_id))


def close_own_session(actor: Actor, session_id: int) -> None:
    """Sign one of the actor's sign-ins out; raises NotFound when it is not the actor's."""
    own = delete(Session).where(
        Session.id == session_id, Session.user_id == actor.id, Session.kind.in_(_SIGN_INS)
    )
    if write(own) == 0:
        raise NotFound


def close_other_sessions(actor: Actor) -> None:
    """Sign the actor out everywhere but here. Access tokens stay: they have a list of their own."""
    db.session.execute(
        delete(Session).where(
            Session.user_id == actor.id,
            Session.id != actor.session_id,
            Session.kind.in_(_SIGN_INS),
        )
    )


def close_sessions_of(user_id: int) -> None:
    """Sign a user out everywhere, and revoke every access token."""
    db.session.execute(delete(Session).where(Session.user_id == user_id))


def forget_expired_sessions() -> int:
    """Delete the sessions and access tokens that have ended; return how many."""
    return write(delete(Session).where(not_(_stands_now())))


def find_actor(key: str, kind: str) -> Actor | None:
    """The active user behind a sign-in of that kind that stands, or None."""
    at = now()
    given = {"key": key, "kind": kind, "now": at}
    if kind == "web":
        row = read_one(_STANDING_BROWSER, given | {"idle_since": _idle_since(at)})
    else:
        row = read_one(STANDING, given)
    return None if row is None else Actor(**row._mapping)


def refuse_if_ended(actor: Actor) -> None:
    """Raise Unauthorized if the actor's sign-in has ended since the request began.

    What ends all sign-ins of a user locks the user: ask once that lock is yours. (Whoever runs the
    machine acts without a sign-in.)
    """
    mine = select(Session.id).where(Session.id == actor.session_id)
    if actor.session_id and db.session.scalar(mine) is None:
        raise Unauthorized("This sign-in has ended.")


def lock_own_account(actor: Actor) -> User:
    """The actor's account, locked; raises Unauthorized when the sign-in has ended meanwhile."""
    user = db.session.scalar(select(User).where(User.id == actor.id).with_for_update())
    refuse_if_ended(actor)
    if user is None:
        raise Unauthorized("This account is gone.")
    return user


def note_use(actor: Actor, *, every: timedelta) -> None:
    """Write down that the actor's session is used, unless that was noted less than `every` ago.

    So reading stays reading. It is written apart from the request, which goes on if that fails.
    """
    used = now()
    if actor.last_used_at is not None and used - actor.last_used_at < every:
        return
    # Of several requests at once the first one writes. None does for a session that has just ended.
    is_news = or_(Session.last_used_at.is_(None), Session.last_used_at <= used - every)
    note = update(Session).where(Session.id == actor.session_id, is_news)
    failures: tuple[type[Exception], ...] = (SQLAlchemyError, *connection_errors(current_app))
    try:
        write_apart(note.values(last_used_at=used))
    except failures as error:
        log.warning("use_not_noted", error=type(error).__name__)


def find_roles(session_ids: Iterable[int]) -> dict[int, str]:
    """The role of the active user behind each of those sessions that still stands."""
    roles: dict[int, str] = {}
    ids = iter(session_ids)
    while some := list(islice(ids, _AT_ONCE)):
        rows = read_all(
            select(Session.id, User.role)
            .join(Session, Session.user_id == User.id)
            .where(Session.id.in_(some), _stands_now(), User.is_active)
        )
        roles.update((row.id, row.role) for row in rows)
    return roles


def list_sessions(actor: Actor, *, sort: str = DEFAULT_SORT, **window: Any) -> Page:
    """The actor's own sign-ins that have not ended; `window` as in `core.pagination.fetch_page`."""
    return fetch_page(_own(actor), SORT_KEYS, sort, **window)


def _own(actor: Actor) -> Select[Any]:
    return select(Session.__table__).where(
        Session.user_id == actor.id, Session.kind.in_(_SIGN_INS), _stands_now()
    )


def _stands_now() -> ColumnElement[bool]:
    """That a session, of whatever kind, has not ended."""
    at = now()
    return and_(Session.expires_at > at, or_(Session.kind != "web", _is_used(_idle_since(at))))


def _idle_since(at: datetime) -> datetime:
    """After which instant a browser must have been used, for its sign-in to stand at `at`."""
    idle: timedelta = current_app.config["SESSION_IDLE_DAYS"]
    return at - idle if timedelta(0) < idle < at - EARLIEST else EARLIEST
