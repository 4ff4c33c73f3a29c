"""Personal access tokens: for programs that cannot sign in each half hour, or must not do all.

A token is a session of its own kind, so that whatever ends sessions ends tokens: a new password,
deactivation, deletion. Its key is the SHA-256 of the token, which has 256 random bits: no slow hash
is needed, and what is stored opens nothing. It can do less than its user, never more, and it asks
for the user's present rights each time.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, delete, select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import Session
from taskapp.accounts.scopes import check_scopes
from taskapp.accounts.sessions import STANDING, forget_expired, lock_own_account, note_use
from taskapp.core.database import read_one, write
from taskapp.core.errors import Forbidden, Invalid, NotFound
from taskapp.core.pagination import Page, fetch_page
from taskapp.core.time import now
from taskapp.extensions import db

# Scanners that look for secrets in places where none should be know a token by its beginning.
PREFIX = "taskapp_"
MAX_DAYS = 366
MAX_NAME = 64
SORT_KEYS = {"id": Session.id, "created_at": Session.created_at, "expires_at": Session.expires_at}
DEFAULT_SORT = "-id"

_KIND = "token"
_STANDING = STANDING.add_columns(Session.scopes, Session.last_used_at)
_USE_IS_NEWS_AFTER = timedelta(minutes=1)


def create_token(
    actor: Actor, *, name: str, scopes: Iterable[str], expires_in_days: int
) -> tuple[str, Session]:
    """A new token, which nobody can read again, and its row.

    Raises Invalid; Forbidden when the actor is a token itself, Unauthorized when the actor's own
    sign-in ends at the same moment.
    """
    if actor.scopes is not None:
        raise Forbidden("An access token cannot make another. Sign in.")
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid({"name": [f"Use 1 to {MAX_NAME} characters."]})
    if not 1 <= expires_in_days <= MAX_DAYS:
        raise Invalid({"expires_in_days": [f"Choose 1 to {MAX_DAYS} days."]})
    chosen = check_scopes(scopes)
    token = PREFIX + secrets.token_urlsafe(32)
    lock_own_account(actor)
    forget_expired(actor.id)
    row = Session(
        key=_key(token),
        user_id=actor.id,
        kind=_KIND,
        expires_at=now() + timedelta(days=expires_in_days),
        name=name,
        scopes=" ".join(sorted(chosen)),
    )
    db.session.add(row)
    db.session.flush()
    return token, row


def revoke_token(actor: Actor, token_id: int) -> None:
    """End one of the actor's tokens; raises NotFound."""
    own = delete(Session).where(
        Session.id == token_id, Session.user_id == actor.id, Session.kind == _KIND
    )
    if write(own) == 0:
        raise NotFound


def is_access_token(text: str) -> bool:
    """Whether it has the form of a token; a JWT has not."""
    return text.startswith(PREFIX)


def find_token_actor(token: str) -> Actor | None:
    """The active user for whom an unexpired token acts, with its scopes; or None."""
    row = read_one(_STANDING, {"key": _key(token), "kind": _KIND, "now": now()})
    if row is None:
        return None
    actor = Actor(**dict(row._mapping) | {"scopes": frozenset(row.scopes.split())})
    note_use(actor, every=_USE_IS_NEWS_AFTER)
    return actor


def get_token(actor: Actor, token_id: int) -> Row[Any]:
    """One of the actor's tokens; raises NotFound."""
    row = read_one(_own(actor).where(Session.id == token_id))
    if row is None:
        raise NotFound
    return row


def list_tokens(actor: Actor, *, sort: str = DEFAULT_SORT, **window: Any) -> Page:
    """The actor's unexpired tokens; `window` as in `core.pagination.fetch_page`."""
    return fetch_page(_own(actor), SORT_KEYS, sort, **window)


def _own(actor: Actor) -> Select[Any]:
    return select(Session.__table__).where(
        Session.user_id == actor.id, Session.kind == _KIND, Session.expires_at > now()
    )


def _key(token: str) -> str:
    return urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
