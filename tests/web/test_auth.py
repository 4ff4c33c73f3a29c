"""Registering, signing in and out."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from taskapp.accounts.models import Session
from taskapp.extensions import db
from taskapp.web.access import is_local
from tests.authenticator import frozen
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

ELSEWHERE = ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example"]
ELSEWHERE += ["///evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x", "/\tevil", "evil"]
ELSEWHERE += ["/ä", "", "\\/evil"]


def sessions(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Session)) or 0


def test_a_visitor_lands_on_a_page_that_leads_to_both_doors(site: Site) -> None:
    page = site.open("/")
    assert "Everything you promised" in page.text
    assert page.links["Create an account"] == "/register"
    assert page.links["Sign in"] == "/login"


def test_where_registration_is_closed_it_is_said_and_no_link_leads_there(
    apps: Callable[..., Flask], sqlite_url: str
) -> None:
    app = apps(sqlite_url, REGISTRATION="closed")
    assert Crowd(app).alice
    site = Site(app.test_client())
    landing, login, closed = (site.open(path) for path in ("/", "/login", "/register"))
    assert landing.links["Sign in"] == "/login"
    for page in (landing, login):
        assert "/register" not in page.html
    assert closed.status == 403
    assert "Registration is closed" in closed.text
    assert "Ask whoever runs this site for one." in closed.text
    assert closed.links["Sign in"] == "/login"
    assert [form.action for form in closed.forms if form.method == "post"] == ["/appearance"]
    assert site.sign_in("alice", PASSWORD).address == "/tasks"
    assert "/register" not in site.open("/tasks").html


def test_registering_signs_in(site: Site) -> None:
    page = site.submit(
        "/register", "/register", username="alice", email="a@example.org", password=PASSWORD
    )
    assert page.address == "/tasks"
    assert "Welcome, alice. Your account is ready." in page.text
    assert site.open("/").address == site.open("/register").address == "/tasks"


@pytest.mark.parametrize("left_out", ["username", "email"])
def test_one_of_username_and_email_is_enough(site: Site, left_out: str) -> None:
    values = {"username": "alice", "email": "a.morgan@example.org", left_out: ""}
    page = site.submit("/register", "/register", password=PASSWORD, **values)
    assert page.address == "/tasks"


@pytest.mark.parametrize(
    ("values", "status", "complaint"),
    [
        ({"username": "", "email": ""}, 422, "Give a username, an email, or both."),
        ({"username": "a b c"}, 422, "Use 3 to 64 letters"),
        ({"email": "nowhere"}, 422, "This is not a valid e-mail address."),
        ({"password": "short"}, 422, "Use at least 8 characters."),
        ({"password": ""}, 422, "Choose a password."),
        ({"username": "nul\0nul"}, 422, "Leave out the characters that cannot be shown."),
        ({"username": "BOB"}, 409, "This name is taken."),
        ({"email": "Bob@Example.org"}, 409, "There is an account with this address already."),
    ],
)
def test_a_bad_registration_says_what_to_do_and_keeps_what_was_typed(
    site: Site, people: Crowd, values: dict[str, str], status: int, complaint: str
) -> None:
    assert people.bob
    typed = {"username": "alice", "email": "a@example.org", "password": PASSWORD} | values
    page = site.submit("/register", "/register", **typed)
    field = next(iter(values))
    assert (page.status, page.address) == (status, "/register")
    assert complaint in page.text
    assert page.marked[field]["aria-invalid"] == "true"
    assert set(page.marked[field]["aria-describedby"].split()) <= page.ids
    sent_again = page.form("/register").values
    assert sent_again["password"] == ""
    assert sent_again["email"] == typed["email"]


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.org"])
def test_either_name_signs_in(site: Site, people: Crowd, login: str) -> None:
    assert people.alice
    assert site.sign_in(login, PASSWORD).address == "/tasks"


@pytest.mark.parametrize(("login", "password"), [("alice", "wrong password"), ("nobody", PASSWORD)])
def test_one_answer_for_a_wrong_name_and_a_wrong_password(
    site: Site, people: Crowd, login: str, password: str
) -> None:
    assert people.alice
    page = site.sign_in(login, password)
    assert page.status == 401
    assert "That did not work. The name or the password is wrong." in page.text
    assert page.form("/login").values["login"] == login
    assert page.form("/login").values["password"] == ""


def test_signing_in_leads_back_to_the_page_that_was_asked_for(site: Site, people: Crowd) -> None:
    task = people.alice.api.make_task("Water the plants")
    page = site.open(f"/tasks/{task['id']}?from=mail")
    assert page.address.startswith("/login")
    page = site.send(page.form("/login"), login="alice", password=PASSWORD)
    assert page.address == f"/tasks/{task['id']}?from=mail"
    assert "Water the plants" in page.text


@pytest.mark.parametrize("target", ELSEWHERE)
def test_next_never_leads_elsewhere(site: Site, people: Crowd, target: str) -> None:
    assert people.alice
    page = site.submit(
        f"/login?next={quote(target)}", "/login", login="alice", password=PASSWORD, next=target
    )
    assert page.address == "/tasks"
    assert site.open(f"/login?next={quote(target)}").address == "/tasks"


def test_local_addresses_are_told_from_others() -> None:
    assert is_local("/tasks?status=done&sort=-priority")
    assert not any(is_local(target) for target in ELSEWHERE)


def test_signing_in_begins_a_new_session_and_leaves_nothing_of_the_old(
    app: Flask, site: Site, people: Crowd
) -> None:
    assert people.alice
    with site.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = site.open("/login").form("/login").values["csrf_token"]
    site.sign_in("alice", PASSWORD)
    with site.client.session_transaction() as session:
        assert "planted" not in session
        first = session["_user_id"]
    after = site.open("/tasks").form("/tasks").values["csrf_token"]
    assert after != before

    again = site.open("/tasks").token
    data = {"login": "alice", "password": PASSWORD, "csrf_token": again}
    site.client.post("/login", data=data)
    with site.client.session_transaction() as session:
        assert session["_user_id"] != first
    assert sessions(app) == 1, "the session that was replaced is closed"


@pytest.mark.parametrize(("remember", "kept"), [("y", True), (None, False)])
def test_the_cookie_outlives_the_browser_only_if_asked_to(
    site: Site, people: Crowd, remember: str | None, kept: bool
) -> None:
    assert people.alice
    form = site.open("/login").form("/login")
    data = form.values | {"login": "alice", "password": PASSWORD}
    response = site.client.post("/login", data=data | ({"remember": remember} if remember else {}))
    cookie = response.headers["Set-Cookie"]
    assert ("Expires=" in cookie) == kept
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_where_cookies_must_be_secure_they_are(apps: Callable[..., Flask], sqlite_url: str) -> None:
    client = apps(sqlite_url, SECURE_COOKIES=True).test_client()
    response = client.get("/login", base_url="https://localhost")
    assert response.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in response.headers["Set-Cookie"]
    assert "max-age=" in response.headers["Strict-Transport-Security"]


def test_signing_out_ends_the_session_here_and_for_whoever_copied_the_cookie(
    app: Flask, people: Crowd, browse: Callable[[Person], Site]
) -> None:
    site = browse(people.alice)
    with site.client.session_transaction() as session:
        copied = dict(session)
    page = site.submit("/tasks", "/logout")
    assert page.address == "/login"
    assert "You are signed out." in page.text
    assert site.open("/tasks").address.startswith("/login")

    thief = Site(app.test_client())
    with thief.client.session_transaction() as session:
        session.update(copied)
    assert thief.open("/tasks").address.startswith("/login")


def test_a_token_of_the_api_opens_no_page(app: Flask, people: Crowd) -> None:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {people.alice.token()}"}
    assert client.get("/tasks", headers=headers).status_code == 302


def test_a_session_of_the_api_is_none_of_a_browser(app: Flask, people: Crowd) -> None:
    people.alice.token()
    with app.app_context():
        key = db.session.scalar(select(Session.key))
    site = Site(app.test_client())
    with site.client.session_transaction() as session:
        session["_user_id"] = key
    assert site.open("/tasks").address.startswith("/login")


# How long a browser stays signed in that nobody uses


def remembered(app: Flask, person: Person) -> Site:
    """A browser that is to keep its user signed in."""
    site = Site(app.test_client())
    assert site.sign_in(person.username, PASSWORD, remember="y").address == "/tasks"
    return site


def test_a_browser_is_signed_out_when_nobody_used_it_for_two_weeks(
    app: Flask, people: Crowd
) -> None:
    with frozen() as clock:
        site = remembered(app, people.alice)
        clock.shift(timedelta(days=14, seconds=-1))
        assert site.open("/tasks").address == "/tasks"
        clock.shift(timedelta(days=14, seconds=-1))
        assert site.open("/tasks").address == "/tasks", "the visit before was a use"

        site = remembered(app, people.alice)
        clock.shift(timedelta(days=14))
        assert site.open("/tasks").address == "/login?next=/tasks"
        assert site.sign_in("alice", PASSWORD).address == "/tasks"


def test_a_page_that_is_only_left_open_is_not_used(app: Flask, people: Crowd) -> None:
    with frozen() as clock:
        site = remembered(app, people.alice)
        for _ in range(13):
            clock.shift(timedelta(days=1))
            assert site.open("/tasks", headers={"X-Fragment": "1"}).address == "/tasks"
        clock.shift(timedelta(days=1))
        assert site.open("/tasks").address.startswith("/login")


def test_who_works_in_place_uses_it(app: Flask, people: Crowd) -> None:
    with frozen() as clock:
        site = remembered(app, people.alice)
        values = site.open("/tasks").form("/tasks").values | {"title": "Water the plants"}
        clock.shift(timedelta(days=13))
        site.client.post("/tasks", data=values, headers={"X-Fragment": "1"})
        clock.shift(timedelta(days=13))
        page = site.open("/tasks")
        assert (page.address, "Water the plants" in page.text) == ("/tasks", True)


def test_its_use_is_noted_once_an_hour(
    app: Flask, people: Crowd, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with frozen() as clock:
        site = remembered(app, people.alice)

        def counts() -> tuple[int, int]:
            with count_queries() as statements:
                assert site.open("/tasks").address == "/tasks"
            writing = [sql for sql in statements if sql.startswith(("BEGIN", "UPDATE"))]
            return len(writing), len(statements) - len(writing)

        _, reading = counts()
        for shift, notes in ((0, 0), (3599, 0), (1, 1), (0, 0), (3600, 1)):
            clock.shift(shift)
            assert counts() == (2 * notes, reading)


@pytest.mark.parametrize(
    "error",
    [OperationalError("UPDATE", {}, Exception("locked")), sqlite3.OperationalError("locked")],
    ids=["told by SQLAlchemy", "the driver's own"],
)
def test_a_use_that_cannot_be_noted_keeps_nobody_out(
    app: Flask, people: Crowd, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_statements: object) -> int:
        raise error

    with frozen() as clock:
        site = remembered(app, people.alice)
        clock.shift(timedelta(hours=1))
        monkeypatch.setattr("taskapp.accounts.sessions.write_apart", fail)
        page = site.open("/tasks")
    assert (page.status, page.address) == (200, "/tasks")
