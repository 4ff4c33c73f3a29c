"""What runs out, drifts or goes away beside the database and Redis."""

from contextlib import ExitStack
from sqlite3 import Connection

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, text

from taskapp import create_app
from taskapp.core.database import close_connections
from taskapp.extensions import db
from tests.deployment.writers import titles
from tests.people import Crowd
from tests.settings import SETTINGS

PROBLEM = "application/problem+json"
FILLING = {"title": "Write the report", "description": "x" * 2000}


# A full disk


def test_a_database_without_room_refuses_keeps_what_it_has_and_goes_on_later(
    sqlite_url: str,
) -> None:
    app = create_app({**SETTINGS, "DATABASE_URL": sqlite_url})
    alice = Crowd(app).alice.api
    with app.app_context(), db.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        engine = db.engine
        close_connections()

    def confine(connection: Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    event.listen(engine, "connect", confine)
    kept = []
    while (answer := alice.post("/tasks", FILLING)).status_code == 201:
        kept.append(answer.json["title"])
    assert (answer.status_code, answer.mimetype) == (507, PROBLEM)
    assert titles(app) == kept
    assert alice.get("/tasks").json["total"] == len(kept)

    event.remove(engine, "connect", confine)
    with app.app_context():
        close_connections()
        assert alice.post("/tasks", {"title": "There is room again"}).status_code == 201
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        close_connections()


# An exhausted pool


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_without_a_free_connection_it_says_so_soon(app: Flask, database_url: str) -> None:
    alice = Crowd(app).alice.api
    with app.app_context(), ExitStack() as taken:
        pool = db.engine.pool
        for _ in range(pool.size() + pool._max_overflow):
            taken.enter_context(db.engine.connect())
        answer = alice.post("/tasks", {"title": "Write the report"})
        assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
        assert int(answer.headers["Retry-After"]) > 0
    assert alice.get("/tasks").json["total"] == 0
    assert alice.post("/tasks", {"title": "Write the report"}).status_code == 201


# Clocks


def test_a_token_is_good_on_a_node_whose_clock_is_behind(sqlite_app: Flask) -> None:
    with time_machine.travel("2026-11-21T09:00:30Z", tick=False) as clock:
        alice = Crowd(sqlite_app).alice.api
        assert alice.post("/tasks", {"title": "Write the report"}).status_code == 201
        clock.shift(-30)
        assert alice.get("/tasks").json["total"] == 1


def test_a_key_is_honoured_though_the_clock_was_set_back(sqlite_app: Flask) -> None:
    with time_machine.travel("2026-11-21T09:00Z", tick=False) as clock:
        alice = Crowd(sqlite_app).alice
        body, key = {"title": "Write the report"}, {"Idempotency-Key": "one"}
        first = alice.api.post("/tasks", body, headers=key)
        clock.shift(-3600)
        alice.api.token = alice.token()
        again = alice.api.post("/tasks", body, headers=key)
        assert again.json == first.json
        assert again.headers["Idempotency-Replayed"] == "true"
        assert alice.api.get("/tasks").json["total"] == 1
