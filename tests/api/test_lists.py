"""Lists: pages, cursors, parameters, and the filters and orders of tasks (contract §1 and §3)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from taskapp.extensions import db
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import Crowd

TOLD = {"items", "page", "per_page", "pages", "total", "next_cursor"}


def ids(api: Api, query: str = "", path: str = "/tasks") -> list[int]:
    response = api.get(f"{path}?{query}")
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json["items"]]


def links(response: TestResponse) -> dict[str, str]:
    return {
        rel: url
        for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers.get("Link", ""))
    }


def set_columns(app: Flask, task_id: int, **columns: Any) -> None:
    """What only time can bring about."""
    with app.app_context():
        db.session.execute(update(Task).where(Task.id == task_id).values(**columns))
        db.session.commit()


# Pages


def test_a_page_tells_where_it_stands(people: Crowd) -> None:
    api = people.alice.api
    made = [api.make_task(f"Task {number}")["id"] for number in range(5)]

    page = api.get("/tasks?per_page=2&page=2&sort=id").json
    assert page.keys() == TOLD
    assert [task["id"] for task in page["items"]] == made[2:4]
    assert (page["page"], page["per_page"], page["pages"], page["total"]) == (2, 2, 3, 5)
    assert page["next_cursor"]

    last = api.get("/tasks?per_page=2&page=3&sort=id").json
    assert ([task["id"] for task in last["items"]], last["next_cursor"]) == (made[4:], None)

    past = api.get(f"/tasks?page={2**63 - 1}").json
    assert (past["items"], past["pages"], past["total"], past["next_cursor"]) == ([], 1, 5, None)


def test_an_empty_list_has_no_pages(people: Crowd) -> None:
    response = people.alice.api.get("/tasks")
    assert response.json == {
        "items": [],
        "page": 1,
        "per_page": 20,
        "pages": 0,
        "total": 0,
        "next_cursor": None,
    }
    assert links(response).keys() == {"first"}


def test_links_lead_to_the_other_pages(people: Crowd) -> None:
    api = people.alice.api
    for number in range(5):
        api.make_task(f"Task {number}", status="todo" if number else "done")
    base = "http://localhost/api/v1/tasks"

    def related(query: str) -> dict[str, str]:
        found = links(api.get(f"/tasks?{query}"))
        assert all(url.startswith(f"{base}?") for url in found.values())
        return {rel: url.removeprefix(f"{base}?") for rel, url in found.items()}

    assert related("per_page=2&page=2&status=todo&status=done&sort=-title,id") == {
        rel: f"per_page=2&status=todo&status=done&sort=-title%2Cid&page={page}"
        for rel, page in {"first": 1, "prev": 1, "next": 3, "last": 3}.items()
    }
    assert related("per_page=2") == {
        rel: f"per_page=2&page={page}" for rel, page in {"first": 1, "next": 2, "last": 3}.items()
    }
    assert related("per_page=2&page=9").keys() == {"first", "prev", "last"}
    assert related("per_page=2&page=9")["prev"] == "per_page=2&page=3"


def test_a_link_can_be_followed_to_the_end(people: Crowd) -> None:
    api = people.alice.api
    made = [api.make_task(f"Task {number}")["id"] for number in range(7)]
    for start in ("per_page=3&sort=id", f"per_page=3&sort=id&cursor={cursor(api, 'sort=id', 1)}"):
        url, seen = f"/tasks?{start}", []
        while url:
            response = api.get(url)
            seen += [task["id"] for task in response.json["items"]]
            url = links(response).get("next", "").removeprefix("http://localhost/api/v1")
        assert seen == (made if "cursor" not in start else made[1:])


# Cursors


def cursor(api: Api, query: str, per_page: int) -> str:
    return str(api.get(f"/tasks?{query}&per_page={per_page}").json["next_cursor"])


def walk(api: Api, query: str, per_page: int, after_page: Callable[[], None] | None = None) -> Any:
    """The items of a list, read by cursor."""
    items, position = [], ""
    while position is not None:
        response = api.get(
            f"/tasks?{query}&per_page={per_page}{position and f'&cursor={position}'}"
        )
        assert response.status_code == 200, response.text
        items += response.json["items"]
        position = response.json["next_cursor"]
        if after_page:
            after_page()
    return items


SORTS = [
    "id",
    "-id",
    "created_at",
    "-created_at",
    "-updated_at",
    "due_date",
    "-due_date",
    "title",
    "-title",
    "priority",
    "-status,priority",
    "-priority,due_date,-title",
    "-due_date,title",
    "status,-created_at",
    "id,title",
]


def make_mixed(app: Flask, people: Crowd) -> None:
    """Tasks with equal, different and missing values in every column that sorts."""
    alice, moment = people.alice, datetime(2026, 11, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    for number in range(24):
        due = [None, "2026-12-01", "2026-12-01T09:00:00Z", "2026-11-30"][number % 4]
        owner, other = (alice, people.bob) if number % 3 else (people.bob, alice)
        task = owner.api.make_task(
            ["b", "B", "ä", "a", "Z"][number % 5],
            due_date=due,
            priority=["low", "medium", "high"][number % 3],
            status=["todo", "in_progress", "done"][(number // 2) % 3],
            assignee_id=other.id if number % 3 == 0 or number % 4 == 0 else None,
        )
        at = moment + timedelta(microseconds=number // 5)
        set_columns(app, task["id"], created_at=at, updated_at=at)


def test_a_walk_by_cursor_sees_every_row_once_in_order(app: Flask, people: Crowd) -> None:
    make_mixed(app, people)
    for api in (people.alice.api, people.root.api):
        for sort in SORTS:
            whole = api.get(f"/tasks?per_page=100&sort={sort}").json["items"]
            assert len(whole) == 24
            assert walk(api, f"sort={sort}", 5) == whole, sort
            for page in range(5):
                expected = [task["id"] for task in whole[page * 5 : page * 5 + 5]]
                assert ids(api, f"sort={sort}&per_page=5&page={page + 1}") == expected, sort


@pytest.mark.parametrize("sort", SORTS)
def test_rows_that_come_and_go_do_not_disturb_a_walk(app: Flask, people: Crowd, sort: str) -> None:
    make_mixed(app, people)
    api = people.alice.api
    order = [task["id"] for task in api.get(f"/tasks?per_page=100&sort={sort}").json["items"]]
    # One that was read, the row of the cursor itself, and some that lie ahead.
    doomed = [order[0], order[4], order[9], order[15], order[20]]
    kept = [number for number in order if number not in doomed]

    def disturb() -> None:
        if doomed:
            people.root.api.delete(f"/tasks/{doomed.pop(0)}")
        api.make_task("aa", priority="high", due_date="2026-11-29")
        api.make_task("zz", status="done")

    seen = [task["id"] for task in walk(api, f"sort={sort}", 5, disturb)]
    assert [number for number in seen if number in kept] == kept
    assert len(seen) == len(set(seen))


def test_an_answer_to_a_cursor_counts_nothing(people: Crowd) -> None:
    api = people.alice.api
    for number in range(3):
        api.make_task(f"Task {number}")
    response = api.get(f"/tasks?per_page=1&cursor={cursor(api, '', 1)}")
    assert response.json.keys() == {"items", "per_page", "next_cursor"}
    assert links(response).keys() == {"next"}
    response = api.get(f"/tasks?per_page=9&cursor={cursor(api, '', 1)}")
    assert (response.json["next_cursor"], links(response)) == (None, {})


def test_a_cursor_is_good_for_its_own_list_alone(people: Crowd) -> None:
    api = people.alice.api
    for number in range(3):
        api.make_task(f"Task {number}", assignee_id=people.bob.id)
    good = cursor(api, "sort=title&status=todo,done", 1)

    def status(query: str, of: Api = api, path: str = "/tasks") -> int:
        response = of.get(f"{path}?{query}")
        if response.status_code == 422:
            assert list(response.json["errors"]) == ["cursor"]
        return response.status_code

    assert status(f"cursor={good}&sort=title&status=done&status=PENDING&per_page=7") == 200
    assert status(f"cursor={good}&sort=title&status=done,todo", path="/task/") == 200
    assert status(f"cursor={good}&sort=-title&status=todo,done") == 422
    assert status(f"cursor={good}&sort=title&status=todo") == 422
    assert status(f"cursor={good}&sort=title&status=todo,done&q=task") == 422
    assert status(f"cursor={good}") == 422
    assert status(f"cursor={good}&sort=title&status=todo,done", people.bob.api) == 422
    own = f"/users/{people.alice.id}/tasks"
    assert status(f"cursor={good}&sort=title&status=todo,done", path=own) == 422
    assert status(f"cursor={good}&page=1&sort=title&status=todo,done") == 422
    for bad in ("", "x", good[:-1], good[1:], "A" + good, "%00", "é", "eyJhIjoxfQ.x"):
        assert status(f"cursor={bad}&sort=title&status=todo,done") == 422, bad


def test_every_list_is_read_by_pages_and_cursors(people: Crowd) -> None:
    api = people.alice.api
    for number in range(3):
        task = api.make_task(f"Task {number}")
        api.post("/task-records", {"task_id": task["id"], "time_spent": number})
    people.bob.api.make_task()
    for path in ("/tasks", f"/users/{people.alice.id}/tasks", "/task-records"):
        first = api.get(f"{path}?per_page=2").json
        assert (first.keys(), first["total"], first["pages"]) == (TOLD, 3, 2)
        rest = api.get(f"{path}?per_page=2&cursor={first['next_cursor']}").json
        assert rest.keys() == {"items", "per_page", "next_cursor"}
        whole = api.get(path).json["items"]
        assert first["items"] + rest["items"] == whole
    first = api.get("/users?per_page=1").json
    rest = api.get(f"/users?cursor={first['next_cursor']}").json
    assert [user["username"] for user in first["items"] + rest["items"]] == ["alice", "bob"]


# Parameters


@pytest.mark.parametrize(
    "query",
    [
        *(f"page={value}" for value in ("0", "-1", "1.5", "%2B1", "%201", "1%20", "x", "")),
        *(f"page={value}" for value in ("\uff11", "1e3", 2**63, "9" * 5000)),
        *(f"per_page={value}" for value in ("0", "101", "x", "-5", "\uff12\uff10")),
        *(f"user_id={value}" for value in ("0", "-1", "x", "1.0", "", 2**63, "9" * 30)),
        "assignee_id=null",
        "assignee_id=ME",
        "undated=1",
        "page=1&page=2",
        "sort=id&sort=title",
        "q=a&q=b",
        "overdue=true&overdue=true",
        *(f"sort={value}" for value in ("nonsense", "", "id,", "--id", "title,-title", "user_id")),
        "status=finished",
        "status=",
        "status=todo,,done",
        "priority=urgent",
        *(f"overdue={value}" for value in ("yes", "1", "", "True%20")),
        *(
            f"created_from={value}"
            for value in ("yesterday", "2026-02-30", "2026-W48-1", "20261130", "2026-11-30T", "")
        ),
        "due_to=2026-11-30T25:00:00Z",
        "created_to=2026-11-30T12:00:00%2B0300",
        "city=a%00b",
        "nonsense=1",
        "limit=5",
    ],
)
def test_a_bad_parameter_is_refused_by_name(people: Crowd, query: str) -> None:
    response = people.alice.api.get(f"/tasks?{query}")
    assert response.status_code == 422
    assert list(response.json["errors"]) == [query.partition("=")[0]]


# Filters


def test_filters_by_words_and_numbers(people: Crowd) -> None:
    alice, bob, root = people.alice, people.bob, people.root
    one = alice.api.make_task("One", priority="low", city="Berlin")["id"]
    two = alice.api.make_task("Two", priority="high", status="done", assignee_id=bob.id)["id"]
    three = bob.api.make_task("Three", status="in_progress", assignee_id=alice.id)["id"]

    def found(query: str, api: Api = alice.api) -> list[int]:
        return ids(api, f"{query}&sort=id")

    assert found("status=PENDING,in_progress") == [one, three]
    assert found("status=todo&status=Completed") == [one, two]
    assert found("status=todo,todo") == [one]
    assert found("priority=LOW, high") == [one, two]
    assert found(f"user_id={bob.id}") == [three]
    assert found(f"assignee_id={bob.id}") == found("assignee_id=me", bob.api) == [two]
    assert found("assignee_id=none") == [one]
    assert found("city=berlin") == found("city=%20Berlin%20") == [one]
    assert found("city=Berl") == []
    assert found("user_id=999999") == []
    assert found(f"status=done&priority=high&user_id={alice.id}&assignee_id={bob.id}&q=two") == [
        two
    ]
    assert found(f"status=todo&assignee_id={bob.id}") == []
    assert found("", root.api) == [one, two, three]
    assert found(f"user_id={alice.id}", root.api) == [one, two]
    assert found("", bob.api) == [two, three]


def test_what_one_both_owns_and_is_assigned_stands_once(people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task(assignee_id=people.alice.id)
    assert ids(api) == [task["id"]]
    assert api.get("/tasks").json["total"] == 1
    assert api.get("/tasks?q=report").json["total"] == 1


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        # Made at 2026-11-21T22:30:15.987654Z, which is half past seven of the next day in Tokyo.
        ("created_from=2026-11-21T22:30:15Z", True),
        ("created_to=2026-11-21T22:30:15Z", True),
        ("created_from=2026-11-21T22:30:15Z&created_to=2026-11-21T22:30:15Z", True),
        ("created_from=2026-11-21T22:30:16Z", False),
        ("created_to=2026-11-21T22:30:14Z", False),
        ("created_from=2026-11-21T22:30:15.987654Z", True),
        ("created_from=2026-11-21T22:30:15.987655Z", False),
        ("created_to=2026-11-21T22:30:15.987654Z", True),
        ("created_to=2026-11-21T22:30:15.987653Z", False),
        ("created_from=2026-11-22T00:30:15%2B02:00&created_to=2026-11-22T00:30:15%2B02:00", True),
        ("created_from=2026-11-21T22:30:15", True),
        ("created_from=2026-11-22", True),
        ("created_to=2026-11-22", True),
        ("created_from=2026-11-22&created_to=2026-11-22", True),
        ("created_from=2026-11-23", False),
        ("created_to=2026-11-21", False),
        ("created_from=0001-01-01", True),
        ("created_to=9999-12-31", True),
        ("created_to=0001-01-01", False),
        ("created_from=9999-12-31", False),
        ("created_from=0001-01-01T00:00:00%2B14:00&created_to=9999-12-31T23:59:59-14:00", True),
        ("created_to=0001-01-01T00:00:00%2B14:00", False),
        ("created_from=9999-12-31T23:59:59-14:00", False),
    ],
)
def test_filters_by_creation(app: Flask, people: Crowd, query: str, is_found: bool) -> None:
    tokyo = people.make("tokyo", timezone="Asia/Tokyo")
    task = tokyo.api.make_task()
    at = datetime(2026, 11, 21, 22, 30, 15, 987_654, tzinfo=UTC)
    set_columns(app, task["id"], created_at=at)
    assert ids(tokyo.api, query) == ([task["id"]] if is_found else [])


@pytest.mark.parametrize(
    ("due_date", "query", "is_found"),
    [
        # A day counts as that day, wherever its owner and its reader live.
        ("2026-11-30", "due_from=2026-11-30&due_to=2026-11-30", True),
        ("2026-11-30", "due_from=2026-12-01", False),
        ("2026-11-30", "due_to=2026-11-29", False),
        ("2026-11-30", "due_from=2026-11-30T11:00:00Z", True),
        ("2026-11-30", "due_from=2026-11-30T15:00:00Z", False),
        ("2026-11-30", "due_to=2026-11-29T15:00:00Z", True),
        ("2026-11-30", "due_to=2026-11-29T14:59:59Z", False),
        # An instant falls on a day of the reader's, who is in Tokyo.
        ("2026-11-30T16:00:00Z", "due_from=2026-12-01&due_to=2026-12-01", True),
        ("2026-11-30T16:00:00Z", "due_to=2026-11-30", False),
        ("2026-11-30T16:00:00Z", "due_from=2026-11-30T16:00:00Z", True),
        ("2026-11-30T16:00:00Z", "due_to=2026-11-30T16:00:00Z", True),
        ("2026-11-30T16:00:00Z", "due_from=2026-11-30T16:00:01Z", False),
        ("2026-11-30T16:00:00Z", "due_from=0001-01-01&due_to=9999-12-31", True),
        (None, "due_from=2000-01-01", False),
        (None, "due_to=2100-01-01", False),
    ],
)
def test_filters_by_due_date(
    people: Crowd, due_date: str | None, query: str, is_found: bool
) -> None:
    tokyo = people.make("tokyo", timezone="Asia/Tokyo")
    honolulu = people.make("honolulu", timezone="Pacific/Honolulu")
    task = honolulu.api.make_task(due_date=due_date, assignee_id=tokyo.id)
    assert ids(tokyo.api, query) == ([task["id"]] if is_found else [])


def test_filter_by_being_overdue(people: Crowd) -> None:
    api = people.alice.api
    late = api.make_task(due_date="2020-01-01")["id"]
    late_too = api.make_task(due_date="2020-01-01T00:00:00Z")["id"]
    done = api.make_task(due_date="2020-01-01", status="done")["id"]
    ahead = api.make_task(due_date="2999-01-01")["id"]
    never = api.make_task()["id"]
    assert ids(api, "overdue=true&sort=id") == [late, late_too]
    assert ids(api, "overdue=false&sort=id") == [done, ahead, never]
    assert ids(api, "undated=true") == [never]
    assert ids(api, "undated=false&sort=id") == [late, late_too, done, ahead]


# Orders


def test_orders(people: Crowd) -> None:
    api = people.alice.api
    low = api.make_task("b", priority="low", due_date="2026-12-01")["id"]
    high = api.make_task("a", priority="high", status="done")["id"]
    medium = api.make_task("c", status="in_progress", due_date="2026-11-30T12:00:00Z")["id"]
    also_low = api.make_task("d", priority="low")["id"]

    assert ids(api) == [also_low, medium, high, low]
    assert ids(api, "sort=priority") == [low, also_low, medium, high]
    assert ids(api, "sort=-priority") == [high, medium, also_low, low]
    assert ids(api, "sort=status") == [low, also_low, medium, high]
    assert ids(api, "sort=-status,title") == [high, medium, low, also_low]
    assert ids(api, "sort=due_date") == [medium, low, high, also_low]
    assert ids(api, "sort=-due_date") == [low, medium, also_low, high]
    assert ids(api, "sort=due_date, -priority") == [medium, low, high, also_low]
    assert ids(api, "sort=-id") == [also_low, medium, high, low]
    api.patch(f"/tasks/{low}", {"title": "e"})
    assert ids(api, "sort=-updated_at")[0] == low
    assert ids(api, "sort=-title")[0] == low


def test_titles_are_sorted_alike_on_every_database(people: Crowd) -> None:
    api = people.alice.api
    # Without case; digits, then Latin letters, then what comes later in Unicode.
    titles = ["#1", "10", "9", "a", "A b", "A-b", "ab", "B", "z", "ä", "Ω", "я", "手", "🎉"]
    for title in reversed(titles):
        api.make_task(title)
    for sort, expected in (("title", titles), ("-title", titles[::-1])):
        items = api.get(f"/tasks?sort={sort}").json["items"]
        assert [task["title"] for task in items] == expected


# Cost


def test_the_number_of_statements_does_not_grow(
    people: Crowd, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    api, root = people.alice.api, people.root.api
    for number in range(30):
        api.make_task(f"Task {number}", assignee_id=people.bob.id)
    for viewer in (api, root):
        for query in ("", "&status=todo", "&q=task", f"&cursor={cursor(viewer, '', 1)}"):
            with count_queries() as few:
                assert len(ids(viewer, f"per_page=1{query}")) == 1
            with count_queries() as many:
                assert len(ids(viewer, f"per_page=100{query}")) >= 29
            assert len(few) == len(many) == 2, many  # who asks, and what they see
