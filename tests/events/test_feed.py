"""Reading the log."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from taskapp.core.time import now
from taskapp.events.feed import Listener, is_kept, last_event_id, read_news
from taskapp.events.models import Event
from taskapp.events.services import forget_events
from taskapp.extensions import db
from tests.people import Crowd


def test_an_empty_log_has_nothing_to_tell(app: Flask) -> None:
    with app.app_context():
        assert last_event_id() == 0
        assert read_news(0, limit=10) == []
        assert [is_kept(after) for after in (-1, 0, 1)] == [False, True, False]


def test_it_is_read_from_where_one_left_off(app: Flask, people: Crowd) -> None:
    for number in range(5):
        people.alice.api.make_task(f"Task {number}")
    with app.app_context():
        assert last_event_id() == 5
        assert [news.id for news in read_news(2, limit=10)] == [3, 4, 5]
        assert [news.id for news in read_news(1, limit=2)] == [2, 3]
        assert [news.id for news in read_news(1, 3, limit=10)] == [2, 3]
        assert [is_kept(after) for after in (-1, 0, 5, 6)] == [False, True, True, False]


def test_a_listener_reads_what_concerns_it(app: Flask, people: Crowd) -> None:
    alice, bob, carol = people.alice, people.bob, people.carol
    task = alice.api.make_task(assignee_id=bob.id)
    carol.api.make_task()
    alice.api.patch(f"/tasks/{task['id']}", {"assignee_id": carol.id})
    alice.api.patch(f"/tasks/{task['id']}", {"title": "Changed"})

    with app.app_context():
        for person, ids in ((alice, [1, 3, 4]), (bob, [1, 3]), (carol, [2, 3, 4])):
            listener = Listener(person.id, is_admin=False)
            page = read_news(0, listener=listener, limit=10)
            assert [news.id for news in page] == ids
            assert all(news.for_listener(listener) for news in page)
            everything = read_news(0, limit=10)
            assert [news.id for news in everything if news.for_listener(listener)] == ids
        admin = Listener(people.root.id, is_admin=True)
        assert len(read_news(0, listener=admin, limit=10)) == 4


def test_what_is_told_to_nobody_is_not_read(
    app: Flask, people: Crowd, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    task = people.alice.api.make_task()
    people.alice.api.delete(f"/tasks/{task['id']}")
    with app.app_context(), count_queries() as statements:
        assert len(read_news(0, limit=10)) == 2
    (statement,) = statements
    assert "events.changes" not in statement


def test_what_is_old_is_forgotten_from_the_beginning(app: Flask, people: Crowd) -> None:
    for number in range(5):
        people.alice.api.make_task(f"Task {number}")
    with app.app_context():
        old = update(Event).values(at=now() - timedelta(days=40))
        db.session.execute(old.where(Event.id.in_([1, 2, 4])))
        db.session.commit()

        month = now() - timedelta(days=30)
        assert forget_events(before=month) == 2
        db.session.commit()
        assert [news.id for news in read_news(0, limit=10)] == [3, 4, 5], "no gap"
        assert [is_kept(after) for after in (1, 2, 5)] == [False, True, True]
        assert forget_events(before=month) == 0

        assert forget_events(before=now()) == 3
        db.session.commit()
        assert last_event_id() == 5
        assert [is_kept(after) for after in (4, 5, 6)] == [False, True, False]


def test_the_command_forgets_what_is_older_than_the_setting(
    sqlite_app: Flask,
) -> None:
    Crowd(sqlite_app).alice.api.make_task()
    with sqlite_app.app_context():
        db.session.execute(update(Event).values(at=now() - timedelta(days=29)))
        db.session.commit()
        runner = sqlite_app.test_cli_runner()
        assert runner.invoke(args=["events", "prune"]).output == "Forgot 0 events.\n"
        db.session.execute(update(Event).values(at=now() - timedelta(days=31)))
        db.session.commit()
        assert runner.invoke(args=["events", "prune"]).output == "Forgot 1 events.\n"
