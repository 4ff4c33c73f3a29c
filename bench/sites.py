"""What is measured: Taskapp as it is deployed, the peer, and a bare view on Taskapp's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from tempfile import TemporaryDirectory

import requests
from sqlalchemy import create_engine

from bench import data
from bench.peer.tables import Base
from bench.processes import GUNICORN, UVICORN, Server, serving
from tests import servers
from tests.databases import migrate
from tests.settings import SECRET_KEY

CALLERS = 10


@dataclass(frozen=True)
class Site:
    """A server with the data on it, and those who call it: a token by the id of its user."""

    name: str
    server: Server
    base: str = ""
    tokens: dict[int, str] = field(default_factory=dict)
    cookie: str = ""


@dataclass(frozen=True)
class Databases:
    """The URLs of PostgreSQL and Redis."""

    postgres: str
    redis: str


@contextmanager
def databases() -> Iterator[Databases]:
    """Both servers, empty; PostgreSQL commits as it is installed, but does not wait for a disk.

    Committing asynchronously, as the tests let it, VACUUM could not mark what it finds as seen by
    all, and every count would read all the rows that it counts.
    """
    with servers.durable_postgres() as postgres, servers.valkey() as redis:
        yield Databases(postgres.url, redis)


@contextmanager
def taskapp(at: Databases, tasks: int, users: int) -> Iterator[Site]:
    """Taskapp by its own gunicorn.conf.py, with Redis and every safeguard; only the figures of the
    limits are raised, since all the load comes from one address."""
    url = servers.create_database(at.postgres, "taskapp")
    migrate(url)
    data.fill(url, list(data.users(users)), owners(tasks, users))
    with TemporaryDirectory() as folder, serving_taskapp(url, at.redis, folder) as server:
        base = "/api/v1"
        yield Site("Taskapp", server, base, tokens(server, base), cookie(server))


@contextmanager
def serving_taskapp(url: str, redis: str, folder: str) -> Iterator[Server]:
    """The server alone, on a database that is there."""
    env = {
        "DATABASE_URL": url,
        "REDIS_URL": redis,
        "SECRET_KEY": SECRET_KEY,
        "LOG_FILE": f"{folder}/app.log",
        "STORAGE_URL": f"file://{folder}/files",
        "RATELIMIT_DEFAULT": "1000000000 per minute",
        "RATELIMIT_AUTH": "1000000000 per minute",
        "WEATHER_PROVIDER": "off",
    }
    with serving(GUNICORN, "wsgi:app", "/readyz", **env) as server:
        yield server


@contextmanager
def peer(at: Databases, tasks: int, users: int) -> Iterator[Site]:
    """The peer, with the same data."""
    url = servers.create_database(at.postgres, "peer")
    Base.metadata.create_all(create_engine(url))
    data.fill_peer(url, list(data.users(users)), owners(tasks, users))
    env = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}
    with serving(UVICORN, "bench.peer.app:app", "/docs", **env) as server:
        yield Site("peer", server, "", tokens(server, ""))


@contextmanager
def bare() -> Iterator[Site]:
    """A view that does nothing."""
    with serving(GUNICORN, "bench.bare:app", "/") as server:
        yield Site("bare", server)


def owners(tasks: int, users: int) -> list[int]:
    """The owner of each task: the users in turn."""
    return list(islice(cycle(range(1, users + 1)), tasks))


def tokens(server: Server, base: str) -> dict[int, str]:
    """Some users' tokens."""
    found = {}
    for number in range(1, CALLERS + 1):
        who = {"username": f"user{number}", "password": data.PASSWORD}
        answer = requests.post(f"{server.url}{base}/auth/login", json=who, timeout=60)
        answer.raise_for_status()
        found[number] = answer.json()["access_token"]
    return found


def cookie(server: Server) -> str:
    """The cookie of the first user's browser."""
    with requests.Session() as browser:
        form = browser.get(f"{server.url}/login", timeout=60).text
        mark = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        given = {"login": "user1", "password": data.PASSWORD, "csrf_token": mark}
        browser.post(f"{server.url}/login", given, timeout=60).raise_for_status()
        return f"session={browser.cookies['session']}"
