"""The mail in the morning: when, for whom, what, and how to end it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import insert, select, update

from taskapp.accounts.models import User
from taskapp.core.database import read_all, read_scalar, write_apart
from taskapp.extensions import db
from taskapp.jobs.models import Job
from taskapp.jobs.outbox import enqueue
from taskapp.jobs.runner import due_jobs, run_job, tick
from tests.clients import Api
from tests.mail.postbox import Postbox, body
from tests.people import Crowd, Person
from tests.race import race
from tests.web.site import Site

RunJobs = Callable[[Flask], list[str | None]]
MORNING = "2026-11-23T07:00:00Z"


def digests(postbox: Postbox) -> list[EmailMessage]:
    """The mails that came and are digests."""
    return [mail for mail in postbox.mails if "List-Unsubscribe" in mail]


@pytest.fixture
def live_through(app: Flask, postbox: Postbox, run_jobs: RunJobs) -> Callable[..., list[str]]:
    """`live_through(*instants)` lets runners tick then; it tells at which of them a digest came."""

    def live(*instants: str) -> list[str]:
        came = []
        for instant in instants:
            before = len(digests(postbox))
            with time_machine.travel(instant, tick=False):
                with app.app_context():
                    tick()
                run_jobs(app)
            came += [instant] * (len(digests(postbox)) - before)
        return came

    return live


@pytest.fixture
def subscribe(
    app: Flask, people: Crowd, postbox: Postbox, run_jobs: RunJobs
) -> Callable[..., Person]:
    """`subscribe("alice", "Europe/Berlin")`: somebody with an address that is verified."""

    def make(username: str, timezone: str = "UTC", role: str = "user") -> Person:
        person = people.make(username, role=role, timezone=timezone)
        with app.app_context():
            verified = update(User).where(User.id == person.id).values(is_verified=True)
            write_apart(verified)
        run_jobs(app)
        postbox.mails.clear()
        return person

    return make


def task(person: Person, title: str, due: str, **fields: object) -> None:
    """A task, made before the story begins."""
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False):
        assert person.api.make_task(title, due_date=due, **fields)
        del person.api


def test_it_tells_what_is_overdue_and_what_is_due_today(
    subscribe: Callable[..., Person], live_through: Callable[..., list[str]], postbox: Postbox
) -> None:
    alice = subscribe("alice")
    task(alice, "Call the <b>bank</b>", "2026-11-20")
    task(alice, "Prepare the report", "2026-11-23T17:00:00Z")
    task(alice, "Water the plants", "2026-11-23")
    task(alice, "Far away", "2026-11-24")
    task(alice, "Done already", "2026-11-23", status="done")

    assert live_through(MORNING) == [MORNING]
    (mail,) = postbox.mails
    assert mail["Subject"] == "2 due today, 1 overdue"
    text, html = body(mail), body(mail, "html")
    assert "* Call the <b>bank</b> (Fri 20 Nov)" in text
    assert "* Prepare the report (Mon 23 Nov, 17:00)" in text
    assert text.index("Overdue") < text.index("bank") < text.index("Due today")
    assert "Call the &lt;b&gt;bank&lt;/b&gt;" in html
    for part in (text, html):
        assert "Water the plants" in part
        assert "Far away" not in part
        assert "Done already" not in part
        assert "https://tasks.example.org/tasks/" in part


def test_nothing_due_no_mail(
    subscribe: Callable[..., Person], live_through: Callable[..., list[str]]
) -> None:
    task(subscribe("alice"), "Later", "2026-12-24")
    assert live_through(MORNING, "2026-11-23T08:00:00Z") == []


def test_it_comes_once_a_day_however_often_runners_look(
    app: Flask,
    subscribe: Callable[..., Person],
    live_through: Callable[..., list[str]],
    postbox: Postbox,
) -> None:
    task(subscribe("alice"), "Daily", "2026-11-20")
    days = ["2026-11-23T07:00:00Z", "2026-11-23T07:15:00Z", "2026-11-23T11:45:00Z"]
    assert live_through(*days, "2026-11-24T07:00:00Z") == [days[0], "2026-11-24T07:00:00Z"]


def test_a_server_that_is_busy_delays_it_and_does_not_double_it(
    subscribe: Callable[..., Person], live_through: Callable[..., list[str]], postbox: Postbox
) -> None:
    task(subscribe("alice"), "Daily", "2026-11-20")
    postbox.to_data = "451 Try again later"
    assert live_through(MORNING) == []
    postbox.to_data = None
    soon = ["2026-11-23T07:00:30Z", "2026-11-23T07:01:00Z", "2026-11-23T07:16:00Z"]
    assert live_through(*soon) == ["2026-11-23T07:01:00Z"]


def test_a_digest_of_yesterday_is_not_sent_today(
    subscribe: Callable[..., Person], live_through: Callable[..., list[str]], postbox: Postbox
) -> None:
    task(subscribe("alice"), "Daily", "2026-11-20")
    postbox.to_data = "451 Try again later"
    live_through(MORNING)
    postbox.to_data = None
    assert live_through("2026-11-24T06:00:00Z") == []


def test_of_two_runners_one_sends_it(
    app: Flask, subscribe: Callable[..., Person], postbox: Postbox
) -> None:
    alice = subscribe("alice")
    task(alice, "Daily", "2026-11-20")
    with time_machine.travel(MORNING, tick=False):
        with app.app_context():
            enqueue("send_digest", user_id=alice.id, day="2026-11-23")
            db.session.commit()
            (job_id,) = due_jobs()

        def run() -> str | None:
            with app.app_context():
                return run_job(job_id)

        assert sorted(map(str, race(run, run, run))) == ["None", "None", "done"]
    assert len(postbox.mails) == 1


def test_a_whole_town_is_planned_in_steps_between_which_others_write(
    app: Flask, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    digests = select(Job.data).where(Job.name == "send_digest")
    plan = select(Job.id).where(Job.name == "plan_digests", Job.finished_at.is_(None))
    town = [
        {"username": name, "username_key": name, "email": name, "email_key": name}
        | {"password_hash": "", "is_verified": True, "timezone": zone, "version": 1}
        for number, zone in enumerate(["Europe/London"] * 600 + ["UTC"] * 500)
        for name in [f"{number}@example.org"]
    ]
    planned: list[int] = []
    steps = []
    with app.app_context(), time_machine.travel(MORNING, tick=False):
        db.session.execute(insert(User), town)
        enqueue("plan_digests")
        db.session.commit()
        while job_id := read_scalar(plan):
            with count_queries() as statements:
                assert run_job(job_id) == "done"
            assert len(statements) < 20, "many rows in one statement"
            before, planned = planned, [row.data["user_id"] for row in read_all(digests)]
            steps.append(len(planned) - len(before))
    assert steps == [500, 500, 100]
    assert len(set(planned)) == len(town)


# Expected: the first instant at which it comes, out of quarters of an hour around it. In March and
# October clocks are set on Sunday night; the morning is the user's, not an offset's.
@pytest.mark.parametrize(
    ("timezone", "before", "at"),
    [
        ("UTC", "2026-11-23T06:59:00Z", "2026-11-23T07:00:00Z"),
        ("Europe/Berlin", "2026-03-28T05:59:00Z", "2026-03-28T06:00:00Z"),  # +01:00
        ("Europe/Berlin", "2026-03-29T04:59:00Z", "2026-03-29T05:00:00Z"),  # +02:00 since 01:00
        ("Europe/Berlin", "2026-10-25T05:59:00Z", "2026-10-25T06:00:00Z"),  # +01:00 again
        ("Asia/Kathmandu", "2026-11-23T01:14:00Z", "2026-11-23T01:15:00Z"),  # +05:45
        ("Pacific/Kiritimati", "2026-11-22T16:59:00Z", "2026-11-22T17:00:00Z"),  # +14:00
        ("Pacific/Pago_Pago", "2026-11-23T17:59:00Z", "2026-11-23T18:00:00Z"),  # -11:00
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_morning_is_the_users(
    subscribe: Callable[..., Person],
    live_through: Callable[..., list[str]],
    timezone: str,
    before: str,
    at: str,
) -> None:
    task(subscribe("alice", timezone), "Daily", "2026-03-02")
    assert live_through(before, at) == [at]


def test_who_had_no_runner_in_the_morning_is_left_in_peace_in_the_afternoon(
    subscribe: Callable[..., Person], live_through: Callable[..., list[str]]
) -> None:
    task(subscribe("alice"), "Daily", "2026-11-20")
    assert live_through("2026-11-23T12:00:00Z", "2026-11-23T23:59:00Z") == []


def test_it_goes_to_no_address_that_is_not_verified_and_to_nobody_who_is_deactivated(
    app: Flask,
    people: Crowd,
    subscribe: Callable[..., Person],
    live_through: Callable[..., list[str]],
) -> None:
    task(people.bob, "Unverified", "2026-11-20")
    carol = subscribe("carol")
    task(carol, "Deactivated", "2026-11-20")
    with app.app_context():
        write_apart(update(User).where(User.id == carol.id).values(is_active=False))
    assert live_through("2026-11-23T07:00:00Z") == []


def test_an_admin_is_told_of_what_is_the_admins_own(
    people: Crowd, subscribe: Callable[..., Person], live_through: Callable[..., list[str]]
) -> None:
    subscribe("root", role="admin")
    task(people.alice, "Hers", "2026-11-20")
    assert live_through(MORNING) == []


def test_it_can_be_switched_off_and_on(
    subscribe: Callable[..., Person], live_through: Callable[..., list[str]]
) -> None:
    alice = subscribe("alice")
    task(alice, "Daily", "2026-11-20")
    assert alice.api.get("/users/me/preferences").json == {"digest": True}
    assert alice.api.patch("/users/me/preferences", {"digest": False}).json == {"digest": False}
    assert live_through(MORNING) == []
    del alice.api  # its token has died of age by that morning
    assert alice.api.patch("/users/me/preferences", {}).json == {"digest": False}
    assert alice.api.patch("/users/me/preferences", {"digest": "no"}).status_code == 422


def test_one_click_in_a_mail_program_ends_it(
    app: Flask,
    subscribe: Callable[..., Person],
    live_through: Callable[..., list[str]],
    postbox: Postbox,
) -> None:
    alice = subscribe("alice")
    task(alice, "Daily", "2026-11-20")
    live_through(MORNING)
    (mail,) = postbox.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = urlsplit(str(mail["List-Unsubscribe"]).strip(" <>"))
    assert url.netloc == "tasks.example.org"
    path = f"{url.path}?{url.query}"
    client = app.test_client()  # neither signed in nor with a form of ours
    assert client.get(path).status_code == 200
    assert alice.api.get("/users/me/preferences").json == {"digest": True}, "looking ends nothing"
    assert client.post(path + "x").status_code == 404
    assert client.post("/unsubscribe?token=made-up").status_code == 404

    clicked = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert clicked.status_code == 200
    assert alice.api.get("/users/me/preferences").json == {"digest": False}
    assert live_through("2026-11-24T07:00:00Z") == []


def test_the_page_behind_the_link_has_a_button(
    app: Flask,
    subscribe: Callable[..., Person],
    live_through: Callable[..., list[str]],
    postbox: Postbox,
) -> None:
    alice = subscribe("alice")
    task(alice, "Daily", "2026-11-20")
    live_through(MORNING)
    url = urlsplit(str(postbox.mails[0]["List-Unsubscribe"]).strip(" <>"))
    path = f"{url.path}?{url.query}"
    page = Site(app.test_client()).submit(path, path)
    assert "You are unsubscribed" in page.text
    assert (
        Api(app.test_client(), alice.token()).get("/users/me/preferences").json["digest"] is False
    )
