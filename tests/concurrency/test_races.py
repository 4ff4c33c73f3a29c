"""Requests that meet: whatever their order, the rules hold and nobody sees a failure of ours."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from taskapp.accounts import services
from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.attachments.models import Attachment
from taskapp.core.database import read_all, read_scalar
from taskapp.events.models import Event
from taskapp.extensions import db
from taskapp.membership import services as membership
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import PASSWORD, Crowd, Person
from tests.race import race, rounds
from tests.storages import stored_keys

Note = Callable[[str, object], None]


def another(person: Person) -> Api:
    """A client of its own: one is not to be used by two threads."""
    return Api(person.app.test_client(), person.api.token)


def count(app: Flask, entity: Any) -> int:
    with app.app_context():
        return int(read_scalar(select(func.count()).select_from(entity)))


def statuses(responses: Any) -> list[int]:
    return sorted(response.status_code for response in responses)


@pytest.mark.parametrize(
    "taken", [{"username"}, {"email"}, {"username", "email"}], ids=["name", "address", "both"]
)
def test_of_twenty_who_register_one_name_one_gets_it(
    app: Flask, taken: set[str], record_property: Note
) -> None:
    def register(turn: int, number: int) -> TestResponse:
        ours = {"username": f"user{turn}", "email": f"user{turn}@example.org"}
        mine = {"username": f"user{turn}.{number}", "email": f"user{turn}.{number}@example.org"}
        account = {name: (ours if name in taken else mine)[name] for name in ours}
        return Api(app.test_client()).post("/auth/register", account | {"password": PASSWORD})

    for turn in rounds(1):
        answers = race(*[partial(register, turn, number) for number in range(20)])

        assert statuses(answers) == [201] + [409] * 19
        assert count(app, User) == turn + 1
    record_property("rounds", turn + 1)


def test_of_twenty_with_addresses_alike_each_gets_a_name(app: Flask) -> None:
    def register(number: int) -> TestResponse:
        account = {"email": f"alice@host{number}.example.org", "password": PASSWORD}
        return Api(app.test_client()).post("/auth/register", account)

    answers = race(*[partial(register, number) for number in range(20)])

    assert statuses(answers) == [201] * 20
    assert len({answer.json["username"] for answer in answers}) == 20


def test_twenty_posts_with_one_key_have_one_effect(
    app: Flask, people: Crowd, record_property: Note
) -> None:
    alice = people.alice
    for number in rounds(5):
        key = {"Idempotency-Key": f"round {number}"}

        def post(client: Api, key: dict[str, str] = key) -> TestResponse:
            return client.post("/tasks", {"title": "Once"}, headers=key)

        answers = race(*[partial(post, another(alice)) for _ in range(20)])

        assert set(statuses(answers)) <= {201, 409}
        made = [answer for answer in answers if answer.status_code == 201]
        assert len({answer.data for answer in made}) == 1
        assert sum("Idempotency-Replayed" not in answer.headers for answer in made) == 1
        assert post(alice.api).data == made[0].data
        assert alice.api.get("/tasks").json["total"] == number + 1
    assert count(app, Event) == number + 1
    record_property("rounds", number + 1)


def test_of_two_changes_to_one_version_one_wins(people: Crowd, record_property: Note) -> None:
    first, second = another(people.alice), another(people.alice)
    made = first.post("/tasks", {"title": "Contended", "assignee_id": people.bob.id})
    path, tag = f"/tasks/{made.json['id']}", made.headers["ETag"]
    for number in rounds(80):
        headers = {"If-Match": tag}
        answers = race(
            partial(first.patch, path, {"title": f"First {number}"}, headers=headers),
            partial(second.put, path, {"title": f"Second {number}"}, headers=headers),
        )
        assert statuses(answers) == [200, 412]
        (winner,) = [answer for answer in answers if answer.status_code == 200]
        now = first.get(path)
        assert now.json == winner.json
        tag = now.headers["ETag"]
    record_property("rounds", number + 1)


def test_of_two_who_make_room_on_the_board_none_waits_for_the_other(
    app: Flask, people: Crowd, record_property: Note
) -> None:
    first, second = another(people.alice), another(people.alice)
    one, two, here, there = (first.make_task()["id"] for _ in range(4))
    places = {here: 1, two: 2, there: 10**6, one: 10**6 + 1}

    def between(client: Api, mover: int, above: int, below: int) -> TestResponse:
        where = {"status": "todo", "after": above, "before": below}
        return client.put(f"/tasks/{mover}/position", where)

    turns = rounds(20)
    for _ in turns:
        with app.app_context():
            for task_id, position in places.items():
                placed = update(Task).where(Task.id == task_id).values(position=position)
                db.session.execute(placed)
            db.session.commit()
        # Each moves the task before which the other one makes room.
        answers = race(
            partial(between, first, one, here, two), partial(between, second, two, there, one)
        )
        assert 200 in statuses(answers)
        for answer in answers:
            # Not that of a deadlock: the neighbour may have gone first.
            assert answer.status_code == 200 or "since you looked" in answer.json["detail"]
    record_property("rounds", len(turns))


def test_deletes_against_updates(app: Flask, people: Crowd, record_property: Note) -> None:
    alice, bob = another(people.alice), another(people.bob)
    root, remover = another(people.root), another(people.alice)
    turns = rounds(100)
    for _ in turns:
        task = alice.make_task(assignee_id=people.bob.id)
        path = f"/tasks/{task['id']}"
        *updates, deletion = race(
            partial(alice.patch, path, {"title": "Changed", "assignee_id": None}),
            partial(bob.put, f"{path}/status", {"status": "done"}),
            partial(root.patch, path, {"assignee_id": people.root.id}),
            partial(remover.delete, path),
        )
        assert deletion.status_code == 204
        assert set(statuses(updates)) <= {200, 404}
        assert root.get(path).status_code == 404
    assert root.get("/tasks").json["total"] == 0
    _expect_whole_stories(app)
    record_property("rounds", len(turns))


def test_uploads_against_the_deletion_of_their_task(app: Flask, people: Crowd) -> None:
    owner, sender, remover = (another(person) for person in (people.alice, people.bob, people.root))

    def upload(client: Api, path: str) -> TestResponse:
        file = {"file": (BytesIO(b"content"), "notes.txt")}
        return client.post(path, data=file, content_type="multipart/form-data")

    for _ in rounds(15):
        task = owner.make_task(assignee_id=people.bob.id)
        path = f"/tasks/{task['id']}"
        *uploads, update, deletion = race(
            partial(upload, owner, f"{path}/attachments"),
            partial(upload, sender, f"{path}/attachments"),
            partial(another(people.bob).put, f"{path}/status", {"status": "done"}),
            partial(remover.delete, path),
        )
        assert deletion.status_code == 204
        assert set(statuses(uploads)) <= {201, 404}
        assert update.status_code in {200, 404}
    assert count(app, Attachment) == 0
    _expect_whole_stories(app)


def test_twenty_uploads_do_not_get_past_the_quota_together(
    apps: Callable[..., Flask], database_url: str, record_property: Note
) -> None:
    app = apps(database_url, ATTACHMENTS_QUOTA_MB=1)
    alice = Crowd(app).alice
    clients = [another(alice) for _ in range(20)]
    fitting = b"x" * (1024 * 1024 // 10)

    def upload(client: Api, task: int) -> TestResponse:
        file = {"file": (BytesIO(fitting), "notes.txt")}
        return client.post(f"/tasks/{task}/attachments", data=file)

    turns = rounds(1)
    for _ in turns:
        before = stored_keys(app)
        tasks = [alice.api.make_task()["id"] for _ in range(2)]

        answers = race(*[partial(upload, c, tasks[n % 2]) for n, c in enumerate(clients)])

        assert statuses(answers) == [201] * 10 + [413] * 10
        assert count(app, Attachment) == len(stored_keys(app) - before) == 10
        for task in tasks:
            assert alice.api.delete(f"/tasks/{task}").status_code == 204
        assert stored_keys(app) == before
    record_property("rounds", len(turns))


def test_changes_to_many_tasks_at_once(app: Flask, people: Crowd) -> None:
    """Each client changes tasks in an order of its own, and gives them to one another."""
    owners = [people.alice, people.bob]
    tasks = [person.api.make_task()["id"] for person in owners for _ in range(2)]

    clients = [another(people.root) for _ in range(4)]

    def work(number: int) -> set[int]:
        client = clients[number]
        seen = set()
        for step in rounds(15):
            path = f"/tasks/{tasks[(step * (number + 1) + number) % len(tasks)]}"
            change = {"assignee_id": owners[(step + number) % 2].id, "title": f"{number} {step}"}
            seen.add(client.patch(path, change).status_code)
        return seen

    assert set().union(*race(*[partial(work, number) for number in range(4)])) == {200}
    _expect_whole_stories(app)


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_of_two_that_wait_for_each_other_one_may_try_again(
    people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No code of ours is known to do this; the databases may still find a way."""
    alice, bob = people.alice, people.bob
    both_hold_one = Barrier(2)

    def lock_both(actor: Actor, changes: dict[str, str], _versions: object) -> User:
        mine = services.get_for_update(actor.id)
        both_hold_one.wait(20)
        services.get_for_update(bob.id if actor.id == alice.id else alice.id)
        mine.timezone = changes["timezone"]
        return mine

    monkeypatch.setattr(membership, "update_me", lock_both)
    clients = [another(person) for person in (alice, bob)]
    tokyo = {"timezone": "Asia/Tokyo"}
    answers = race(*[partial(client.patch, "/users/me", tokyo) for client in clients])

    assert statuses(answers) == [200, 409]
    (refusal,) = [answer for answer in answers if answer.status_code == 409]
    assert refusal.headers["Retry-After"] == "1"


def _expect_whole_stories(app: Flask) -> None:
    """The log tells of each task: created, changed, perhaps deleted; and nothing after that."""
    with app.app_context():
        events = read_all(select(Event.id, Event.task_id, Event.type).order_by(Event.id))
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    ended: set[int] = set()
    for event in events:
        assert event.task_id not in ended
        if event.type == "task.deleted":
            ended.add(event.task_id)
