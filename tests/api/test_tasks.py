"""Tasks over the API (contract §2 and §3)."""

import pytest

from tests.people import Crowd


def test_a_task_is_created_with_defaults(people: Crowd) -> None:
    response = people.alice.api.post("/tasks", {"title": "  Write the report  "})

    assert response.status_code == 201
    task = response.json
    assert task == {
        "id": task["id"],
        "title": "Write the report",
        "description": None,
        "status": "todo",
        "is_complete": False,
        "priority": "medium",
        "due_date": None,
        "city": None,
        "weather": None,
        "user_id": people.alice.id,
        "assignee_id": None,
        "created_at": task["created_at"],
        "updated_at": task["created_at"],
        "completed_at": None,
        "time_spent": 0,
    }
    assert response.headers["Location"] == f"/api/v1/tasks/{task['id']}"
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-11-30", "2026-11-30"),
        ("2026-11-30T17:00:00Z", "2026-11-30T17:00:00Z"),
        ("2026-11-30T17:00:00", "2026-11-30T17:00:00Z"),
        ("2026-11-30T17:00:00+03:00", "2026-11-30T14:00:00Z"),
        ("2028-02-29", "2028-02-29"),
        (None, None),
    ],
)
def test_a_due_date_is_given_back_in_the_form_it_was_set(
    people: Crowd, given: str | None, shown: str | None
) -> None:
    task = people.alice.api.make_task(due_date=given)
    assert task["due_date"] == shown
    assert people.alice.api.get(f"/tasks/{task['id']}").json["due_date"] == shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 101),
        ("title", None),
        ("title", 5),
        ("title", "a\x00b"),
        ("description", "x" * 10_001),
        ("status", "finished"),
        ("is_complete", "yes"),
        ("is_complete", 1),
        ("priority", "urgent"),
        ("due_date", "2026-02-30"),
        ("due_date", "tomorrow"),
        ("due_date", "0001-01-01T00:00:00+14:00"),
        ("due_date", "9999-12-31T23:59:59-14:00"),
        ("due_date", "0001-01-01"),
        ("due_date", 20261130),
        ("city", "x" * 101),
        ("assignee_id", 999_999),
        ("assignee_id", True),
        ("assignee_id", 1.5),
        ("assignee_id", "1"),
        ("nonsense", 1),
    ],
)
def test_a_bad_value_is_refused_by_name(people: Crowd, field: str, value: object) -> None:
    response = people.alice.api.post("/tasks", {"title": "Fine", field: value})

    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert list(response.json["errors"]) == [field]
    assert people.alice.api.get("/tasks").json["total"] == 0


