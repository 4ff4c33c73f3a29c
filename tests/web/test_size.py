"""A page has an end, however much there is to show."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, update

from taskapp.accounts.models import Session, User
from taskapp.attachments.models import Attachment
from taskapp.core.time import now
from taskapp.events.feed import last_event_id
from taskapp.events.models import Event, EventCounter
from taskapp.extensions import db
from taskapp.records.models import TaskRecord
from taskapp.tasks import agenda, board
from taskapp.tasks.models import Task
from tests.people import Crowd, Person
from tests.web.test_access import pages
from tests.web.test_settings import Browse

MUCH = 300
# Bytes that a page may grow by when there is twice as much: numbers get longer.
LEEWAY = 1024
# Files, which are to hold everything.
WHOLE = {"web.time.download", "web.account.export"}


def add_much(app: Flask, person: Person, task_id: int) -> None:
    """Much of everything that one user can have: tasks, time, sign-ins, tokens; and of one task:
    time, files, history; and many users."""
    at, mine = now(), {"user_id": person.id}
    many = range(MUCH)
    session = mine | {"created_at": at, "expires_at": at + timedelta(days=1), "user_agent": "Tests"}
    task = mine | {"version": 1, "created_at": at, "due_at": at, "due_on": at.date()}
    work = mine | {"version": 1, "time_spent": 1, "completion_date": at.date()}
    file = mine | {"task_id": task_id, "content_type": "text/plain", "size": 1, "created_at": at}
    change = mine | {"task_id": task_id, "actor_id": person.id, "type": "task.updated"}
    token = {"kind": "token", "name": "Nightly", "scopes": "tasks:read"}

    def add(model: Any, **values: Any) -> list[int]:
        rows = [{name: of(n) if callable(of) else of for name, of in values.items()} for n in many]
        return list(db.session.scalars(insert(model).returning(model.id), rows))

    with app.app_context():
        name = {"username": lambda _: uuid4().hex, "username_key": lambda _: uuid4().hex}
        add(User, **name, password_hash="", version=1)
        add(Session, **session, kind="web", key=lambda _: uuid4().hex)
        add(Session, **session, **token, key=lambda _: uuid4().hex)
        tasks = add(Task, **task, title=lambda n: f"Task {n:04}", position=lambda n: n)
        add(TaskRecord, **work, task_id=lambda n: tasks[n])
        add(TaskRecord, **work, task_id=task_id)
        add(
            Attachment,
            **file,
            filename="notes.txt",
            sha256="0" * 64,
            storage_key=lambda _: uuid4().hex,
        )
        last = last_event_id()
        add(Event, **change, id=lambda n: last + n + 1, changes={"title": ["Old", "New"]})
        db.session.execute(update(EventCounter).values(value=last + MUCH))
        db.session.commit()


def test_no_page_grows_for_ever(
    app: Flask, people: Crowd, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "MOST", MUCH // 2)
    monkeypatch.setattr(board, "MOST", MUCH // 2)
    site = browse(people.root)
    task_id = people.root.api.make_task("Task 0000")["id"]
    shown = {
        rule.endpoint: rule.rule.replace("<id:task_id>", str(task_id))
        for rule, method, _ in pages(app)
        if method == "GET" and rule.endpoint not in WHOLE
    }
    shown = {name: address for name, address in shown.items() if "<" not in address}
    shown["history"] = f"/tasks/{task_id}?history={10 * MUCH}"

    def sizes() -> dict[str, int]:
        add_much(app, people.root, task_id)
        return {name: len(site.open(address).html) for name, address in shown.items()}

    before, after = sizes(), sizes()
    grown = {name: after[name] - before[name] for name in shown}
    assert {name: more for name, more in grown.items() if more > LEEWAY} == {}
