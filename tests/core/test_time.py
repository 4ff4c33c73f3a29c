"""Days and instants, across changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskapp.core import time


@pytest.mark.parametrize(
    ("day", "name", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 11, 21), "Europe/Berlin", 24),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_is_as_long_as_its_clock_makes_it(day: date, name: str, hours: float) -> None:
    zone = time.zone(name)
    length = time.end_of_day(day, zone) - time.start_of_day(day, zone)
    assert length.total_seconds() == hours * 3600


def test_an_instant_is_shown_to_the_second_in_utc() -> None:
    instant = datetime(2026, 11, 21, 9, 30, 0, 999_999, tzinfo=UTC)
    assert time.instant_text(instant) == "2026-11-21T09:30:00Z"


def test_what_lies_outside_all_calendars_is_out_of_range() -> None:
    assert time.in_range(datetime(2026, 11, 21, tzinfo=UTC))
    assert not time.in_range(datetime.fromisoformat("0001-01-01T00:00:00+14:00"))
    assert not time.in_range(datetime.fromisoformat("9999-12-31T23:59:59-14:00"))
    assert not time.in_range(datetime(999, 1, 1, tzinfo=UTC))


ZONES = st.sampled_from(sorted(time.zone_names())).map(time.zone)
INSTANTS = st.datetimes(datetime(1900, 1, 3), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone


@given(INSTANTS, ZONES)
def test_every_instant_lies_within_its_day_in_every_zone(instant: datetime, tz: ZoneInfo) -> None:
    """Where clocks are put forward or back at midnight too, and where a day was left out."""
    day = time.day_of(instant, tz)
    assert time.start_of_day(day, tz) <= instant < time.end_of_day(day, tz)


@given(INSTANTS.map(datetime.date), ZONES)
def test_days_follow_each_other_without_gap_or_overlap(day: date, tz: ZoneInfo) -> None:
    start, end = time.start_of_day(day, tz), time.end_of_day(day, tz)
    assert timedelta(0) <= end - start <= timedelta(hours=49)
    assert end == time.start_of_day(day + timedelta(days=1), tz)
    assert time.first_instant(day, tz) == start
    assert time.next_instant(day, tz) == end
