"""Migrations: up, down and up again on every database, and equal to the models."""

from collections.abc import Iterator

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text

from taskapp import create_app
from taskapp.core.models import is_in_models
from taskapp.extensions import db
from tests.databases import KINDS, Databases
from tests.missing import Missing, give_up
from tests.settings import SETTINGS

COMPARED = {"compare_type": True, "include_name": is_in_models}


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Flask]:
    """An application on a database of its own, at the newest revision."""
    try:
        url = databases.fresh(request.param, "migrations")
    except Missing as missing:
        give_up(missing)
    app = create_app({**SETTINGS, "DATABASE_URL": url})
    with app.app_context():
        yield app
        flask_migrate.upgrade()
        db.engine.dispose()


def test_nothing_differs_between_schema_and_models(migrated: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARED)
        assert compare_metadata(context, db.metadata) == []


def test_every_constraint_of_the_models_stands_in_the_database(migrated: Flask) -> None:
    inspector = inspect(db.engine)
    for table in db.metadata.sorted_tables:
        expected = {str(c.name) for c in table.constraints if c.__visit_name__.startswith("check")}
        stored = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert expected <= stored, table.name


def test_they_go_down_to_nothing_and_up_again(migrated: Flask) -> None:
    before = _columns()

    flask_migrate.downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}

    flask_migrate.upgrade()
    assert _columns() == before
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT value FROM event_counter")) == 0


def _columns() -> dict[str, list[str]]:
    inspector = inspect(db.engine)
    return {
        table: sorted(column["name"] for column in inspector.get_columns(table))
        for table in inspector.get_table_names()
    }
