"""From figures to what charts draw: runs of days, the ticks of an axis, the squares of weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MAX_BARS = 92
MAX_MARKS = 5
COUNTS = (1, 2, 5)
MINUTES = (15, 30, 60, 120, 300)

_DAY = timedelta(days=1)
_LEVELS = 4
# Where a day tells too little to be drawn by itself: weeks, and for years four weeks at once.
_RUNS = (1, 7, 28, 84)

Daily = Mapping[date, int]


@dataclass(frozen=True)
class Bar:
    """Some days in a row, and the sum of each series over them."""

    label: str
    values: tuple[int, ...]
    mark: str = ""  # what stands below it on the axis


@dataclass(frozen=True)
class Square:
    """A day of the heat map; the level goes from 0, nothing, to 4, as many as on the best day."""

    label: str
    number: int
    level: int


@dataclass(frozen=True)
class Week:
    """A column of the heat map: from Monday to Sunday, or to today."""

    label: str
    month: str  # if a month begins in it
    days: Sequence[Square]

    @property
    def number(self) -> int:
        """The sum of its days."""
        return sum(day.number for day in self.days)


def bars(start: date, end: date, today: date, *series: Daily) -> list[Bar]:
    """The days of a period from the first to the last, several in one bar if they are many."""
    days = (end - start).days + 1
    run = next((run for run in _RUNS if days <= run * MAX_BARS), _RUNS[-1])
    number = -(-days // run)
    step = -(-number // MAX_MARKS)
    found = []
    for index in range(number):
        first = start + index * run * _DAY
        last = min(first + (run - 1) * _DAY, end)
        label = day_label(first) if first == last else span_label(first, last)
        # Counted from the end, as the last day is the one that one looks for.
        mark = "" if (number - 1 - index) % step else day_label(first)
        if first <= today <= last and index == number - 1:
            mark = "Today"
        sums = tuple(
            sum(daily.get(first + day * _DAY, 0) for day in range((last - first).days + 1))
            for daily in series
        )
        found.append(Bar(label, sums, mark))
    return found


def ticks(highest: int, steps: Sequence[int] = COUNTS, number: int = 4) -> list[int]:
    """Round values from 0 to the first that is not less than `highest`, about `number` of them."""
    factor = 1
    while True:
        for step in steps:
            if step * factor * number >= highest:
                upto = max(-(-highest // (step * factor)), 1)
                return [index * step * factor for index in range(upto + 1)]
        factor *= 10


def weeks(first: date, today: date, daily: Daily) -> list[Week]:
    """The columns of a heat map, from the Monday `first` to today."""
    most = max(daily.values(), default=0)
    found = []
    monday = first
    while monday <= today:
        days = [monday + day * _DAY for day in range(min(7, (today - monday).days + 1))]
        begins = next((day for day in days if day.day == 1), None)
        squares = [
            Square(day_label(day), number, -(-_LEVELS * number // most) if number else 0)
            for day in days
            for number in (daily.get(day, 0),)
        ]
        found.append(Week(day_label(monday), f"{begins:%b}" if begins else "", squares))
        monday += 7 * _DAY
    return found


def day_label(day: date) -> str:
    """`3 Nov`."""
    return f"{day.day} {day:%b}"


def span_label(first: date, last: date) -> str:
    """`3 Nov to 2 Dec 2026`, with both years if they differ."""
    year = f" {first.year}" if first.year != last.year else ""
    return f"{day_label(first)}{year} to {day_label(last)} {last.year}"
