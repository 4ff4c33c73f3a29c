"""How often somebody may ask (contract §1, rate limits).

Each request is charged to one budget, and two budgets never share a counter:

* the budget that a view names with `@limited` (signing in, registering, setting a forgotten
  password), per address: one for all the doors to the same thing, so that none is a way round;
* `api`, for every other path below the API's base: per user, and per address without a valid
  token, so that guessing tokens is limited as well;
* none, for pages, files and the paths beside the API. A page is asked for by a person's click and
  loads several files; what costs us, signing in and registering, has its budget there too.

A request is charged before it is answered, whatever the answer will be. It is refused by its
sender's budget alone: nobody can use up somebody else's.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from time import time
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limit, Limiter
from limits import parse_many

from taskapp.core.redis import redis_client
from taskapp.counters import OwnCounters, SharedCounters
from taskapp.errors import is_api

View = TypeVar("View", bound=Callable[..., Any])

LOGIN, REGISTRATION, RESET = "login", "registration", "password-reset"
_TOO_OFTEN = "You ask too often. Try again after as many seconds as Retry-After says."


def limited(budget: str) -> Callable[[View], View]:
    """Charge a view to a budget of its own, which all views that name it share."""

    def mark(view: View) -> View:
        view.budget = budget  # type: ignore[attr-defined]
        return view

    return mark


def configure_limits(app: Flask) -> None:
    """Charge every request. Raises ValueError when a limit cannot be read."""
    for name in ("RATELIMIT_DEFAULT", "RATELIMIT_AUTH", "RATELIMIT_CODES"):
        try:
            parse_many(app.config[name])
        except ValueError as problem:
            raise ValueError(f"{name}: {problem}") from problem
    # One for each application: it holds the counters.
    limiter = Limiter(
        key_func=_payer,
        # The library would make a limit for each view out of RATELIMIT_DEFAULT; this replaces it.
        default_limits=[
            Limit(
                _amount, scope=_budget, shared=True, exempt_when=_is_free, error_message=_TOO_OFTEN
            )
        ],
        # Unknown paths have no endpoint, and would not be charged.
        request_identifier=lambda: request.endpoint or "unknown",
        strategy="fixed-window",
        app=app,
        **_storage(app),
    )
    app.extensions["taskapp_limiter"] = limiter

    @app.after_request
    def tell(response: Response) -> Response:
        """Say what is left, in the words of draft-ietf-httpapi-ratelimit-headers-07."""
        if limit := limiter.current_limit:
            seconds = str(max(1, ceil(limit.window.reset_time - time())))
            response.headers["RateLimit-Limit"] = str(limit.limit.amount)
            response.headers["RateLimit-Remaining"] = str(limit.remaining)
            response.headers["RateLimit-Reset"] = seconds
            if limit.breached:
                response.headers["Retry-After"] = seconds
        return response


def _storage(app: Flask) -> dict[str, Any]:
    with app.app_context():
        redis = redis_client()
    if redis is None:
        return {"storage_uri": OwnCounters.URI}
    pool = {"connection_pool": redis.connection_pool}
    return {"storage_uri": SharedCounters.URI, "storage_options": pool}


def _budget(_endpoint: str = "") -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "budget", "api" if is_api(request.path) else "")


def _is_free() -> bool:
    return not _budget()


def _amount() -> str:
    name = "RATELIMIT_AUTH" if _budget() in {LOGIN, REGISTRATION, RESET} else "RATELIMIT_DEFAULT"
    return str(current_app.config[name])


def _payer() -> str:
    if _budget() == "api" and "actor" in g:
        return f"user {g.actor.id}"
    return f"address {_address()}"


def _address() -> str:
    """The client's address, IPv6 without the half that a client chooses as it likes (RFC 4291)."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:  # a Unix socket
        return "local"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
    return str(address)
