"""What the tests of a deployment start from."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.databases import Databases
from tests.people import Crowd, Person


@pytest.fixture
def shared_url(databases: Databases) -> str:
    """The URL of a PostgreSQL database that several nodes share."""
    return databases.fresh("postgresql", "deployment")


@pytest.fixture
def alice(apps: Callable[..., Flask], shared_url: str) -> Person:
    return Crowd(apps(shared_url)).alice
