"""Who opens a socket: by header, by cookie, or by a first message (contract §3)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request, session
from flask_login import current_user

from taskapp.accounts.actor import Actor
from taskapp.accounts.scopes import covers
from taskapp.api.authentication import find_bearer
from taskapp.core.errors import Unauthorized
from taskapp.events.feed import Listener, last_event_id

_SCOPE = "tasks:read"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who may listen, and the number of the last event before they came."""

    session_id: int
    listener: Listener
    last: int


def admit_request() -> Admission | None:
    """Whom the request's header or cookie shows; None if it has neither.

    Raises Unauthorized when they are worth nothing, or a cookie comes from another origin: browsers
    send cookies along whichever site opens the socket, and CORS does not hold for sockets.
    """
    if "Authorization" in request.headers:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized("The Authorization header is not `Bearer <token>`.")
        return admit_token(token.strip())
    if "_user_id" not in session:  # where Flask-Login keeps the session's id
        return None
    if not _is_same_origin():
        raise Unauthorized("A cookie counts from this site's own pages alone.")
    if not current_user.is_authenticated:
        raise Unauthorized("The session has ended.")
    return _admit(current_user.actor)


def admit_token(token: str) -> Admission:
    """Whom a token shows; raises Unauthorized. An access token must be allowed to read tasks."""
    actor = find_bearer(token)
    if actor is None:
        raise Unauthorized("The token is malformed, expired or revoked.")
    if actor.scopes is not None and not covers(actor.scopes, _SCOPE):
        raise Unauthorized(f"The access token lacks the scope {_SCOPE}.")
    return _admit(actor)


def _admit(actor: Actor) -> Admission:
    return Admission(actor.session_id, Listener(actor.id, actor.is_admin), last_event_id())


def _is_same_origin() -> bool:
    """Whether the page that opens the socket is ours: scheme, host and port (RFC 6454 §5)."""
    return _origin(request.headers.get("Origin", "")) == _origin(request.host_url)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:  # not a port
        return "", None, None
