"""Servers for the tests of live sockets, each with a database of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from flask import Flask

from tests.databases import KINDS, Databases, Servers
from tests.live import serve
from tests.missing import Missing, give_up
from tests.people import Crowd
from tests.websocket.listening import Caller, opened

_numbers = count(1)


@dataclass
class Deployment:
    """A running server, and an application on the same database."""

    base: str
    app: Flask

    def caller(self, role: str = "user") -> Caller:
        """Somebody new."""
        person = Crowd(self.app).make(f"person{next(_numbers)}", role=role)
        return Caller(self.base, person)


Deploy = Callable[..., AbstractContextManager[Deployment]]


@pytest.fixture(scope="session")
def deploy(apps: Callable[..., Flask]) -> Deploy:
    """`with deploy(database_url, SETTING=…) as deployment`."""

    @contextmanager
    def run(url: str, **env: str) -> Iterator[Deployment]:
        with serve(url, RATELIMIT_ENABLED="false", **env) as base:
            yield Deployment(base, apps(url, REDIS_URL=env.get("REDIS_URL")))

    return run


@pytest.fixture(scope="module", params=[(kind, redis) for kind in KINDS for redis in (False, True)])
def each_deployment(
    request: pytest.FixtureRequest,
    deploy: Deploy,
    databases: Databases,
    database_servers: Servers,
) -> Iterator[Deployment]:
    """Four processes, forked from one, on each database in turn, without Redis and with it."""
    kind, with_redis = request.param
    try:
        url = databases.fresh(kind, "websocket")
    except Missing as missing:
        give_up(missing)
    settings = {"REDIS_URL": database_servers.url("redis") if with_redis else ""}
    settings |= {"WEB_CONCURRENCY": "4", "GUNICORN_CMD_ARGS": "--preload"}
    with deploy(url, **settings) as deployment:
        yield deployment


@pytest.fixture(scope="session")
def deployment(deploy: Deploy, databases: Databases) -> Iterator[Deployment]:
    """Two processes on SQLite, for what no database can change."""
    with deploy(databases.fresh("sqlite", "websocket_shared"), WEB_CONCURRENCY="2") as deployment:
        yield deployment


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    opened.close()
