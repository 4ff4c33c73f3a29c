"""Reading from the database."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from taskapp.core.database import read_scalar, snapshot
from taskapp.extensions import db
from taskapp.tasks import services
from taskapp.tasks.models import Task
from tests.databases import Databases
from tests.people import Crowd

COUNT = select(func.count()).select_from(Task)


def test_a_snapshot_sees_one_moment_and_stops_nobody(app: Flask, people: Crowd) -> None:
    with app.app_context():
        with snapshot() as connection:
            assert connection.scalar(COUNT) == 0
            services.create_task(people.alice.actor, {"title": "Meanwhile"})
            db.session.commit()
            assert connection.scalar(COUNT) == 0
            assert read_scalar(COUNT) == 1
        with snapshot() as connection:
            assert connection.scalar(COUNT) == 1


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("trusted_seconds", [0, 60], ids=["idle", "used a moment ago"])
def test_a_connection_that_is_lost_is_replaced(
    app: Flask, databases: Databases, monkeypatch: pytest.MonkeyPatch, trusted_seconds: int
) -> None:
    monkeypatch.setattr("taskapp.core.database._TRUSTED_SECONDS", trusted_seconds)
    on_postgres = app.config["DATABASE_URL"].startswith("postgresql")
    number = select(func.pg_backend_pid() if on_postgres else func.connection_id())
    end = "SELECT pg_terminate_backend({})" if on_postgres else "KILL {}"
    kind = "postgresql" if on_postgres else "mariadb"
    with app.app_context():
        lost = read_scalar(number)
        with databases.engine(kind).connect() as administrator:
            administrator.execute(text(end.format(lost)))
        assert read_scalar(number) != lost
