"""The same city within an hour costs one call, on any node; a provider that fails gets a rest."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from structlog.testing import capture_logs

from taskapp.weather.cache import Memory
from taskapp.weather.services import weather_for
from tests import servers
from tests.weather import provider as faults
from tests.weather.conftest import MakeApp
from tests.weather.provider import USUAL_PATIENCE, Patience, Provider


def ask(app: Flask, city: str) -> dict[str, Any] | None:
    with app.app_context():
        return weather_for(city)


def reason(app: Flask, city: str) -> str:
    """Why there is no weather."""
    with capture_logs() as lines:
        assert ask(app, city) is None
    return lines[-1]["reason"]


@pytest.fixture(params=["memory", "redis"])
def two_apps(request: pytest.FixtureRequest, make_app: MakeApp) -> tuple[Flask, Flask]:
    """The same process twice, then two nodes that share a Redis."""
    if request.param == "memory":
        app = make_app()
        return app, app
    redis_url = request.getfixturevalue("redis_url")
    return make_app(REDIS_URL=redis_url), make_app(REDIS_URL=redis_url)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`hours.add(1)` lets time pass for what this process remembers."""

    class Clock:
        passed = 0.0

        def add(self, hours: float) -> None:
            self.passed += hours * 3600

    clock = Clock()
    monkeypatch.setattr("taskapp.weather.cache.monotonic", lambda: monotonic() + clock.passed)
    return clock


@contextmanager
def stopped(redis_url: str) -> Iterator[None]:
    """Let a Redis hang: it takes connections, and answers nothing."""
    with Redis.from_url(redis_url) as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_city_is_asked_for_once(two_apps: tuple[Flask, Flask], provider: Provider) -> None:
    one, other = two_apps
    weather = ask(one, "New York")
    assert weather is not None
    for spelling in ("New York", "new york", "  NEW   YORK ", "\uff2eew York"):
        assert ask(other, spelling) == weather
    assert provider.cities == ["New York"]
    ask(other, "York")
    assert provider.cities == ["New York", "York"]


def test_an_unknown_city_is_asked_for_once(
    two_apps: tuple[Flask, Flask], provider: Provider
) -> None:
    assert [reason(app, faults.UNKNOWN) for app in two_apps] == ["unknown_city"] * 2
    assert provider.cities == [faults.UNKNOWN]
    assert ask(two_apps[0], "Berlin") is not None, "that is no fault of the provider's"


@pytest.mark.parametrize("city", ["Berlin", faults.UNKNOWN])
def test_many_who_ask_at_once_make_one_call(
    two_apps: tuple[Flask, Flask], provider: Provider, city: str
) -> None:
    with ThreadPoolExecutor(16) as pool, provider.hold(city):
        asked = [pool.submit(ask, app, city) for app in two_apps for _ in range(8)]
        assert provider.reached.wait(5)
        # While that call waits, another city does not.
        assert ask(two_apps[0], "Oslo") is not None
    answers = [one.result() for one in asked]
    assert answers == [answers[0]] * 16
    assert (answers[0] is None) == (city == faults.UNKNOWN)
    assert sorted(provider.cities) == sorted([city, "Oslo"])


def test_after_an_hour_a_city_is_asked_for_again(
    make_app: MakeApp, provider: Provider, hours: Any
) -> None:
    app = make_app()
    ask(app, "Berlin")
    hours.add(0.99)
    ask(app, "Berlin")
    assert provider.cities == ["Berlin"]
    hours.add(0.02)
    ask(app, "Berlin")
    assert provider.cities == ["Berlin", "Berlin"]


def test_redis_forgets_after_an_hour_too(
    make_app: MakeApp, provider: Provider, redis_url: str
) -> None:
    ask(make_app(REDIS_URL=redis_url), "Berlin")
    with Redis.from_url(redis_url) as client:
        (key,) = client.keys("*")
        assert 3590 < client.ttl(key) <= 3600


def test_memory_is_bounded() -> None:
    memory = Memory(size=2)
    for key in ("one", "two", "one", "three"):
        memory.put(key, key.encode(), 60)
    assert [memory.get(key) for key in ("one", "two", "three")] == [b"one", None, b"three"]


