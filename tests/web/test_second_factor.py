"""The second factor in a browser: setting it up, signing in in two steps, losing it."""

import re
from collections.abc import Callable, Iterator

import pyotp
import pytest
import time_machine
from flask import Flask

from taskapp.accounts.second_factor import with_factor
from tests.authenticator import Authenticator, frozen, set_up
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Page, Site

Browse = Callable[[Person], Site]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with frozen() as traveller:
        yield traveller


def begin(site: Site) -> Authenticator:
    """Ask for a secret in the settings."""
    page = site.submit("/settings", "/settings/second-factor", password=PASSWORD)
    assert page.address == "/settings/second-factor"
    uri = page.links["Open in an app on this device"]
    secret = pyotp.parse_uri(uri).secret
    assert secret in page.text
    return Authenticator(secret)


def switch_on(site: Site) -> tuple[Authenticator, Page]:
    app = begin(site)
    page = site.submit(
        "/settings/second-factor", "/settings/second-factor/confirm", otp=app.code(-1)
    )
    assert "The second factor is on" in page.text
    app.codes = re.findall("<code>([a-z2-7-]{27})</code>", page.html)
    return app, page


def is_signed_in(site: Site) -> bool:
    return site.open("/tasks").address == "/tasks"


def test_it_is_set_up_in_the_settings(people: Crowd, browse: Browse, site: Site) -> None:
    here, there = browse(people.alice), browse(people.alice)
    app, page = switch_on(here)
    assert len(app.codes) == 10
    assert page.headers["Cache-Control"] == "no-store"
    assert is_signed_in(here)
    assert not is_signed_in(there), "who came in without it is signed out"
    assert "10 recovery codes are left" in here.open("/settings").text

    page = site.sign_in("alice", PASSWORD)
    assert page.address == "/login/code"
    assert not is_signed_in(site)
    page = site.send(page.form("/login/code"), otp=app.code())
    assert page.address == "/tasks"


