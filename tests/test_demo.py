"""`flask demo`: a month of work to look at."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import Row, delete, func, select

from taskapp.accounts.models import User
from taskapp.core.database import read_all, read_scalar
from taskapp.core.time import now
from taskapp.events.models import Event
from taskapp.extensions import db
from taskapp.records.models import TaskRecord
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import PASSWORD, Crowd

NAMES = ["alice", "boris", "chen", "diana", "omar"]


def run(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["demo"])


def rows_of(app: Flask, model: Any) -> Sequence[Row[Any]]:
    with app.app_context():
        return read_all(select(model.__table__).order_by(model.id))


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No password is set, and nobody may be asked for the weather."""
    monkeypatch.delenv("TASKAPP_PASSWORD", raising=False)
    monkeypatch.delattr("taskapp.tasks.services.weather_for")


def test_it_says_how_to_sign_in(app: Flask, api: Api) -> None:
    output = run(app).output
    password = output.split()[-1]
    for name in NAMES:
        assert name in output
        assert api.post("/auth/login", {"login": name, "password": password}).status_code == 200
    with app.app_context():
        admins = read_all(select(User.username).where(User.role == "admin"))
    assert [name for (name,) in admins] == ["alice"]


def test_the_password_may_be_chosen(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKAPP_PASSWORD", "short")
    refused = run(sqlite_app)
    assert (refused.exit_code, "at least 8" in refused.output) == (1, True)

    monkeypatch.setenv("TASKAPP_PASSWORD", PASSWORD)
    assert PASSWORD in run(sqlite_app).output
    login = {"login": "omar", "password": PASSWORD}
    assert Api(sqlite_app.test_client()).post("/auth/login", login).status_code == 200


def test_it_shows_a_month_of_everything(app: Flask) -> None:
    started = now()
    assert run(app).exit_code == 0
    tasks, records = rows_of(app, Task), rows_of(app, TaskRecord)

    assert 110 <= len(tasks) <= 130
    for status in ("todo", "in_progress", "done"):
        assert sum(task.status == status for task in tasks) >= 3
    for priority in ("low", "medium", "high"):
        assert sum(task.priority == priority for task in tasks) >= 10
    assert any(task.due_on for task in tasks)
    assert any(task.due_at and not task.due_on for task in tasks)
    assert any(not task.due_at for task in tasks)
    assert any(task.due_at and task.due_at < started and not task.completed_at for task in tasks)
    assert any(task.assignee_id for task in tasks)
    assert any("- [ ] " in (task.description or "") for task in tasks)
    assert {task.user_id for task in tasks} == {user.id for user in rows_of(app, User)}
    # Made up, and says so: nobody was asked for the weather of a month ago.
    assert {task.weather["provider"] for task in tasks if task.city} == {"demo"}

    assert len(records) > 100
    assert any(record.note for record in records)
    assert len({record.completion_date for record in records}) > 15
    assert len({task.created_at.date() for task in tasks}) > 20
    assert len({task.completed_at.date() for task in tasks if task.completed_at}) > 15


def test_nothing_contradicts_itself(app: Flask) -> None:
    started = now()
    run(app)
    tasks = {task.id: task for task in rows_of(app, Task)}
    events, records = rows_of(app, Event), rows_of(app, TaskRecord)

    for task in tasks.values():
        minutes = [record.time_spent for record in records if record.task_id == task.id]
        assert task.time_spent == sum(minutes)
        assert started - timedelta(days=32) < task.created_at <= task.updated_at <= now()
        assert task.completed_at is None or task.created_at < task.completed_at <= now()
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert [event.at for event in events] == sorted(event.at for event in events)
    for event in events:
        assert tasks[event.task_id].created_at <= event.at <= tasks[event.task_id].updated_at
    with app.app_context():
        assert read_scalar(select(func.max(User.created_at))) < min(e.at for e in events)


def test_it_is_there_once(app: Flask) -> None:
    run(app)
    before = rows_of(app, Task)
    again = run(app)
    assert (again.exit_code, "already there" in again.output) == (0, True)
    assert rows_of(app, Task) == before


def test_the_same_day_gives_the_same_month(sqlite_app: Flask) -> None:
    def month() -> list[tuple[Any, ...]]:
        with time_machine.travel("2026-11-18T14:20:00Z", tick=False):
            assert run(sqlite_app).exit_code == 0
        return [
            (task.title, task.status, task.created_at, task.due_at, task.time_spent)
            for task in rows_of(sqlite_app, Task)
        ]

    first = month()
    with sqlite_app.app_context():
        db.session.execute(delete(User))
        db.session.commit()
    assert month() == first


def test_it_leaves_people_of_the_same_name_alone(app: Flask, people: Crowd) -> None:
    people.make("diana")
    refused = run(app)
    assert (refused.exit_code, "taken" in refused.output) == (1, True)
    assert [user.username for user in rows_of(app, User)] == ["diana"]
    assert rows_of(app, Task) == []
