"""What jobs do: asked for with a commit, run once, and the ones that come by themselves."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from sqlalchemy import select, update
from structlog.testing import capture_logs

from taskapp import create_app
from taskapp.attachments.storage import storage
from taskapp.core.database import close_connections, read_all, read_one, read_scalar, write_apart
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.jobs import runner
from taskapp.jobs.models import Job
from taskapp.jobs.outbox import enqueue
from taskapp.jobs.queue import queue
from taskapp.jobs.runner import MAX_ATTEMPTS, due_jobs, run_job, tick
from taskapp.jobs.work import Claim, Work
from taskapp.tasks.models import Task
from tests.people import Crowd
from tests.race import race
from tests.settings import SETTINGS
from tests.weather.provider import Provider

RunJobs = Callable[[Flask], list[str | None]]


@pytest.fixture
def works(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Work]:
    """The kinds of jobs that this test knows, and no others."""
    known: dict[str, Work] = {}
    monkeypatch.setitem(app.extensions, "taskapp_works", known)
    return known


def asked_for(app: Flask, name: str, **data: Any) -> int:
    """A job of that name, committed; its number."""
    with app.app_context():
        enqueue(name, **data)
        db.session.commit()
        return int(read_scalar(select(Job.id).order_by(Job.id.desc())))


def row(app: Flask, job_id: int) -> Any:
    with app.app_context():
        return read_one(select(Job.__table__).where(Job.id == job_id))


def test_what_is_rolled_back_was_never_asked_for(app: Flask) -> None:
    with app.app_context():
        enqueue("work")
        db.session.rollback()
        assert due_jobs() == []


def test_the_queue_is_told_after_the_commit(
    app: Flask, works: dict[str, Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    with app.app_context():
        monkeypatch.setattr(queue(), "wake", told.extend)
        enqueue("work")
        with db.session.begin_nested():
            enqueue("work")
        assert told == []
        db.session.commit()
        assert told == due_jobs()
        assert len(told) == 2


def test_a_queue_that_is_away_loses_nothing(sqlite_url: str) -> None:
    app = create_app({**SETTINGS, "DATABASE_URL": sqlite_url, "JOBS_URL": "redis://127.0.0.1:1"})
    with capture_logs() as lines:
        asked_for(app, "work")
    assert [line["event"] for line in lines] == ["jobs_not_woken"]
    with app.app_context():
        assert len(due_jobs()) == 1
        close_connections()


def test_what_others_put_into_the_queue_is_not_believed(sqlite_url: str, redis_url: str) -> None:
    app = create_app({**SETTINGS, "DATABASE_URL": sqlite_url, "JOBS_URL": redis_url})
    asked_for(app, "work")
    with app.app_context(), Redis.from_url(redis_url) as redis:
        huey = queue().huey
        assert huey.dequeue() is not None
        redis.zadd(huey.storage.queue_key, {b"cos\nsystem\n(S'true'\ntR.": 1})
        with pytest.raises(ValueError, match=r"[Ss]ep|[Ss]ign"):
            huey.dequeue()
        close_connections()


def test_of_many_runners_one_has_a_job_in_hand(app: Flask, works: dict[str, Work]) -> None:
    done: list[int] = []
    works["work"] = Work("work", lambda claim: done.append(claim.id))
    job_id = asked_for(app, "work")

    def run() -> str | None:
        with app.app_context():
            return run_job(job_id)

    assert sorted(map(str, race(*[run] * 6))) == ["None"] * 5 + ["done"]
    assert done == [job_id]


def test_what_a_job_does_in_the_database_happens_once(
    app: Flask, works: dict[str, Work], people: Crowd
) -> None:
    """A runner that is overtaken, because it was too slow, undoes what it did."""
    task = people.alice.api.make_task()
    is_in_hand, go_on = Event(), Event()

    def log_a_minute(claim: Claim) -> None:
        if claim.attempt == 1:
            is_in_hand.set()
            assert go_on.wait(30)
        more = {Task.time_spent: Task.time_spent + 1}
        db.session.execute(update(Task).where(Task.id == task["id"]).values(more))

    works["work"] = Work("work", log_a_minute)
    job_id = asked_for(app, "work")

    def slow() -> str | None:
        with app.app_context():
            return run_job(job_id)

    def quick() -> str | None:
        assert is_in_hand.wait(30)
        with app.app_context():
            write_apart(update(Job).where(Job.id == job_id).values(due_at=now()))
            outcome = run_job(job_id)
        go_on.set()
        return outcome

    assert race(slow, quick) == ["overtaken", "done"]
    assert people.alice.api.get(f"/tasks/{task['id']}").json["time_spent"] == 1


def test_what_fails_is_undone_and_tried_again_for_about_a_day(
    app: Flask, works: dict[str, Work], people: Crowd
) -> None:
    task = people.alice.api.make_task()

    def fail(_claim: Claim) -> None:
        db.session.execute(update(Task).where(Task.id == task["id"]).values(time_spent=99))
        raise ValueError("a mistake of ours")

    works["work"] = Work("work", fail)
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        job_id = asked_for(app, "work")
        outcomes, begun = [], now()
        with app.app_context(), capture_logs() as lines:
            while row(app, job_id).finished_at is None:
                if outcome := run_job(job_id):
                    outcomes.append(outcome)
                clock.shift(timedelta(minutes=1))
        assert outcomes == ["retried"] * (MAX_ATTEMPTS - 1) + ["failed"]
        assert timedelta(hours=20) < now() - begun < timedelta(hours=30)
    assert len(lines) == MAX_ATTEMPTS, "one line for each run"
    assert lines[0]["exc_info"]
    assert row(app, job_id).outcome == "failed"
    assert people.alice.api.get(f"/tasks/{task['id']}").json["time_spent"] == 0


def test_a_job_that_takes_its_runners_down_is_given_up(app: Flask, works: dict[str, Work]) -> None:
    works["work"] = Work("work", lambda _claim: pytest.fail("it must not be run again"))
    job_id = asked_for(app, "work")
    with app.app_context():
        write_apart(update(Job).values(attempts=MAX_ATTEMPTS))
        assert run_job(job_id) is None
    assert row(app, job_id).outcome == "failed"


def test_what_comes_by_itself_comes_once_a_slot(
    app: Flask, works: dict[str, Work], run_jobs: RunJobs
) -> None:
    days: list[str] = []
    works["daily"] = Work(
        "daily", lambda _claim: days.append(now().isoformat()[:10]), every=timedelta(days=1)
    )

    def look() -> None:
        with app.app_context():
            tick()

    for instant in ("2026-11-21T23:59:00Z", "2026-11-22T00:00:00Z", "2026-11-22T13:00:00Z"):
        with time_machine.travel(instant, tick=False):
            race(look, look, look)
            run_jobs(app)
    assert days == ["2026-11-21", "2026-11-22"]


def test_open_tasks_get_the_weather_of_now_and_keep_what_they_have_without_it(
    apps: Callable[..., Flask],
    database_url: str,
    provider: Provider,
    run_jobs: RunJobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    weather = {"WEATHER_PROVIDER": "open-meteo", "WEATHER_URL": provider.url}
    app = apps(database_url, **weather)
    alice = Crowd(app).alice.api
    cities = ["Rome", "rome", "Oslo", None]
    first, same, other, without = [alice.make_task(city=city) for city in cities]
    done = alice.make_task(city="Rome", status="done")
    run_jobs(app)

    def refresh() -> None:
        # What this process remembers of a city lasts an hour.
        app.extensions["weather_memory"]._values.clear()
        asked_for(app, "refresh_weather")
        assert set(run_jobs(app)) == {"done"}

    provider.forecast = {"current": {"temperature_2m": -3.0, "weather_code": 3}}
    provider.calls.clear()
    refresh()
    assert sorted(provider.cities) in (["Oslo", "Rome"], ["Oslo", "rome"])
    for task in (first, same, other):
        fresh = alice.get(f"/tasks/{task['id']}")
        assert fresh.json["weather"]["temperature"] == -3.0
        assert fresh.json["updated_at"] == task["updated_at"], "nobody has changed it"
        assert fresh.headers["ETag"] == f'"{task["id"]}-2"'
    for task in (without, done):
        assert alice.get(f"/tasks/{task['id']}").json == task

    provider.forecast = {"nonsense": True}
    before = alice.get(f"/tasks/{first['id']}").json
    refresh()
    assert alice.get(f"/tasks/{first['id']}").json == before


def test_orphaned_files_are_swept_but_not_those_of_another_database(
    apps: Callable[..., Flask], sqlite_url: str, tmp_path: Path, run_jobs: RunJobs
) -> None:
    app = apps(sqlite_url, STORAGE_URL=tmp_path.as_uri())
    alice = Crowd(app).alice.api
    task = alice.make_task()
    file = {"data": {"file": (BytesIO(b"kept"), "kept.txt")}}
    kept = alice.post(f"/tasks/{task['id']}/attachments", **file).json
    run_jobs(app)

    def sweep(orphans: int) -> tuple[list[str | None], int]:
        with app.app_context():
            for number in range(orphans):
                storage().save(f"{number:032x}", BytesIO(b"left"))
            later = now() + timedelta(hours=2)
            asked_for(app, "sweep_files")
            with time_machine.travel(later, tick=False):
                outcome = run_jobs(app)
                left = len(list(storage().keys(stored_before=later)))
        return outcome, left

    assert sweep(orphans=11) == (["failed"], 12)
    with app.app_context():
        storage().delete([f"{number:032x}" for number in range(11)])
    assert sweep(orphans=2) == (["done"], 1)
    content = f"/tasks/{task['id']}/attachments/{kept['id']}"
    assert alice.get(content).data == b"kept"


def test_jobs_are_counted_and_what_waits_is_shown(app: Flask, works: dict[str, Work]) -> None:
    works["counted"] = Work("counted", lambda _claim: None)
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        job_id = asked_for(app, "counted")
        clock.shift(timedelta(seconds=90))
        client = app.test_client()
        waiting = client.get("/metrics").text
        assert "taskapp_jobs_due 1.0" in waiting
        assert "taskapp_jobs_due_seconds 90.0" in waiting
        with app.app_context():
            assert run_job(job_id) == "done"
        text = client.get("/metrics").text
    assert "taskapp_jobs_due 0.0" in text
    assert 'taskapp_jobs_total{job="counted",outcome="done"}' in text


def test_finished_jobs_are_forgotten_after_a_week(app: Flask, works: dict[str, Work]) -> None:
    works["work"] = Work("work", lambda _claim: None)
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        job_id = asked_for(app, "work")
        waiting = asked_for(app, "work")
        with app.app_context():
            run_job(job_id)
            clock.shift(runner.KEPT)
            assert runner.forget_finished() == 1
            db.session.commit()
            assert [job.id for job in read_all(select(Job.id))] == [waiting]
