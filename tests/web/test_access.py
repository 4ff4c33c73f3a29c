"""Every page is closed unless it says that it is open, and every form carries its token."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.people import Crowd, Person
from tests.web.site import Site

PUBLIC = {
    "web.auth.landing",
    "web.auth.register_form",
    "web.auth.register",
    "web.auth.login_form",
    "web.auth.login",
    "web.auth.logout",
    "web.second_step.show",
    "web.second_step.check",
    "web.appearance.change_appearance",
    "web.mailbox.reset_form",
    "web.mailbox.ask_for_reset",
    "web.mailbox.reset_sent",
    "web.mailbox.new_password_form",
    "web.mailbox.set_password",
    "web.mailbox.verify_form",
    "web.mailbox.verify",
    "web.mailbox.unsubscribe_form",
    "web.mailbox.unsubscribe",
}
# Mail programs send this without a form of ours; its signed address is the permission (RFC 8058).
BY_LINK = {"web.mailbox.unsubscribe"}


def pages(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every route of the page face: rule, method, and an address that matches it."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("web."):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, re.sub(r"<[^>]+>", "1", rule.rule)


def test_whoever_is_not_signed_in_is_asked_to(app: Flask, client: FlaskClient) -> None:
    closed = [page for page in pages(app) if page[0].endpoint not in PUBLIC]
    assert len(closed) > 10
    for rule, method, address in closed:
        response = client.open(address, method=method)
        assert response.status_code == 302, rule
        # A page that was asked for is remembered; what a form wanted to change is not.
        remembered = f"/login?next={quote(address)}" if method == "GET" else "/login"
        assert response.headers["Location"] == remembered, rule


def test_what_is_public_says_so(app: Flask) -> None:
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule, _, _ in pages(app)}
    assert {name for name, view in views.items() if getattr(view, "is_public", False)} == PUBLIC


def test_reading_changes_nothing_and_writing_needs_post(app: Flask) -> None:
    assert {method for _, method, _ in pages(app)} == {"GET", "POST"}


def test_no_form_is_taken_without_its_token(
    app: Flask, people: Crowd, browse: Callable[[Person], Site]
) -> None:
    task = people.alice.api.make_task()
    site = browse(people.alice)
    for rule, method, _ in pages(app):
        if method == "POST" and rule.endpoint not in BY_LINK:
            address = re.sub(r"<[^>]+>", str(task["id"]), rule.rule)
            for token in ({}, {"csrf_token": "made up"}):
                response = site.client.post(address, data={"title": "x", "status": "done", **token})
                assert response.status_code == 400, rule
                assert "This form is too old, or did not come from this site." in response.text
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_the_token_of_one_browser_is_worth_nothing_in_another(
    people: Crowd, browse: Callable[[Person], Site]
) -> None:
    mallory, alice = browse(people.mallory), browse(people.alice)
    stolen = mallory.open("/tasks").form("/tasks").values["csrf_token"]
    response = alice.client.post("/tasks", data={"title": "Planted", "csrf_token": stolen})
    assert response.status_code == 400
    assert "Planted" not in alice.open("/tasks").text


@pytest.mark.parametrize("path", ["/", "/login", "/tasks", "/settings", "/register"])
def test_a_trailing_slash_is_optional(
    path: str, people: Crowd, browse: Callable[[Person], Site]
) -> None:
    client = browse(people.alice).client
    with_slash = client.get(path.rstrip("/") + "/")
    without = client.get(path)
    assert with_slash.status_code == without.status_code
    assert with_slash.headers.get("Location") == without.headers.get("Location")


TOKEN = {"name": "Report", "scopes": ["tasks:read"]}

# Enough for every form, so that what refuses a stranger is who they are, not what they sent.
FILLED_IN = {
    "title": "Mine now",
    "status": "done",
    "due_date": "2030-01-01",
    "minutes": "5",
    "completion_date": "2026-01-01",
    "role": "admin",
    "is_active": "",
    "version": "1",
}


def test_what_belongs_to_others_is_not_there_on_any_page(
    app: Flask, people: Crowd, browse: Callable[[Person], Site]
) -> None:
    alice = people.alice.api
    task = alice.make_task("A secret")
    record = alice.post("/task-records", {"task_id": task["id"], "mark_done": False}).json
    file = alice.post(f"/tasks/{task['id']}/attachments", data={"file": (BytesIO(b"x"), "x.txt")})
    ids = {
        "task_id": task["id"],
        "record_id": record["id"],
        "attachment_id": file.json["id"],
        "user_id": people.alice.id,
        "session_id": alice.get("/users/me/sessions").json["items"][0]["id"],
        "token_id": alice.post("/users/me/tokens", TOKEN).json["id"],
    }
    before = alice.get(f"/tasks/{task['id']}").json
    stranger = browse(people.carol)
    token = stranger.open("/tasks").form("/tasks").values["csrf_token"]

    particular = [(rule, method) for rule, method, _ in pages(app) if rule.arguments]
    assert len(particular) > 15
    for rule, method in particular:
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(ids[match[1]]), rule.rule)
        data = {"csrf_token": token, "file": (BytesIO(b"x"), "x.txt"), **FILLED_IN}
        response = stranger.client.open(address, method=method, data=data)
        # Accounts are known to everybody, but only admins may manage them.
        expected = 403 if "user_id" in rule.arguments else 404
        assert response.status_code == expected, (rule, method)
        assert "A secret" not in response.text
    assert alice.get(f"/tasks/{task['id']}").json == before
