"""Reading from the database."""

from flask import Flask
from sqlalchemy import func, select

from taskapp.core.database import read_scalar, snapshot
from taskapp.extensions import db
from taskapp.tasks import services
from taskapp.tasks.models import Task
from tests.people import Crowd

COUNT = select(func.count()).select_from(Task)


def test_a_snapshot_sees_one_moment_and_stops_nobody(app: Flask, people: Crowd) -> None:
    with app.app_context():
        with snapshot() as connection:
            assert connection.scalar(COUNT) == 0
            services.create_task(people.alice.actor, {"title": "Meanwhile"})
            db.session.commit()
            assert connection.scalar(COUNT) == 0
            assert read_scalar(COUNT) == 1
        with snapshot() as connection:
            assert connection.scalar(COUNT) == 1
