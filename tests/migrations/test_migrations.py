"""Migrations: up, down and up again on every database, and equal to the models."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import DateTime, Insert, TableClause, column, insert, inspect, text

from taskapp import create_app
from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.accounts.sessions import find_actor
from taskapp.core.database import close_connections
from taskapp.core.models import is_in_models
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.tasks.models import Task
from taskapp.tasks.queries import list_tasks
from tests.databases import KINDS, Databases
from tests.missing import Missing, give_up
from tests.settings import SETTINGS

MADE = datetime(2026, 11, 1)  # noqa: DTZ001 - as stored: in UTC, without saying so
USER: dict[str, Any] = {
    "id": 1,
    "username": "alice",
    "username_key": "alice",
    "password_hash": "",
    "role": 0,
    "is_active": True,
    "is_verified": False,
    "timezone": "UTC",
    "version": 1,
}
TASK: dict[str, Any] = {
    "description": "In the kitchen",
    "city": "Rome",
    "user_id": 1,
    "status": 0,
    "priority": 1,
    "time_spent": 0,
    "version": 1,
    "created_at": MADE,
    "updated_at": MADE,
}
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
        close_connections()


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


def test_tasks_from_before_there_was_a_search_are_found_and_sorted(migrated: Flask) -> None:
    flask_migrate.downgrade(revision="0003")
    with db.engine.begin() as connection:
        connection.execute(_insert("users", USER | {"created_at": MADE, "updated_at": MADE}))
        for number, title in enumerate(["zebra", "Ärger", "Apple pie"], start=1):
            connection.execute(_insert("tasks", TASK | {"id": number, "title": title}))
    flask_migrate.upgrade()

    reader = Actor(USER["id"], "alice", None, "user", "UTC")
    sorted_titles = [task.title for task in list_tasks(reader, {}, sort="title").items]
    assert sorted_titles == ["Apple pie", "zebra", "Ärger"]
    found = list_tasks(reader, {"q": "PIE kitchen", "city": "ROME"}).items
    assert [task.title for task in found] == ["Apple pie"]
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM tasks"))
        connection.execute(text("DELETE FROM users"))


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_what_the_database_deletes_by_itself_leaves_the_index(migrated: Flask) -> None:
    found = text("SELECT count(*) FROM tasks_search('\"__bake\"')")
    check = text("INSERT INTO tasks_search (tasks_search, rank) VALUES ('integrity-check', 1)")
    with db.engine.begin() as connection:
        connection.execute(insert(User), USER | {"role": "user"})
        connection.execute(insert(Task), {"title": "Bake", "user_id": USER["id"], "version": 1})
        assert connection.scalar(found) == 1
        connection.execute(text("DELETE FROM users"))  # and with them, by cascade, their tasks
        connection.execute(check)
        assert connection.scalar(found) == 0


def _insert(name: str, row: dict[str, Any]) -> Insert:
    """Into the table as it was at the time, which the models of today do not know."""
    # sqlite3 itself has no words for instants any more (Python 3.12): SQLAlchemy has.
    types = {key: DateTime() if isinstance(value, datetime) else None for key, value in row.items()}
    return insert(TableClause(name, *map(column, types, types.values()))).values(row)


def test_nobody_is_signed_out_by_the_table_of_tokens(migrated: Flask) -> None:
    session = {
        "user_id": 1,
        "kind": 1,
        "created_at": MADE,
        "expires_at": datetime(2099, 1, 1),  # noqa: DTZ001 - as stored
        "user_agent": "",
        "address": "",
    }
    flask_migrate.downgrade(revision="0006")
    with db.engine.begin() as connection:
        connection.execute(_insert("users", USER | {"created_at": MADE, "updated_at": MADE}))
        connection.execute(_insert("sessions", session | {"id": "a browser's"}))

    flask_migrate.upgrade()
    actor = find_actor("a browser's", "web")
    assert actor is not None
    assert (actor.id, actor.session_id > 0) == (1, True)
    with db.engine.begin() as connection:
        token = {"key": "a token's", "kind": 2, "name": "Report", "scopes": "tasks:read"}
        connection.execute(_insert("sessions", session | token))

    flask_migrate.downgrade(revision="0006")
    with db.engine.begin() as connection:
        assert connection.scalars(text("SELECT id FROM sessions")).all() == ["a browser's"]
        connection.execute(text("DELETE FROM sessions"))
        connection.execute(text("DELETE FROM users"))


def test_nobody_is_signed_out_because_no_use_was_noted_before(migrated: Flask) -> None:
    row = {"user_id": 1, "created_at": MADE, "user_agent": "", "address": ""}
    row |= {"expires_at": datetime(2099, 1, 1)}  # noqa: DTZ001 - as stored
    flask_migrate.downgrade(revision="0008")
    with db.engine.begin() as connection:
        connection.execute(_insert("users", USER | {"created_at": MADE, "updated_at": MADE}))
        connection.execute(_insert("sessions", row | {"key": "a browser's", "kind": 1}))
        connection.execute(_insert("sessions", row | {"key": "a program's", "kind": 0}))

    flask_migrate.upgrade()
    browser, program = find_actor("a browser's", "web"), find_actor("a program's", "api")
    assert browser is not None
    assert browser.last_used_at is not None
    assert abs(browser.last_used_at - now()) < timedelta(minutes=5)
    assert program is not None
    assert program.last_used_at is None

    flask_migrate.downgrade(revision="0008")
    with db.engine.begin() as connection:
        noted = text("SELECT count(*) FROM sessions WHERE last_used_at IS NOT NULL")
        assert connection.scalar(noted) == 0
        connection.execute(text("DELETE FROM sessions"))
        connection.execute(text("DELETE FROM users"))
