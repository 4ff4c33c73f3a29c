"""The five systems that Taskapp replaces: what their clients send still works (contract §4).

Each test does what that system's documents show, in their words, from registering on.
"""

import pytest

from tests.clients import Api
from tests.people import PASSWORD, Crowd


def sign_in(api: Api, **names: str) -> Api:
    """The API with the token that a login gives."""
    answer = api.post("/auth/login", {**names, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.json["token_type"] == "bearer"
    return Api(api.client, answer.json["access_token"])


# The task and record system


def test_tasks_of_the_task_and_record_system(people: Crowd) -> None:
    api = people.alice.api
    task = {
        "title": "Water the plants",
        "description": "Those in the hall too",
        "priority": "low",
        "due_date": "2026-12-01",
    }
    made = api.post("/task/", task)
    assert made.status_code == 201
    assert made.json.items() >= task.items()
    assert made.headers["Location"] == f"/api/v1/tasks/{made.json['id']}"

    path = f"/task/{made.json['id']}"
    assert api.get(path).json == made.json == api.get(f"/tasks/{made.json['id']}").json
    assert api.get("/task/").json["items"] == [made.json]
    replaced = api.put(path, task | {"priority": "high"})
    assert (replaced.status_code, replaced.json["priority"]) == (200, "high")
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/task", "/task/", "/task/1", "/task/1/"])
def test_an_alias_needs_a_token_and_does_not_redirect(api: Api, path: str) -> None:
    assert api.get(path).status_code == 401


def test_an_alias_takes_what_its_path_takes(people: Crowd) -> None:
    task = people.alice.api.make_task()
    stale = {"If-Match": '"0-0"'}
    assert people.alice.api.patch(f"/task/{task['id']}", {"title": "x"}).status_code == 200
    assert people.alice.api.delete(f"/task/{task['id']}", headers=stale).status_code == 412
    assert people.bob.api.get(f"/task/{task['id']}").status_code == 404
    assert people.alice.api.get("/task/?nonsense=1").status_code == 422
    refused = people.alice.api.delete("/task/")
    assert refused.status_code == 405
    assert {"GET", "POST"} <= set(refused.headers["Allow"].split(", "))


def test_an_alias_is_the_same_path_to_a_safe_retry(people: Crowd) -> None:
    api, key = people.alice.api, {"Idempotency-Key": "once"}
    first = api.post("/tasks", {"title": "Once"}, headers=key)
    again = api.post("/task/", {"title": "Once"}, headers=key)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"


def test_records_of_the_task_and_record_system(people: Crowd) -> None:
    api, stranger = people.alice.api, people.bob.api
    task = api.make_task("Water the plants")
    record = {"task_id": task["id"], "completion_date": "2026-11-20", "time_spent": 15}
    made = api.post("/task_record/", record)
    assert made.status_code == 201
    assert made.json.items() >= {**record, "user_id": people.alice.id}.items()
    assert api.get(f"/task/{task['id']}").json["status"] == "done"

    path = f"/task_record/{made.json['id']}"
    assert api.get(path).json == made.json
    assert [found["id"] for found in api.get("/task_record/").json["items"]] == [made.json["id"]]
    replaced = api.put(path, record | {"time_spent": 20})
    assert (replaced.status_code, replaced.json["time_spent"]) == (200, 20)
    for method in ("GET", "DELETE"):
        assert stranger.call(method, path).status_code == 404
    assert stranger.put(path, record).status_code == 404
    assert stranger.get("/task_record/").json["items"] == []
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_users_of_the_task_and_record_system(people: Crowd) -> None:
    me = people.alice.api.get("/users/me").json
    assert me.keys() >= {"email", "username", "is_active", "is_superuser", "is_verified"}
    assert not {"password", "hashed_password", "password_hash"} & me.keys()


# The task tracker


def test_the_day_of_a_task_tracker(api: Api) -> None:
    welcome = api.get("/")
    assert welcome.status_code == 200
    assert "Welcome" in welcome.json["message"]

    account = {"username": "tracker", "email": "tracker@example.org", "password": PASSWORD}
    user = api.post("/users/", account)
    assert user.status_code == 201
    assert user.json.items() >= {"username": "tracker", "email": "tracker@example.org"}.items()
    mine = sign_in(api, username="tracker")
    assert [found["username"] for found in mine.get("/users/").json["items"]] == ["tracker"]

    task = mine.post("/tasks/", {"title": "Ship it", "description": "", "status": "PENDING"})
    assert (task.status_code, task.json["status"]) == (201, "todo")
    path = f"/tasks/{task.json['id']}"
    for given, shown in [
        ("IN_PROGRESS", "in_progress"),
        ("COMPLETED", "done"),
        ("PENDING", "todo"),
    ]:
        assert mine.put(f"{path}/status", {"status": given}).json["status"] == shown
    found = mine.get(path).json
    assert found.keys() >= {"id", "title", "description", "status", "user_id", "created_at"}
    assert found["user_id"] == user.json["id"]
    assert mine.get(f"/users/{user.json['id']}/tasks").json["items"] == [found]
    assert mine.get("/tasks/?status=PENDING").json["total"] == 1

    assert mine.get("/tasks/999999").status_code == 404
    assert mine.put(f"{path}/status", {"status": "LOST"}).status_code == 422


# The advanced task manager


def test_the_advanced_task_manager(api: Api, people: Crowd) -> None:
    account = {"username": "advanced", "password": PASSWORD}
    user = api.post("/auth/register", account)
    assert (user.status_code, user.json["role"]) == (201, "user")
    mine = sign_in(api, username="advanced")

    report = {"title": "Prepare Report", "description": "Monthly", "status": "todo", "city": "Omsk"}
    task = mine.post("/tasks", report)
    assert task.status_code == 201
    assert task.json.items() >= {**report, "user_id": user.json["id"]}.items()
    assert "weather" in task.json
    assert task.json["created_at"].endswith("Z")
    path = f"/tasks/{task.json['id']}"

    listed = mine.get("/tasks?status=todo&sort=-created_at&page=1&per_page=5").json
    assert (listed["items"], listed["total"]) == ([task.json], 1)
    assert people.alice.api.get(path).status_code == 404
    assert people.root.api.get(path).json == task.json
    assert mine.put(path, report | {"status": "done"}).json["status"] == "done"
    assert people.root.api.delete(path).status_code == 204
    assert api.get("/tasks").status_code == 401
    assert mine.post("/tasks", {"title": "x" * 101}).status_code == 422


def test_the_figures_of_the_advanced_task_manager(people: Crowd) -> None:
    alice, bob = people.alice.api, people.bob.api
    alice.make_task(status="in_progress")
    bob.make_task(status="done")
    bob.make_task()
    today = bob.get("/tasks").json["items"][0]["created_at"][:10]
    period = f"/analytics?start_date={today}&end_date={today}"
    figures = people.root.api.get(period).json
    assert figures["by_status"] == {"todo": 1, "in_progress": 1, "done": 1}
    assert figures["by_user"] == {"alice": 1, "bob": 2}
    assert alice.get(period).json["by_user"] == {"alice": 1}


# Register and manage


def test_register_and_manage(api: Api) -> None:
    account = {"username": "manager", "password": PASSWORD}
    answer = api.post("/register/", account)
    assert (answer.status_code, answer.json) == (200, {"msg": "User registered successfully"})

    again = api.post("/register/", account)
    assert (again.status_code, again.json["detail"]) == (400, "Username already registered")
    assert again.mimetype == "application/problem+json"
    assert api.post("/register/", {"username": "other"}).status_code == 422

    mine = sign_in(api, username="manager")
    task = mine.post(
        "/tasks/", {"title": "Tidy up", "description": "All of it", "is_complete": False}
    )
    assert (task.status_code, task.json["is_complete"]) == (201, False)
    path = f"/tasks/{task.json['id']}"
    assert mine.get("/tasks/").json["items"] == [task.json]
    done = mine.put(path, {"title": "Tidy up", "is_complete": True}).json
    assert (done["is_complete"], done["status"]) == (True, "done")
    assert mine.delete(path).status_code == 204


def test_registering_twice_with_one_address(api: Api) -> None:
    account = {"username": "first", "email": "one@example.org", "password": PASSWORD}
    assert api.post("/register/", account).status_code == 200
    again = api.post("/register/", account | {"username": "second"})
    assert (again.status_code, again.json["detail"]) == (400, "Email already registered")


# The owner-scoped manager


def test_the_owner_scoped_manager(api: Api, people: Crowd) -> None:
    account = {"email": "user@example.org", "password": PASSWORD}
    assert api.post("/auth/register", account).status_code == 201
    mine = sign_in(api, email="user@example.org")
    assert api.post("/auth/login", account | {"password": "wrong one"}).status_code == 401

    task = mine.make_task("Mine alone")
    path = f"/tasks/{task['id']}"
    assert mine.get("/tasks").json["items"] == [task]
    stranger = people.bob.api
    assert stranger.get("/tasks").json["items"] == []
    for method, body in [("GET", None), ("DELETE", None), ("PATCH", {"title": "Taken"})]:
        kwargs = {} if body is None else {"json": body}
        assert stranger.call(method, path, **kwargs).status_code == 404
    assert mine.get(path).json == task
