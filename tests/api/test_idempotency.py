"""Safe retries: a POST with an Idempotency-Key has its effect once (contract §1)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.test import TestResponse

from taskapp.core.database import read_scalar, write_apart
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.idempotency.models import IdempotencyKey
from taskapp.tasks import services
from tests.clients import Api
from tests.people import PASSWORD, Crowd

KEY = "a key of the client's"


def post(api: Api, title: str = "Once", key: str = KEY, path: str = "/tasks") -> TestResponse:
    return api.post(path, {"title": title}, headers={"Idempotency-Key": key})


def is_replay(response: TestResponse) -> bool:
    return response.headers.get("Idempotency-Replayed") == "true"


def age(app: Flask, by: timedelta) -> None:
    """Let time pass for the keys."""
    with app.app_context():
        write_apart(update(IdempotencyKey).values(started_at=now() - by))


def count_keys(app: Flask) -> int:
    with app.app_context():
        return int(read_scalar(select(func.count()).select_from(IdempotencyKey)))


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, Event]]:
    """The first task to be created waits in the middle: (it has begun, let it go on)."""
    begun, go_on = Event(), Event()
    create = services.create_task

    def wait_and_create(*args: Any) -> Any:
        if not begun.is_set():
            begun.set()
            assert go_on.wait(20)
        return create(*args)

    monkeypatch.setattr(services, "create_task", wait_and_create)
    yield begun, go_on
    go_on.set()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], None]:
    """`failing(module, name)`: that function fails from now on as if the database were gone."""

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("", None, Exception("gone"))

    return lambda module, name: monkeypatch.setattr(module, name, fail)


def test_a_repeated_post_gives_the_first_answer_and_creates_nothing(people: Crowd) -> None:
    api = people.alice.api
    first, second = post(api), post(api)

    assert (first.status_code, is_replay(first)) == (201, False)
    assert (second.status_code, is_replay(second)) == (201, True)
    for header in ("Content-Type", "ETag", "Location"):
        assert second.headers[header] == first.headers[header]
    assert second.data == first.data
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert api.get("/tasks").json["total"] == 1


def test_the_first_answer_stays_though_the_object_changes(people: Crowd) -> None:
    api = people.alice.api
    first = post(api)
    api.patch(f"/tasks/{first.json['id']}", {"title": "Renamed"})
    assert post(api).data == first.data


def test_another_body_under_the_same_key_is_refused(people: Crowd) -> None:
    api = people.alice.api
    post(api)
    response = post(api, "Another")
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["Idempotency-Key"]
    assert api.get("/tasks").json["total"] == 1


def test_an_upload_is_compared_by_its_parts_and_not_by_what_stands_between_them(
    people: Crowd,
) -> None:
    api = people.alice.api
    path = f"/tasks/{api.make_task()['id']}/attachments"

    def upload(content: bytes, boundary: str, key: str = KEY) -> TestResponse:
        disposition = 'Content-Disposition: form-data; name="file"; filename="notes.bin"'
        head, end = f"--{boundary}\r\n{disposition}\r\n\r\n", f"\r\n--{boundary}--\r\n"
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Idempotency-Key": key,
        }
        return api.post(path, data=head.encode() + content + end.encode(), headers=headers)

    content = b"\n--\n\x00" * 500_000
    first, again = upload(content, "first"), upload(content, "second")
    assert (first.status_code, first.json["size"], is_replay(first)) == (201, 2_500_000, False)
    assert (again.status_code, again.data, is_replay(again)) == (201, first.data, True)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert upload(content + b"\n", "third").status_code == 422
    assert upload(b"x" * 11 * 2**20, "fourth", key="another key").status_code == 413
    assert api.get(path).json["total"] == 1


def test_a_key_belongs_to_its_user_and_path(people: Crowd) -> None:
    alice, bob = people.alice.api, people.bob.api
    first = post(alice)
    assert not is_replay(post(bob))
    assert not is_replay(post(alice, key="another key"))
    assert alice.post("/auth/logout", headers={"Idempotency-Key": KEY}).status_code == 204
    elsewhere = Api(alice.client, people.alice.token())
    assert post(elsewhere).json == first.json


def test_a_trailing_slash_is_the_same_path(people: Crowd) -> None:
    first = post(people.alice.api, path="/tasks")
    assert post(people.alice.api, path="/tasks/").json == first.json


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb", "\x7f"])
def test_a_malformed_key_is_refused(people: Crowd, key: str) -> None:
    response = post(people.alice.api, key=key)
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["Idempotency-Key"]
    assert people.alice.api.get("/tasks").json["total"] == 0


@pytest.mark.parametrize("key", ["x" * 255, '"quoted"', "~ !"])
def test_any_printable_key_will_do(people: Crowd, key: str) -> None:
    assert post(people.alice.api, key=key).status_code == 201
    assert is_replay(post(people.alice.api, key=key))


def test_signing_in_ignores_a_key(people: Crowd, api: Api) -> None:
    login = {"login": people.alice.username, "password": PASSWORD}
    for caller in (api, people.alice.api):
        for headers in ({"Idempotency-Key": KEY}, {"Idempotency-Key": ""}):
            answers = [caller.post("/auth/login", login, headers=headers) for _ in "12"]
            assert len({answer.json["access_token"] for answer in answers}) == 2


def test_who_is_nobody_has_no_key(api: Api) -> None:
    for username in ("first", "second"):
        account = {"username": username, "password": PASSWORD}
        made = api.post("/auth/register", account, headers={"Idempotency-Key": KEY})
        assert (made.status_code, made.json["username"]) == (201, username)
    assert post(api).status_code == 401


def test_only_post_takes_a_key(people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task()
    for title in ("One", "Two"):
        headers = {"Idempotency-Key": KEY}
        response = api.patch(f"/tasks/{task['id']}", {"title": title}, headers=headers)
        assert response.json["title"] == title


def test_a_refusal_is_kept_too(people: Crowd, app: Flask) -> None:
    api = people.alice.api
    first, second = post(api, ""), post(api, "")
    assert (first.status_code, is_replay(first)) == (422, False)
    assert (second.status_code, is_replay(second)) == (422, True)
    assert second.json == first.json
    assert second.mimetype == "application/problem+json"


def test_a_refusal_that_repeats_a_huge_body_is_not_kept(people: Crowd) -> None:
    api, headers = people.alice.api, {"Idempotency-Key": KEY}
    for _ in range(2):
        answer = api.post("/tasks", {"x" * 100_000: 1}, headers=headers)
        assert (answer.status_code, is_replay(answer)) == (422, False)


def test_a_failure_of_ours_is_not_kept(
    people: Crowd, failing: Callable[[object, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = people.alice.api
    failing(services, "create_task")
    assert post(api).status_code == 503
    monkeypatch.undo()
    assert not is_replay(post(api))
    assert is_replay(post(api))
    assert api.get("/tasks").json["total"] == 1


def test_what_asks_to_try_again_is_not_kept(people: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    api = people.alice.api

    def clash(*_args: object) -> None:
        raise StaleDataError

    monkeypatch.setattr(services, "create_task", clash)
    assert post(api).status_code == 409
    monkeypatch.undo()
    assert post(api).status_code == 201


def test_effect_and_answer_are_committed_together_or_not_at_all(
    people: Crowd, failing: Callable[[object, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = people.alice.api
    failing(db.session, "commit")
    assert post(api).status_code == 503
    monkeypatch.undo()
    assert api.get("/tasks").json["total"] == 0
    assert not is_replay(post(api))
    assert api.get("/tasks").json["total"] == 1


def test_while_the_first_is_running_the_second_is_told_so(
    people: Crowd, paused: tuple[Event, Event]
) -> None:
    begun, go_on = paused
    slow, quick = people.alice.api, Api(people.alice.app.test_client(), people.alice.token())
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, slow)
        assert begun.wait(20)
        assert post(quick).status_code == 409
        assert post(quick, "Another").status_code == 422
        assert post(quick, key="another key").status_code == 201, "nobody else has to wait"
        go_on.set()
        assert first.result().status_code == 201
    assert post(quick).data == first.result().data


def test_a_first_request_that_died_is_replaced_and_cannot_come_back(
    app: Flask, people: Crowd, paused: tuple[Event, Event]
) -> None:
    begun, go_on = paused
    slow, quick = people.alice.api, Api(app.test_client(), people.alice.token())
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, slow)
        assert begun.wait(20)
        age(app, by=timedelta(seconds=61))
        second = post(quick)
        assert (second.status_code, is_replay(second)) == (201, False)
        go_on.set()
        assert first.result().status_code == 409
    assert post(quick).data == second.data
    assert quick.get("/tasks").json["total"] == 1


def test_after_a_day_a_key_is_forgotten(app: Flask, people: Crowd) -> None:
    api = people.alice.api
    post(api)
    post(people.bob.api)
    age(app, by=timedelta(hours=23, minutes=59))
    assert is_replay(post(api))
    age(app, by=timedelta(hours=24))
    assert not is_replay(post(api, "Another"))
    assert count_keys(app) == 1, "those of everybody go"


def test_a_key_outlives_a_restart_and_not_its_user(
    app: Flask, people: Crowd, apps: Callable[..., Flask], database_url: str
) -> None:
    first = post(people.alice.api)
    restarted = apps(database_url, LOG_LEVEL="WARNING")
    again = post(Api(restarted.test_client(), people.alice.token()))
    assert (again.data, is_replay(again)) == (first.data, True)

    with app.app_context():
        db.session.execute(db.text("DELETE FROM users"))
        db.session.commit()
    assert count_keys(app) == 0
