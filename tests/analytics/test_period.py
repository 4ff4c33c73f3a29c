"""Days of a period: every database names them as the zone's own calendar does."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from taskapp.analytics.period import MAX_DAYS, Period, period_of
from taskapp.core.database import read_all
from taskapp.core.errors import Invalid
from taskapp.core.time import start_of_day
from taskapp.extensions import db
from taskapp.tasks.models import Task
from tests.people import Crowd

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",  # half an hour off, and with summer time
    "Asia/Kathmandu",  # a quarter of an hour off
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "America/Sao_Paulo",  # changed its clocks at midnight: some days began at one o'clock
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
TICK = timedelta(microseconds=1)


def days_by_sql(app: Flask, owner: int, period: Period, instants: list[datetime]) -> list[date]:
    """The days that the database finds for instants, which are created_at of tasks."""
    rows = [
        {"title": "x", "user_id": owner, "time_spent": 0, "version": 1, "created_at": instant}
        for instant in instants
    ]
    with app.app_context():
        db.session.execute(delete(Task))
        db.session.execute(insert(Task), rows)
        db.session.commit()
        days = select(period.day_of(Task.created_at)).where(period.contains(Task.created_at))
        return [day for (day,) in read_all(days.order_by(Task.id))]


@pytest.mark.parametrize("name", ZONES)
def test_the_edges_of_every_day_of_years(app: Flask, people: Crowd, name: str) -> None:
    zone = ZoneInfo(name)
    period = Period(date(2011, 11, 1), date(2012, 12, 31), zone)
    days = [period.start + timedelta(number) for number in range(427)]
    edges = {start_of_day(day, zone) for day in days}
    instants = sorted(edges | {edge - TICK for edge in edges} | {edge + TICK for edge in edges})
    inside = [instant for instant in instants if period.begins <= instant < period.ends]

    found = days_by_sql(app, people.alice.id, period, instants)
    assert found == [instant.astimezone(zone).date() for instant in inside]
    assert period.begins.astimezone(zone).date() == period.start
    assert (period.ends - TICK).astimezone(zone).date() == period.end


@given(
    data=st.data(),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    start=st.dates(date(2012, 1, 1), date(2060, 1, 1)),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_instant_of_any_period(
    app: Flask, people: Crowd, data: st.DataObject, zone: ZoneInfo, start: date
) -> None:
    period = Period(start, start + timedelta(data.draw(st.integers(0, MAX_DAYS - 1))), zone)
    utc = {
        "min_value": period.begins.replace(tzinfo=None),
        "max_value": (period.ends - TICK).replace(tzinfo=None),
    }
    instants = data.draw(st.lists(st.datetimes(**utc, timezones=st.just(UTC)), min_size=1))

    found = days_by_sql(app, people.alice.id, period, instants)
    assert found == [instant.astimezone(zone).date() for instant in instants]


def test_clocks_that_go_back_over_midnight_do_not_bring_yesterday_back() -> None:
    """In 2010 Newfoundland's went from 00:01 to 23:01; each day has one beginning all the same."""
    zone = ZoneInfo("America/St_Johns")
    seventh = Period(date(2010, 11, 7), date(2010, 11, 7), zone)
    assert seventh.begins == datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    assert seventh.ends - seventh.begins == timedelta(hours=25)
    assert Period(date(2010, 11, 6), date(2010, 11, 6), zone).ends == seventh.begins


def test_the_default_is_today_and_the_29_days_before() -> None:
    kiritimati = ZoneInfo("Pacific/Kiritimati")
    with time_machine.travel("2026-11-21T10:00:00Z", tick=False):
        assert period_of(kiritimati, None, None) == Period(
            date(2026, 10, 24), date(2026, 11, 22), kiritimati
        )
        assert period_of(kiritimati, date(2026, 11, 1), None).end == date(2026, 11, 22)
        assert period_of(kiritimati, None, date(2026, 1, 30)).start == date(2026, 1, 1)


def test_a_period_is_neither_empty_nor_endless() -> None:
    zone, start = ZoneInfo("UTC"), date(2020, 1, 1)
    assert period_of(zone, start, start).start == start
    assert period_of(zone, start, start + timedelta(MAX_DAYS - 1)).start == start
    with pytest.raises(Invalid) as refusal:
        period_of(zone, start, start - timedelta(1))
    assert list(refusal.value.errors) == ["end_date"]
    with pytest.raises(Invalid) as refusal:
        period_of(zone, start, start + timedelta(MAX_DAYS))
    assert list(refusal.value.errors) == ["start_date"]
