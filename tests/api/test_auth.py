"""Registering, signing in and out, and what kills a token (contract §1 and §3)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from flask import Flask
from sqlalchemy import insert

from taskapp.accounts.models import User
from taskapp.api.authentication import find_bearer
from taskapp.extensions import db
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.settings import SECRET_KEY

GOOD = {"username": "alice", "email": "alice@example.org", "password": PASSWORD}


def test_registering_gives_the_user_without_the_password(api: Api) -> None:
    response = api.post("/auth/register", GOOD)

    assert response.status_code == 201
    user = response.json
    assert user == {
        "id": user["id"],
        "username": "alice",
        "email": "alice@example.org",
        "role": "user",
        "is_active": True,
        "is_verified": False,
        "is_superuser": False,
        "timezone": "UTC",
        "created_at": user["created_at"],
    }
    assert response.headers["Location"] == f"/api/v1/users/{user['id']}"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "al"}, "username"),
        ({"username": "x" * 65}, "username"),
        ({"username": "al ice"}, "username"),
        ({"username": "älice"}, "username"),
        ({"username": "a@b"}, "username"),
        ({"email": ""}, "email"),
        ({"email": "x" * 65 + "@example.org"}, "email"),
        ({"email": "alice"}, "email"),
        ({"email": "alice@"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 73}, "password"),
        ({"password": "é" * 37}, "password"),
        ({"password": None}, "password"),
        ({"username": None, "email": None}, "username"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_bad_account_is_refused_by_name(api: Api, change: dict[str, object], field: str) -> None:
    response = api.post("/auth/register", GOOD | change)
    assert response.status_code == 422
    assert list(response.json["errors"]) == [field]


@pytest.mark.parametrize("password", ["x" * 8, "x" * 72, "é" * 36])
def test_passwords_from_8_characters_to_72_bytes_work(api: Api, password: str) -> None:
    assert api.post("/auth/register", GOOD | {"password": password}).status_code == 201
    login = {"login": "alice", "password": password}
    assert api.post("/auth/login", login).status_code == 200
    assert api.post("/auth/login", login | {"password": password + "x"}).status_code == 401


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ({"username": "ALICE", "email": "other@example.org"}, "username"),
        ({"username": "other", "email": "Alice@Example.ORG"}, "email"),
    ],
)
def test_a_name_is_taken_whatever_its_case(api: Api, second: dict[str, str], field: str) -> None:
    assert api.post("/auth/register", GOOD).status_code == 201
    response = api.post("/auth/register", GOOD | second)
    assert response.status_code == 409
    assert list(response.json["errors"]) == [field]


def test_names_that_differ_by_an_accent_are_two(api: Api) -> None:
    for email in ("jose@example.org", "josé@example.org"):
        response = api.post("/auth/register", {"email": email, "password": PASSWORD})
        assert response.status_code == 201


def test_a_username_is_made_from_the_address(api: Api) -> None:
    def register(email: str) -> str:
        response = api.post("/auth/register", {"email": email, "password": PASSWORD})
        assert response.status_code == 201
        return str(response.json["username"])

    assert register("jo.doe+tag@example.org") == "jo.doetag"
    assert register("jo.doe+tag@example.com") == "jo.doetag2"
    assert len(register("я@example.org")) >= 3


def test_a_name_that_thousands_have_is_made_another_in_a_few_tries(
    app: Flask, api: Api, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    names = ["info", *(f"info{number}" for number in range(2, 2000))]
    with app.app_context():
        rows = [{"username": name, "username_key": name} for name in names]
        db.session.execute(insert(User).values(password_hash="", version=1), rows)
        db.session.commit()

    with count_queries() as statements:
        response = api.post("/auth/register", {"email": "info@example.org", "password": PASSWORD})

    assert response.status_code == 201
    assert re.fullmatch(r"info\d{4,8}", response.json["username"])
    assert len(statements) < 50


def test_without_an_address_it_stays_null(api: Api) -> None:
    response = api.post("/auth/register", {"username": "alice", "password": PASSWORD})
    assert (response.status_code, response.json["email"]) == (201, None)


@pytest.mark.parametrize(
    "name",
    [
        {"username": "alice"},
        {"email": "ALICE@example.org"},
        {"login": "Alice"},
        {"login": "alice@example.org"},
        {"username": "alice@example.org"},
        {"email": "alice"},
    ],
)
def test_signing_in_by_name_or_address(people: Crowd, api: Api, name: dict[str, str]) -> None:
    people.make("alice")
    response = api.post("/auth/login", name | {"password": PASSWORD})
    assert response.status_code == 200
    token = response.json
    assert (token["token_type"], token["expires_in"]) == ("bearer", 1800)
    assert Api(api.client, token["access_token"]).get("/users/me").json["username"] == "alice"


def test_signing_in_by_form(people: Crowd, api: Api) -> None:
    people.make("alice")
    response = api.post("/auth/login", data={"username": "alice", "password": PASSWORD})
    assert response.status_code == 200


def test_all_failures_to_sign_in_look_alike(people: Crowd, api: Api, app: Flask) -> None:
    people.make("alice")
    _deactivate(app, people.make("idle").id)
    answers = [
        api.post("/auth/login", {"login": login, "password": password})
        for login, password in [
            ("alice", "wrong password"),
            ("nobody", PASSWORD),
            ("idle", PASSWORD),
            ("alice", "x" * 500),
        ]
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json["detail"] for answer in answers}) == 1


@pytest.mark.parametrize("names", [{}, {"login": "alice", "username": "alice"}])
def test_signing_in_needs_one_name(api: Api, names: dict[str, str]) -> None:
    assert api.post("/auth/login", names | {"password": PASSWORD}).status_code == 422


def test_signing_out_kills_this_token_only(people: Crowd) -> None:
    here, there = people.alice.api, Api(people.alice.api.client, people.alice.token())
    assert here.post("/auth/logout").status_code == 204
    assert here.get("/users/me").status_code == 401
    assert there.get("/users/me").status_code == 200


def test_changing_the_password_kills_every_token(people: Crowd, api: Api) -> None:
    other = Api(api.client, people.alice.token())
    change = {"current_password": PASSWORD, "new_password": "another password"}

    wrong = change | {"current_password": "wrong password"}
    assert people.alice.api.put("/auth/password", wrong).status_code == 403
    for bad in ("short", "é" * 37, "nul\0nul\0nul"):
        refused = people.alice.api.put("/auth/password", change | {"new_password": bad})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["new_password"])
    assert people.alice.api.put("/auth/password", change).status_code == 204

    assert people.alice.api.get("/users/me").status_code == 401
    assert other.get("/users/me").status_code == 401
    assert api.post("/auth/login", {"login": "alice", "password": PASSWORD}).status_code == 401
    new = {"login": "alice", "password": "another password"}
    assert api.post("/auth/login", new).status_code == 200


def test_deactivating_a_user_kills_the_token(people: Crowd, app: Flask) -> None:
    assert people.alice.api.get("/users/me").status_code == 200
    _deactivate(app, people.alice.id)
    assert people.alice.api.get("/users/me").status_code == 401


def _deactivate(app: Flask, user_id: int) -> None:
    with app.app_context():
        db.session.get_one(User, user_id).is_active = False
        db.session.commit()


def _forge(claims: dict[str, object], key: str = SECRET_KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def test_a_forged_or_stale_token_opens_nothing(people: Crowd, api: Api) -> None:
    good = jwt.decode(people.alice.token(), SECRET_KEY, algorithms=["HS256"])
    past = datetime.now(UTC) - timedelta(hours=1)
    bob = jwt.decode(people.bob.token(), SECRET_KEY, algorithms=["HS256"])
    bad = {
        "none": _forge(good, key="", algorithm="none"),
        "other key": _forge(good, key="x" * 40),
        "expired": _forge(good | {"exp": past}),
        "refresh": _forge(good | {"type": "refresh"}),
        "somebody else": _forge(good | {"sub": bob["sub"]}),
        "unknown session": _forge(good | {"jti": "unknown"}),
        "not a token": "abc",
        "empty": "",
    }
    for name, token in bad.items():
        response = api.get("/users/me", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401, name
        challenge = 'Bearer realm="taskapp", error="invalid_token"'
        assert response.headers["WWW-Authenticate"] == challenge, name
        assert response.mimetype == "application/problem+json", name
        assert response.json["title"] == "Unauthorized", name


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "Send a token: Authorization: Bearer <token>."),
        ("Basic YTpi", "The Authorization header is not `Bearer <token>`."),
        ("Bearer", "The Authorization header is not `Bearer <token>`."),
        ("Bearer abc", "The token is malformed."),
        ("Bearer taskapp_abc", "The token was revoked."),
    ],
)
def test_one_is_told_what_is_wrong_with_a_token(api: Api, header: str | None, detail: str) -> None:
    refused = api.get("/users/me", headers={"Authorization": header} if header else {})
    assert (refused.status_code, refused.json["detail"]) == (401, detail)
    assert refused.json["title"] == "Unauthorized"
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_of_a_token_may_be_written_in_any_case(people: Crowd, api: Api) -> None:
    for scheme in ("bearer", "BEARER"):
        response = api.get(
            "/users/me", headers={"Authorization": f"{scheme} {people.alice.token()}"}
        )
        assert response.status_code == 200


def test_a_token_that_was_good_expires_although_its_session_stands(people: Crowd, api: Api) -> None:
    claims = jwt.decode(people.alice.token(), SECRET_KEY, algorithms=["HS256"])
    end = datetime.now(UTC) + timedelta(minutes=1)
    headers = {"Authorization": f"Bearer {_forge(claims | {'exp': end})}"}
    assert api.get("/users/me", headers=headers).status_code == 200
    with time_machine.travel(end + timedelta(seconds=61)):
        refused = api.get("/users/me", headers=headers)
    assert refused.status_code == 401
    assert refused.json["detail"] == "The token has expired."


def test_a_token_that_came_otherwise_than_in_the_header_is_looked_at_alike(
    people: Crowd, app: Flask
) -> None:
    good = people.alice.token()
    claims = jwt.decode(good, SECRET_KEY, algorithms=["HS256"])
    with app.app_context():
        actor = find_bearer(good)
        assert (actor and actor.id) == people.alice.id
        past = datetime.now(UTC) - timedelta(hours=1)
        bad = ["", "abc", "taskapp_x", _forge(claims, key="x" * 40), _forge(claims | {"exp": past})]
        bad += [_forge(claims | {"jti": "unknown"}), _forge(claims | {"type": "refresh"})]
        assert [find_bearer(token) for token in bad] == [None] * len(bad)


def test_the_session_of_a_browser_is_no_token(people: Crowd, app: Flask) -> None:
    from taskapp.accounts import sessions  # noqa: PLC0415 - only here

    with app.app_context():
        session = sessions.open_session(people.alice.id, kind="web", lifetime=timedelta(hours=1))
        db.session.commit()
        claims = jwt.decode(people.alice.token(), SECRET_KEY, algorithms=["HS256"])
        token = _forge(claims | {"jti": session.key})
    assert Api(people.alice.api.client, token).get("/users/me").status_code == 401


def test_one_changes_ones_own_account(people: Crowd) -> None:
    api = people.alice.api
    changed = api.patch("/users/me", {"timezone": "Europe/Berlin", "username": "alicia"}).json
    assert (changed["timezone"], changed["username"]) == ("Europe/Berlin", "alicia")
    assert api.get("/users/me").json == changed
    assert api.patch("/users/me", changed).status_code == 200
    assert api.patch("/users/me", {"email": None}).json["email"] is None

    assert api.patch("/users/me", {"timezone": "Europe/Nowhere"}).status_code == 422
    people.make("bob")
    assert api.patch("/users/me", {"username": "BOB"}).status_code == 409
    assert api.patch("/users/me", {"email": "bob@example.org"}).status_code == 409
    assert api.get("/users/me").json["username"] == "alicia"
