"""Fixtures for databases: each test gets one that is migrated and holds no rows but the seeds.

`database_url` runs a test three times, on SQLite, PostgreSQL and MariaDB; `sqlite_url` once.
To choose: `@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)`.
`redis_url` is an empty Redis database.

There is one server of each kind for a whole run, and one database of each kind for each worker of
pytest-xdist.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import redis
from sqlalchemy import Engine, NullPool, create_engine, insert, make_url, select, text
from sqlalchemy.exc import OperationalError

from taskapp import create_app
from taskapp.core.database import close_connections
from taskapp.extensions import db
from tests import servers
from tests.missing import Missing, give_up
from tests.settings import SETTINGS

KINDS = ("sqlite", "postgresql", "mariadb")
STARTERS = {
    "postgresql": servers.postgres,
    "mariadb": servers.mariadb,
    "redis": servers.valkey,
}
# A transaction that a test has left open must fail the next test, not hang it.
IMPATIENCE = {
    "sqlite": "PRAGMA busy_timeout = 10000",
    "postgresql": "SET lock_timeout = '10s'",
    "mariadb": "SET innodb_lock_wait_timeout = 10",
}


class Servers:
    """The servers of this run. Each is started when it is first asked for."""

    def __init__(self, urls: dict[str, str]) -> None:
        self._urls = urls
        self._running = ExitStack()

    def url(self, kind: str) -> str:
        """The server's URL. Raises Missing."""
        if kind not in self._urls:
            self._urls[kind] = self._running.enter_context(STARTERS[kind]())
        return self._urls[kind]

    def start_all(self) -> dict[str, str]:
        """Start every server this machine has, and return their URLs by kind."""
        for kind in STARTERS:
            try:
                self.url(kind)
            except Missing:
                continue  # the tests that need it will say so
        return self._urls

    def stop(self) -> None:
        """Stop those that were started here."""
        self._running.close()


class Databases:
    """One migrated database of each kind, for one worker."""

    def __init__(self, servers_of_run: Servers, folder: Path, worker: str) -> None:
        self._servers = servers_of_run
        self._folder = folder
        self._worker = worker
        self._engines: dict[str, Engine] = {}
        self._seeds: dict[str, dict[Any, list[Any]]] = {}

    def fresh(self, kind: str, name: str = "test") -> str:
        """The URL of database `name`, as it was right after its migration."""
        key = f"{kind} {name}"
        if key not in self._engines:
            self._create(key, kind, name)
        else:
            self._clean(key, kind)
        return self._engines[key].url.render_as_string(hide_password=False)

    def engine(self, kind: str, name: str = "test") -> Engine:
        """A way into database `name` past the application, once `fresh` has made it."""
        return self._engines[f"{kind} {name}"]

    def _create(self, key: str, kind: str, name: str) -> None:
        if kind == "sqlite":
            url = f"sqlite:///{self._folder / name}.db"
        else:
            url = servers.create_database(self._servers.url(kind), f"taskapp_{name}_{self._worker}")
        migrate(url)
        engine = create_engine(make_url(url), poolclass=NullPool)
        with engine.connect() as connection:
            self._seeds[key] = {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in db.metadata.sorted_tables
            }
        self._engines[key] = engine

    def _clean(self, key: str, kind: str) -> None:
        with self._engines[key].begin() as connection:
            connection.execute(text(IMPATIENCE[kind]))
            for table in reversed(db.metadata.sorted_tables):
                connection.execute(table.delete())
            for table, rows in self._seeds[key].items():
                if rows:
                    connection.execute(insert(table), rows)


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema."""
    app = create_app({**SETTINGS, "DATABASE_URL": url})
    with app.app_context():
        flask_migrate.upgrade()
        close_connections()


@pytest.fixture(scope="session")
def database_servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def databases(
    database_servers: Servers, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Databases:
    return Databases(database_servers, tmp_path_factory.mktemp("sqlite"), worker(pytestconfig))


@pytest.fixture
def fresh(databases: Databases) -> Callable[[str], str]:
    """`fresh(kind)`: the URL of a database without rows; says loudly when its server is missing."""

    def get(kind: str) -> str:
        try:
            return databases.fresh(kind)
        except Missing as missing:
            give_up(missing)

    return get


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, fresh: Callable[[str], str]) -> str:
    return fresh(request.param)


@pytest.fixture
def sqlite_url(databases: Databases) -> str:
    return databases.fresh("sqlite")


@pytest.fixture
def redis_url(database_servers: Servers, pytestconfig: pytest.Config) -> str:
    number = worker(pytestconfig).removeprefix("gw")
    url = f"{database_servers.url('redis')}/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def own_redis() -> Iterator[str]:
    """The URL of a Redis that the test may stop, fill or end."""
    with servers.valkey() as url:
        yield url


# The servers belong to the process that started the run; pytest-xdist hands their URLs on.

SERVERS = pytest.StashKey[Servers]()


def worker(config: pytest.Config) -> str:
    """The name of this worker of pytest-xdist: gw0, gw1…; gw0 also without pytest-xdist."""
    return getattr(config, "workerinput", {}).get("workerid", "gw0")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVERS] = Servers(dict(getattr(config, "workerinput", {}).get("servers", {})))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["servers"] = node.config.stash[SERVERS].start_all()


@pytest.hookimpl(wrapper=True)
def pytest_unconfigure(config: pytest.Config) -> Iterator[None]:
    config.stash[SERVERS].stop()
    yield


_OTHERS = {
    "postgresql": "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist"
    " WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}
_END = {"postgresql": "SELECT pg_terminate_backend(:id)", "mysql": "KILL :id"}


def cut_connections(url: str) -> None:
    """End the connections of all others to a database; SQLite has none that could be cut."""
    engine = create_engine(make_url(url), poolclass=NullPool)
    kind = engine.dialect.name
    if kind == "sqlite":
        return
    with engine.connect() as connection:
        for number in connection.scalars(text(_OTHERS[kind])).all():
            with suppress(OperationalError):  # it has gone by itself
                connection.execute(text(_END[kind]), {"id": number})
