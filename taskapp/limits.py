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
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Any

from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, parse_many
from werkzeug.exceptions import TooManyRequests

from taskapp.core.redis import redis_client
from taskapp.counters import Counters, OwnCounters, SharedCounters, Window
from taskapp.errors import is_api
from taskapp.marks import View, mark

LOGIN, REGISTRATION, RESET = "login", "registration", "password-reset"
_API = "api"
# Where a limit is in the thousands, a process may ask for so small a part of it at once.
_PORTIONS = 1000
_TOO_OFTEN = "You ask too often. Try again after as many seconds as Retry-After says."


def limited(budget: str) -> Callable[[View], View]:
    """Charge a view to a budget of its own, which all views that name it share."""
    return lambda view: mark(view, "budget", budget)


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit after a request was charged to it."""

    limit: int
    window: Window

    @property
    def is_exceeded(self) -> bool:
        """Whether this request was one too many."""
        return self.window.total > self.limit

    @property
    def remaining(self) -> int:
        """How many requests may follow."""
        return max(0, self.limit - self.window.total)

    @cached_property
    def reset(self) -> int:
        """Whole seconds until all of the limit is there again."""
        return max(1, ceil(self.window.seconds))


def configure_limits(app: Flask) -> None:
    """Charge every request. Raises ValueError when a limit cannot be read."""
    for name in ("RATELIMIT_DEFAULT", "RATELIMIT_AUTH", "RATELIMIT_CODES"):
        try:
            _limits(app.config[name])
        except ValueError as problem:
            raise ValueError(f"{name}: {problem}") from problem
    with app.app_context():
        redis = redis_client()
    # One for each application.
    app.extensions["taskapp_counters"] = OwnCounters() if redis is None else SharedCounters(redis)
    if app.config["RATELIMIT_ENABLED"]:
        app.before_request(_charge)
        app.after_request(_tell)


def charge(setting: str, *payer: str) -> Allowance:
    """Charge one to the limits that a setting names; the tightest of them, or the one exceeded."""
    found: list[Allowance] = []
    for limit in _limits(current_app.config[setting]):
        portion = max(1, limit.amount // _PORTIONS)
        window = _counters().count(limit.key_for(*payer), limit.get_expiry(), portion)
        found.append(Allowance(limit.amount, window))
        if found[-1].is_exceeded:
            return found[-1]
    return min(found, key=lambda allowance: allowance.remaining)


def forgive(setting: str, *payer: str) -> None:
    """Forget what was charged to the limits that a setting names."""
    for limit in _limits(current_app.config[setting]):
        _counters().forget(limit.key_for(*payer))


@lru_cache(maxsize=32)
def _limits(text: str) -> list[RateLimitItem]:
    return parse_many(text)


def _counters() -> Counters:
    counters: Counters = current_app.extensions["taskapp_counters"]
    return counters


def _charge() -> None:
    budget = _budget()
    if not budget:
        return
    setting = "RATELIMIT_DEFAULT" if budget == _API else "RATELIMIT_AUTH"
    g.allowance = charge(setting, budget, _payer(budget))
    if g.allowance.is_exceeded:
        raise TooManyRequests(_TOO_OFTEN)


def _tell(response: Response) -> Response:
    """Say what is left, in the words of draft-ietf-httpapi-ratelimit-headers-07."""
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset)
        if allowance.is_exceeded:
            response.headers["Retry-After"] = str(allowance.reset)
    return response


def _budget() -> str:
    view: Any = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "budget", _API if is_api(request.path) else "")


def _payer(budget: str) -> str:
    if budget == _API and "actor" in g:
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
