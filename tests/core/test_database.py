"""The ways to the database."""

import pytest
import time_machine
from flask import Flask
from pymysql.connections import Connection
from sqlalchemy import func, select

from taskapp.core.database import read_scalar, snapshot
from taskapp.extensions import db
from taskapp.tasks import services
from taskapp.tasks.models import Task
from tests.databases import cut_connections
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
def test_a_connection_that_ended_between_requests_costs_no_request(
    people: Crowd, database_url: str
) -> None:
    alice = people.alice.api
    created = alice.post("/tasks", {"title": "Before"}).get_json()
    cut_connections(database_url)
    assert alice.post("/tasks", {"title": "After"}).status_code == 201
    cut_connections(database_url)
    assert alice.get(f"/tasks/{created['id']}").status_code == 200
    cut_connections(database_url)
    assert alice.get("/analytics").get_json()["total"] == 2


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_nor_do_several_that_ended_and_were_opened_before_the_clock_was_set_back(
    app: Flask, people: Crowd, database_url: str
) -> None:
    people.alice.api.make_task("Only one")
    with app.app_context():
        reader = db.engines["reader"]
        reader.dispose()
        with time_machine.travel("2090-01-01"), reader.connect() as one, reader.connect() as other:
            assert one.scalar(COUNT) == other.scalar(COUNT) == 1
        cut_connections(database_url)
        assert read_scalar(COUNT) == 1


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_to_read_is_to_send_a_select_and_nothing_else(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.alice.api.make_task("Only one")
    sent: list[bytes | str] = []
    send = Connection._execute_command

    def note(connection: Connection, command: int, sql: bytes | str) -> None:
        sent.append(sql)
        send(connection, command, sql)

    with app.app_context():
        read_scalar(COUNT)  # on a connection that will be there
        monkeypatch.setattr(Connection, "_execute_command", note)
        assert read_scalar(COUNT) == 1
    assert len(sent) == 1
