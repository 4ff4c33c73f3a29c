"""A period of whole days in a time zone, and on which of its days an instant lies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, literal
from sqlalchemy.orm import InstrumentedAttribute

from taskapp.core.errors import Invalid
from taskapp.core.functions import shifted_day
from taskapp.core.time import start_of_day, today
from taskapp.core.types import UtcDateTime

DEFAULT_DAYS = 30
MAX_DAYS = 3660  # ten years

HEAT_WEEKS = 26

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from `start` to `end`, both included, as they begin and end in `zone`."""

    start: date
    end: date
    zone: ZoneInfo

    @cached_property
    def begins(self) -> datetime:
        """The instant at which it begins."""
        return start_of_day(self.start, self.zone)

    @cached_property
    def ends(self) -> datetime:
        """The instant at which it is over."""
        return start_of_day(self.end + _DAY, self.zone)

    @property
    def before(self) -> "Period":
        """As many days, right before it."""
        return Period(self.start - (self.end - self.start) - _DAY, self.start - _DAY, self.zone)

    def contains(self, instant: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """SQL: whether an instant lies in it."""
        return and_(instant >= self.begins, instant < self.ends)

    def day_of(self, instant: InstrumentedAttribute[Any]) -> ColumnElement[date]:
        """SQL: the day on which an instant of the period lies."""
        *cuts, (_, last) = [(ends, _day_in(run, instant)) for run, ends in self._runs()]
        return case(*((instant < ends, day) for ends, day in cuts), else_=last) if cuts else last

    def _runs(self) -> Iterator[tuple["_Run", datetime]]:
        """Runs of days that one expression can tell apart, each with the instant of its end.

        Databases have no common way to convert time zones, but all can move an instant by some
        seconds. That names the right day while all days have 24 hours; a day on which the clocks
        change is a run of its own.
        """
        begins, run = self.begins, None
        for number in range((self.end - self.start).days + 1):
            day = self.start + number * _DAY
            ends = start_of_day(day + _DAY, self.zone)
            midnight = datetime.combine(day, time.min, tzinfo=UTC)
            this = midnight - begins if ends - begins == _DAY else day
            if run is not None and this != run:
                yield run, begins
            begins, run = ends, this
        if run is not None:
            yield run, begins


# How far to move the instants of the run, or the only day in it.
_Run = timedelta | date


def _day_in(run: _Run, instant: InstrumentedAttribute[Any]) -> ColumnElement[date]:
    if isinstance(run, timedelta):
        return shifted_day(instant, int(run.total_seconds()))
    return shifted_day(literal(datetime.combine(run, time.min, tzinfo=UTC), UtcDateTime()), 0)


def period_of(zone: ZoneInfo, start: date | None, end: date | None) -> Period:
    """The period that a user asks for: by default the 30 days up to its end, and today its end.

    Raises Invalid when it ends before it starts, or is longer than ten years.
    """
    end = end or today(zone)
    start = start or end - (DEFAULT_DAYS - 1) * _DAY
    if end < start:
        raise Invalid({"end_date": [f"This lies before the start, {start}."]})
    if (end - start).days >= MAX_DAYS:
        raise Invalid({"start_date": [f"A period has at most {MAX_DAYS:,} days."]})
    return Period(start, end, zone)


def weeks_until(day: date, zone: ZoneInfo) -> Period:
    """Half a year of weeks, from a Monday up to `day`."""
    monday = day - day.weekday() * _DAY
    return Period(monday - 7 * (HEAT_WEEKS - 1) * _DAY, day, zone)
