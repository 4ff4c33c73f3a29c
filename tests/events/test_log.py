"""The event log: a row for each change, in its transaction, numbered in commit order."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from sqlalchemy import Row, select

from taskapp.core.database import read_all
from taskapp.events.models import Event
from taskapp.extensions import db
from taskapp.tasks import services
from tests.people import Crowd


def logged(app: Flask) -> Sequence[Row[Any]]:
    with app.app_context():
        return read_all(select(Event.__table__).order_by(Event.id))


def test_each_change_writes_what_changed_from_what_to_what(app: Flask, people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task(priority="low")
    api.patch(f"/tasks/{task['id']}", {"priority": "high", "assignee_id": people.bob.id})
    people.bob.api.put(f"/tasks/{task['id']}/status", {"status": "done"})
    last = api.patch(f"/tasks/{task['id']}", {"assignee_id": None}).json
    api.patch(f"/tasks/{task['id']}", {"assignee_id": None})
    api.delete(f"/tasks/{task['id']}")

    events = logged(app)
    [kept, _] = events[4].changes.pop("deleted")
    assert kept["tasks"][0]["id"] == task["id"], "what is deleted can come back"
    place = events[2].changes.pop("position")
    assert place[0] > place[1], "what is done goes on top of its column of the board"
    assert [(event.type, event.actor_id, event.changes) for event in events] == [
        ("task.created", people.alice.id, {}),
        (
            "task.updated",
            people.alice.id,
            {"priority": ["low", "high"], "assignee_id": [None, people.bob.id]},
        ),
        ("task.updated", people.bob.id, {"status": ["todo", "done"]}),
        ("task.updated", people.alice.id, {"assignee_id": [people.bob.id, None]}),
        ("task.deleted", people.alice.id, {}),
    ]
    assert [event.id for event in events] == [1, 2, 3, 4, 5]
    assert [event.former_assignee_id for event in events] == [None, None, None, people.bob.id, None]
    assert events[0].task == task
    assert events[3].task == last
    assert events[4].task is None


def test_what_is_rolled_back_is_not_told(app: Flask, people: Crowd) -> None:
    actor = people.alice.actor
    with app.app_context():
        services.create_task(actor, {"title": "Never was"})
        db.session.rollback()
        services.create_task(actor, {"title": "Is"})
        db.session.commit()

    (event,) = logged(app)
    assert event.task["title"] == "Is"


def test_numbers_follow_the_order_of_commits_without_gaps(app: Flask, people: Crowd) -> None:
    """What a reader has seen up to some number never grows afterwards below that number."""
    actors = [people.make(f"writer{number}").actor for number in range(4)]

    def write(actor: Any) -> None:
        for number in range(15):
            with app.app_context():
                services.create_task(actor, {"title": f"Task {number}"})
                if number % 5 == 4:
                    db.session.rollback()
                else:
                    db.session.commit()

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write, actor) for actor in actors]
        while not all(writer.done() for writer in writers):
            _expect_no_gap(app)
        for writer in writers:
            writer.result()
    _expect_no_gap(app)

    ids = [event.id for event in logged(app)]
    assert ids == list(range(1, 4 * 12 + 1))


def _expect_no_gap(app: Flask) -> None:
    ids = [event.id for event in logged(app)]
    assert len(ids) == max(ids, default=0), "the last is visible, and one before it is not"
