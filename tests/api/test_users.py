"""Accounts over the API: who sees and changes what, and what hangs on them (contract §3)."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from taskapp.core.database import read_all, read_scalar
from taskapp.events.models import Event
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.storages import stored_keys

NEW = {"username": "newcomer", "email": "new@example.org", "password": PASSWORD}
FLAGS = [{"role": "user"}, {"is_active": True}, {"is_verified": False}, {"is_superuser": False}]
OTHER_FLAGS = [
    {"role": "admin"},
    {"is_active": False},
    {"is_verified": True},
    {"is_superuser": True},
]


def events(app: Flask, **fields: Any) -> list[Any]:
    with app.app_context():
        return list(read_all(select(Event.__table__).filter_by(**fields).order_by(Event.id)))


# Creating


def test_anybody_creates_an_account(people: Crowd, api: Api) -> None:
    made = api.post("/users", NEW | {"timezone": "Asia/Tokyo"})
    assert made.status_code == 201
    assert (made.json["role"], made.json["timezone"]) == ("user", "Asia/Tokyo")
    assert people.root.api.get(made.headers["Location"].removeprefix("/api/v1")).json == made.json
    assert api.post("/users", NEW).status_code == 409
    assert api.post("/users", NEW | {"password": "short"}).status_code == 422
    nowhere = NEW | {"username": "other", "email": None, "timezone": "Nowhere"}
    assert list(api.post("/users", nowhere).json["errors"]) == ["timezone"]


@pytest.mark.parametrize("flag", FLAGS + OTHER_FLAGS)
def test_only_an_admin_creates_an_account_with_flags(
    people: Crowd, api: Api, flag: dict[str, Any]
) -> None:
    refused = api.post("/users", NEW | flag)
    assert refused.status_code == 403
    assert refused.json["detail"] == f"Only admins may set {next(iter(flag))}."
    assert people.alice.api.post("/users", NEW | flag).status_code == 403
    made = people.root.api.post("/users", NEW | flag)
    assert made.status_code == 201
    assert made.json.items() >= flag.items()


def test_every_flag_that_is_refused_is_named(people: Crowd) -> None:
    refused = people.alice.api.post("/users", NEW | {"role": "admin", "is_verified": True})
    assert refused.json["detail"] == "Only admins may set is_verified, role."


def test_role_and_superuser_must_agree(people: Crowd) -> None:
    both = {"role": "user", "is_superuser": True}
    api = people.root.api
    assert list(api.post("/users", NEW | both).json["errors"]) == ["is_superuser"]
    assert api.post("/users", NEW | {"role": "admin", "is_superuser": True}).status_code == 201


def test_a_bad_token_is_refused_even_where_none_is_needed(people: Crowd, api: Api) -> None:
    bad = Api(api.client, "not.a.token")
    refused = bad.post("/users", {"nonsense": 1})
    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["WWW-Authenticate"]
    assert people.root.api.get("/users").json["total"] == 1


def test_registering_ignores_flags(api: Api) -> None:
    made = api.post("/auth/register", NEW | {"role": "admin", "is_superuser": True})
    assert (made.status_code, made.json["role"]) == (201, "user")


# Reading


def test_the_directory_shows_names_and_to_admins_whole_accounts(people: Crowd) -> None:
    bob, alice, root = people.bob, people.alice, people.root
    me = alice.api.get("/users/me").json
    seen = alice.api.get("/users").json
    assert seen["items"] == [
        me,
        {"id": bob.id, "username": "bob"},
        {"id": root.id, "username": "root"},
    ]
    assert (seen["total"], seen["pages"]) == (3, 1)
    everything = root.api.get("/users").json["items"]
    assert everything[0] == me
    assert {user["email"] for user in everything} == {person.email for person in (alice, bob, root)}
    page = alice.api.get("/users?per_page=1&page=2&sort=-id").json
    assert [user["username"] for user in page["items"]] == ["alice"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("A", ["Al_Ice", "alxice", "carol"]),
        ("L_I", ["Al_Ice"]),
        ("l%i", []),
        ("%", []),
        ("\\", []),
        ("/", []),
        ("ol", ["carol"]),
        ("", ["Al_Ice", "alxice", "carol"]),
    ],
)
def test_searching_for_a_part_of_a_name(people: Crowd, q: str, found: list[str]) -> None:
    for name in ("Al_Ice", "alxice"):
        people.make(name)
    listed = people.carol.api.get("/users", query_string={"q": q}).json
    assert [user["username"] for user in listed["items"]] == found
    assert listed["total"] == len(found)


@pytest.mark.parametrize("query", ["sort=email", "page=0", "per_page=101", "nonsense=1"])
def test_bad_parameters_of_the_directory(people: Crowd, query: str) -> None:
    assert people.alice.api.get(f"/users?{query}").status_code == 422


def test_somebody_else_is_an_id_and_a_name(people: Crowd) -> None:
    path = f"/users/{people.alice.id}"
    whole, short = people.alice.api.get(path), people.bob.api.get(path)
    assert whole.json == people.root.api.get(path).json == people.alice.api.get("/users/me").json
    assert short.json == {"id": people.alice.id, "username": "alice"}


def test_the_two_forms_have_tags_of_their_own(people: Crowd) -> None:
    path = f"/users/{people.alice.id}"
    whole, short = people.root.api.get(path), people.bob.api.get(path)
    assert whole.headers["ETag"] != short.headers["ETag"]
    asked = {"If-None-Match": short.headers["ETag"]}
    assert people.bob.api.get(path, headers=asked).status_code == 304
    assert people.root.api.get(path, headers=asked).status_code == 200
    changed = people.alice.api.patch("/users/me", {"username": "alicia"}, headers={"If-Match": "*"})
    assert changed.status_code == 200
    assert people.bob.api.get(path, headers=asked).json["username"] == "alicia"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("id", ["0", "999999", "9" * 30, "-1", "x"])
def test_nobody_is_404(people: Crowd, method: str, id: str) -> None:
    for person in (people.alice, people.root):
        body = {"json": {}} if method == "PATCH" else {}
        assert person.api.call(method, f"/users/{id}", **body).status_code == 404
    assert people.root.api.get(f"/users/{id}/tasks").status_code == 404


def test_the_tasks_that_a_user_owns_or_is_assigned(people: Crowd) -> None:
    alice, bob = people.alice, people.bob
    own = alice.api.make_task("Own", priority="high")["id"]
    given = bob.api.make_task("Given", assignee_id=alice.id)["id"]
    bob.api.make_task("Not hers")
    path = f"/users/{alice.id}/tasks"
    for person in (alice, people.root):
        answer = person.api.get(f"{path}?sort=id").json
        assert [task["id"] for task in answer["items"]] == [own, given]
        assert answer["total"] == 2
    assert [t["id"] for t in alice.api.get(f"{path}?priority=high").json["items"]] == [own]
    assert alice.api.get(f"{path}?nonsense=1").status_code == 422
    assert bob.api.get(path).status_code == 403


# Changing


@pytest.mark.parametrize("own", ["/users/me", "/users/{id}"])
def test_one_changes_ones_own_account_but_no_flag(people: Crowd, own: str) -> None:
    api, path = people.alice.api, own.format(id=people.alice.id)
    changed = api.patch(path, {"timezone": "Asia/Tokyo", "email": "a@example.org"})
    assert changed.json.items() >= {"timezone": "Asia/Tokyo", "email": "a@example.org"}.items()
    for flag in FLAGS:
        assert api.patch(path, flag).status_code == 200
    for flag in OTHER_FLAGS:
        assert api.patch(path, {"username": "alicia", **flag}).status_code == 403
    assert api.patch(path, changed.json).status_code == 200
    assert api.get("/users/me").json == changed.json


def test_through_me_even_an_admin_changes_no_flag(people: Crowd) -> None:
    people.make("other", role="admin")
    assert people.root.api.patch("/users/me", {"role": "user"}).status_code == 403
    assert people.root.api.patch("/users/me", {"role": "admin"}).status_code == 200


def test_an_admin_changes_everything_of_anybody(people: Crowd) -> None:
    path = f"/users/{people.alice.id}"
    change = {
        "username": "alicia",
        "email": None,
        "timezone": "Asia/Tokyo",
        "role": "admin",
        "is_verified": True,
    }
    changed = people.root.api.patch(path, change)
    assert changed.status_code == 200
    assert changed.json.items() >= change.items()
    assert changed.json["is_superuser"] is True
    assert people.alice.api.get("/users").json["items"][0]["email"] is None
    assert people.root.api.patch(path, {"is_superuser": False}).json["role"] == "user"
    assert people.root.api.patch(path, {"role": "owner"}).status_code == 422
    assert people.root.api.patch(path, {"username": "ROOT"}).status_code == 409


def test_a_stale_account_is_not_changed(people: Crowd) -> None:
    path = f"/users/{people.alice.id}"
    stale = {"If-Match": people.root.api.get(path).headers["ETag"]}
    assert people.root.api.patch(path, {"is_verified": True}, headers=stale).status_code == 200
    assert people.root.api.patch(path, {"is_verified": False}, headers=stale).status_code == 412
    assert people.root.api.delete(path, headers=stale).status_code == 412
    assert people.root.api.get(path).json["is_verified"] is True


def test_who_is_deactivated_is_signed_out_for_good(people: Crowd, api: Api) -> None:
    path = f"/users/{people.alice.id}"
    assert people.alice.api.get("/users/me").status_code == 200
    assert people.root.api.patch(path, {"is_active": False}).status_code == 200
    assert people.alice.api.get("/users/me").status_code == 401
    login = {"login": "alice", "password": PASSWORD}
    assert api.post("/auth/login", login).status_code == 401
    assert people.root.api.patch(path, {"is_active": True}).status_code == 200
    assert people.alice.api.get("/users/me").status_code == 401
    assert api.post("/auth/login", login).status_code == 200


@pytest.mark.parametrize(
    "change", [{"role": "user"}, {"is_superuser": False}, {"is_active": False}]
)
def test_the_last_active_admin_stays(people: Crowd, change: dict[str, Any]) -> None:
    api, path = people.root.api, f"/users/{people.root.id}"
    idle = people.make("idle", role="admin")
    assert api.patch(f"/users/{idle.id}", {"is_active": False}).status_code == 200
    assert api.patch(path, change).status_code == 409
    assert api.delete(path).status_code == 409
    assert api.patch(path, {"timezone": "Asia/Tokyo", "role": "admin"}).status_code == 200
    assert api.patch(path, {"is_verified": True}).status_code == 200, "that loses no admin"
    assert api.patch(f"/users/{idle.id}", {"is_active": True}).status_code == 200
    assert api.patch(path, change).status_code == 200


def test_days_end_where_their_owner_lives(people: Crowd, app: Flask) -> None:
    alice, bob = people.alice, people.bob
    days = [alice.api.make_task(due_date="2026-11-30"), alice.api.make_task(due_date="2026-12-24")]
    instant = alice.api.make_task(due_date="2026-11-30T17:00:00Z")
    others = bob.api.make_task(due_date="2026-11-30", assignee_id=alice.id)
    before = {
        task["id"]: alice.api.get(f"/tasks/{task['id']}") for task in [*days, instant, others]
    }

    assert alice.api.patch("/users/me", {"timezone": "Asia/Tokyo"}).status_code == 200

    def due(task: dict[str, Any]) -> datetime:
        with app.app_context():
            return read_scalar(select(Task.due_at).where(Task.id == task["id"]))

    assert due(days[0]) == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert due(days[1]) == datetime(2026, 12, 24, 15, tzinfo=UTC)
    assert due(instant) == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert due(others) == datetime(2026, 12, 1, tzinfo=UTC)
    moved = {task["id"] for task in days}
    for task_id, old in before.items():
        now = alice.api.get(f"/tasks/{task_id}")
        assert now.json == old.json
        assert (now.headers["ETag"] != old.headers["ETag"]) == (task_id in moved)
    tags = [alice.api.get(f"/tasks/{task_id}").headers["ETag"] for task_id in moved]
    path = f"/users/{alice.id}"
    assert people.root.api.patch(path, {"timezone": "Asia/Tokyo"}).status_code == 200
    assert [alice.api.get(f"/tasks/{task_id}").headers["ETag"] for task_id in moved] == tags
    assert people.root.api.patch(path, {"timezone": "UTC"}).status_code == 200
    assert due(days[0]) == datetime(2026, 12, 1, tzinfo=UTC)


# Deleting


def test_deleting_a_user_takes_what_is_the_users_own(people: Crowd, app: Flask) -> None:
    alice, bob, root = people.alice, people.bob, people.root
    own = alice.api.make_task("Own", assignee_id=bob.id)
    given = bob.api.make_task("Given", assignee_id=alice.id)
    tag = bob.api.get(f"/tasks/{given['id']}").headers["ETag"]

    assert root.api.delete(f"/users/{alice.id}").status_code == 204

    assert alice.api.get("/users/me").status_code == 401
    assert root.api.get(f"/users/{alice.id}").status_code == 404
    assert root.api.get(f"/tasks/{own['id']}").status_code == 404
    kept = bob.api.get(f"/tasks/{given['id']}")
    assert kept.json == given | {"assignee_id": None, "updated_at": kept.json["updated_at"]}
    assert kept.headers["ETag"] != tag
    (deleted,) = events(app, task_id=own["id"], type="task.deleted")
    assert (deleted.actor_id, deleted.user_id, deleted.task) == (root.id, alice.id, None)
    assert deleted.assignee_id == bob.id
    (updated,) = events(app, task_id=given["id"], type="task.updated")
    assert updated.former_assignee_id == alice.id
    assert updated.changes == {"assignee_id": [alice.id, None]}
    assert updated.task == kept.json
    assert root.api.delete(f"/users/{alice.id}").status_code == 404


def test_the_totals_of_others_forget_a_deleted_users_records(people: Crowd) -> None:
    alice, bob = people.alice, people.bob
    task = bob.api.make_task(assignee_id=alice.id)
    for person, minutes in ((alice, 60), (bob, 30)):
        record = {"task_id": task["id"], "time_spent": minutes, "mark_done": False}
        assert person.api.post("/task-records", record).status_code == 201
    assert bob.api.get(f"/tasks/{task['id']}").json["time_spent"] == 90
    assert people.root.api.delete(f"/users/{alice.id}").status_code == 204
    assert bob.api.get(f"/tasks/{task['id']}").json["time_spent"] == 30


def test_the_files_of_a_deleted_users_tasks_go(people: Crowd, app: Flask) -> None:
    alice = people.alice
    task = alice.api.make_task()
    before = stored_keys(app)  # tests that ran earlier have left some
    file = {"file": (BytesIO(b"content"), "file.txt")}
    made = alice.api.post(f"/tasks/{task['id']}/attachments", data=file)
    assert made.status_code == 201
    assert len(stored_keys(app) - before) == 1
    assert people.root.api.delete(f"/users/{alice.id}").status_code == 204
    assert stored_keys(app) == before


def test_an_admin_can_send_back_a_fetched_account_with_a_new_role(people: Crowd) -> None:
    path = f"/users/{people.alice.id}"
    for role in ("admin", "user"):
        fetched = people.root.api.get(path).json
        assert people.root.api.patch(path, fetched | {"role": role}).json["role"] == role
    for is_superuser, role in ((True, "admin"), (False, "user")):
        fetched = people.root.api.get(path).json
        changed = people.root.api.patch(path, fetched | {"is_superuser": is_superuser})
        assert changed.json["role"] == role


# Leaving


def test_one_deletes_ones_own_account_with_what_is_ones_own(people: Crowd, app: Flask) -> None:
    alice, bob = people.alice, people.bob
    own = alice.api.make_task("Own", assignee_id=bob.id)
    given = bob.api.make_task("Given", assignee_id=alice.id)
    before = stored_keys(app)
    files = f"/tasks/{own['id']}/attachments"
    assert alice.api.post(files, data={"file": (BytesIO(b"x"), "x.txt")}).status_code == 201
    work = {"task_id": given["id"], "time_spent": 60, "mark_done": False}
    assert alice.api.post("/task-records", work).status_code == 201
    other_token = Api(app.test_client(), alice.token())

    gone = alice.api.post("/users/me/delete", {"current_password": PASSWORD})

    assert (gone.status_code, gone.data) == (204, b"")
    for api in (alice.api, other_token):
        assert api.get("/users/me").status_code == 401
    assert people.root.api.get(f"/users/{alice.id}").status_code == 404
    assert bob.api.get(f"/tasks/{own['id']}").status_code == 404
    kept = bob.api.get(f"/tasks/{given['id']}").json
    assert (kept["assignee_id"], kept["time_spent"]) == (None, 0)
    assert stored_keys(app) == before
    (deleted,) = events(app, task_id=own["id"], type="task.deleted")
    assert deleted.actor_id == alice.id
    people.make("alice")  # the name is free again


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"current_password": "wrong password"}, 403),
        ({"current_password": "x" * 100}, 403),
        ({"current_password": None}, 422),
        ({}, 422),
        ({"current_password": PASSWORD, "id": 7}, 422),
    ],
)
def test_nobody_is_deleted_without_the_password(
    people: Crowd, body: dict[str, Any], status: int
) -> None:
    task = people.alice.api.make_task()
    assert people.alice.api.post("/users/me/delete", body).status_code == status
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_the_last_admin_cannot_leave(people: Crowd) -> None:
    leave = {"current_password": PASSWORD}
    refused = people.root.api.post("/users/me/delete", leave)
    assert refused.status_code == 409
    assert "last active admin" in refused.json["detail"]
    people.make("other", role="admin")
    assert people.root.api.post("/users/me/delete", leave).status_code == 204


def test_a_key_is_no_hindrance_to_leaving(people: Crowd) -> None:
    leave = {"current_password": PASSWORD}
    headers = {"Idempotency-Key": "once"}
    assert people.alice.api.post("/users/me/delete", leave, headers=headers).status_code == 204
    assert people.alice.api.post("/users/me/delete", leave, headers=headers).status_code == 401
