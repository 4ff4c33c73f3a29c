"""The authorization matrix: every route of the API, and everybody who might call it (contract §2).

The routes come from the URL map, so a new one fails here until it is given its row.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from taskapp.errors import API_BASE
from tests.clients import Api
from tests.people import PASSWORD, Crowd

CALLERS = ("anonymous", "owner", "assignee", "stranger", "admin")

# What each caller of CALLERS is answered. The task is alice's and assigned to bob, who made the
# record.
MATRIX: dict[str, tuple[int, int, int, int, int]] = {
    "meta.get_status": (200, 200, 200, 200, 200),
    "auth.register": (201, 201, 201, 201, 201),
    "auth.login": (200, 200, 200, 200, 200),
    "auth.logout": (401, 204, 204, 204, 204),
    "auth.change_password": (401, 204, 204, 204, 204),
    "auth.register_tersely": (200, 200, 200, 200, 200),
    "users.list_users": (401, 200, 200, 200, 200),
    "users.create_user": (201, 201, 201, 201, 201),
    "users.get_user": (401, 200, 200, 200, 200),
    "users.update_user": (401, 200, 403, 403, 200),
    "users.delete_user": (401, 403, 403, 403, 204),
    "users.list_tasks_of_user": (401, 200, 403, 403, 200),
    "users.get_me": (401, 200, 200, 200, 200),
    "users.update_me": (401, 200, 200, 200, 200),
    "users.export_me": (401, 200, 200, 200, 200),
    "users.delete_me": (401, 204, 204, 204, 409),  # the last admin stays
    "sessions.list_sessions": (401, 200, 200, 200, 200),
    "sessions.close_other_sessions": (401, 204, 204, 204, 204),
    "sessions.close_session": (401, 204, 404, 404, 404),
    "tokens.list_tokens": (401, 200, 200, 200, 200),
    "tokens.create_token": (401, 201, 201, 201, 201),
    "tokens.get_token": (401, 200, 404, 404, 404),
    "tokens.revoke_token": (401, 204, 404, 404, 404),
    "second_factor.get_factor": (401, 200, 200, 200, 200),
    "second_factor.enrol": (401, 201, 201, 201, 201),
    "second_factor.confirm": (401, 404, 404, 404, 404),
    "second_factor.disable": (401, 404, 404, 404, 404),
    "second_factor.renew_recovery_codes": (401, 404, 404, 404, 404),
    "second_factor.reset": (401, 403, 403, 403, 404),
    "tasks.list_tasks": (401, 200, 200, 200, 200),
    "tasks.create_task": (401, 201, 201, 201, 201),
    "tasks.create_quick_task": (401, 201, 201, 201, 201),
    "tasks.get_task": (401, 200, 200, 404, 200),
    "tasks.replace_task": (401, 200, 403, 404, 200),
    "tasks.update_task": (401, 200, 403, 404, 200),
    "tasks.delete_task": (401, 204, 403, 404, 204),
    "tasks.set_status": (401, 200, 200, 404, 200),
    "attachments.list_attachments": (401, 200, 200, 404, 200),
    "attachments.create_attachment": (401, 201, 201, 404, 201),
    "attachments.download_attachment": (401, 200, 200, 404, 200),
    "attachments.delete_attachment": (401, 204, 403, 404, 204),
    "records.list_records": (401, 200, 200, 200, 200),
    "records.create_record": (401, 201, 201, 422, 201),
    "records.get_record": (401, 404, 200, 404, 200),
    "records.replace_record": (401, 404, 200, 404, 200),
    "records.update_record": (401, 404, 200, 404, 200),
    "records.delete_record": (401, 404, 204, 404, 204),
    "analytics.get_analytics": (401, 200, 200, 200, 200),
    "tasks.move_task": (401, 200, 200, 404, 200),
    "acts.change_tasks": (401, 200, 200, 200, 200),
    "acts.undo_events": (401, 404, 404, 404, 404),
    "auth.ask_for_password_reset": (202, 202, 202, 202, 202),
    # The token is the permission, and this is none.
    "auth.reset_password": (422, 422, 422, 422, 422),
    "auth.verify": (422, 422, 422, 422, 422),
    "auth.ask_to_verify": (401, 202, 202, 202, 202),
    "preferences.get_preferences": (401, 200, 200, 200, 200),
    "preferences.update_preferences": (401, 200, 200, 200, 200),
}

BODIES: dict[str, dict[str, Any]] = {
    "auth.register": {"username": "newcomer", "password": PASSWORD},
    "auth.register_tersely": {"username": "newcomer", "password": PASSWORD},
    "users.create_user": {"username": "newcomer", "password": PASSWORD},
    "users.update_user": {"timezone": "Europe/Berlin"},
    "auth.login": {"login": "alice", "password": PASSWORD},
    "auth.change_password": {"current_password": PASSWORD, "new_password": "another password"},
    "auth.ask_for_password_reset": {"email": "alice@example.org"},
    "auth.reset_password": {"token": "made up", "new_password": "another password"},
    "auth.verify": {"token": "made up"},
    "preferences.update_preferences": {"digest": False},
    "users.update_me": {"timezone": "Europe/Berlin"},
    "users.delete_me": {"current_password": PASSWORD},
    "tokens.create_token": {"name": "Report", "scopes": ["tasks:read"]},
    "second_factor.enrol": {"password": PASSWORD},
    # Nobody here has one: tests/api/test_second_factor.py.
    "second_factor.confirm": {"otp": "123456"},
    "second_factor.disable": {"password": PASSWORD, "otp": "123456"},
    "second_factor.renew_recovery_codes": {"password": PASSWORD, "otp": "123456"},
    "tasks.create_task": {"title": "New"},
    "tasks.create_quick_task": {"text": "Call Omar tomorrow"},
    "tasks.replace_task": {"title": "Replaced"},
    "tasks.update_task": {"title": "Changed"},
    "tasks.set_status": {"status": "done"},
    "records.create_record": {"task_id": "its id", "time_spent": 15},
    "records.replace_record": {"task_id": "its id", "time_spent": 20},
    "records.update_record": {"note": "Changed"},
    "tasks.move_task": {"status": "in_progress"},
    # What each may do to each task is reported task by task: tests/api/test_bulk.py.
    "acts.change_tasks": {"ids": [2**62], "action": "complete"},
    "acts.undo_events": {"events": [2**62]},
}


@dataclass
class Scene:
    """A task of alice's, assigned to bob, and all that hangs on it."""

    people: Crowd
    ids: dict[str, int]

    def caller(self, name: str, api: Api) -> Api:
        people = self.people
        return {
            "anonymous": api,
            "owner": people.alice.api,
            "assignee": people.bob.api,
            "stranger": people.carol.api,
            "admin": people.root.api,
        }[name]


