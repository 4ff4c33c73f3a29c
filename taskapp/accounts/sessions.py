"""Sign-ins. A token or a cookie is worth something only while its row in `sessions` stands."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import Session, User
from taskapp.core.database import read_all, read_one, write
from taskapp.core.errors import NotFound
from taskapp.core.pagination import Page, fetch_page
from taskapp.core.time import now
from taskapp.extensions import db

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

_SIGN_INS = ("api", "web")
_AT_ONCE = 500  # parameters of one statement


def open_session(
    user_id: int, *, kind: str, lifetime: timedelta, user_agent: str = "", address: str = ""
) -> Session:
    """Sign a user in and return the new session; forgets the user's expired ones.

    Whoever calls it has seen every proof that the account asks for, the second factor included.
    """
    forget_expired(user_id)
    session = Session(
        key=secrets.token_urlsafe(32),
        user_id=user_id,
        kind=kind,
        expires_at=now() + lifetime,
        user_agent=user_agent[:200],
        address=address[:45],
    )
    db.session.add(session)
    db.session.flush()
    return session


def forget_expired(user_id: int) -> None:
    """Delete a user's sessions and access tokens whose time is over."""
    db.session.execute(
        delete(Session).where(Session.user_id == user_id, Session.expires_at <= now())
    )


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
    """Delete the sessions that are past their time; return how many."""
    expired = delete(Session).where(Session.expires_at <= now())
    return write(expired)


def find_actor(key: str, kind: str) -> Actor | None:
    """The active user behind an unexpired session of that kind, or None."""
    row = read_one(STANDING, {"key": key, "kind": kind, "now": now()})
    return None if row is None else Actor(**row._mapping)


def find_roles(session_ids: Iterable[int]) -> dict[int, str]:
    """The role of the active user behind each of those sessions that still stands."""
    roles: dict[int, str] = {}
    ids = iter(session_ids)
    while some := list(islice(ids, _AT_ONCE)):
        rows = read_all(
            select(Session.id, User.role)
            .join(Session, Session.user_id == User.id)
            .where(Session.id.in_(some), Session.expires_at > now(), User.is_active)
        )
        roles.update((row.id, row.role) for row in rows)
    return roles


def list_sessions(actor: Actor) -> Sequence[Row[Any]]:
    """The actor's own unexpired sign-ins, newest first."""
    return read_all(_own(actor).order_by(Session.id.desc()))


def page_sessions(actor: Actor, *, sort: str = DEFAULT_SORT, **window: Any) -> Page:
    """A page of the same; `window` as in `core.pagination.fetch_page`."""
    return fetch_page(_own(actor), SORT_KEYS, sort, **window)


def _own(actor: Actor) -> Select[Any]:
    return select(Session.__table__).where(
        Session.user_id == actor.id, Session.kind.in_(_SIGN_INS), Session.expires_at > now()
    )
