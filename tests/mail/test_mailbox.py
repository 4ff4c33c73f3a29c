"""Verifying an address and setting a forgotten password, by links in real mails."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from taskapp.accounts.email_tokens import MOST_AN_HOUR, forget_expired_tokens
from taskapp.accounts.models import EmailToken, User
from taskapp.background import prune_expired
from taskapp.core.database import read_all, read_scalar
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.jobs.models import Job
from taskapp.jobs.work import Claim
from tests.clients import Api
from tests.mail.postbox import Postbox, body, links
from tests.people import PASSWORD, Crowd, Person
from tests.race import race

RunJobs = Callable[[Flask], list[str | None]]
NEW = "quite another password"


@pytest.fixture
def mailed_token(
    app: Flask, api: Api, postbox: Postbox, run_jobs: RunJobs
) -> Callable[[str, str], str]:
    """`mailed_token("reset", "alice@example.org")`: ask for it, and read it out of the mail."""

    def ask(kind: str, address: str) -> str:
        run_jobs(app)
        if kind == "reset":
            postbox.mails.clear()
            assert api.post("/auth/password-reset", {"email": address}).status_code == 202
            run_jobs(app)
        (mail,) = postbox.to(address)
        assert kind == "verify" or mail["Subject"] == "Set a new password"
        return parse_qs(urlsplit(links(mail)[0]).query)["token"][0]

    return ask


def is_verified(app: Flask, username: str) -> bool:
    with app.app_context():
        return bool(read_scalar(select(User.is_verified).where(User.username == username)))


# Verifying


def test_who_registers_is_mailed_a_link_that_verifies_the_address(
    app: Flask, api: Api, postbox: Postbox, run_jobs: RunJobs
) -> None:
    new = {"username": "alice", "email": "alice@example.org", "password": PASSWORD}
    assert api.post("/auth/register", new).status_code == 201
    assert postbox.mails == [], "a request waits for no mail server"
    assert run_jobs(app) == ["done"]

    (mail,) = postbox.mails
    assert mail["To"] == "alice@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "Confirm your address"
    (address, _) = links(mail)
    assert address.startswith("https://tasks.example.org/verify?token=")
    assert address.replace("&", "&amp;") in body(mail, "html")
    assert "alice" in body(mail, "plain")
    token = parse_qs(urlsplit(address).query)["token"][0]
    assert not is_verified(app, "alice")
    assert api.post("/auth/verify", {"token": token}).status_code == 204
    assert is_verified(app, "alice")
    assert api.post("/auth/verify", {"token": token}).status_code == 422, "it is good once"


def test_the_links_come_from_the_settings_whatever_the_client_says(
    app: Flask, postbox: Postbox, run_jobs: RunJobs, people: Crowd
) -> None:
    run_jobs(app)
    with app.test_client() as client:
        address = {"email": people.alice.email}
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        client.post("/api/v1/auth/password-reset", json=address, headers=headers)
    run_jobs(app)
    for mail in postbox.mails:
        assert "evil" not in mail.as_string()
        assert links(mail)[0].startswith("https://tasks.example.org/")


def test_a_new_address_is_to_be_verified_anew(
    app: Flask, people: Crowd, postbox: Postbox, run_jobs: RunJobs, mailed_token: Callable[..., str]
) -> None:
    alice = people.alice
    old = mailed_token("verify", alice.email)
    alice.api.post("/auth/verify", {"token": old})
    postbox.mails.clear()

    changed = alice.api.patch("/users/me", {"email": "new@example.org"})
    assert changed.json["is_verified"] is False
    run_jobs(app)
    (mail,) = postbox.to("new@example.org")
    assert "/verify?token=" in links(mail)[0]
    # The same address in other letters is the same, and so is one that is sent along unchanged.
    run_jobs(app)
    alice.api.patch("/users/me", {"email": "new@example.org", "timezone": "Europe/Rome"})
    assert run_jobs(app) == []


def test_a_link_to_the_old_address_says_nothing_about_the_new_one(
    people: Crowd, api: Api, mailed_token: Callable[..., str]
) -> None:
    old = mailed_token("verify", people.alice.email)
    people.alice.api.patch("/users/me", {"email": "new@example.org"})
    assert api.post("/auth/verify", {"token": old}).status_code == 422
    people.alice.api.patch("/users/me", {"email": people.alice.email})
    assert api.post("/auth/verify", {"token": old}).status_code == 422, "it stays worthless"


def test_an_admin_who_says_so_verifies_without_a_mail(
    app: Flask, people: Crowd, postbox: Postbox, run_jobs: RunJobs
) -> None:
    root = people.root.api
    run_jobs(app)
    postbox.mails.clear()
    new = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
    assert root.post("/users", {**new, "is_verified": True}).json["is_verified"] is True
    changes = {"email": "dora@example.com", "is_verified": True}
    dora = root.get("/users?q=dora").json["items"][0]
    assert root.patch(f"/users/{dora['id']}", changes).json["is_verified"] is True
    run_jobs(app)
    assert postbox.to("dora@example.com") == []


def test_the_link_is_sent_again_on_demand_but_not_without_end(
    app: Flask, people: Crowd, postbox: Postbox, run_jobs: RunJobs
) -> None:
    alice = people.alice.api
    for _ in range(MOST_AN_HOUR + 2):
        assert alice.post("/auth/verify/resend").status_code == 202
    run_jobs(app)
    assert len(postbox.mails) == MOST_AN_HOUR
    token = parse_qs(urlsplit(links(postbox.mails[0])[0]).query)["token"][0]
    assert alice.post("/auth/verify", {"token": token}).status_code == 204
    assert alice.post("/auth/verify/resend").status_code == 409


def test_after_an_hour_one_may_ask_again_and_others_at_any_time(
    app: Flask, api: Api, people: Crowd, postbox: Postbox, run_jobs: RunJobs
) -> None:
    def ask(person: Person, times: int = 1) -> int:
        postbox.mails.clear()
        for _ in range(times):
            assert person.api.post("/auth/verify/resend").status_code == 202
        run_jobs(app)
        return len(postbox.mails)

    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        alice, bob = people.alice, people.bob
        run_jobs(app)
        assert ask(alice, MOST_AN_HOUR) == MOST_AN_HOUR - 1, "the first came with the account"
        assert ask(bob) == 1
        api.post("/auth/password-reset", {"email": alice.email})
        assert run_jobs(app) == ["done"]
        assert len(postbox.to(alice.email)) == 1, "links to a new password are counted apart"
        clock.shift(3599)
        assert ask(Person(app, alice.id, "alice", "user", "UTC")) == 0
        clock.shift(1)
        assert ask(Person(app, alice.id, "alice", "user", "UTC")) == 1


# A forgotten password


def test_a_mailed_link_sets_a_new_password_and_ends_every_session(
    api: Api, people: Crowd, app: Flask, mailed_token: Callable[..., str]
) -> None:
    alice = people.alice
    assert alice.api.get("/users/me").status_code == 200
    verification = mailed_token("verify", alice.email)
    token = mailed_token("reset", alice.email)

    change = {"token": token, "new_password": NEW}
    assert api.post("/auth/password-reset/confirm", change).status_code == 204
    assert alice.api.get("/users/me").status_code == 401
    assert api.post("/auth/login", {"login": "alice", "password": PASSWORD}).status_code == 401
    assert api.post("/auth/login", {"login": "alice", "password": NEW}).status_code == 200
    assert is_verified(app, "alice"), "who has the link reads that mailbox"

    again = api.post("/auth/password-reset/confirm", {"token": token, "new_password": "stolen it"})
    assert again.status_code == 422
    assert "token" in again.json["errors"]
    assert api.post("/auth/verify", {"token": verification}).status_code == 422, "all links died"


def test_of_two_tabs_one_wins(app: Flask, people: Crowd, mailed_token: Callable[..., str]) -> None:
    token = mailed_token("reset", people.alice.email)

    def confirm(password: str) -> int:
        change = {"token": token, "new_password": password}
        return Api(app.test_client()).post("/auth/password-reset/confirm", change).status_code

    answers = race(lambda: confirm("of the one tab"), lambda: confirm("of the other tab"))
    assert sorted(answers) == [204, 422]


@pytest.mark.parametrize(("seconds", "answer"), [(3599, 204), (3600, 422)])
def test_a_link_to_a_new_password_is_good_for_an_hour(
    api: Api, people: Crowd, mailed_token: Callable[..., str], seconds: int, answer: int
) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        token = mailed_token("reset", people.alice.email)
        clock.shift(seconds)
        change = {"token": token, "new_password": NEW}
        assert api.post("/auth/password-reset/confirm", change).status_code == answer


@pytest.mark.parametrize(("seconds", "answer"), [(3 * 86400 - 1, 204), (3 * 86400, 422)])
def test_a_link_that_verifies_is_good_for_three_days(
    api: Api, people: Crowd, mailed_token: Callable[..., str], seconds: int, answer: int
) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        token = mailed_token("verify", people.alice.email)
        clock.shift(seconds)
        assert api.post("/auth/verify", {"token": token}).status_code == answer


@pytest.mark.parametrize("by", ["its owner", "the operator"])
def test_a_new_password_makes_a_mailed_link_worthless(
    app: Flask, api: Api, people: Crowd, mailed_token: Callable[..., str], by: str
) -> None:
    """Whoever has got hold of the link could undo what the new password was for."""
    token = mailed_token("reset", people.alice.email)
    others = mailed_token("reset", people.bob.email)
    if by == "its owner":
        change = {"current_password": PASSWORD, "new_password": NEW}
        assert people.alice.api.put("/auth/password", change).status_code == 204
    else:
        command = ["users", "set-password", "--username", "alice"]
        app.test_cli_runner().invoke(args=command, env={"TASKAPP_PASSWORD": NEW})

    stolen = {"token": token, "new_password": "of the thief"}
    assert api.post("/auth/password-reset/confirm", stolen).status_code == 422
    assert api.post("/auth/login", {"login": "alice", "password": NEW}).status_code == 200
    bobs = {"token": others, "new_password": NEW}
    assert api.post("/auth/password-reset/confirm", bobs).status_code == 204


def test_a_token_is_good_for_its_own_purpose_alone(
    api: Api, people: Crowd, mailed_token: Callable[..., str]
) -> None:
    token = mailed_token("verify", people.alice.email)
    reset = mailed_token("reset", people.alice.email)
    assert api.post("/auth/verify", {"token": reset}).status_code == 422
    change = {"token": token, "new_password": NEW}
    assert api.post("/auth/password-reset/confirm", change).status_code == 422
    for wrong in ("", "x", token[:-1], token + "x", "é"):
        assert api.post("/auth/verify", {"token": wrong}).status_code == 422
    half = api.post("/auth/verify", data=rb'{"token": "\ud800"}', content_type="application/json")
    assert half.status_code == 400, "half a character is no JSON"
    assert api.post("/auth/verify", {"token": token}).status_code == 204


def test_a_weak_password_does_not_use_the_link_up(
    api: Api, people: Crowd, mailed_token: Callable[..., str]
) -> None:
    token = mailed_token("reset", people.alice.email)
    refused = api.post("/auth/password-reset/confirm", {"token": token, "new_password": "short"})
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["new_password"]
    change = {"token": token, "new_password": NEW}
    assert api.post("/auth/password-reset/confirm", change).status_code == 204


def test_a_deactivated_account_stays_deactivated(
    app: Flask, api: Api, people: Crowd, postbox: Postbox, run_jobs: RunJobs
) -> None:
    alice, root = people.alice, people.root
    run_jobs(app)
    api.post("/auth/password-reset", {"email": alice.email})
    run_jobs(app)
    token = parse_qs(urlsplit(links(postbox.mails[-1])[0]).query)["token"][0]
    root.api.patch(f"/users/{alice.id}", {"is_active": False})

    change = {"token": token, "new_password": NEW}
    assert api.post("/auth/password-reset/confirm", change).status_code == 422
    before = len(postbox.mails)
    assert api.post("/auth/password-reset", {"email": alice.email}).status_code == 202
    run_jobs(app)
    assert len(postbox.mails) == before
    assert api.post("/auth/login", {"login": "alice", "password": NEW}).status_code == 401


def test_nobody_learns_who_has_an_account(
    people: Crowd,
    api: Api,
    postbox: Postbox,
    run_jobs: RunJobs,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    """One answer, after one work: who measures the time learns nothing either."""
    app, addresses = api.client.application, {"unknown": "nobody@example.org"}
    addresses["known"] = people.alice.email
    run_jobs(app)
    postbox.mails.clear()
    answers, work = {}, {}
    for _ in range(2 * MOST_AN_HOUR):
        for kind, address in addresses.items():
            with count_queries() as statements:
                answer = api.post("/auth/password-reset", {"email": address})
            answers[kind], work[kind] = (answer.status_code, answer.data), statements
    assert answers["known"] == answers["unknown"]
    assert work["known"] == work["unknown"]
    assert not postbox.mails

    assert set(run_jobs(app)) == {"done"}, "an address that nobody has is no fault"
    assert len(postbox.mails) == MOST_AN_HOUR, "and nobody's mailbox is flooded"
    assert {mail["To"] for mail in postbox.mails} == {people.alice.email}


def test_what_is_no_address_is_refused(api: Api) -> None:
    answer = api.post("/auth/password-reset", {"email": "not an address"})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["email"]


def test_neither_the_database_nor_the_log_can_open_an_account(
    app: Flask, people: Crowd, mailed_token: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    token = mailed_token("reset", people.alice.email)
    with app.app_context():
        rows = [*read_all(select(EmailToken.__table__)), *read_all(select(Job.__table__))]
        assert rows
        assert token not in str(rows)
        assert people.alice.email not in str([row for row in rows if "outcome" in row._fields])
    output = capsys.readouterr()
    assert token not in output.out + output.err


def test_what_is_rolled_back_sends_nothing(
    app: Flask, people: Crowd, api: Api, run_jobs: RunJobs
) -> None:
    assert people.alice.id
    run_jobs(app)
    # The name is free, the address is not: the first attempt at an account comes to nothing.
    clash = {"username": "another", "email": people.alice.email, "password": PASSWORD}
    assert api.post("/auth/register", clash).status_code == 409
    assert run_jobs(app) == []


def test_links_are_forgotten_when_they_are_past_their_time(
    app: Flask, people: Crowd, mailed_token: Callable[..., str]
) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        mailed_token("reset", people.alice.email)
        clock.shift(timedelta(days=8))
        with app.app_context():
            prune_expired(Claim(0, "prune_expired", {}, now(), 1))
            db.session.commit()
            assert read_all(select(EmailToken.digest)) == []
            assert read_all(select(Job.id)) == []


def test_only_links_past_their_time_are_forgotten(
    app: Flask, people: Crowd, mailed_token: Callable[..., str]
) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock, app.app_context():
        mailed_token("reset", people.alice.email)  # and one by which to verify, for three days
        for later, gone in [(3599, 0), (1, 1), (3 * 86400 - 3600, 1)]:
            clock.shift(later)
            assert forget_expired_tokens() == gone
            db.session.commit()
