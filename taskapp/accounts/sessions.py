"""Sign-ins. A token or a cookie is worth something only while its row in `sessions` stands."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Row, delete, select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import Session, User
from taskapp.core.database import read_all, read_one
from taskapp.core.errors import NotFound
from taskapp.core.time import now
from taskapp.extensions import db

_AT_ONCE = 500  # parameters of one statement


def open_session(
    user_id: int, *, kind: str, lifetime: timedelta, user_agent: str = "", address: str = ""
) -> Session:
    """Sign a user in and return the new session; forgets the user's expired ones."""
    db.session.execute(
        delete(Session).where(Session.user_id == user_id, Session.expires_at <= now())
    )
    session = Session(
        id=secrets.token_urlsafe(32),
        user_id=user_id,
        kind=kind,
        expires_at=now() + lifetime,
        user_agent=user_agent[:200],
        address=address[:45],
    )
    db.session.add(session)
    db.session.flush()
    return session


def close_session(session_id: str) -> None:
    """Sign one session out."""
    db.session.execute(delete(Session).where(Session.id == session_id))


def close_own_session(actor: Actor, session_id: str) -> None:
    """Sign one of the actor's sessions out; raises NotFound when it is not the actor's."""
    own = delete(Session).where(Session.id == session_id, Session.user_id == actor.id)
    if db.session.execute(own).rowcount == 0:  # type: ignore[attr-defined]
        raise NotFound


def close_sessions_of(user_id: int) -> None:
    """Sign a user out everywhere."""
    db.session.execute(delete(Session).where(Session.user_id == user_id))


def forget_expired_sessions() -> int:
    """Delete the sessions that are past their time; return how many."""
    expired = delete(Session).where(Session.expires_at <= now())
    return int(db.session.execute(expired).rowcount)  # type: ignore[attr-defined]


def find_actor(session_id: str, kind: str) -> Actor | None:
    """The active user behind an unexpired session of that kind, or None."""
    row = read_one(
        select(User.id, User.username, User.email, User.role, User.timezone)
        .join(Session, Session.user_id == User.id)
        .where(
            Session.id == session_id,
            Session.kind == kind,
            Session.expires_at > now(),
            User.is_active,
        )
    )
    if row is None:
        return None
    return Actor(row.id, row.username, row.email, row.role, row.timezone, session_id)


def find_roles(session_ids: Iterable[str]) -> dict[str, str]:
    """The role of the active user behind each of those sessions that still stands."""
    roles: dict[str, str] = {}
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
    """The actor's own unexpired sessions, newest first."""
    return read_all(
        select(Session.__table__)
        .where(Session.user_id == actor.id, Session.expires_at > now())
        .order_by(Session.created_at.desc(), Session.id)
    )
