"""Signing in and registering by page are limited together with the API; other pages are not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from taskapp import create_app
from taskapp.core.database import close_connections
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.settings import SETTINGS
from tests.web.site import Site


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application that has counted nothing yet."""
    settings = {
        "DATABASE_URL": sqlite_url,
        "STORAGE_URL": tmp_path.as_uri(),
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_DEFAULT": "2 per minute",
        "RATELIMIT_AUTH": "4 per minute",
    }
    app = create_app(SETTINGS | settings)
    yield app
    with app.app_context():
        close_connections()


def test_a_guess_by_page_and_one_by_api_are_one_and_one(app: Flask, site: Site) -> None:
    Crowd(app).make("alice")
    api = Api(app.test_client())
    wrong = {"login": "alice", "password": "wrong password"}
    for _ in range(2):
        assert site.sign_in("alice", "wrong password").status == 401
        assert api.post("/auth/login", wrong).status_code == 401

    page = site.sign_in("alice", PASSWORD)

    assert page.status == 429
    assert "Too many tries" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 60
    assert api.post("/auth/login", wrong).status_code == 429


def test_accounts_are_counted_by_page_and_by_api_together(app: Flask) -> None:
    api = Api(app.test_client())
    for number in range(2):
        body = {"username": f"api{number}", "password": PASSWORD}
        assert api.post("/auth/register", body).status_code == 201
        site, name = Site(app.test_client()), f"page{number}"
        page = site.submit("/register", "/register", username=name, email="", password=PASSWORD)
        assert page.status == 200
    page = Site(app.test_client()).submit("/register", "/register", username="last")
    assert page.status == 429
    assert api.post("/auth/register", {}).status_code == 429


def test_who_deletes_an_account_guesses_the_password_no_oftener_than_who_signs_in(
    app: Flask, site: Site
) -> None:
    alice = Crowd(app).alice.api
    assert site.sign_in("alice", PASSWORD).status == 200
    for _ in range(2):
        wrong = {"current_password": "wrong password"}
        assert alice.post("/users/me/delete", wrong).status_code == 403
    for status, path in ((403, "/settings/delete"), (429, "/settings/delete")):
        assert site.submit(path, path, **wrong).status == status
    assert site.submit("/settings", "/settings/email", **wrong).status == 429
    assert alice.post("/users/me/delete", {"current_password": PASSWORD}).status_code == 429


def test_looking_at_pages_is_free(app: Flask, site: Site) -> None:
    Crowd(app).make("alice")
    assert site.sign_in("alice", PASSWORD).status == 200
    for path in ("/tasks", "/login", "/register", "/nowhere"):
        pages = [site.client.get(path) for _ in range(5)]
        assert 429 not in {page.status_code for page in pages}
        assert "RateLimit-Limit" not in pages[0].headers
