"""Instants, days and zones. Everything inside is aware and in UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# What every supported database can hold: MySQL's DATETIME begins with the year 1000.
EARLIEST = datetime(1000, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)

# A day, or an instant; an instant without a fraction stands for its whole second, as it is shown.
Moment = date | datetime


_clock: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present instant."""
    return _clock.get() or datetime.now(UTC)


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let the present be `instant` in here: for writing a past, as the demo does."""
    token = _clock.set(instant)
    try:
        yield
    finally:
        _clock.reset(token)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The IANA names that a user may choose for a time zone."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    return ZoneInfo(name)


def today(tz: ZoneInfo) -> date:
    """The present day in `tz`."""
    return now().astimezone(tz).date()


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The instant at which `day` begins in `tz`."""
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


def end_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The instant at which `day` is over in `tz`: the beginning of the next."""
    return start_of_day(day + timedelta(days=1), tz)


def first_instant(moment: Moment, tz: ZoneInfo) -> datetime:
    """The instant at which `moment`, a day in `tz` or a second, begins."""
    if isinstance(moment, datetime):
        return _within_reach(moment)
    return start_of_day(max(moment, EARLIEST.date()), tz)


def next_instant(moment: Moment, tz: ZoneInfo) -> datetime:
    """The first instant after `moment`, a day in `tz` or a second, is over."""
    if not isinstance(moment, datetime):
        return end_of_day(min(max(moment, EARLIEST.date()), LATEST.date()), tz)
    length = timedelta(microseconds=1) if moment.microsecond else timedelta(seconds=1)
    return _within_reach(moment) + length


def day_of(moment: Moment, tz: ZoneInfo) -> date:
    """The day in `tz` on which `moment` falls."""
    return _within_reach(moment).astimezone(tz).date() if isinstance(moment, datetime) else moment


def _within_reach(instant: datetime) -> datetime:
    """The instant in UTC; before or after everything that is stored, if it cannot be stored."""
    if in_range(instant):
        return instant.astimezone(UTC)
    day = timedelta(days=1)
    return LATEST + day if instant.year > EARLIEST.year else EARLIEST - day


def in_range(instant: datetime) -> bool:
    """Whether every supported database can hold it."""
    try:
        return EARLIEST <= instant.astimezone(UTC) <= LATEST
    except OverflowError:  # 0001-01-01T00:00:00+14:00 lies before the first representable year
        return False


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC to the second, `2026-11-21T09:30:00Z` (contract §1)."""
    return instant.isoformat()[:19] + "Z"