def test_put_replaces_and_patch_changes_what_is_named(people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task(description="Long", priority="high", city=None, due_date="2026-11-30")

    patched = api.patch(f"/tasks/{task['id']}", {"description": "Longer"}).json
    assert (patched["description"], patched["priority"]) == ("Longer", "high")

    replaced = api.put(f"/tasks/{task['id']}", {"title": "Other"}).json
    assert replaced["title"] == "Other"
    assert (replaced["description"], replaced["priority"], replaced["due_date"]) == (
        None,
        "medium",
        None,
    )
    assert api.put(f"/tasks/{task['id']}", {"description": "No title"}).status_code == 422


def test_a_fetched_task_can_be_edited_and_sent_back(people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task()
    edited = task | {"title": "Edited", "user_id": 999, "created_at": "1999-01-01T00:00:00Z"}

    response = api.put(f"/tasks/{task['id']}", edited)

    assert response.status_code == 200
    assert response.json == task | {"title": "Edited", "updated_at": response.json["updated_at"]}


@pytest.mark.parametrize("word", ["done", "DONE", "completed", "COMPLETED"])
def test_done_has_several_names_and_a_time(people: Crowd, word: str) -> None:
    task = people.alice.api.make_task()
    done = people.alice.api.put(f"/tasks/{task['id']}/status", {"status": word}).json
    assert (done["status"], done["is_complete"]) == ("done", True)
    assert done["completed_at"] is not None

    reopened = people.alice.api.put(f"/tasks/{task['id']}/status", {"status": "PENDING"}).json
    assert (reopened["status"], reopened["completed_at"]) == ("todo", None)


@pytest.mark.parametrize(
    ("stored", "given", "status"),
    [
        ("todo", {"is_complete": True}, "done"),
        ("done", {"is_complete": False}, "todo"),
        ("in_progress", {"is_complete": False}, "in_progress"),
        ("todo", {"status": "done", "is_complete": False}, "done"),
        ("todo", {"status": "todo", "is_complete": True}, "done"),
        ("done", {"status": "in_progress", "is_complete": True}, "in_progress"),
        ("done", {"status": "done", "is_complete": False}, "todo"),
        ("in_progress", {"status": "done", "is_complete": False}, "done"),
        ("in_progress", {"status": "todo", "is_complete": True}, None),
    ],
)
def test_of_status_and_is_complete_the_one_that_differs_wins(
    people: Crowd, stored: str, given: dict[str, object], status: str | None
) -> None:
    task = people.alice.api.make_task(status=stored)
    response = people.alice.api.patch(f"/tasks/{task['id']}", given)
    if status is None:
        assert response.status_code == 422
    else:
        assert response.json["status"] == status


def test_on_a_new_task_the_two_must_agree(people: Crowd) -> None:
    task = {"title": "New", "status": "done", "is_complete": False}
    assert people.alice.api.post("/tasks", task).status_code == 422


def test_an_assignee_changes_the_status_and_nothing_else(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    path = f"/tasks/{task['id']}"

    assert people.bob.api.get(path).status_code == 200
    assert people.bob.api.put(f"{path}/status", {"status": "in_progress"}).status_code == 200
    assert people.bob.api.patch(path, {"is_complete": True}).status_code == 200
    assert people.bob.api.patch(path, {"title": "Mine"}).status_code == 403
    assert people.bob.api.put(path, {"title": "Mine"}).status_code == 403
    assert people.bob.api.delete(path).status_code == 403
    assert people.alice.api.get(path).json["title"] == task["title"]


def test_an_assignee_may_send_the_whole_task_back_with_another_status(people: Crowd) -> None:
    due = "2026-11-30T17:00:00+02:00"
    task = people.alice.api.make_task(assignee_id=people.bob.id, city="Paris", due_date=due)
    path = f"/tasks/{task['id']}"
    for method in ("PUT", "PATCH"):
        for status in ("in_progress", "todo"):
            sent = people.bob.api.get(path).json | {"status": status, "is_complete": False}
            response = people.bob.api.call(method, path, json=sent)
            assert (response.status_code, response.json["status"]) == (200, status)
        for change in ({"title": "Mine"}, {"due_date": None}, {"assignee_id": people.carol.id}):
            response = people.bob.api.call(method, path, json={**sent, "status": "done", **change})
            assert response.status_code == 403
    assert people.alice.api.get(path).json["status"] == "todo"


def test_an_assignee_is_told_of_a_date_that_cannot_be_stored(people: Crowd) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    changes = {"status": "done", "due_date": "0001-01-01T00:00:00+14:00"}
    response = people.bob.api.patch(f"/tasks/{task['id']}", changes)
    assert (response.status_code, list(response.json["errors"])) == (422, ["due_date"])


def test_an_admin_may_do_all(people: Crowd) -> None:
    task = people.alice.api.make_task()
    path = f"/tasks/{task['id']}"
    assert people.root.api.patch(path, {"title": "Seen to"}).json["user_id"] == people.alice.id
    assert people.root.api.get("/tasks").json["total"] == 1
    assert people.root.api.delete(path).status_code == 204
    assert people.alice.api.get(path).status_code == 404


def test_a_list_has_pages(people: Crowd) -> None:
    api = people.alice.api
    titles = [api.make_task(f"Task {number}")["title"] for number in range(5)]
    people.bob.api.make_task("Not Alice's")

    first = api.get("/tasks?per_page=2").json
    assert [task["title"] for task in first["items"]] == titles[:2:-1]
    assert (first["page"], first["per_page"], first["pages"], first["total"]) == (1, 2, 3, 5)
    assert [t["title"] for t in api.get("/tasks?per_page=2&page=3").json["items"]] == titles[:1]

    past = api.get("/tasks?page=1000000000000000000").json
    assert (past["items"], past["total"]) == ([], 5)
    assert people.carol.api.get("/tasks").json["pages"] == 0


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "per_page=0", "per_page=101", "sort=nonsense", "status=x", "nonsense=1"],
)
def test_a_bad_parameter_is_refused_by_name(people: Crowd, query: str) -> None:
    response = people.alice.api.get(f"/tasks?{query}")
    assert response.status_code == 422
    assert list(response.json["errors"]) == [query.partition("=")[0]]


def test_a_list_is_filtered_and_sorted(people: Crowd) -> None:
    api = people.alice.api
    low = api.make_task("b", priority="low", due_date="2026-12-01")["id"]
    high = api.make_task("a", priority="high", status="done")["id"]
    medium = api.make_task("c", status="in_progress", due_date="2026-11-30T12:00:00Z")["id"]

    def ids(query: str) -> list[int]:
        return [task["id"] for task in api.get(f"/tasks?{query}").json["items"]]

    assert ids("status=pending,in_progress&sort=id") == [low, medium]
    assert ids("status=todo&status=COMPLETED&sort=id") == [low, high]
    assert ids("sort=priority") == [low, medium, high]
    assert ids("sort=-status") == [high, medium, low]
    assert ids("sort=title") == [high, low, medium]
    assert ids("sort=due_date") == [medium, low, high]
    assert ids("sort=-due_date") == [low, medium, high]


def test_a_task_may_be_changed_only_as_it_was_read(people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task()
    path = f"/tasks/{task['id']}"
    read = api.get(path).headers["ETag"]

    assert api.get(path, headers={"If-None-Match": read}).status_code == 304
    assert api.patch(path, {"title": "One"}, headers={"If-Match": read}).status_code == 200
    assert api.patch(path, {"title": "Two"}, headers={"If-Match": read}).status_code == 412
    assert api.delete(path, headers={"If-Match": read}).status_code == 412
    assert api.get(path).json["title"] == "One"
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 204
