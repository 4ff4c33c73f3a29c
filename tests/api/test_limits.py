"""How often somebody may ask: contract §1, rate limits."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

import config
from taskapp import create_app
from taskapp.core.database import close_connections
from taskapp.counters import OwnCounters
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.settings import SETTINGS

Start = Callable[..., Flask]


@pytest.fixture
def start(sqlite_url: str, tmp_path: Path) -> Iterator[Start]:
    """`start(SETTING=…)`: an application that counts from nothing; five requests a minute."""
    started: list[Flask] = []

    def create(**settings: Any) -> Flask:
        places = {"DATABASE_URL": sqlite_url, "STORAGE_URL": tmp_path.as_uri()}
        limits = {"RATELIMIT_ENABLED": True, "RATELIMIT_DEFAULT": "5 per minute"}
        app = create_app({**SETTINGS, **places, **limits, **settings})
        started.append(app)
        return app

    yield create
    for app in started:
        with app.app_context():
            close_connections()


def anybody(app: Flask) -> Api:
    return Api(app.test_client())


def statuses(ask: Callable[[], TestResponse], times: int) -> list[int]:
    return [ask().status_code for _ in range(times)]


def sign_in(api: Api, password: str = PASSWORD, address: str = "127.0.0.1", **kw: Any) -> int:
    body = {"login": "alice", "password": password}
    base = {"REMOTE_ADDR": address}
    return api.post("/auth/login", body, environ_base=base, **kw).status_code


def test_the_figures_of_the_contract_are_the_default() -> None:
    settings = config.load({})
    assert settings["RATELIMIT_ENABLED"] is True
    assert settings["RATELIMIT_DEFAULT"] == "100 per minute"
    assert settings["RATELIMIT_AUTH"] == "10 per minute"


def test_one_too_many_is_refused_and_told_when_to_come_back(start: Start) -> None:
    alice = Crowd(start()).alice.api

    answers = [alice.get("/tasks") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [int(a.headers["RateLimit-Remaining"]) for a in answers] == [4, 3, 2, 1, 0, 0]
    for answer in answers:
        assert answer.headers["RateLimit-Limit"] == "5"
        assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
    assert "Retry-After" not in answers[0].headers
    refusal = answers[-1]
    assert refusal.headers["Retry-After"] == refusal.headers["RateLimit-Reset"]
    assert refusal.mimetype == "application/problem+json"
    assert refusal.json["title"] == "Too Many Requests"
    assert refusal.json["request_id"] == refusal.headers["X-Request-ID"]


def test_after_the_minute_one_may_ask_again(start: Start) -> None:
    api = anybody(start(RATELIMIT_DEFAULT="1 per second"))
    assert statuses(lambda: api.get("/"), 2) == [200, 429]
    give_up = monotonic() + 5
    while api.get("/").status_code == 429:
        assert monotonic() < give_up


def test_every_answer_counts_whatever_it_is(start: Start) -> None:
    api = Crowd(start()).alice.api
    answers = [
        api.get("/tasks/999"),
        api.get("/nowhere"),
        api.delete("/tasks"),
        api.post("/tasks", {}),
        api.get("/tasks?nonsense=1"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 405, 422, 422]
    assert [int(a.headers["RateLimit-Remaining"]) for a in answers] == [4, 3, 2, 1, 0]
    assert api.get("/tasks").status_code == 429


def test_each_user_has_a_budget_and_each_address_without_a_token(start: Start) -> None:
    app = start()
    people = Crowd(app)
    alice, elsewhere = people.alice.api, Api(app.test_client(), people.alice.token())

    assert statuses(lambda: alice.get("/tasks"), 3) == [200] * 3
    assert statuses(lambda: elsewhere.get("/tasks"), 3) == [200, 200, 429]
    base = {"REMOTE_ADDR": "10.0.0.9"}
    assert alice.get("/tasks", environ_base=base).status_code == 429

    assert people.bob.api.get("/tasks").status_code == 200
    assert statuses(lambda: anybody(app).get("/"), 6) == [200] * 5 + [429]
    assert anybody(app).get("/", environ_base=base).status_code == 200
    assert people.bob.api.get("/").status_code == 200


def test_guessing_tokens_is_limited_by_address(start: Start) -> None:
    app = start()
    guesses = [Api(app.test_client(), f"{number}.a.b") for number in range(6)]
    answers = [guess.get("/tasks") for guess in guesses]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert "RateLimit-Limit" in answers[0].headers
    assert Crowd(app).alice.api.get("/tasks").status_code == 200


def test_wrong_passwords_lock_their_sender_out_and_nobody_else(start: Start) -> None:
    app = start()
    Crowd(app).make("alice")
    api = anybody(app)

    guesses = [sign_in(api, "wrong password", address="10.6.6.6") for _ in range(50)]

    assert guesses == [401] * 10 + [429] * 40
    assert sign_in(api, address="10.6.6.6") == 429
    assert sign_in(api, address="10.0.0.1") == 200


def test_every_door_to_registering_is_charged_alike(start: Start) -> None:
    api = anybody(start(RATELIMIT_AUTH="3 per minute"))
    doors = ["/auth/register", "/users/", "/register/"]
    for door in doors:
        assert api.post(door, {}).status_code == 422
    assert [api.post(door, {}).status_code for door in doors] == [429] * 3


def test_signing_in_and_registering_have_a_budget_each(start: Start) -> None:
    app = start(RATELIMIT_AUTH="2 per minute")
    Crowd(app).make("alice")
    api = anybody(app)

    assert [sign_in(api) for _ in range(3)] == [200, 200, 429]
    made = [api.post("/auth/register", {"username": f"new{n}", "password": PASSWORD}) for n in "12"]
    assert [answer.status_code for answer in made] == [201, 201]
    assert api.post("/auth/register", {}).status_code == 429
    assert api.get("/").headers["RateLimit-Remaining"] == "4"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_an_address_that_the_client_claims_opens_no_new_budget(start: Start, name: str) -> None:
    api = anybody(start())
    claims = [api.get("/", headers={name: f"10.0.0.{number}"}) for number in range(6)]
    assert [answer.status_code for answer in claims] == [200] * 5 + [429]


def test_behind_a_trusted_proxy_the_address_that_it_saw_counts(start: Start) -> None:
    api = anybody(start(TRUSTED_PROXIES=1))

    def ask(claimed: str, seen: str) -> int:
        return api.get("/", headers={"X-Forwarded-For": f"{claimed}, {seen}"}).status_code

    assert [ask(f"10.0.0.{n}", "10.1.1.1") for n in range(6)] == [200] * 5 + [429]
    assert ask("10.0.0.1", "10.2.2.2") == 200


def test_an_ipv6_client_is_its_network_and_an_ipv4_one_its_address(start: Start) -> None:
    api = anybody(start())

    def ask(address: str) -> int:
        return api.get("/", environ_base={"REMOTE_ADDR": address}).status_code

    assert [ask(f"2001:db8::{n:x}:1") for n in range(6)] == [200] * 5 + [429]
    assert ask("2001:db8:0:1::1") == 200
    assert [ask("::ffff:10.0.0.1") for _ in range(6)] == [200] * 5 + [429]
    assert ask("10.0.0.1") == 429
    assert ask("::ffff:10.0.0.2") == 200
    assert ask("") == 200  # a Unix socket


def test_what_is_not_the_api_is_not_limited(start: Start) -> None:
    client = start(RATELIMIT_DEFAULT="1 per minute").test_client()
    answers = [client.get("/static/nothing.css") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {404}
    assert not any("RateLimit-Limit" in answer.headers for answer in answers)


def test_limits_can_be_switched_off(start: Start) -> None:
    api = anybody(start(RATELIMIT_ENABLED=False))
    answers = [api.get("/") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit-Limit" not in answers[0].headers


@pytest.mark.parametrize("name", ["RATELIMIT_DEFAULT", "RATELIMIT_AUTH"])
def test_a_figure_that_cannot_be_read_is_named(start: Start, name: str) -> None:
    for figure in ("often", "5 per fortnight"):
        with pytest.raises(ValueError, match=name):
            start(**{name: figure})


@pytest.mark.parametrize("workers", [1, 4])
def test_the_count_is_exact(start: Start, workers: int, request: pytest.FixtureRequest) -> None:
    """Of the threads of one worker, and of several workers that share a Redis."""
    redis = request.getfixturevalue("redis_url") if workers > 1 else None
    figures = {"REDIS_URL": redis, "RATELIMIT_DEFAULT": "20 per minute"}
    apis = [anybody(start(**figures)) for _ in range(workers)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: apis[n % workers].get("/"), range(40)))

    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [429] * 20
    refusals = [answer for answer in answers if answer.status_code == 429]
    assert all(0 < int(answer.headers["Retry-After"]) <= 60 for answer in refusals)


def test_of_a_limit_in_the_thousands_each_worker_takes_a_small_part_at_once(
    start: Start, redis_url: str
) -> None:
    """So most requests need no trip to Redis; no more than the limit pass in any case."""
    apis = [anybody(start(REDIS_URL=redis_url, RATELIMIT_DEFAULT="5000 per minute")) for _ in "ab"]
    left = [int(api.get("/").headers["RateLimit-Remaining"]) for api in apis for _ in range(6)]
    assert left == [*range(4999, 4993, -1), *range(4989, 4983, -1)]
    with Redis.from_url(redis_url) as admin:
        (key,) = admin.keys("*limits*")
        admin.incrby(key, 4980)
    answers = statuses(lambda: apis[0].get("/"), 5)
    assert answers == [200] * 4 + [429], "those that it had taken before are still good"


def test_what_was_taken_is_not_good_in_the_next_window(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    api = anybody(start(REDIS_URL=redis_url, RATELIMIT_DEFAULT="5000 per minute"))
    api.get("/")
    now = monotonic() + 61
    monkeypatch.setattr("taskapp.counters.monotonic", lambda: now)
    assert api.get("/").headers["RateLimit-Remaining"] == "4994"


def test_counters_of_a_process_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("taskapp.counters.monotonic", lambda: now)
    counters = OwnCounters()
    totals = [counters.count(f"address {n}", 60).total for n in range(1000)]
    assert totals == [1] * 1000
    assert counters.count("address 1", 60).total == 2
    now += 60
    assert counters.count("address 2", 60).total == 1
    assert len(counters._windows) == 1


def test_a_clock_that_is_set_back_makes_nobody_wait_longer() -> None:
    counters = OwnCounters()
    with time_machine.travel("2026-11-21T09:00Z", tick=False) as clock:
        counters.count("address", 60)
        clock.shift(-3600)
        assert counters.count("address", 60).seconds == pytest.approx(60, abs=1)


def test_while_redis_hangs_each_worker_counts_for_itself(
    start: Start, own_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than usual, so that one wait and several can be told apart on a machine that is busy.
    monkeypatch.setattr("taskapp.core.redis._PATIENCE", 1.0)
    app = start(REDIS_URL=own_redis)
    Crowd(app).make("alice")
    api = anybody(app)
    assert sign_in(api, "wrong password") == 401
    with Redis.from_url(own_redis) as admin:
        pid = admin.info("server")["process_id"]

    os.kill(pid, signal.SIGSTOP)
    try:
        before = monotonic()
        assert [sign_in(api, "wrong password") for _ in range(15)] == [401] * 10 + [429] * 5
        assert statuses(lambda: api.get("/"), 6) == [200] * 5 + [429]
        assert monotonic() - before < 8, "each waited, 21 seconds in all"
    finally:
        os.kill(pid, signal.SIGCONT)

    _expect_again(api, remaining=9)


def test_while_redis_is_full_or_gone_the_limits_stay(start: Start, own_redis: str) -> None:
    with Redis.from_url(own_redis) as admin:
        full, gone = anybody(start(REDIS_URL=own_redis)), anybody(start(REDIS_URL=own_redis))
        admin.config_set("maxmemory", "1")
        assert statuses(lambda: full.get("/"), 6) == [200] * 5 + [429]
        admin.config_set("maxmemory", "0")
        assert gone.get("/").status_code == 200
        admin.shutdown(nosave=True)
    assert statuses(lambda: gone.get("/"), 6) == [200] * 5 + [429]


def _expect_again(api: Api, remaining: int) -> None:
    """Wait until logins are counted in Redis again, where one wrong password stands already."""
    give_up = monotonic() + 10
    while True:
        body = {"login": "alice", "password": "wrong password"}
        answer = api.post("/auth/login", body)
        if answer.status_code == 401:
            assert int(answer.headers["RateLimit-Remaining"]) < remaining
            return
        assert monotonic() < give_up, "Redis is back, and is not used"
