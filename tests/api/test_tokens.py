"""Personal access tokens and sign-ins over the API."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from taskapp.accounts.models import Session, User
from taskapp.extensions import db
from tests.authenticator import frozen
from tests.clients import Api
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

EVERYTHING = ["tasks:write", "records:write", "analytics:read", "users:write"]


def program(person: Person, *scopes: str, days: int = 90) -> Api:
    """The API as a program of somebody calls it, with a token of its own."""
    body = {"name": "Report", "scopes": list(scopes), "expires_in_days": days}
    answer = person.api.post("/users/me/tokens", body)
    assert answer.status_code == 201, answer.text
    return Api(person.app.test_client(), answer.json["token"])


def test_a_token_is_shown_once_and_stored_as_a_hash(people: Crowd, app: Flask) -> None:
    body = {"name": " Report ", "scopes": ["tasks:read", "records:read"], "expires_in_days": 30}
    answer = people.alice.api.post("/users/me/tokens", body)
    made = answer.json
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    token = made.pop("token")
    assert token.startswith("taskapp_")
    assert len(token) == len("taskapp_") + 43  # 256 random bits
    assert (made["name"], made["scopes"]) == ("Report", ["records:read", "tasks:read"])
    assert made["last_used_at"] is None

    place = answer.headers["Location"].removeprefix("/api/v1")
    assert people.alice.api.get(place).json == made
    assert people.alice.api.get("/users/me/tokens").json["items"] == [made]
    with app.app_context():
        row = db.session.scalars(select(Session).where(Session.kind == "token")).one()
        stored = [str(getattr(row, column.name)) for column in Session.__table__.columns]
    assert not any(token.removeprefix("taskapp_") in value for value in stored)
    assert Api(people.alice.api.client, row.key).get("/tasks").status_code == 401


def test_a_token_acts_for_its_user(people: Crowd) -> None:
    task = people.alice.api.make_task()
    reader, writer = program(people.alice, "tasks:read"), program(people.alice, "tasks:write")
    assert reader.get(f"/tasks/{task['id']}").json == task
    assert writer.make_task("By a program")["user_id"] == people.alice.id
    assert program(people.bob, "tasks:read").get(f"/tasks/{task['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": "tasks:read"}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 367}, "expires_in_days"),
        ({"expires_in_days": "90"}, "expires_in_days"),
    ],
)
def test_a_bad_token_is_refused_by_name(
    people: Crowd, change: dict[str, object], field: str
) -> None:
    body = {"name": "Report", "scopes": ["tasks:read"]} | change
    answer = people.alice.api.post("/users/me/tokens", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_an_expired_token_opens_nothing_and_is_listed_nowhere(people: Crowd) -> None:
    with frozen() as clock:
        api = program(people.alice, "tasks:read", days=1)
        clock.shift(timedelta(hours=24, seconds=-1))
        assert api.get("/tasks").status_code == 200
        clock.shift(1)
        assert api.get("/tasks").status_code == 401
        assert Api(api.client, people.alice.token()).get("/users/me/tokens").json["items"] == []


def test_a_revoked_token_dies_at_once(people: Crowd) -> None:
    api, other = program(people.alice, "tasks:read"), program(people.alice, "tasks:read")
    newest, older = people.alice.api.get("/users/me/tokens").json["items"]
    path = f"/users/me/tokens/{older['id']}"
    assert people.bob.api.delete(path).status_code == 404
    assert people.alice.api.delete(path, headers={"If-Match": '"1-1"'}).status_code == 412
    assert people.alice.api.delete(path).status_code == 204
    assert people.alice.api.delete(path).status_code == 404
    refused = api.get("/tasks")
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert other.get("/tasks").status_code == 200
    assert people.alice.api.delete(f"/users/me/sessions/{newest['id']}").status_code == 404
    [sign_in] = people.alice.api.get("/users/me/sessions").json["items"]
    assert people.alice.api.delete(f"/users/me/tokens/{sign_in['id']}").status_code == 404


@pytest.mark.parametrize("token", ["taskapp_", "taskapp_x", "taskapp_" + "A" * 43, "taskapp_é"])
def test_a_token_that_was_never_made_opens_nothing(api: Api, token: str) -> None:
    answer = Api(api.client, token.encode().decode("latin-1")).get("/tasks")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_dies_with_the_password_the_account_and_at_its_own_wish(
    people: Crowd, app: Flask
) -> None:
    leaked = program(people.alice, "tasks:read")
    assert leaked.post("/auth/logout").status_code == 204
    assert leaked.get("/tasks").status_code == 401

    before = program(people.alice, "tasks:read")
    change = {"current_password": PASSWORD, "new_password": "another password"}
    assert people.alice.api.put("/auth/password", change).status_code == 204
    assert before.get("/tasks").status_code == 401

    bobs = program(people.bob, "tasks:read")
    with app.app_context():
        db.session.get_one(User, people.bob.id).is_active = False
        db.session.commit()
    assert bobs.get("/tasks").status_code == 401


def test_a_token_has_no_right_that_its_user_has_lost(people: Crowd, app: Flask) -> None:
    task = people.alice.api.make_task()
    api = program(people.root, "tasks:read")
    assert api.get(f"/tasks/{task['id']}").status_code == 200
    with app.app_context():
        db.session.get_one(User, people.root.id).role = "user"
        db.session.commit()
    assert api.get(f"/tasks/{task['id']}").status_code == 404


def test_no_token_changes_where_an_accounts_mail_goes(people: Crowd) -> None:
    alice, root = program(people.alice, *EVERYTHING), program(people.root, *EVERYTHING)
    change = {"email": "elsewhere@example.org"}
    for api, path in [
        (alice, "/users/me"),
        (alice, f"/users/{people.alice.id}"),
        (root, f"/users/{people.alice.id}"),
    ]:
        assert api.patch(path, change).status_code == 403
        assert api.patch(path, {"email": None}).status_code == 403
    same = {"email": "alice@example.org", "timezone": "Europe/Berlin"}
    assert alice.patch("/users/me", same).status_code == 200
    assert root.patch(f"/users/{people.alice.id}", {"is_verified": True}).status_code == 200


def test_its_last_use_is_noted_once_a_minute(
    people: Crowd, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    def writes(api: Api) -> int:
        with count_queries() as statements:
            assert api.get("/tasks").status_code == 200
        return len([sql for sql in statements if sql.startswith("UPDATE")])

    with frozen() as clock:
        api = program(people.alice, "tasks:read")
        assert [writes(api) for _ in range(3)] == [1, 0, 0]
        clock.shift(59)
        assert writes(api) == 0
        clock.shift(1)
        assert [writes(api) for _ in range(2)] == [1, 0]
        fresh = Api(api.client, people.alice.token())
        [shown] = fresh.get("/users/me/tokens").json["items"]
        assert shown["last_used_at"] == "2026-11-21T09:01:00Z"


def test_a_use_that_cannot_be_noted_keeps_nobody_out(
    people: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_statements: object) -> int:
        raise OperationalError("UPDATE", {}, Exception("locked"))

    api = program(people.alice, "tasks:read")
    monkeypatch.setattr("taskapp.accounts.sessions.write_apart", fail)
    assert api.get("/tasks").status_code == 200


def test_one_sees_where_one_is_signed_in_and_ends_it(people: Crowd, api: Api) -> None:
    here = people.alice.api
    there = Api(api.client, people.alice.token())
    program(people.alice, "tasks:read")
    newest, oldest = here.get("/users/me/sessions").json["items"]
    assert (newest["is_current"], oldest["is_current"]) == (False, True)
    assert newest["kind"] == "api"
    path = f"/users/me/sessions/{newest['id']}"
    assert people.bob.api.delete(path).status_code == 404
    assert here.delete(path).status_code == 204
    assert there.get("/users/me").status_code == 401
    assert here.delete(path).status_code == 404


def test_a_browser_shows_when_it_was_used_and_an_api_client_does_not(
    people: Crowd, app: Flask
) -> None:
    with frozen() as clock:
        browser = Site(app.test_client())
        browser.sign_in(people.bob.username, PASSWORD, remember="y")
        [shown] = people.bob.api.get("/users/me/sessions?sort=id&per_page=1").json["items"]
        assert (shown["kind"], shown["last_used_at"]) == ("web", "2026-11-21T09:00:00Z")
        clock.shift(timedelta(days=2))
        assert browser.open("/tasks").address == "/tasks"
        there = Api(app.test_client(), people.bob.token())
        newest, oldest = there.get("/users/me/sessions").json["items"]
        assert (newest["kind"], newest["last_used_at"]) == ("api", None)
        assert (oldest["kind"], oldest["last_used_at"]) == ("web", "2026-11-23T09:00:00Z")


def test_one_can_sign_out_everywhere_else(people: Crowd, api: Api) -> None:
    here = people.alice.api
    others = [Api(api.client, people.alice.token()) for _ in range(2)]
    token = program(people.alice, "tasks:read")
    assert here.delete("/users/me/sessions").status_code == 204
    assert [other.get("/users/me").status_code for other in others] == [401, 401]
    assert here.get("/users/me").status_code == 200
    assert token.get("/tasks").status_code == 200, "tokens have a list of their own"
    assert people.bob.api.get("/users/me").status_code == 200
