"""Where sessions begin: at few doors, each of which sees to the second factor and is limited.

A new password, a mailed link, a new way to sign in: none of them may open a session by itself.
"""

import ast
from pathlib import Path

import pytest
from flask import Flask

from taskapp import create_app
from taskapp.extensions import db
from tests.people import Crowd
from tests.settings import SETTINGS

PACKAGE = Path(__file__).parent.parent.parent / "taskapp"

# Who may call it, and why that is no way round the second factor.
CALLERS = {
    "open_session": {
        "api/auth.py",  # asks for the second factor right before
        "web/signing_in.py",  # is `sign_in`
        "web/access.py",  # Flask's method of that name: it reads a cookie
    },
    "sign_in": {
        "web/signing_in.py",  # in `admit`, for accounts without a second factor
        "web/second_step.py",  # after the code
        "web/auth.py",  # a new account has none
        "web/settings.py",  # whoever changes the password is signed in already
    },
}


@pytest.mark.parametrize("name", CALLERS)
def test_no_other_door_begins_a_session(name: str) -> None:
    calling = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                words = {getattr(called, "attr", None), getattr(called, "id", None)}
                if name in words:
                    calling.add(str(path.relative_to(PACKAGE)))
    assert calling == CALLERS[name]


GUESSABLE = {"password", "current_password", "otp", "recovery_code"}
# It takes the first code of a secret that was just shown to whoever asks: nothing to be guessed.
SHOWN = "/api/v1/users/me/second-factor/confirm"
# Here the password is chosen, not guessed; who may register has a budget of its own.
CHOSEN = {"/api/v1/auth/register", "/api/v1/register", "/api/v1/users"}
PAGES = [
    "/login",
    "/login/code",
    "/settings/password",
    "/settings/delete",
    "/settings/second-factor",
    "/settings/second-factor/disable",
    "/settings/second-factor/codes",
]


def doors(app: Flask) -> set[tuple[str, str]]:
    """Every call of the API whose body has a password or a code in it: method and path."""
    document = app.test_client().get("/openapi.json").json
    schemas = document["components"]["schemas"]
    found = set()
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            if method == "parameters" or "requestBody" not in call:
                continue
            for body in call["requestBody"]["content"].values():
                schema = body["schema"]
                schema = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
                if GUESSABLE & schema.get("properties", {}).keys():
                    found.add((method.upper(), path))
    return found


def test_every_door_at_which_one_could_guess_has_the_one_budget(
    sqlite_url: str, tmp_path: Path
) -> None:
    places = {"DATABASE_URL": sqlite_url, "STORAGE_URL": tmp_path.as_uri()}
    limits = {"RATELIMIT_ENABLED": True, "RATELIMIT_AUTH": "2 per minute"}
    app = create_app({**SETTINGS, **places, **limits})
    alice, client = Crowd(app).alice, app.test_client()
    found = {(method, path) for method, path in doors(app) if path not in {SHOWN, *CHOSEN}}
    assert len(found) >= 6, found
    wrong = {"login": "alice", "password": "wrong password"}
    assert [alice.api.post("/auth/login", wrong).status_code for _ in "12"] == [401, 401]

    for method, path in sorted(found):
        answer = alice.api.call(method, path.removeprefix("/api/v1"), json={})
        assert answer.status_code == 429, (method, path)
    for path in PAGES:
        assert client.post(path).status_code == 429, path
    with app.app_context():
        db.engine.dispose()
