"""Bearer tokens (RFC 6750): a JWT whose `jti` is a session that must still stand, or a personal
access token."""

from contextlib import suppress
from typing import Any, cast

from flask import Response, g, request
from flask_jwt_extended import (
    create_access_token,
    decode_token,
    get_current_user,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException, UserLookupError
from jwt.exceptions import PyJWTError

from taskapp.accounts.actor import Actor
from taskapp.accounts.sessions import find_actor
from taskapp.accounts.tokens import find_token_actor, is_access_token
from taskapp.errors import is_api, problem
from taskapp.extensions import jwt


def identify() -> None:
    """Set `g.actor` if the request carries a valid token; who needs one calls `authenticate`."""
    if is_api(request.path) and "Authorization" in request.headers:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        if scheme.lower() == "bearer":  # in any case (RFC 9110 §11.1); the library knows one
            request.environ["HTTP_AUTHORIZATION"] = f"Bearer {token.strip()}"
        with suppress(JWTExtendedException, PyJWTError):
            authenticate()


def authenticate() -> None:
    """Set `g.actor` from the Authorization header, or answer 401."""
    if "actor" in g:
        return
    if token := _access_token():
        actor = find_token_actor(token)
        if actor is None:
            raise UserLookupError("It is unknown, expired or revoked.", {}, {})
        g.actor = actor
    elif verify_jwt_in_request() is not None:  # None: OPTIONS needs no token
        g.actor = get_current_user()


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
    if is_access_token(token):
        return find_token_actor(token)
    try:
        return _find_actor({}, decode_token(token))
    except (PyJWTError, JWTExtendedException):
        return None


def configure_tokens() -> None:
    """Answer every failure of a token alike: 401, a Bearer challenge, our error body."""
    jwt.user_lookup_loader(_find_actor)
    jwt.user_lookup_error_loader(lambda _header, _payload: _refuse("The token was revoked."))
    jwt.unauthorized_loader(_missing)
    jwt.invalid_token_loader(lambda _reason: _refuse("The token is malformed."))
    jwt.expired_token_loader(lambda _header, _payload: _refuse("The token has expired."))
    jwt.token_verification_failed_loader(
        lambda _header, _payload: _refuse("The token is not for here.")
    )


def _access_token() -> str | None:
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    return token if token and is_access_token(token) else None


def _find_actor(_header: dict[str, Any], payload: dict[str, Any]) -> Actor | None:
    actor = find_actor(str(payload.get("jti")), "api")
    return actor if actor is not None and str(actor.id) == payload["sub"] else None


def _missing(_reason: str) -> Response:
    if "Authorization" in request.headers:
        return _refuse("The Authorization header is not `Bearer <token>`.")
    return problem(401, "Unauthorized", "Send a token: Authorization: Bearer <token>.")


def _refuse(detail: str) -> Response:
    response = problem(401, "Unauthorized", detail)
    response.headers["WWW-Authenticate"] = 'Bearer realm="taskapp", error="invalid_token"'
    return response
