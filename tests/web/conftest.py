"""Browsers without scripts. What no database can change is tested on SQLite alone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from taskapp.extensions import db
from tests.people import PASSWORD, Person
from tests.web.site import Site


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def site(app: Flask) -> Site:
    """The browser of somebody who is not signed in."""
    return Site(app.test_client())


@pytest.fixture
def browse(app: Flask) -> Callable[[Person], Site]:
    """`browse(people.alice)`: a new browser in which Alice is signed in."""

    def signed_in(person: Person) -> Site:
        site = Site(app.test_client())
        assert site.sign_in(person.username, PASSWORD).status == 200
        return site

    return signed_in


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as statements:` collects the SQL of what happens inside."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(*args: Any) -> None:
            statements.append(args[2])

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return collect
