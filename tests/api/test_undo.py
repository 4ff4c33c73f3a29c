"""Undoing over the API: one's own last act on a task, for ten minutes, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from taskapp.events.models import Event
from taskapp.extensions import db
from tests.clients import Api
from tests.people import Crowd, Person


@pytest.fixture
def last(app: Flask) -> Callable[[], int]:
    """The id of the last event."""

    def read() -> int:
        with app.app_context():
            return int(db.session.scalar(select(func.max(Event.id))) or 0)

    return read


def undo(person: Person, *events: int) -> Any:
    return person.api.post("/undo", {"events": list(events)})


CHANGES = [
    {"status": "done"},
    {"priority": "low"},
    {"due_date": "2030-01-01"},
    {"due_date": None, "assignee_id": None},
    {"due_date": "2030-01-01T12:00:00Z", "status": "in_progress"},
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("due", ["2026-12-24", "2026-12-24T17:30:00Z", None])
def test_a_change_is_taken_back(
    people: Crowd, last: Callable[[], int], change: dict[str, Any], due: str | None
) -> None:
    api = people.alice.api
    above = api.make_task("above")
    task = api.make_task(priority="high", due_date=due, assignee_id=people.bob.id)
    api.put(f"/tasks/{task['id']}/position", {"status": "todo", "after": above["id"]})
    api.patch(f"/tasks/{task['id']}", change)

    response = undo(people.alice, last())
    assert response.status_code == 200
    [after] = response.json["tasks"]
    assert after == task | {"updated_at": after["updated_at"]}
    column = api.get("/tasks?status=todo&sort=position").json["items"]
    assert [each["id"] for each in column] == [above["id"], task["id"]], "in its old place"

    again = undo(people.alice, last() - 1)
    assert (again.status_code, again.json["detail"]) == (409, "This is undone already.")


def test_a_deleted_task_comes_back_with_the_work_on_it(
    people: Crowd, last: Callable[[], int]
) -> None:
    api = people.alice.api
    task = api.make_task(description="Ten slides.", due_date="2026-12-24", city="Oslo")
    path = f"/tasks/{task['id']}"
    record = api.post("/task-records", {"task_id": task["id"], "time_spent": 90}).json
    before = api.get(path)
    api.delete(path)
    assert api.get(path).status_code == 404

    event = last()
    assert undo(people.alice, event).json["tasks"] == [before.json]
    after = api.get(path)
    assert after.json == before.json
    assert after.headers["ETag"] != before.headers["ETag"]
    assert api.get(f"/task-records/{record['id']}").json == record
    assert api.patch(path, {"title": "It lives"}).status_code == 200
    assert undo(people.alice, event).status_code == 409
    assert api.make_task()["id"] > task["id"], "no id is given out twice"


def test_a_double_click_undoes_once(app: Flask, people: Crowd, last: Callable[[], int]) -> None:
    task = people.alice.api.make_task()
    people.alice.api.delete(f"/tasks/{task['id']}")
    event, token = last(), people.alice.token()

    def press(_: int) -> int:
        response = Api(app.test_client(), token).post("/undo", {"events": [event]})
        return int(response.status_code)

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(press, range(4)))
    assert answers == [200, 409, 409, 409]


def test_what_has_changed_since_is_left_alone(people: Crowd, last: Callable[[], int]) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    path = f"/tasks/{task['id']}"
    people.alice.api.patch(path, {"priority": "high"})
    event = last()
    people.bob.api.put(f"{path}/status", {"status": "done"})
    response = undo(people.alice, event)
    assert (response.status_code, response.json["detail"]) == (
        409,
        "The task has changed since, so this cannot be undone.",
    )
    assert people.alice.api.get(path).json["priority"] == "high"


def test_only_ones_own_acts_are_undone_all_or_none(people: Crowd, last: Callable[[], int]) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    people.bob.api.put(f"/tasks/{task['id']}/status", {"status": "done"})
    event = last()
    for person in (people.alice, people.root, people.carol):
        assert undo(person, event).status_code == 404
    assert undo(people.bob, event, event - 1).status_code == 404
    assert people.alice.api.get(f"/tasks/{task['id']}").json["status"] == "done"
    assert undo(people.bob, event).status_code == 200


def test_it_is_too_late_after_ten_minutes(
    app: Flask, people: Crowd, last: Callable[[], int]
) -> None:
    task = people.alice.api.make_task()
    people.alice.api.put(f"/tasks/{task['id']}/status", {"status": "done"})
    with app.app_context():
        event = db.session.get_one(Event, last())
        earlier = event.at - timedelta(minutes=11)
        db.session.execute(update(Event).where(Event.id == event.id).values(at=earlier))
        db.session.commit()
    response = undo(people.alice, last())
    assert (response.status_code, response.json["detail"]) == (409, "It is too late to undo this.")


def test_some_things_cannot_be_undone(people: Crowd, last: Callable[[], int]) -> None:
    task = people.alice.api.make_task()
    assert undo(people.alice, last()).status_code == 409
    people.alice.api.patch(f"/tasks/{task['id']}", {"title": "Another"})
    assert undo(people.alice, last()).json["detail"] == "This cannot be undone."
    assert people.alice.api.post("/undo", {"events": []}).status_code == 422
