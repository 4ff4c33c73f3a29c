"""One's own account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.authenticator import frozen
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]

NEW_PASSWORD = "an even longer password"


def test_the_profile_is_saved(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    shown = site.open("/settings").form("/settings/profile").values
    assert (shown["username"], shown["timezone"]) == ("alice", "UTC")
    values = {"username": "alice.m", "timezone": "America/New_York"}
    page = site.submit("/settings", "/settings/profile", **values)
    assert "Your profile is saved." in page.text
    now = values | {"email": "alice@example.org"}
    assert people.alice.api.get("/users/me").json.items() >= now.items()


@pytest.mark.parametrize(
    ("change", "status", "complaint"),
    [
        ({"username": ""}, 422, "Choose a username."),
        ({"username": "b"}, 422, "Use 3 to 64 letters"),
        ({"username": "Bob"}, 409, "This name is taken."),
        ({"timezone": "Mars/Olympus"}, 422, "Not a valid choice."),
    ],
)
def test_a_bad_profile_says_what_is_wrong_and_changes_nothing(
    people: Crowd, browse: Browse, change: dict[str, str], status: int, complaint: str
) -> None:
    assert people.bob
    before = people.alice.api.get("/users/me").json
    page = browse(people.alice).submit("/settings", "/settings/profile", **change)
    assert page.status == status
    assert complaint in page.text
    assert people.alice.api.get("/users/me").json == before


@pytest.mark.parametrize("email", ["new@example.org", ""])
def test_the_address_is_changed_with_the_password(
    people: Crowd, browse: Browse, email: str
) -> None:
    site = browse(people.alice)
    assert site.open("/settings").form("/settings/email").values["email"] == "alice@example.org"
    page = site.submit("/settings", "/settings/email", email=email, current_password=PASSWORD)
    assert "Your address is saved." in page.text
    assert people.alice.api.get("/users/me").json["email"] == (email or None)


@pytest.mark.parametrize(
    ("change", "status", "complaint"),
    [
        ({"current_password": "wrong"}, 403, "The current password is wrong."),
        ({"current_password": ""}, 422, "Type your current password."),
        ({"email": "nowhere"}, 422, "This is not a valid e-mail address."),
        ({"email": "bob@example.org"}, 409, "There is an account with this address already."),
    ],
)
def test_a_refused_address_is_told_and_changes_nothing(
    people: Crowd, browse: Browse, change: dict[str, str], status: int, complaint: str
) -> None:
    assert people.bob
    before = people.alice.api.get("/users/me").json
    values = {"email": "new@example.org", "current_password": PASSWORD} | change
    page = browse(people.alice).submit("/settings", "/settings/email", **values)
    assert page.status == status
    assert complaint in page.text
    assert page.form("/settings/email").values["email"] == values["email"]
    assert people.alice.api.get("/users/me").json == before


def test_a_new_password_ends_every_session_but_starts_one_here(
    app: Flask, people: Crowd, browse: Browse
) -> None:
    here, there = browse(people.alice), browse(people.alice)
    assert people.alice.api.get("/users/me").status_code == 200
    page = here.submit(
        "/settings",
        "/settings/password",
        current_password=PASSWORD,
        new_password=NEW_PASSWORD,
    )
    assert "Your password is changed. You are signed out everywhere else." in page.text
    assert page.text.count("This browser") == 1
    assert here.open("/tasks").address == "/tasks"
    assert there.open("/tasks").address.startswith("/login")
    assert people.alice.api.get("/users/me").status_code == 401
    assert Site(app.test_client()).sign_in("alice", PASSWORD).status == 401
    assert Site(app.test_client()).sign_in("alice", NEW_PASSWORD).status == 200


@pytest.mark.parametrize(
    ("values", "status", "complaint"),
    [
        ({"current_password": "wrong"}, 403, "The current password is wrong."),
        ({"current_password": ""}, 422, "Type your current password."),
        ({"new_password": "short"}, 422, "Use at least 8 characters."),
        ({"new_password": "é" * 37}, 422, "Use at most 72 bytes."),
        ({"new_password": ""}, 422, "Choose a new password."),
    ],
)
def test_a_refused_password_ends_nothing(
    people: Crowd, browse: Browse, values: dict[str, str], status: int, complaint: str
) -> None:
    site, other = browse(people.alice), browse(people.alice)
    given = {"current_password": PASSWORD, "new_password": NEW_PASSWORD} | values
    page = site.submit("/settings", "/settings/password", **given)
    assert page.status == status
    assert complaint in page.text
    assert NEW_PASSWORD not in page.html
    assert site.open("/tasks").address == other.open("/tasks").address == "/tasks"


def test_one_can_sign_out_another_browser(people: Crowd, browse: Browse) -> None:
    here, there = browse(people.alice), browse(people.alice)
    page = here.open("/settings")
    [form] = [form for form in page.forms if form.action.startswith("/settings/sessions/")]
    assert "That session is signed out." in here.send(form).text
    assert there.open("/tasks").address.startswith("/login")
    assert here.open("/tasks").address == "/tasks"


def test_one_can_sign_out_everywhere_else(people: Crowd, browse: Browse) -> None:
    here, there = browse(people.alice), browse(people.alice)
    assert people.alice.api.get("/users/me").status_code == 200
    page = here.submit("/settings", "/settings/other-sessions/close")
    assert "You are signed out everywhere else." in page.text
    assert there.open("/tasks").address.startswith("/login")
    assert people.alice.api.get("/users/me").status_code == 401
    assert here.open("/tasks").address == "/tasks"
    assert "/settings/other-sessions/close" not in here.open("/settings").html


def test_one_sees_when_another_browser_was_used_last(people: Crowd, app: Flask) -> None:
    with frozen() as clock:
        here, there = Site(app.test_client()), Site(app.test_client())
        for site in (here, there):
            site.sign_in(people.alice.username, PASSWORD, remember="y")
        clock.shift(timedelta(days=3, hours=5))
        there.open("/tasks")
        clock.shift(timedelta(days=1))
        page = here.open("/settings")
        assert "since Sat 21 Nov 09:00; last used yesterday 14:00" in page.text
        assert page.text.count("last used") == 1, "this browser is used now"
        people.alice.token()
        assert here.open("/settings").text.count("last used") == 1, "nor is it known of programs"

        clock.shift(timedelta(days=13, hours=1))
        page = here.open("/settings")
        assert "last used" not in page.text, "nobody used it for 14 days"
        assert there.open("/tasks").address.startswith("/login")


def test_nobody_signs_out_somebody_else(people: Crowd, browse: Browse) -> None:
    alice, mallory = browse(people.alice), browse(people.mallory)
    [here] = people.alice.api.get("/users/me/sessions?per_page=1&page=2").json["items"]
    token = mallory.open("/tasks").form("/tasks").values["csrf_token"]
    for target in (here["id"], "made-up", "nul%00"):
        address = f"/settings/sessions/{target}/close"
        assert mallory.client.post(address, data={"csrf_token": token}).status_code == 404
    assert alice.open("/tasks").address == "/tasks"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"theme": "dark"}, 'data-bs-theme="dark" data-theme="dark"'),
        ({"theme": "light"}, 'data-bs-theme="light" data-theme="light"'),
        ({"theme": "auto"}, 'data-bs-theme="light" data-theme="auto"'),
        ({"theme": "purple"}, 'data-theme="auto"'),
        ({"shortcuts": "off"}, 'data-shortcuts="off"'),
        ({"shortcuts": "on"}, 'data-shortcuts="on"'),
    ],
)
def test_the_look_is_kept_in_the_browser_even_before_signing_in(
    site: Site, values: dict[str, str], expected: str
) -> None:
    page = site.submit("/login", "/appearance", **values)
    assert page.address == "/login", "one comes back to the page one was on"
    assert expected in page.html
    assert expected in site.open("/register").html


def test_one_can_sign_out_an_api_client(people: Crowd, browse: Browse) -> None:
    assert people.alice.api.get("/users/me").status_code == 200
    here = browse(people.alice)
    page = here.open("/settings")
    assert "API, " in page.text
    [form] = [form for form in page.forms if form.action.startswith("/settings/sessions/")]
    assert "That session is signed out." in here.send(form).text
    assert people.alice.api.get("/users/me").status_code == 401
