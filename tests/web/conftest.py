"""Browsers without scripts. What no database can change is tested on SQLite alone."""

from collections.abc import Callable

import pytest
from flask import Flask

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