def test_a_provider_that_fails_is_left_alone_for_a_minute(
    two_apps: tuple[Flask, Flask], provider: Provider
) -> None:
    one, other = two_apps
    known = ask(one, "Oslo")
    provider.calls.clear()
    provider.fault = faults.server_error
    assert reason(one, "Berlin") == "http_error"
    assert [reason(app, city) for app in two_apps for city in ("Berlin", "Paris")] == (
        ["left_alone"] * 4
    )
    assert len(provider.calls) == 1
    assert ask(other, "Oslo") == known, "what is known needs no provider"


def test_after_a_minute_it_is_asked_again(
    make_app: MakeApp, provider: Provider, hours: Any
) -> None:
    app = make_app()
    provider.fault = faults.garbage
    assert reason(app, "Berlin") == "malformed"
    provider.fault = None
    hours.add(59 / 3600)
    assert reason(app, "Berlin") == "left_alone"
    hours.add(2 / 3600)
    assert ask(app, "Berlin") is not None


def test_those_who_wait_for_a_call_that_fails_do_not_repeat_it(
    two_apps: tuple[Flask, Flask], provider: Provider
) -> None:
    provider.fault = faults.server_error
    with ThreadPoolExecutor(8) as pool, provider.hold("Berlin"):
        asked = [pool.submit(ask, app, "Berlin") for app in two_apps for _ in range(4)]
        assert provider.reached.wait(5)
    assert [one.result() for one in asked] == [None] * 8
    assert len(provider.calls) == 1


def test_who_waits_for_somebody_elses_call_waits_no_longer_than_for_their_own(
    two_apps: tuple[Flask, Flask], provider: Provider, patience: Patience
) -> None:
    patience(1)
    provider.fault = faults.hang
    start = monotonic()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, app, "Berlin") for app in two_apps for _ in range(4)]
        assert [one.result() for one in asked] == [None] * 8
    assert monotonic() - start < 5, "eight in turn would take eight seconds"
    assert len(provider.calls) == 1


def test_when_redis_hangs_each_node_goes_on_by_itself(
    make_app: MakeApp, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than usual, so that one wait and several can be told apart on a machine that is busy.
    monkeypatch.setattr("taskapp.core.redis._PATIENCE", 1.0)
    with servers.valkey() as redis_url:
        one, other = (make_app(REDIS_URL=redis_url) for _ in range(2))
        known = ask(one, "Oslo")
        with stopped(redis_url):
            start = monotonic()
            assert ask(one, "Oslo") == known, "it remembers what it found itself"
            assert monotonic() - start < 5, "Redis was asked over and over"
            start = monotonic()
            assert [ask(one, "Berlin") is not None for _ in range(10)] == [True] * 10
            assert monotonic() - start < 5, "Redis is waited for once, not by each of the ten"
            assert ask(other, "Oslo") is not None
    assert sorted(provider.cities) == ["Berlin", "Oslo", "Oslo"]


def test_redis_and_the_provider_may_hang_together(
    make_app: MakeApp, provider: Provider, patience: Patience
) -> None:
    patience(USUAL_PATIENCE)
    provider.fault = faults.hang
    with servers.valkey() as redis_url:
        app = make_app(REDIS_URL=redis_url)
        with stopped(redis_url):
            start = monotonic()
            assert reason(app, "Berlin") == "timeout"
            assert USUAL_PATIENCE <= monotonic() - start < 2 * USUAL_PATIENCE


def test_a_redis_that_ends_while_a_city_is_looked_up_does_no_harm(
    make_app: MakeApp, provider: Provider
) -> None:
    with servers.valkey() as redis_url:
        app = make_app(REDIS_URL=redis_url)
        with ThreadPoolExecutor(1) as pool:
            with provider.hold("Berlin"):
                asked = pool.submit(ask, app, "Berlin")
                assert provider.reached.wait(5)
                with Redis.from_url(redis_url) as client:
                    client.shutdown(nosave=True)
            assert asked.result() is not None
        assert ask(app, "Berlin") is not None
    assert provider.cities == ["Berlin"]
