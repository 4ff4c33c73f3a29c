"""What each call asks of an access token: the one place where its scopes are looked at.

A blueprint names its area, and reading or writing there takes the scope `area:read` or
`area:write`. A view may say otherwise, and where nobody says anything no access token comes in.
Who has signed in with a password needs no scope.
"""

from collections.abc import Callable

from flask import Flask, Response, abort

from taskapp.accounts.actor import Actor
from taskapp.accounts.scopes import covers
from taskapp.errors import problem
from taskapp.marks import View, mark

ANY = "any"
SIGN_IN = "sign-in"

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def takes_scope(scope: str) -> Callable[[View], View]:
    """Say which scope opens a view, where its blueprint's area does not say it."""
    return lambda view: mark(view, "scope", scope)


def needed_scope(app: Flask, endpoint: str, method: str) -> str:
    """The scope that a call takes; ANY for any, SIGN_IN for none that a token can have."""
    own: str | None = getattr(app.view_functions[endpoint], "scope", None)
    if own is not None:
        return own
    area = getattr(app.blueprints[endpoint.rpartition(".")[0]], "area", None)
    return f"{area}:{'read' if method in _READING else 'write'}" if area else SIGN_IN


def check_scope(actor: Actor, needed: str) -> None:
    """Answer 403 unless the actor has signed in, or acts by a token with that scope."""
    if actor.scopes is None or needed == ANY or covers(actor.scopes, needed):
        return
    if needed == SIGN_IN:
        abort(_refusal("No access token can do this. Sign in."))
    abort(_refusal(f"The access token lacks the scope {needed}.", f', scope="{needed}"'))


def _refusal(detail: str, scope: str = "") -> Response:
    """As RFC 6750 §3.1 has it."""
    response = problem(403, "Forbidden", detail)
    challenge = f'Bearer realm="taskapp", error="insufficient_scope"{scope}'
    response.headers["WWW-Authenticate"] = challenge
    return response
