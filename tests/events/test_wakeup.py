"""Being woken when the log grows."""

from collections.abc import Callable
from time import monotonic

import pytest
from flask import Flask
from redis import Redis

from taskapp.core.redis import redis_client
from taskapp.events.wakeup import CHANNEL, wakeup_for
from taskapp.extensions import db
from taskapp.tasks import services
from tests import servers
from tests.people import Crowd

LONG = 20  # seconds


def seconds(action: Callable[[], object]) -> float:
    start = monotonic()
    action()
    return monotonic() - start


@pytest.fixture(params=[False, True], ids=["without Redis", "with Redis"])
def any_app(request: pytest.FixtureRequest, apps: Callable[..., Flask], database_url: str) -> Flask:
    """The application on each database, without Redis and with it."""
    if not request.param:
        return apps(database_url)
    return apps(database_url, REDIS_URL=request.getfixturevalue("redis_url"))


def test_a_commit_wakes(any_app: Flask) -> None:
    actor = Crowd(any_app).alice.actor
    with any_app.app_context():
        wakeup = wakeup_for(db.engine, redis_client())
        for _ in range(3):
            wakeup.wait(0)  # whatever came before
        services.create_task(actor, {"title": "Wake up"})
        db.session.commit()
        assert seconds(lambda: wakeup.wait(LONG)) < LONG / 2
        wakeup.close()
        assert seconds(lambda: wakeup.wait(LONG)) < LONG / 2, "after a pause it looks at once"
        wakeup.close()


def test_nobody_is_woken_before_the_commit(
    apps: Callable[..., Flask], sqlite_url: str, redis_url: str
) -> None:
    app = apps(sqlite_url, REDIS_URL=redis_url)
    actor = Crowd(app).alice.actor
    with app.app_context(), Redis.from_url(redis_url) as redis:
        subscription = redis.pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(CHANNEL)
        subscription.get_message(timeout=LONG)
        services.create_task(actor, {"title": "Never was"})
        with db.session.begin_nested():
            db.session.flush()
        db.session.rollback()
        assert subscription.get_message(timeout=0.1) is None
        services.create_task(actor, {"title": "Is"})
        db.session.commit()
        assert subscription.get_message(timeout=LONG) is not None
        subscription.close()


def test_without_redis_the_database_wakes(apps: Callable[..., Flask], sqlite_url: str) -> None:
    with servers.valkey() as redis_url:
        app = apps(sqlite_url, REDIS_URL=redis_url)
        actor = Crowd(app).alice.actor
        with app.app_context():
            wakeup = wakeup_for(db.engine, redis_client())
            wakeup.wait(0)
            wakeup.wait(0)
    with app.app_context():
        assert seconds(lambda: wakeup.wait(LONG)) < LONG / 2, "the loss itself wakes"
        wakeup.wait(0)
        services.create_task(actor, {"title": "Wake up"})
        db.session.commit()
        assert seconds(lambda: wakeup.wait(LONG)) < LONG / 2
        wakeup.close()
