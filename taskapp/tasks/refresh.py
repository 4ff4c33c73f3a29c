"""Keeping the weather of open tasks fresh.

Nobody has changed such a task: its history, its events and `updated_at` stay as they are. What it
shows has changed, so its version, and with it the ETag, goes on.
"""

from random import sample

from sqlalchemy import func, select, update

from taskapp.core.database import read_all
from taskapp.core.text import stored_key
from taskapp.extensions import db
from taskapp.jobs.outbox import enqueue
from taskapp.jobs.work import Claim
from taskapp.tasks.models import Task
from taskapp.weather.services import weather_for

# Cities a round, drawn by lot: what providers give for nothing is some thousand calls a day.
_MOST = 500


def ask_for_weather(_claim: Claim) -> None:
    """The job that makes one job for each city in which something is to be done."""
    waiting = (Task.status != "done") & Task.city_key.is_not(None)
    cities = select(Task.city_key, func.min(Task.city).label("city")).where(waiting)
    rows = read_all(cities.group_by(Task.city_key))
    # By lot, so that every city has its turn; nobody gains by guessing it.
    for row in sample(rows, min(len(rows), _MOST)):  # nosec B311
        enqueue("refresh_city", city=row.city)


def refresh_city(claim: Claim) -> None:
    """The job that brings the weather of one city to its open tasks, if there is any."""
    weather = weather_for(claim.data["city"])
    if weather is None:
        return
    here = (Task.status != "done") & (Task.city_key == stored_key(claim.data["city"]))
    seen = {Task.weather: weather, Task.version: Task.version + 1, Task.updated_at: Task.updated_at}
    db.session.execute(update(Task).where(here).values(seen))
