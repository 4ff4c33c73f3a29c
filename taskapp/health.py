"""Whether the process is alive, and whether it can do its work: `/healthz` and `/readyz`.

For those who watch over it, and for proxies that choose where to send requests.
"""

from collections.abc import Callable

from flask import Blueprint, Response
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from taskapp.api.responses import json_response
from taskapp.core.database import read_scalar
from taskapp.core.redis import redis_client
from taskapp.core.schema import known_revisions

health = Blueprint("health", __name__)


@health.get("/healthz")
def is_alive() -> Response:
    """200 as long as the process answers at all; it asks nobody else."""
    return json_response({"status": "ok"})


@health.get("/readyz")
def is_ready() -> Response:
    """200 when everything it needs is there, else 503; with what is wrong.

    Redis is not needed for an answer: without it all nodes are degraded alike, and a proxy that
    took them out would have none left.
    """
    wrong = {name: problem for name, check in _CHECKS.items() if (problem := check())}
    status = "unavailable" if "database" in wrong else "degraded" if wrong else "ok"
    return json_response({"status": status, **wrong}, 503 if status == "unavailable" else 200)


def _check_database() -> str | None:
    try:
        revision = read_scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return "The database cannot be reached, or was never migrated."
    newest, *older = known_revisions()
    # One that we do not know is newer: the next release is being rolled out, and its migrations let
    # this one go on (docs/deploy.md).
    is_older = revision is None or revision in older
    return f"It is at revision {revision}, and needs {newest}." if is_older else None


def _check_redis() -> str | None:
    redis = redis_client()
    try:
        if redis is not None:
            redis.ping()
    except RedisError:
        return "Redis cannot be reached."
    return None


_CHECKS: dict[str, Callable[[], str | None]] = {
    "database": _check_database,
    "redis": _check_redis,
}