@pytest.fixture
def scene(people: Crowd) -> Scene:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    work = {"task_id": task["id"], "time_spent": 10, "mark_done": False}
    files = f"/tasks/{task['id']}/attachments"
    ids = {
        "task_id": task["id"],
        "user_id": people.alice.id,
        "attachment_id": people.alice.api.post(files, **_file()).json["id"],
        "session_id": people.alice.api.get("/users/me/sessions").json["items"][0]["id"],
        "token_id": people.alice.api.post("/users/me/tokens", BODIES["tokens.create_token"]).json[
            "id"
        ],
        "record_id": people.bob.api.post("/task-records", work).json["id"],
    }
    return Scene(people, ids)


def routes(app: Flask) -> dict[str, tuple[str, str]]:
    """Endpoint → its method and rule, of every route of the API."""
    return {
        rule.endpoint: (method, rule.rule.removeprefix(API_BASE))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API_BASE) and not rule.alias
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_classified(sqlite_app: Flask) -> None:
    assert set(routes(sqlite_app)) == set(MATRIX)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("endpoint", MATRIX)
def test_who_may_do_what(app: Flask, api: Api, scene: Scene, endpoint: str, caller: str) -> None:
    method, rule = routes(app)[endpoint]
    path = _fill(rule, scene.ids)
    read = f"/tasks/{scene.ids['task_id']}"
    before = scene.people.root.api.get(read).json

    response = scene.caller(caller, api).call(method, path, **_body(endpoint, scene.ids))

    expected = MATRIX[endpoint][CALLERS.index(caller)]
    assert response.status_code == expected, response.text
    if expected >= 400:
        assert response.mimetype == "application/problem+json"
        assert scene.people.root.api.get(read).json == before
    if expected == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_change_heeds_a_stale_tag(app: Flask, api: Api, scene: Scene) -> None:
    """Contract §1. What has no tag of its own matches none."""
    changes = 0
    for endpoint, (method, rule) in routes(app).items():
        able = [
            name for name, status in zip(CALLERS, MATRIX[endpoint], strict=True) if status < 300
        ]
        if method in {"PUT", "PATCH", "DELETE"} and able:
            stale = {"If-Match": '"stale"'}
            path, body = _fill(rule, scene.ids), _body(endpoint, scene.ids)
            answer = scene.caller(able[0], api).call(method, path, headers=stale, **body)
            assert answer.status_code == 412, endpoint
            changes += 1
    assert changes > 15


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"json": {"nonsense": 1}}, 422),
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "x"}, 415),
        ({"json": {}, "query_string": {"nonsense": "1"}}, 422),
    ],
)
@pytest.mark.parametrize(
    "endpoint",
    ["tasks.replace_task", "tasks.update_task", "tasks.set_status", "records.replace_record"],
)
def test_what_may_not_be_seen_is_404_whatever_is_sent(
    app: Flask, scene: Scene, endpoint: str, body: dict[str, Any], status: int
) -> None:
    method, rule = routes(app)[endpoint]
    path = _fill(rule, scene.ids)
    assert scene.people.carol.api.call(method, path, **body).status_code == 404
    assert scene.people.root.api.call(method, path, **body).status_code == status


def _fill(rule: str, ids: dict[str, int]) -> str:
    for name, value in ids.items():
        rule = rule.replace(f"<id:{name}>", str(value))
    assert "<" not in rule, "this route has a parameter that the scene does not know"
    return rule


def _file() -> dict[str, Any]:
    return {"data": {"file": (BytesIO(b"content"), "file.txt")}}


def _body(endpoint: str, ids: dict[str, int]) -> dict[str, Any]:
    if endpoint == "attachments.create_attachment":
        return _file()
    if endpoint not in BODIES:
        return {}
    return {"json": {name: ids.get(name, value) for name, value in BODIES[endpoint].items()}}
