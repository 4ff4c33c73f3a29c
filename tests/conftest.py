"""What every test may ask for: an application on each database, and people who use it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from taskapp import create_app
from taskapp.core.database import close_connections
from tests.clients import Api
from tests.people import Crowd
from tests.settings import SETTINGS

pytest_plugins = [
    "tests.missing",
    "tests.figures",
    "tests.databases",
    "tests.storages",
    "tests.installations",
    "tests.live",
    "tests.weather.provider",
    "tests.mail.postbox",
]

# `make soak` chooses it, for the tests that do not say how many examples they try.
hypothesis.settings.register_profile("soak", max_examples=5_000, deadline=None)


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Flask]]:
    """`apps(url, SETTING=…)`: an application; the same one for the same arguments."""
    made: dict[str, Flask] = {}
    defaults = {**SETTINGS, "STORAGE_URL": tmp_path_factory.mktemp("files").as_uri()}

    def get(url: str, **settings: Any) -> Flask:
        key = f"{url} {sorted(settings.items())}"
        if key not in made:
            made[key] = create_app({**defaults, "DATABASE_URL": url, **settings})
        return made[key]

    yield get
    for app in made.values():
        with app.app_context():
            close_connections()


@pytest.fixture
def app(apps: Callable[..., Flask], database_url: str) -> Flask:
    """The application, on each database in turn."""
    return apps(database_url)


@pytest.fixture
def sqlite_app(apps: Callable[..., Flask], sqlite_url: str) -> Flask:
    """The application on SQLite alone, for what no database can change."""
    return apps(sqlite_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def api(app: Flask) -> Api:
    """The API as nobody in particular; `people.alice.api` is the API as Alice."""
    return Api(app.test_client())


@pytest.fixture
def people(app: Flask) -> Crowd:
    """People with accounts: alice, bob, carol and root, an admin. Made when first named."""
    return Crowd(app)


@pytest.fixture
def count_queries() -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as statements:` collects the SQL of what happens inside."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(*args: Any) -> None:
            statements.append(args[2])

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return collect
