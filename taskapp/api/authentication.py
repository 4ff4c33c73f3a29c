"""Bearer tokens (RFC 6750): a JWT whose `jti` is a session that must still stand, or a personal
access token."""

from contextlib import suppress
from functools import lru_cache
from time import time
from typing import NamedTuple, cast

from flask import Response, current_app, g, request
from flask_jwt_extended import create_access_token, decode_token
from flask_jwt_extended.exceptions import (
    JWTExtendedException,
    NoAuthorizationError,
    UserLookupError,
    WrongTokenError,
)
from jwt.exceptions import PyJWTError

from taskapp.accounts.actor import Actor
from taskapp.accounts.sessions import find_actor
from taskapp.accounts.tokens import find_token_actor, is_access_token
from taskapp.errors import is_api, problem
from taskapp.extensions import jwt


def identify() -> None:
    """Set `g.actor` if the request carries a valid token; who needs one calls `authenticate`."""
    if is_api(request.path) and "Authorization" in request.headers:
        with suppress(JWTExtendedException, PyJWTError):
            authenticate()


def authenticate() -> None:
    """Set `g.actor` from the Authorization header, or answer 401."""
    if "actor" in g or request.method == "OPTIONS":
        return
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise NoAuthorizationError
    actor = _find_actor(given.token)
    if actor is None:
        raise UserLookupError("Nobody stands behind this token any more.", {}, {})
    g.actor = actor


def current_actor() -> Actor:
    """Who makes this request."""
    return cast(Actor, g.actor)


def optional_actor() -> Actor | None:
    """Who makes this request; None when a view that needs no token was sent none."""
    return cast("Actor | None", g.get("actor"))


def issue_token(user_id: int, session_key: str) -> str:
    """The token that stands for a session."""
    claims = {"jti": session_key}
    return cast(str, create_access_token(identity=str(user_id), additional_claims=claims))


def find_bearer(token: str) -> Actor | None:
    """Whom a token stands for that did not come in the header; None if for nobody."""
    try:
        return _find_actor(token)
    except (PyJWTError, JWTExtendedException):
        return None


def configure_tokens() -> None:
    """Answer every failure of a token alike: 401, a Bearer challenge, our error body."""
    jwt.user_lookup_error_loader(lambda _header, _payload: _refuse("The token was revoked."))
    jwt.unauthorized_loader(_missing)
    jwt.invalid_token_loader(lambda _reason: _refuse("The token is malformed."))
    jwt.expired_token_loader(lambda _header, _payload: _refuse("The token has expired."))
    jwt.token_verification_failed_loader(
        lambda _header, _payload: _refuse("The token is not for here.")
    )


def _find_actor(token: str) -> Actor | None:
    if is_access_token(token):
        return find_token_actor(token)
    claims = _claims(token, current_app.config["SECRET_KEY"])
    if claims.expires_at <= time():
        decode_token(token)  # which refuses it in its own words
    actor = find_actor(claims.session_key, "api")
    return actor if actor is not None and str(actor.id) == claims.user_id else None


class _Claims(NamedTuple):
    """What matters of a token's claims: `jti`, `sub`, and `exp` in seconds since 1970."""

    session_key: str
    user_id: str
    expires_at: float


# Small things that stay for hours keep the memory around them, many times their size, from being
# given back: so not too many tokens, and little of each.
@lru_cache(maxsize=1024)
def _claims(token: str, _secret: str) -> _Claims:
    """What a token says, once its signature has been verified: that stays true for the secret.

    Whether it has expired or was revoked does not, so it is asked each time. A token that fails is
    not kept.
    """
    claims = decode_token(token)
    if claims["type"] != "access":
        raise WrongTokenError("Only access tokens open anything.")
    return _Claims(str(claims.get("jti")), str(claims["sub"]), float(claims["exp"]))


def _missing(_reason: str) -> Response:
    if "Authorization" in request.headers:
        return _refuse("The Authorization header is not `Bearer <token>`.")
    return problem(401, "Unauthorized", "Send a token: Authorization: Bearer <token>.")


def _refuse(detail: str) -> Response:
    response = problem(401, "Unauthorized", detail)
    response.headers["WWW-Authenticate"] = 'Bearer realm="taskapp", error="invalid_token"'
    return response
