"""Redis that is there, hangs or is gone: nothing waits for it long, or twice."""

import os
import signal
from time import monotonic

import pytest
from flask import Flask
from redis import Redis

from taskapp import create_app
from taskapp.core.redis import redis_client, with_redis
from tests.settings import SETTINGS


def app_with(url: str | None) -> Flask:
    return create_app({**SETTINGS, "DATABASE_URL": "sqlite://", "REDIS_URL": url})


def ask() -> str:
    """Say whether Redis answered."""
    return with_redis(lambda redis: f"redis: {redis.ping()}", otherwise=lambda: "without")


def test_what_redis_answers_is_used(redis_url: str) -> None:
    with app_with(redis_url).app_context():
        assert ask() == "redis: True"


def test_without_a_url_there_is_no_redis() -> None:
    with app_with(None).app_context():
        assert redis_client() is None
        assert ask() == "without"


def test_a_url_of_another_kind_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="scheme"):
        app_with("http://localhost")


def test_a_redis_that_hangs_costs_one_short_wait_and_is_used_again_later(
    own_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskapp.core.redis._REST", 0.5)
    # Longer than usual, so that one wait and several can be told apart on a machine that is busy.
    monkeypatch.setattr("taskapp.core.redis._PATIENCE", 1.0)
    with Redis.from_url(own_redis) as client:
        pid = client.info("server")["process_id"]
    with app_with(own_redis).app_context():
        assert ask() == "redis: True"
        os.kill(pid, signal.SIGSTOP)
        try:
            start = monotonic()
            assert ask() == "without"
            assert monotonic() - start < 5, "it was asked over and over"
            start = monotonic()
            assert [ask() for _ in range(100)] == ["without"] * 100
            assert monotonic() - start < 10, "each waited, a hundred seconds in all"
        finally:
            os.kill(pid, signal.SIGCONT)
        give_up = monotonic() + 10
        while ask() == "without":
            assert monotonic() < give_up, "Redis is back, and is not used"


def test_a_redis_that_is_full_or_gone_is_done_without(own_redis: str) -> None:
    with Redis.from_url(own_redis) as admin:
        admin.config_set("maxmemory", "1")
        with app_with(own_redis).app_context():
            told = with_redis(lambda redis: bool(redis.set("key", b"x")), otherwise=lambda: False)
            assert told is False
        admin.shutdown(nosave=True)
    with app_with(own_redis).app_context():
        assert ask() == "without"
