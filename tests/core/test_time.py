"""Days and instants, across changes of the clock."""

from datetime import UTC, date, datetime

import pytest

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
