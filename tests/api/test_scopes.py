"""What an access token may do: each scope, each route, each method, against the declared matrix.

The routes come from the URL map, so a new one fails here until somebody says what opens it.
"""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from taskapp.accounts.scopes import SCOPES
from taskapp.errors import API_BASE
from tests.api.test_tokens import program
from tests.clients import Api
from tests.people import Crowd

# Endpoint → the scopes that open it. "any": all of them; "none": it takes somebody who has signed
# in; "public": it takes nobody at all.
READ_TASKS, WRITE_TASKS = {"tasks:read", "tasks:write"}, {"tasks:write"}
READ_RECORDS, WRITE_RECORDS = {"records:read", "records:write"}, {"records:write"}
READ_USERS, WRITE_USERS = {"users:read", "users:write"}, {"users:write"}
NONE: set[str] = set()
MATRIX: dict[str, set[str] | str] = {
    "meta.get_status": "public",
    "auth.register": "public",
    "auth.register_tersely": "public",
    "auth.login": "public",
    "auth.logout": set(SCOPES),
    "auth.change_password": NONE,
    "auth.ask_for_password_reset": "public",
    "auth.reset_password": "public",
    "auth.verify": "public",
    "auth.ask_to_verify": NONE,
    "preferences.get_preferences": NONE,
    "preferences.update_preferences": NONE,
    "users.list_users": READ_USERS,
    "users.create_user": WRITE_USERS,
    "users.get_user": READ_USERS,
    "users.update_user": WRITE_USERS,
    "users.delete_user": WRITE_USERS,
    "users.list_tasks_of_user": READ_TASKS,
    "users.get_me": READ_USERS,
    "users.update_me": WRITE_USERS,
    "users.export_me": NONE,
    "users.delete_me": NONE,
    "sessions.list_sessions": NONE,
    "sessions.close_other_sessions": NONE,
    "sessions.close_session": NONE,
    "tokens.list_tokens": NONE,
    "tokens.create_token": NONE,
    "tokens.get_token": NONE,
    "tokens.revoke_token": NONE,
    "second_factor.get_factor": NONE,
    "second_factor.enrol": NONE,
    "second_factor.confirm": NONE,
    "second_factor.disable": NONE,
    "second_factor.renew_recovery_codes": NONE,
    "second_factor.reset": NONE,
    "tasks.list_tasks": READ_TASKS,
    "tasks.create_task": WRITE_TASKS,
    "tasks.create_quick_task": WRITE_TASKS,
    "tasks.get_task": READ_TASKS,
    "tasks.replace_task": WRITE_TASKS,
    "tasks.update_task": WRITE_TASKS,
    "tasks.delete_task": WRITE_TASKS,
    "tasks.set_status": WRITE_TASKS,
    "tasks.move_task": WRITE_TASKS,
    "acts.change_tasks": WRITE_TASKS,
    "acts.undo_events": WRITE_TASKS,
    "attachments.list_attachments": READ_TASKS,
    "attachments.create_attachment": WRITE_TASKS,
    "attachments.download_attachment": READ_TASKS,
    "attachments.delete_attachment": WRITE_TASKS,
    "records.list_records": READ_RECORDS,
    "records.create_record": WRITE_RECORDS,
    "records.get_record": READ_RECORDS,
    "records.replace_record": WRITE_RECORDS,
    "records.update_record": WRITE_RECORDS,
    "records.delete_record": WRITE_RECORDS,
    "analytics.get_analytics": {"analytics:read"},
}


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


def calls(app: Flask) -> list[tuple[Rule, str, str]]:
    """Every route of the API with each of its methods, aliases too, and a path that matches."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(API_BASE):
            path = rule.rule.removeprefix(API_BASE)
            for name in rule.arguments:
                path = path.replace(f"<id:{name}>", "999999")
            found += [(rule, method, path) for method in sorted(rule.methods - {"OPTIONS"})]
    return found


def test_every_route_says_which_scopes_open_it(app: Flask) -> None:
    assert {rule.endpoint for rule, _, _ in calls(app)} == set(MATRIX)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_what_is_declared_and_nothing_else(
    app: Flask, people: Crowd, scope: str
) -> None:
    """The user is an admin, so that what refuses is the scope alone."""
    api = program(people.root, scope)
    for rule, method, path in calls(app):
        opening = MATRIX[rule.endpoint]
        if opening == "public" or rule.endpoint == "auth.logout":
            continue
        answer = api.call(method, path)
        where = f"{scope}: {method} {path} → {answer.status_code}"
        assert (answer.status_code == 403) == (scope not in opening), where
        if answer.status_code == 403:
            challenge = answer.headers["WWW-Authenticate"]
            assert 'error="insufficient_scope"' in challenge, where
            assert method == "HEAD" or answer.mimetype == "application/problem+json"
            assert method == "HEAD" or answer.json["title"] == "Forbidden"
            assert not opening or 'scope="' in challenge
    assert api.post("/auth/logout").status_code == 204


def test_a_token_with_every_scope_cannot_do_what_takes_a_sign_in(app: Flask, people: Crowd) -> None:
    api = program(people.root, *SCOPES)
    before = people.root.api.get("/users/me/tokens").json["total"]
    for rule, method, path in calls(app):
        if MATRIX[rule.endpoint] == NONE:
            assert api.call(method, path, json={}).status_code == 403, path
    assert people.root.api.get("/users/me/tokens").json["total"] == before


def test_what_needs_no_token_does_not_mind_one_but_is_given_no_more_by_it(people: Crowd) -> None:
    reader = program(people.root, "users:read")
    assert reader.get("/").status_code == 200
    flags = {"username": "newcomer", "password": "a long password", "role": "admin"}
    assert reader.post("/users", flags).status_code == 403
    assert Api(reader.client).post("/users", flags).status_code == 403
    assert program(people.root, "users:write").post("/users", flags).status_code == 201


def test_no_token_opens_a_page(app: Flask, people: Crowd) -> None:
    token = program(people.root, *SCOPES).token
    client = app.test_client()
    for path in ("/tasks", "/users", "/settings"):
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 302


def test_the_documentation_says_what_each_call_takes(app: Flask) -> None:
    paths = app.test_client().get("/openapi.json").json["paths"]
    told = paths["/api/v1/tasks"]["get"]["description"]
    assert "`tasks:read`" in told
    assert "No personal access token" in paths["/api/v1/users/me/tokens"]["post"]["description"]
