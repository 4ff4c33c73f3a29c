"""The order of the board over the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from taskapp.core.database import read_all
from taskapp.extensions import db
from taskapp.tasks import board
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import Crowd


def order(api: Api, status: str = "todo") -> list[str]:
    """The titles in a column, from top to bottom."""
    items = api.get(f"/tasks?status={status}&sort=position&per_page=100").json["items"]
    return [task["title"] for task in items]


def make(api: Api, *titles: str) -> dict[str, int]:
    """Tasks that stand in this order: the newest is on top."""
    return {title: api.make_task(title)["id"] for title in reversed(titles)}


def move(api: Api, task_id: int, status: str = "todo", **neighbours: Any) -> Any:
    return api.put(f"/tasks/{task_id}/position", {"status": status, **neighbours})


def test_new_tasks_stand_on_top(people: Crowd) -> None:
    make(people.alice.api, "a", "b", "c")
    assert order(people.alice.api) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("mover", "neighbours", "expected"),
    [
        ("d", {}, ["d", "a", "b", "c"]),
        ("d", {"before": "a"}, ["d", "a", "b", "c"]),
        ("d", {"before": "c"}, ["a", "b", "d", "c"]),
        ("a", {"after": "b"}, ["b", "a", "c", "d"]),
        ("a", {"after": "d"}, ["b", "c", "d", "a"]),
        ("a", {"after": "b", "before": "c"}, ["b", "a", "c", "d"]),
        ("b", {"after": "a", "before": "c"}, ["a", "b", "c", "d"]),
        # Whatever came to stand between them does not matter.
        ("d", {"after": "a", "before": "c"}, None),
    ],
)
def test_a_task_stands_where_it_is_put(
    people: Crowd, mover: str, neighbours: dict[str, str], expected: list[str] | None
) -> None:
    api = people.alice.api
    ids = make(api, "a", "b", "c", "d")
    before = api.get(f"/tasks/{ids[mover]}")
    response = move(api, ids[mover], **{way: ids[name] for way, name in neighbours.items()})
    assert response.status_code == 200
    if expected is None:
        now = order(api)
        assert now.index("a") < now.index("d") < now.index("c")
    else:
        assert order(api) == expected
    assert response.json == before.json, "a place is no part of a task"
    assert response.headers["ETag"] == before.headers["ETag"]


def test_another_column_is_another_status(people: Crowd) -> None:
    api = people.alice.api
    ids = make(api, "a", "b") | {"c": api.make_task("c", status="in_progress")["id"]}
    task = move(api, ids["b"], "in_progress", after=ids["c"]).json
    assert task["status"] == "in_progress"
    assert order(api, "in_progress") == ["c", "b"]
    assert move(api, ids["b"], "done").json["completed_at"]
    assert order(api, "done") == ["b"]


def test_a_status_set_elsewhere_puts_a_task_on_top(people: Crowd) -> None:
    api = people.alice.api
    ids = make(api, "a", "b", "c")
    for title in ("b", "a"):
        api.put(f"/tasks/{ids[title]}/status", {"status": "done"})
    assert order(api, "done") == ["a", "b"]
    api.put(f"/tasks/{ids['b']}/status", {"status": "todo"})
    assert order(api) == ["b", "c"]


def test_the_order_is_the_same_for_all_who_see_the_tasks(people: Crowd) -> None:
    alice, bob = people.alice.api, people.bob.api
    ids = {title: alice.make_task(title, assignee_id=people.bob.id)["id"] for title in "cba"}
    assert move(bob, ids["c"], before=ids["a"]).status_code == 200
    assert order(alice) == order(bob) == order(people.root.api) == ["c", "a", "b"]


def test_there_is_always_room_between_two(people: Crowd) -> None:
    api = people.alice.api
    ids = make(api, "top", "a", "b", "bottom")
    for number in range(80):
        mover, below = ("a", "b") if number % 2 else ("b", "a")
        assert move(api, ids[mover], after=ids["top"], before=ids[below]).status_code == 200
        assert order(api) == ["top", mover, below, "bottom"]


def test_to_make_room_moves_few_and_nobody_elses(app: Flask, people: Crowd) -> None:
    """Whatever stands below in the column: only what is close, and what the actor sees."""
    alice = people.alice.api
    make(people.bob.api, "under all")
    theirs = {title: alice.make_task(title)["id"] for title in ("far", "near", "b", "a", "top")}
    make(people.bob.api, "over all")
    with app.app_context():
        for title, position in (("top", 1), ("a", 2), ("b", 3), ("near", 4), ("far", 10**6)):
            placed = update(Task).where(Task.id == theirs[title]).values(position=position)
            db.session.execute(placed)
        of_bob = update(Task).where(Task.user_id == people.bob.id)
        db.session.execute(of_bob.values(position=Task.id + 3))
        db.session.commit()

    def places() -> dict[str, int]:
        with app.app_context():
            return {row.title: row.position for row in read_all(select(Task.title, Task.position))}

    before = places()
    assert move(alice, theirs["b"], after=theirs["top"], before=theirs["a"]).status_code == 200
    assert order(alice) == ["top", "b", "a", "near", "far"]
    after = places()
    assert {title for title in before if before[title] != after[title]} == {"b", "a", "near"}


def test_a_place_takes_however_many_are_put_there(people: Crowd) -> None:
    alice, bob = people.alice.api, people.bob.api
    titles = [f"task {number}" for number in range(60)]
    ids = make(alice, "top", "bottom", *titles)
    alice.patch(f"/tasks/{ids['top']}", {"assignee_id": people.bob.id})
    for number, title in enumerate(titles):
        if number % 2:
            alice.patch(f"/tasks/{ids[title]}", {"assignee_id": people.bob.id})
        assert move(bob if number % 2 else alice, ids[title], after=ids["top"]).status_code == 200
    # What bob put right below the top, alice sees among hers: he does not see those.
    assert [title for title in order(alice) if title in titles[::2]] == titles[-2::-2]
    assert order(bob) == ["top", *titles[::-2]]


def test_where_too_many_stand_too_close_it_says_so(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "_FAR", 3)
    ids = make(people.alice.api, *"abcdef")
    with app.app_context():
        db.session.execute(update(Task).values(position=-Task.id))
        db.session.commit()
    assert move(people.alice.api, ids["f"], after=ids["a"], before=ids["b"]).status_code == 409
    assert order(people.alice.api) == list("abcdef")
    assert move(people.alice.api, ids["a"], after=ids["d"], before=ids["e"]).status_code == 200
    assert order(people.alice.api) == list("bcdaef")


def test_those_who_share_a_position_stand_by_id_until_one_is_moved(
    app: Flask, people: Crowd
) -> None:
    api = people.alice.api
    ids = make(api, "a", "b", "c")
    with app.app_context():
        db.session.execute(update(Task).values(position=5))
        db.session.commit()
    assert order(api) == ["c", "b", "a"]
    move(api, ids["a"], after=ids["c"], before=ids["b"])
    assert order(api) == ["c", "a", "b"]


def test_a_task_from_another_column_stands_where_it_is_put(app: Flask, people: Crowd) -> None:
    """Wherever that is: 0 is a position as good as any."""
    api = people.alice.api
    begun = api.make_task("begun", status="in_progress")["id"]
    with app.app_context():
        db.session.execute(update(Task).where(Task.id == begun).values(position=-(2**30)))
        db.session.commit()
    move(api, api.make_task("last")["id"], "in_progress", after=begun)
    with app.app_context():
        assert set(db.session.scalars(select(Task.position))) == {-(2**30), 0}
    assert order(api, "in_progress") == ["begun", "last"]


@pytest.mark.parametrize("field", ["before", "after"])
def test_a_neighbour_must_be_one(people: Crowd, field: str) -> None:
    api = people.alice.api
    task, other = api.make_task()["id"], people.bob.api.make_task()["id"]
    for neighbour in (task, other, 10**9):
        response = move(api, task, **{field: neighbour})
        assert response.status_code == 422
        assert list(response.json["errors"]) == [field]
    done = api.make_task(status="done")["id"]
    assert move(api, task, **{field: done}).status_code == 409


def test_neighbours_the_wrong_way_round_are_a_conflict(people: Crowd) -> None:
    api = people.alice.api
    ids = make(api, "a", "b", "c")
    assert move(api, ids["a"], before=ids["b"], after=ids["c"]).status_code == 409
    stale = {"If-Match": f'"{ids["a"]}-99"'}
    assert (
        api.put(f"/tasks/{ids['a']}/position", {"status": "todo"}, headers=stale).status_code == 412
    )
    assert order(api) == ["a", "b", "c"]


def test_moves_at_the_same_moment_lose_nothing(app: Flask, people: Crowd) -> None:
    ids = make(people.alice.api, *"abcdefgh")
    token = people.alice.token()

    def shuffle(mover: str) -> int:
        api = Api(app.test_client(), token)
        return int(move(api, ids[mover], after=ids["a"], before=ids["b"]).status_code)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(shuffle, "cdefgh"))
    assert answers == [200] * 6
    now = order(people.alice.api)
    assert (now[0], now[-1], sorted(now)) == ("a", "b", list("abcdefgh"))
