"""Accounts that change at the same moment: an admin always remains, and nothing is left behind."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import func, or_, select, update

from taskapp.accounts import sessions
from taskapp.accounts.models import Session, User
from taskapp.core.database import read_all, read_scalar, write_apart
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.tasks.models import Task
from tests.clients import Api
from tests.people import Crowd, Person
from tests.race import race, rounds

ADMINS = 20
Note = Callable[[str, object], None]


def another(person: Person) -> Api:
    """A client of its own: one is not to be used by two threads."""
    return Api(person.app.test_client(), person.token())


def count_active_admins(app: Flask) -> int:
    with app.app_context():
        active = select(func.count()).where(User.role == "admin", User.is_active)
        return int(read_scalar(active))


def appoint(app: Flask, people: Crowd, turn: int, before: list[Person]) -> list[Person]:
    """Twenty admins, and no other: who is left of those before, and new ones."""
    with app.app_context():
        write_apart(update(User).values(role="admin", is_active=True))
        left = {row.id for row in read_all(select(User.id))}
    admins = [person for person in before if person.id in left]
    missing = range(ADMINS - len(admins))
    return admins + [people.make(f"admin{turn}.{number}", role="admin") for number in missing]


def test_of_twenty_admins_who_remove_each_other_one_remains(
    app: Flask, people: Crowd, record_property: Note
) -> None:
    ways = [
        lambda api, path: api.patch(path, {"role": "user"}),
        lambda api, path: api.patch(path, {"is_active": False}),
        lambda api, path: api.delete(path),
    ]
    admins: list[Person] = []
    for turn in rounds(1):
        admins = appoint(app, people, turn, admins)
        calls = []
        for number, admin in enumerate(admins):
            path = f"/users/{admins[(number + 1) % ADMINS].id}"
            calls.append(partial(ways[number % 3], another(admin), path))

        answers = [answer.status_code for answer in race(*calls)]

        assert set(answers) <= {200, 204, 401, 403, 404, 409}
        assert count_active_admins(app) >= 1
    record_property("rounds", turn + 1)


def test_of_twenty_admins_who_resign_one_stays(
    app: Flask, people: Crowd, record_property: Note
) -> None:
    admins: list[Person] = []
    for turn in rounds(1):
        admins = appoint(app, people, turn, admins)
        calls = [
            partial(another(admin).patch, f"/users/{admin.id}", {"role": "user"})
            for admin in admins
        ]

        answers = sorted(answer.status_code for answer in race(*calls))

        assert answers == [200] * (ADMINS - 1) + [409]
        assert count_active_admins(app) == 1
    record_property("rounds", turn + 1)


def test_a_user_is_deleted_while_tasks_come_and_go(app: Flask, people: Crowd) -> None:
    root = another(people.root)
    bob, bobs_other = another(people.bob), another(people.bob)
    for number in rounds(10):
        person = people.make(f"leaver{number}")
        own, given = person.api.make_task(), bob.make_task(assignee_id=person.id)
        free = bob.make_task()
        deletion, *others = race(
            partial(root.delete, f"/users/{person.id}"),
            partial(another(person).post, "/tasks", {"title": "Late"}),
            partial(another(person).patch, f"/tasks/{own['id']}", {"title": "Changed"}),
            partial(bob.patch, f"/tasks/{free['id']}", {"assignee_id": person.id}),
            partial(bobs_other.patch, f"/tasks/{given['id']}", {"title": "Changed"}),
        )
        if deletion.status_code == 409:  # two waited for each other; it may be tried again
            deletion = root.delete(f"/users/{person.id}")
        assert deletion.status_code == 204
        assert {answer.status_code for answer in others} <= {200, 201, 401, 404, 409, 422}
        with app.app_context():
            named = or_(Task.user_id == person.id, Task.assignee_id == person.id)
            assert read_scalar(select(func.count()).select_from(Task).where(named)) == 0
        for task in (given, free):
            assert bob.get(f"/tasks/{task['id']}").json["assignee_id"] is None


def test_a_browser_used_at_the_very_end_of_its_time_stands_or_does_not(
    app: Flask, people: Crowd
) -> None:
    idle: timedelta = app.config["SESSION_IDLE_DAYS"]

    def clean() -> None:
        with app.app_context():
            sessions.forget_expired_sessions()
            db.session.commit()

    for _ in rounds(10):
        with app.app_context():
            opened = sessions.open_session(people.alice.id, kind="web", lifetime=2 * idle)
            key = opened.key
            opened.last_used_at = now() - idle + timedelta(milliseconds=20)
            db.session.commit()
        browsers = [app.test_client() for _ in range(4)]
        for browser in browsers:
            with browser.session_transaction() as cookie:
                cookie["_user_id"] = key
        visits = [partial(browser.get, "/tasks") for browser in browsers]

        *pages, _, _ = race(*visits, clean, clean)

        assert {page.status_code for page in pages} <= {200, 302}
        clean()
        with app.app_context():
            stands = sessions.find_actor(key, "web") is not None
            assert read_scalar(select(func.count()).where(Session.key == key)) == stands
        again = {visit().status_code for visit in visits}
        assert again == ({200} if stands else {302})
