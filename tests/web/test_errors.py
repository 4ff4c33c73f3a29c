"""Error pages: plain words, the number of the request, and nothing of the inside."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, default_exceptions

from taskapp.errors import answer
from tests.people import Crowd, Person
from tests.web.site import Page, Site


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503])
def test_every_error_has_words(app: Flask, status: int) -> None:
    with app.test_request_context("/tasks"):
        app.preprocess_request()
        response = answer(status, "What happened.")
    assert response.status_code == status
    html = response.get_data(as_text=True)
    heading = html.split("<h1>")[1].split("</h1>")[0]
    assert heading
    assert heading != default_exceptions.get(status, HTTPException)().name
    assert f"Error {status}, request " in html
    assert 'href="/"' in html


def test_an_unknown_page_is_a_page(site: Site) -> None:
    page = site.open("/nowhere", headers={"X-Request-ID": "my-request-7"})
    assert page.status == 404
    assert "This page does not exist" in page.text
    assert "request my-request-7" in page.text
    assert page.headers["X-Request-ID"] == "my-request-7"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/tasks", "/api/v1/", "/static/icon.svg"])
@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_a_host_that_cannot_be_is_refused(app: Flask, path: str, host: str) -> None:
    response = app.test_client().get(path, headers={"Host": host}, buffered=True)
    assert response.status_code == 400
    assert response.json["status"] == 400


def test_a_form_that_is_too_large_is_refused(site: Site) -> None:
    page = site.submit("/login", "/login", login="alice", password="x" * 2_000_000)
    assert page.status == 413
    assert "That is too large" in page.text


def test_a_wrong_method_says_which_are_right(people: Crowd, browse: Callable[..., Site]) -> None:
    response = browse(people.alice).client.delete("/tasks")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert "That does not work here" in response.text


def test_without_its_database_a_page_says_so(
    app: Flask, people: Crowd, browse: Callable[[Person], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = browse(people.alice)

    def refuse(*_: object) -> None:
        raise OperationalError("SELECT password_hash", {}, Exception("/var/lib/secret.db"))

    monkeypatch.setattr("taskapp.web.access.find_actor", refuse)
    page = site.open("/tasks")
    assert page.status == 503
    assert page.headers["Retry-After"]
    assert "We cannot reach the data" in page.text
    assert "SELECT" not in page.html
    assert "secret.db" not in page.html


def test_a_fault_of_ours_shows_nothing_of_it(
    people: Crowd, browse: Callable[[Person], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = browse(people.alice)
    monkeypatch.setattr("taskapp.tasks.queries.list_tasks", lambda *_, **__: 1 / 0)
    page: Page = site.open("/tasks")
    assert page.status == 500
    assert "Something went wrong on our side" in page.text
    assert "division" not in page.html
