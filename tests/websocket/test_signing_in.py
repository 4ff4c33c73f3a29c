"""Who may open a socket, and for how long (contract §1, §3)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
import requests
from sqlalchemy import update

from taskapp.accounts.models import Session, User
from taskapp.accounts.sessions import open_session
from taskapp.core.time import now
from taskapp.extensions import db
from tests.people import PASSWORD
from tests.websocket.conftest import Deployment
from tests.websocket.listening import Caller, Ear

POLICY_VIOLATION = 1008


@pytest.fixture(scope="module")
def silent(deployment: Deployment) -> Iterator[tuple[Ear, float]]:
    """A socket that never says who it is, opened before the other tests of this module run."""
    with ExitStack() as stack:
        yield Ear(deployment.base, stack=stack), monotonic()


@pytest.fixture(autouse=True)
def _silence(silent: tuple[Ear, float]) -> None:
    pass


def test_a_token_in_the_header_signs_in(deployment: Deployment) -> None:
    ear = Ear(deployment.base, deployment.caller().token, headers={"X-Request-ID": "mine"})
    assert ear.response_headers["X-Request-ID"] == "mine"
    assert ear.hear()["type"] == "ready"


def test_a_token_in_the_first_message_signs_in(deployment: Deployment) -> None:
    ear = Ear(deployment.base)
    ear.say({"type": "auth", "token": deployment.caller().token})
    assert ear.hear()["type"] == "ready"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\u00e4"])
def test_a_wrong_token_is_shown_out(deployment: Deployment, token: str) -> None:
    ear = Ear(deployment.base)
    ear.say({"type": "auth", "token": token})
    assert ear.closing_code() == POLICY_VIOLATION


@pytest.mark.parametrize(
    "message", ["nonsense", "[]", "{}", '{"type": "resume", "after": 0}', '{"type": "auth"}']
)
def test_whatever_else_comes_first_is_shown_out(deployment: Deployment, message: str) -> None:
    ear = Ear(deployment.base)
    ear.say(message)
    assert ear.closing_code() == POLICY_VIOLATION


@pytest.mark.parametrize("header", ["Bearer x", "Basic YTpi", "Bearer"])
def test_a_wrong_header_is_shown_out(deployment: Deployment, header: str) -> None:
    ear = Ear(deployment.base, headers={"Authorization": header})
    assert ear.closing_code() == POLICY_VIOLATION


def test_a_token_in_the_address_is_not_looked_at(deployment: Deployment) -> None:
    alice = deployment.caller()
    ear = Ear(deployment.base, path=f"/ws?token={alice.token}&access_token={alice.token}")
    ear.say({"type": "resume", "after": 0})
    assert ear.closing_code() == POLICY_VIOLATION


@pytest.mark.parametrize(("scope", "opens"), [("tasks:read", True), ("users:write", False)])
def test_an_access_token_that_may_read_tasks_signs_in(
    deployment: Deployment, scope: str, opens: bool
) -> None:
    caller = deployment.caller()
    body = {"name": "Listener", "scopes": [scope]}
    token = caller.call("POST", "/users/me/tokens", body)["token"]
    by_header, by_message = Ear(deployment.base, token), Ear(deployment.base)
    by_message.say({"type": "auth", "token": token})
    for ear in (by_header, by_message):
        if opens:
            assert ear.hear()["type"] == "ready"
        else:
            assert ear.closing_code() == POLICY_VIOLATION


def test_a_revoked_access_token_closes_its_sockets(deployment: Deployment) -> None:
    caller = deployment.caller()
    body = {"name": "Listener", "scopes": ["tasks:read"]}
    made = caller.call("POST", "/users/me/tokens", body)
    ear = Ear(deployment.base, made["token"])
    assert ear.hear()["type"] == "ready"
    caller.call("DELETE", f"/users/me/tokens/{made['id']}")
    assert ear.closing_code() == POLICY_VIOLATION


# The cookie


def cookie_of(deployment: Deployment, caller: Caller) -> str:
    """The cookie of a browser that is signed in."""
    with deployment.app.app_context():
        lifetime = timedelta(days=1)
        key = open_session(caller.id, kind="web", lifetime=lifetime).key
        db.session.commit()
    client = deployment.app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = key
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"


def test_the_cookie_of_a_page_of_ours_signs_in(deployment: Deployment) -> None:
    cookie = cookie_of(deployment, deployment.caller())
    ear = Ear(deployment.base, headers={"Cookie": cookie}, origin=deployment.base)
    assert ear.hear()["type"] == "ready"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:99999999",
        "{base}.evil.example",
        "{base}@evil.example",
        "https://{host}",
    ],
)
def test_the_cookie_on_a_foreign_page_is_shown_out(
    deployment: Deployment, origin: str | None
) -> None:
    host = deployment.base.removeprefix("http://")
    origin = origin and origin.format(base=deployment.base, host=host)
    cookie = cookie_of(deployment, deployment.caller())
    ear = Ear(deployment.base, headers={"Cookie": cookie}, origin=origin)
    assert ear.closing_code() == POLICY_VIOLATION


def test_the_cookie_of_a_session_that_ended_is_shown_out(deployment: Deployment) -> None:
    alice = deployment.caller()
    cookie = cookie_of(deployment, alice)
    alice.call(
        "PUT",
        "/auth/password",
        {"current_password": PASSWORD, "new_password": "another " + PASSWORD},
    )
    ear = Ear(deployment.base, headers={"Cookie": cookie}, origin=deployment.base)
    assert ear.closing_code() == POLICY_VIOLATION


# The end of a session ends its sockets


def log_out(deployment: Deployment, caller: Caller) -> None:
    caller.call("POST", "/auth/logout")


def change_password(deployment: Deployment, caller: Caller) -> None:
    words = {"current_password": PASSWORD, "new_password": "another " + PASSWORD}
    caller.call("PUT", "/auth/password", words)


def deactivate(deployment: Deployment, caller: Caller) -> None:
    _update(deployment, update(User).where(User.id == caller.id).values(is_active=False))


def demote(deployment: Deployment, caller: Caller) -> None:
    _update(deployment, update(User).where(User.id == caller.id).values(role="user"))


def expire(deployment: Deployment, caller: Caller) -> None:
    of_caller = update(Session).where(Session.user_id == caller.id)
    _update(deployment, of_caller.values(expires_at=now()))


def _update(deployment: Deployment, statement: Any) -> None:
    with deployment.app.app_context():
        db.session.execute(statement)
        db.session.commit()


@pytest.mark.parametrize("end", [log_out, change_password, deactivate, demote, expire])
def test_a_session_that_ends_closes_its_sockets(
    deployment: Deployment, end: Callable[[Deployment, Caller], None]
) -> None:
    ending, going_on = deployment.caller(role="admin"), deployment.caller()
    ears = [ending.listen() for _ in range(3)]
    other = going_on.listen()

    end(deployment, ending)
    since = monotonic()
    assert [ear.closing_code() for ear in ears] == [POLICY_VIOLATION] * 3
    assert monotonic() - since < 5  # one second is promised; this machine may be busy

    task = going_on.make_task()
    assert other.hear()["task_id"] == task["id"]


def test_a_browser_that_nobody_used_for_long_loses_its_sockets(deployment: Deployment) -> None:
    alice = deployment.caller()
    cookie = cookie_of(deployment, alice)
    by_cookie = Ear(deployment.base, headers={"Cookie": cookie}, origin=deployment.base)
    by_token = alice.listen()
    assert by_cookie.hear()["type"] == "ready"
    of_alice = update(Session).where(Session.user_id == alice.id)
    ago = {"created_at": timedelta(days=15), "last_used_at": timedelta(days=14)}
    _update(deployment, of_alice.values({name: now() - time for name, time in ago.items()}))
    assert by_cookie.closing_code() == POLICY_VIOLATION
    again = Ear(deployment.base, headers={"Cookie": cookie}, origin=deployment.base)
    assert again.closing_code() == POLICY_VIOLATION
    task = alice.make_task()
    assert by_token.hear()["task_id"] == task["id"], "a program may pause"


@pytest.mark.parametrize("end", [log_out, deactivate, demote])
def test_what_happens_after_a_session_ended_is_not_heard(
    deployment: Deployment, end: Callable[[Deployment, Caller], None]
) -> None:
    alice = deployment.caller()
    for _ in range(5):
        ending = deployment.caller(role="admin")
        ear = ending.listen()
        end(deployment, ending)
        alice.make_task("Not for them")
        assert ear.rest() == (POLICY_VIOLATION, [])


def test_who_becomes_an_admin_hears_everything(deployment: Deployment) -> None:
    alice, bob = deployment.caller(), deployment.caller()
    ear = alice.listen()
    _update(deployment, update(User).where(User.id == alice.id).values(role="admin"))
    for _ in range(50):
        task = bob.make_task()
        if heard := ear.hear_within(0.2):
            break
    assert heard
    assert heard["task_id"] == task["id"]


def test_a_newer_token_takes_over(deployment: Deployment) -> None:
    alice = deployment.caller()
    ear = alice.listen()
    login = {"login": alice.username, "password": PASSWORD}
    answer = requests.post(f"{deployment.base}/api/v1/auth/login", json=login, timeout=30)
    newer = answer.json()["access_token"]
    ear.say({"type": "auth", "token": newer})
    ear.say({"type": "resume", "after": -1})
    assert ear.hear() == {"type": "reset"}

    bystander = alice.listen()
    alice.call("POST", "/auth/logout")
    assert bystander.closing_code() == POLICY_VIOLATION
    alice.token = newer
    task = alice.make_task()
    assert ear.hear()["task_id"] == task["id"]


def test_the_token_of_somebody_else_does_not(deployment: Deployment) -> None:
    ear = deployment.caller().listen()
    ear.say({"type": "auth", "token": deployment.caller().token})
    assert ear.closing_code() == POLICY_VIOLATION


def test_who_says_nothing_is_shown_out_after_ten_seconds(silent: tuple[Ear, float]) -> None:
    ear, since = silent
    assert ear.closing_code(within=30) == POLICY_VIOLATION
    assert monotonic() - since < 30
