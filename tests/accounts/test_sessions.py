"""Sign-ins as rows: how long each stands, what it keeps, and for whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from taskapp.accounts import sessions, tokens
from taskapp.accounts.models import Session, User
from taskapp.core.database import read_all
from taskapp.extensions import db
from tests.authenticator import START, frozen
from tests.clients import Api
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site


def opened(person: Person, *, kind: str = "api", **lifetime: float) -> tuple[int, str]:
    """The id and the key of a new session of somebody, for `timedelta(**lifetime)`."""
    with person.app.app_context():
        session = sessions.open_session(person.id, kind=kind, lifetime=timedelta(**lifetime))
        db.session.commit()
        return session.id, session.key


def stored(app: Flask, *columns: Any) -> list[Any]:
    with app.app_context():
        return [tuple(row) for row in read_all(select(*columns).order_by(Session.id))]


def test_each_sign_in_has_a_long_random_key_of_its_own(people: Crowd) -> None:
    keys = {opened(people.alice, hours=1)[1] for _ in range(5)}
    assert {len(key) for key in keys} == {43}, "256 random bits"
    assert len(keys) == 5


def test_a_session_stands_for_its_kind_and_time_and_no_longer(people: Crowd, app: Flask) -> None:
    with frozen() as clock:
        _, key = opened(people.alice, hours=1)
        with app.app_context():
            actor = sessions.find_actor(key, "api")
            assert (actor and actor.username, actor and actor.scopes) == ("alice", None)
            assert sessions.find_actor(key, "web") is None
            assert sessions.find_actor("made-up", "api") is None
            clock.shift(3599)
            assert sessions.find_actor(key, "api") is not None
            clock.shift(1)
            assert sessions.find_actor(key, "api") is None


def test_what_is_past_its_time_is_not_listed_and_goes_with_the_next_sign_in(
    people: Crowd, app: Flask
) -> None:
    with frozen() as clock:
        opened(people.alice, seconds=60)
        lasting, _ = opened(people.alice, hours=1)
        others, _ = opened(people.bob, seconds=60)
        with app.app_context():
            assert len(sessions.list_sessions(people.alice.actor).items) == 2
            clock.shift(60)
            assert [row.id for row in sessions.list_sessions(people.alice.actor).items] == [lasting]
        newest, _ = opened(people.alice, hours=1)
        assert stored(app, Session.id) == [(lasting,), (others,), (newest,)]


def test_the_daily_cleaning_takes_everybodys_expired_sessions(people: Crowd, app: Flask) -> None:
    with frozen() as clock:
        for person in (people.alice, people.bob):
            opened(person, seconds=60)
        lasting, _ = opened(people.alice, seconds=61)
        clock.shift(60)
        with app.app_context():
            assert sessions.forget_expired_sessions() == 2
            db.session.commit()
        assert stored(app, Session.id) == [(lasting,)]


def test_a_browser_that_nobody_uses_for_two_weeks_is_signed_out(people: Crowd, app: Flask) -> None:
    with frozen() as clock:
        web, key = opened(people.alice, kind="web", days=30)
        with app.app_context():
            clock.shift(timedelta(days=14, seconds=-1))
            assert sessions.find_actor(key, "web") is not None
            assert [row.id for row in sessions.list_sessions(people.alice.actor).items] == [web]
            assert sessions.find_roles([web]) == {web: "user"}
            assert sessions.forget_expired_sessions() == 0
            clock.shift(1)
            assert sessions.find_actor(key, "web") is None
            assert sessions.list_sessions(people.alice.actor).items == []
            assert sessions.find_roles([web]) == {}
            assert sessions.forget_expired_sessions() == 1


def test_one_that_nobody_used_goes_with_the_next_sign_in(people: Crowd, app: Flask) -> None:
    with frozen() as clock:
        opened(people.alice, kind="web", days=30)
        others, _ = opened(people.bob, kind="web", days=30)
        clock.shift(timedelta(days=14))
        newest, _ = opened(people.alice, kind="web", days=30)
        assert stored(app, Session.id) == [(others,), (newest,)]


def test_each_use_begins_the_time_anew_and_none_makes_a_sign_in_live_longer(
    people: Crowd, app: Flask
) -> None:
    with frozen() as clock:
        _, key = opened(people.alice, kind="web", days=30)
        with app.app_context():
            for days in (13, 13):
                clock.shift(timedelta(days=days))
                actor = sessions.find_actor(key, "web")
                assert actor is not None, "used 13 days ago"
                sessions.note_use(actor, every=timedelta(hours=1))
            assert stored(app, Session.last_used_at) == [(START + timedelta(days=26),)]
            clock.shift(timedelta(days=4))
            assert sessions.find_actor(key, "web") is None


def test_what_programs_use_may_pause_for_as_long_as_it_lives(people: Crowd, app: Flask) -> None:
    with frozen() as clock:
        api, key = opened(people.alice, kind="api", days=90)
        with app.app_context():
            scopes = ["tasks:read"]
            token, row = tokens.create_token(
                people.alice.actor, name="Report", scopes=scopes, expires_in_days=90
            )
            asked = [api, row.id]
            db.session.commit()
            clock.shift(timedelta(days=60))
            assert sessions.find_actor(key, "api") is not None
            assert tokens.find_token_actor(token) is not None
            assert set(sessions.find_roles(asked)) == set(asked)
            assert sessions.forget_expired_sessions() == 0


@pytest.mark.parametrize("days", [0, 999_999_999])
def test_where_nothing_ends_for_want_of_use_a_sign_in_lives_to_its_end(
    apps: Callable[..., Flask], people: Crowd, app: Flask, days: int
) -> None:
    patient = apps(app.config["DATABASE_URL"], SESSION_IDLE_DAYS=timedelta(days=days))
    with frozen() as clock:
        web, key = opened(people.alice, kind="web", days=30)
        with patient.app_context():
            clock.shift(timedelta(days=30, seconds=-1))
            assert sessions.find_actor(key, "web") is not None
            assert sessions.find_roles([web]) == {web: "user"}
            assert sessions.forget_expired_sessions() == 0
            clock.shift(1)
            assert sessions.find_actor(key, "web") is None


def test_a_sign_in_of_which_no_use_was_noted_was_used_when_it_began(
    people: Crowd, app: Flask
) -> None:
    with frozen() as clock:
        web, key = opened(people.alice, kind="web", days=30)
        with app.app_context():
            db.session.execute(update(Session).values(last_used_at=None))
            db.session.commit()
            clock.shift(timedelta(days=14, seconds=-1))
            actor = sessions.find_actor(key, "web")
            assert (actor and actor.session_id, actor and actor.last_used_at) == (web, None)
            clock.shift(1)
            assert sessions.find_actor(key, "web") is None


def test_a_use_is_noted_as_seldom_as_is_asked_for_and_of_a_closed_session_never(
    people: Crowd, app: Flask
) -> None:
    with frozen() as clock, app.app_context():
        web, key = opened(people.alice, kind="web", days=30)
        before = sessions.find_actor(key, "web")
        assert before is not None
        for seconds, noted in ((3599, 0), (1, 3600), (3599, 3600)):
            clock.shift(seconds)
            sessions.note_use(before, every=timedelta(hours=1))  # as one who has read long ago
            assert stored(app, Session.last_used_at) == [(START + timedelta(seconds=noted),)]
        sessions.close_session(web)
        db.session.commit()
        clock.shift(timedelta(hours=1))
        sessions.note_use(before, every=timedelta(hours=1))
        assert stored(app, Session.id) == []


@pytest.mark.parametrize(("remember", "days"), [(None, 1), ("y", 30)])
def test_a_browser_that_is_not_to_remember_is_signed_out_after_a_day(
    app: Flask, people: Crowd, remember: str | None, days: int
) -> None:
    assert people.alice
    with frozen():
        given = {"remember": remember} if remember else {}
        Site(app.test_client()).sign_in("alice", PASSWORD, **given)
    [(kind, ends)] = stored(app, Session.kind, Session.expires_at)
    assert (kind, ends) == ("web", START + timedelta(days=days))


def test_a_sign_in_keeps_from_where_it_came_cut_to_what_has_room(
    app: Flask, people: Crowd, api: Api
) -> None:
    assert people.alice
    headers = {"User-Agent": "Mozilla/" + "5" * 300}
    site = {"REMOTE_ADDR": "2001:db8::7"}
    login = {"login": "alice", "password": PASSWORD}
    assert api.post("/auth/login", login, headers=headers, environ_base=site).status_code == 200
    browser = Site(app.test_client())
    form = browser.open("/login").form("/login")
    browser.client.post("/login", data=form.values | login, headers=headers, environ_base=site)
    cut = headers["User-Agent"][:200]
    assert stored(app, Session.kind, Session.user_agent, Session.address) == [
        ("api", cut, "2001:db8::7"),
        ("web", cut, "2001:db8::7"),
    ]
    with app.app_context():
        one = sessions.open_session(
            people.alice.id, kind="api", lifetime=timedelta(hours=1), address="1" * 46
        )
        assert (one.user_agent, one.address) == ("", "1" * 45)


def test_live_sockets_learn_which_sessions_stand_and_the_present_role(
    people: Crowd, app: Flask
) -> None:
    with frozen() as clock:
        alice, root = opened(people.alice, hours=1)[0], opened(people.root, hours=1)[0]
        expiring, idle = opened(people.alice, seconds=60)[0], opened(people.bob, hours=1)[0]
        with app.app_context():
            asked = [alice, root, expiring, idle, 999_999]
            assert set(sessions.find_roles(asked)) == set(asked) - {999_999}
            db.session.execute(update(User).where(User.id == people.bob.id).values(is_active=False))
            db.session.commit()
            clock.shift(60)
            assert sessions.find_roles(asked) == {alice: "user", root: "admin"}
            assert sessions.find_roles([alice]) == {alice: "user"}
            many = [alice, *range(10**6, 10**6 + 70_000), root]
            assert sessions.find_roles(many) == {alice: "user", root: "admin"}, "whatever number"