def test_the_picture_shows_what_the_text_says(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    begin(site)
    html = site.open("/settings/second-factor").html
    assert 'role="img"' in html
    assert html.count("h1v1h-1z") > 300


@pytest.mark.parametrize(
    ("password", "status", "complaint"),
    [("wrong", 403, "The current password is wrong."), ("", 422, "Type your password.")],
)
def test_it_is_not_begun_without_the_password(
    people: Crowd, browse: Browse, password: str, status: int, complaint: str
) -> None:
    site = browse(people.alice)
    page = site.submit("/settings", "/settings/second-factor", password=password)
    assert (page.status, complaint in page.text) == (status, True)
    assert page.marked["password"]["aria-invalid"] == "true"
    assert site.open("/settings/second-factor").status == 404


@pytest.mark.parametrize("code", ["000000", "", "not a code"])
def test_a_wrong_first_code_switches_nothing_on(
    people: Crowd, browse: Browse, site: Site, code: str
) -> None:
    here = browse(people.alice)
    begin(here)
    page = here.submit("/settings/second-factor", "/settings/second-factor/confirm", otp=code)
    assert page.status == 422
    assert page.marked["otp"]["aria-invalid"] == "true"
    assert site.sign_in("alice", PASSWORD).address == "/tasks"


def test_the_codes_can_be_downloaded_as_long_as_they_are_shown(
    people: Crowd, browse: Browse
) -> None:
    site = browse(people.alice)
    app, page = switch_on(site)
    token = page.form("/settings/second-factor/codes/file").values["csrf_token"]

    def download(codes: list[str]) -> tuple[int, str]:
        data = {"csrf_token": token, "codes": codes}
        answer = site.client.post("/settings/second-factor/codes/file", data=data)
        if answer.status_code == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.mimetype == "text/plain"
        return answer.status_code, answer.text

    assert download(app.codes) == (200, "\n".join(app.codes) + "\n")
    well_formed, shouted = "aaaaaa-bbbbbb-cccccc-dddddd", app.codes[0].upper()
    for others in ([], ["made-up"], [well_formed], [shouted], [*app.codes, "<script>"]):
        assert download(others)[0] == 400


def test_a_wrong_code_is_told_and_a_right_one_leads_where_one_wanted(
    people: Crowd, site: Site
) -> None:
    app = set_up(people.alice)
    page = site.open("/board")
    page = site.send(page.form("/login"), login="alice", password=PASSWORD)
    assert page.address == "/login/code?next=/board"
    page = site.send(page.form("/login/code"), otp=app.code(40))
    assert page.status == 401
    assert "The code is wrong, or was used before." in page.text
    assert page.marked["otp"]["aria-invalid"] == "true"
    assert not is_signed_in(site)
    page = site.submit("/login/code?next=/board", "/login/code", otp=app.codes[0])
    assert page.address == "/board"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil"])
def test_the_second_step_leads_nowhere_else(people: Crowd, site: Site, target: str) -> None:
    app = set_up(people.alice)
    page = site.submit("/login", "/login", login="alice", password=PASSWORD, next=target)
    page = site.send(page.form("/login/code"), otp=app.code(), next=target)
    assert page.address == "/tasks"


def test_without_the_first_step_there_is_no_second(people: Crowd, site: Site) -> None:
    app = set_up(people.alice)
    assert site.open("/login/code").address == "/login"
    token = site.open("/login").form("/login").values["csrf_token"]
    data = {"otp": app.code(), "csrf_token": token}
    answer = site.client.post("/login/code", data=data)
    assert answer.headers["Location"].startswith("/login")
    assert not is_signed_in(site)


def test_the_first_step_is_good_for_five_minutes(
    people: Crowd, site: Site, clock: time_machine.Traveller
) -> None:
    app = set_up(people.alice)
    page = site.sign_in("alice", PASSWORD)
    clock.shift(300)
    assert site.open("/login/code").address == "/login/code"
    clock.shift(1)
    page = site.send(page.form("/login/code"), otp=app.code())
    assert page.address == "/login"
    assert "Type your password again" in page.text
    assert site.open("/login/code?next=/board").address == "/login?next=/board"


def test_the_first_step_is_worth_nothing_after_a_new_password(
    app: Flask, people: Crowd, site: Site
) -> None:
    phones = {name: set_up(getattr(people, name)) for name in ("alice", "bob")}
    browsers = {"alice": site, "bob": Site(app.test_client())}
    pages = {name: browsers[name].sign_in(name, PASSWORD) for name in browsers}
    command = ["users", "set-password", "--username", "alice"]
    app.test_cli_runner().invoke(args=command, env={"TASKAPP_PASSWORD": "a new password"})

    def go_on(name: str) -> str:
        form = pages[name].form("/login/code")
        return browsers[name].send(form, otp=phones[name].code()).address

    assert go_on("alice") == "/login"
    assert go_on("bob") == "/tasks", "it was not his"


def test_the_first_step_is_worth_nothing_once_the_account_is_deactivated(
    people: Crowd, site: Site
) -> None:
    phone = set_up(people.alice)
    page = site.sign_in("alice", PASSWORD)
    idle = {"is_active": False}
    assert people.root.api.patch(f"/users/{people.alice.id}", idle).status_code == 200
    assert site.send(page.form("/login/code"), otp=phone.code()).address == "/login"


def test_the_first_step_cannot_be_forged_or_carried_elsewhere(
    app: Flask, people: Crowd, site: Site
) -> None:
    phone = set_up(people.alice)
    set_up(people.mallory)
    mallory = Site(app.test_client())
    mallory.sign_in("mallory", PASSWORD)
    with mallory.client.session_transaction() as session:
        note = session["first_step"]
    for forged in ("", "x", f'["{people.alice.id}", false, ""]', note[::-1]):
        with site.client.session_transaction() as session:
            session["first_step"] = forged
        assert site.open("/login/code").address == "/login"
    page = mallory.open("/login/code")
    page = mallory.send(page.form("/login/code"), otp=phone.code())
    assert page.status == 401, "the note says whose step it was"


def test_the_note_between_the_steps_is_no_session_anywhere(
    app: Flask, people: Crowd, site: Site
) -> None:
    set_up(people.alice)
    site.sign_in("alice", PASSWORD)
    with site.client.session_transaction() as session:
        assert "_user_id" not in session
        note = session["first_step"]
    cookie = site.client.get_cookie("session")
    assert cookie is not None
    for token in (note, cookie.value):
        headers = {"Authorization": f"Bearer {token}"}
        assert app.test_client().get("/api/v1/users/me", headers=headers).status_code == 401


def test_the_session_is_a_new_one_after_both_steps(people: Crowd, site: Site) -> None:
    app = set_up(people.alice)
    page = site.sign_in("alice", PASSWORD, remember="y")
    old = page.form("/login/code").values["csrf_token"]
    site.send(page.form("/login/code"), otp=app.code())
    with site.client.session_transaction() as session:
        assert "first_step" not in session
        assert session.permanent, "what was asked for in the first step holds"
    assert site.client.post("/tasks", data={"title": "x", "csrf_token": old}).status_code == 400


def test_it_is_switched_off_with_the_password_and_a_code(
    people: Crowd, browse: Browse, site: Site
) -> None:
    here = browse(people.alice)
    app, _ = switch_on(here)
    path = "/settings/second-factor/disable"
    for values in ({"password": "wrong", "otp": app.code()}, {"otp": app.code(40)}):
        page = here.submit("/settings", path, **{"password": PASSWORD} | values)
        assert page.status == 403
        assert "is wrong" in page.text
    assert here.submit("/settings", path, password=PASSWORD, otp="").status == 422
    page = here.submit("/settings", path, password=PASSWORD, otp=app.code())
    assert "Signing in takes your password alone again." in page.text
    assert site.sign_in("alice", PASSWORD).address == "/tasks"


def test_recovery_codes_can_be_renewed(people: Crowd, browse: Browse, site: Site) -> None:
    here = browse(people.alice)
    app, _ = switch_on(here)
    form = here.open("/settings").form("/settings/second-factor/disable")
    form.action = "/settings/second-factor/codes"
    assert here.send(form, password="wrong", otp=app.code()).status == 403
    assert here.send(form, password=PASSWORD, otp="").status == 422
    page = here.send(form, password=PASSWORD, otp=app.code())
    assert "Your new recovery codes" in page.text
    assert app.codes[0] not in page.text


def test_a_form_from_before_it_was_switched_does_no_harm(people: Crowd, browse: Browse) -> None:
    here, there = browse(people.alice), browse(people.alice)
    early = there.open("/settings").form("/settings/second-factor")
    there.client.set_cookie("session", here.client.get_cookie("session").value)
    app, _ = switch_on(here)
    early.values["csrf_token"] = here.open("/settings").forms[-1].values["csrf_token"]
    assert here.send(early, password="wrong").status == 403
    assert here.send(early, password="").status == 422
    assert here.send(early, password=PASSWORD).status == 409
    late = here.open("/settings").form("/settings/second-factor/disable")
    here.send(late, password=PASSWORD, otp=app.code())
    assert here.send(late, password=PASSWORD, otp=app.code(1)).status == 404
    assert here.send(late, password="wrong", otp=app.code(1)).status == 403


def test_an_admin_removes_one_that_is_lost(people: Crowd, browse: Browse, site: Site) -> None:
    set_up(people.alice)
    admin = browse(people.root)
    action = f"/users/{people.alice.id}/second-factor/remove"
    page = admin.submit("/users", action)
    assert "alice signs in with the password alone now." in page.text
    assert action not in page.html
    assert site.sign_in("alice", PASSWORD).address == "/tasks"


def test_a_list_of_accounts_asks_about_those_that_it_shows(app: Flask, people: Crowd) -> None:
    set_up(people.alice)
    set_up(people.bob)
    with app.app_context():
        assert with_factor([people.alice.id, people.carol.id]) == {people.alice.id}
        assert with_factor([]) == frozenset()
