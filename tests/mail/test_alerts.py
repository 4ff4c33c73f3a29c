"""Who changes what guards an account has its owner told, where the owner last read mails."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from taskapp.accounts.alerts import MOST_AN_HOUR
from tests.authenticator import frozen, set_up
from tests.clients import Api
from tests.mail.postbox import Postbox, body, links
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

RunJobs = Callable[[Flask], list[str | None]]
Told = Callable[[], list[tuple[str, str]]]
NEW = "quite another password"
SUBJECTS = ("Your e-mail address", "Your password", "Your second factor", "A second factor")


@pytest.fixture
def told(app: Flask, postbox: Postbox, run_jobs: RunJobs) -> Iterator[Told]:
    """`told()`: whom the alerts since the last time went to, and what each says has happened."""

    def look() -> list[tuple[str, str]]:
        run_jobs(app)
        alerts = [mail for mail in postbox.mails if mail["Subject"].startswith(SUBJECTS)]
        postbox.mails.clear()
        return [(mail["To"], mail["Subject"]) for mail in alerts]

    with frozen():
        yield look


@pytest.fixture
def alice(people: Crowd) -> Person:
    return people.alice


def on_page(app: Flask, path: str, **values: str) -> int:
    """Alice submits a form of her settings in a browser."""
    site = Site(app.test_client())
    site.sign_in("alice", PASSWORD)
    return site.submit("/settings", path, current_password=PASSWORD, **values).status


def by_api(alice: Person, path: str, **values: str) -> int:
    return alice.api.put(path, {"current_password": PASSWORD, **values}).status_code


def test_a_new_address_is_told_to_the_former_one(app: Flask, alice: Person, told: Told) -> None:
    assert alice.api.patch("/users/me", {"email": "new@example.org"}).status_code == 200
    assert told() == [("alice@example.org", "Your e-mail address was changed")]
    assert on_page(app, "/settings/email", email="newer@example.org") == 200
    assert told() == [("new@example.org", "Your e-mail address was changed")]
    assert on_page(app, "/settings/email", email="") == 200
    assert told() == [("newer@example.org", "Your e-mail address was changed")]
    assert on_page(app, "/settings/email", email="newest@example.org") == 200
    assert told() == [], "there was nobody to tell"


def test_the_same_address_is_no_news(alice: Person, told: Told) -> None:
    same = {"email": "Alice@Example.org", "timezone": "Europe/Rome", "username": "al"}
    assert alice.api.patch("/users/me", same | {"username": "alice.m"}).status_code == 200
    assert told() == []


def test_what_an_admin_changes_is_told_as_well(people: Crowd, alice: Person, told: Told) -> None:
    change = {"email": "new@example.org", "is_verified": True}
    assert people.root.api.patch(f"/users/{alice.id}", change).status_code == 200
    assert told() == [("alice@example.org", "Your e-mail address was changed")]


def test_a_new_password_is_told(app: Flask, alice: Person, told: Told) -> None:
    news = [("alice@example.org", "Your password was changed")]
    assert on_page(app, "/settings/password", new_password=PASSWORD) == 200
    assert told() == news
    assert by_api(alice, "/auth/password", new_password=PASSWORD) == 204
    assert told() == news
    command = ["users", "set-password", "--username", "alice"]
    app.test_cli_runner().invoke(args=command, env={"TASKAPP_PASSWORD": NEW})
    assert told() == news


def test_a_password_that_was_reset_is_told(
    app: Flask, alice: Person, told: Told, postbox: Postbox, run_jobs: RunJobs
) -> None:
    told()
    api = Api(app.test_client())
    api.post("/auth/password-reset", {"email": alice.email})
    run_jobs(app)
    token = links(postbox.mails[-1])[0].partition("token=")[2]
    change = {"token": token, "new_password": NEW}
    assert api.post("/auth/password-reset/confirm", change).status_code == 204
    assert told() == [("alice@example.org", "Your password was changed")]


@pytest.mark.parametrize("who", ["the owner", "an admin", "the server's operator"])
def test_a_factor_that_was_switched_on_or_off_is_told(
    app: Flask, people: Crowd, alice: Person, told: Told, who: str
) -> None:
    phone, factor = set_up(alice), f"/users/{alice.id}/second-factor"
    assert told() == [("alice@example.org", "A second factor was switched on")]
    if who == "the owner":
        proof = {"password": PASSWORD, "otp": phone.code()}
        assert alice.api.post("/users/me/second-factor/disable", proof).status_code == 204
    elif who == "an admin":
        assert people.root.api.delete(factor).status_code == 204
    else:
        app.test_cli_runner().invoke(args=["users", "reset-2fa", "--username", "alice"])
    assert told() == [("alice@example.org", "Your second factor was switched off")]


def test_what_is_refused_is_not_told(app: Flask, alice: Person, told: Told) -> None:
    assert alice.api.patch("/users/me", {"email": "nowhere"}).status_code == 422
    assert by_api(alice, "/auth/password", new_password="short") == 422
    wrong = {"current_password": "wrong password", "new_password": NEW}
    assert alice.api.put("/auth/password", wrong).status_code == 403
    assert told() == []


def test_whoever_takes_the_account_away_cannot_keep_it_quiet(alice: Person, told: Told) -> None:
    """All before a runner looks: a new password, a new address, a new name, and no account."""
    thief = alice.api
    assert by_api(alice, "/auth/password", new_password=NEW) == 204
    login = {"login": "alice", "password": NEW}
    thief.token = thief.post("/auth/login", login).json["access_token"]
    change = {"email": "thief@example.org", "username": "thief"}
    assert thief.patch("/users/me", change).status_code == 200
    assert thief.post("/users/me/delete", {"current_password": NEW}).status_code == 204
    assert told() == [
        ("alice@example.org", "Your password was changed"),
        ("alice@example.org", "Your e-mail address was changed"),
    ]


def test_the_mail_says_whose_account_when_and_what_to_do(
    app: Flask, alice: Person, told: Told, postbox: Postbox, run_jobs: RunJobs
) -> None:
    told()
    by_api(alice, "/auth/password", new_password=NEW)
    run_jobs(app)
    (mail,) = postbox.mails
    for kind in ("plain", "html"):
        assert "alice" in body(mail, kind)
        assert "your password was changed on " in body(mail, kind)
        assert " UTC. If that was you, there is nothing to do." in body(mail, kind)
        assert "https://tasks.example.org/password-reset" in body(mail, kind)
    assert Site(app.test_client()).open("/password-reset").status == 200
    assert NEW not in mail.as_string()


def test_nobody_is_flooded_by_changing_an_address_to_and_fro(
    app: Flask, alice: Person, postbox: Postbox, run_jobs: RunJobs
) -> None:
    for number in range(2 * MOST_AN_HOUR + 2):
        address = f"{('victim', 'other')[number % 2]}@example.org"
        assert alice.api.patch("/users/me", {"email": address}).status_code == 200
        run_jobs(app)
    links_and_alerts = len(postbox.to("victim@example.org"))
    assert 0 < links_and_alerts <= 2 * MOST_AN_HOUR
    assert len(postbox.mails) == 2 * MOST_AN_HOUR, "as many links, and as many alerts"
