"""What a line of quick add says. It is Saturday 21 November 2026, 10:30 in Berlin."""

from datetime import UTC, date, datetime
from datetime import time as clock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskapp.core import time
from taskapp.tasks.quick_add import parse_line

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=BERLIN)


def test_all_at_once() -> None:
    task = parse_line("Prepare report tomorrow 5pm !high @alice in:Moscow", NOW, BERLIN)
    assert task.title == "Prepare report"
    assert task.due_date == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert (task.priority, task.assignee, task.city) == ("high", "alice", "Moscow")
    assert [(token.kind, token.text) for token in task.tokens] == [
        ("due", "tomorrow"),
        ("time", "5pm"),
        ("priority", "!high"),
        ("assignee", "@alice"),
        ("city", "in:Moscow"),
    ]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("today", "2026-11-21"),
        ("Tomorrow", "2026-11-22"),
        ("friday", "2026-11-27"),
        ("on Friday", "2026-11-27"),
        ("saturday", "2026-11-28"),
        ("sunday", "2026-11-22"),
        ("next friday", "2026-11-27"),
        ("next sunday", "2026-11-29"),
        ("on fri", "2026-11-27"),
        ("next week", "2026-11-23"),
        ("30 nov", "2026-11-30"),
        ("30th of", None),
        ("nov 30", "2026-11-30"),
        ("1 Nov", "2027-11-01"),
        ("20 november 2027", "2027-11-20"),
        ("November 20th, 2027", "2027-11-20"),
        ("29 feb", "2028-02-29"),
        ("30 feb", None),
        ("2026-11-30", "2026-11-30"),
        ("2026-02-30", None),
        ("in 3 days", "2026-11-24"),
        ("in 1 day", "2026-11-22"),
        ("in 2 weeks", "2026-12-05"),
        ("sun", None),
        ("tomorrow's", None),
        ("may", None),
    ],
)
def test_days(words: str, day: str | None) -> None:
    task = parse_line(f"Call Omar {words}", NOW, BERLIN)
    expected = date.fromisoformat(day) if day else None
    assert task.due_date == expected
    assert task.title == ("Call Omar" if day else f"Call Omar {words}")


@pytest.mark.parametrize(
    ("words", "local"),
    [
        ("tomorrow 17:00", "2026-11-22T17:00"),
        ("tomorrow at 17:00", "2026-11-22T17:00"),
        ("9:05 tomorrow", "2026-11-22T09:05"),
        ("tomorrow 5:30 pm", "2026-11-22T17:30"),
        ("tomorrow 12am", "2026-11-22T00:00"),
        ("tomorrow 12pm", "2026-11-22T12:00"),
        ("17:00", "2026-11-21T17:00"),
        ("at 9am", "2026-11-22T09:00"),
        ("28 march 2027 02:30", "2027-03-28T03:30"),
    ],
)
def test_times_are_the_writers(words: str, local: str) -> None:
    task = parse_line(f"Call Omar {words}", NOW, BERLIN)
    assert isinstance(task.due_date, datetime)
    expected = datetime.fromisoformat(local).replace(tzinfo=BERLIN)
    assert task.due_date.astimezone(UTC) == expected.astimezone(UTC)
    assert task.title == "Call Omar"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('Read "Tomorrow never dies"', "Read Tomorrow never dies"),
        ('Print "!high" on the box', "Print !high on the box"),
        ("Write to bob@example.org", "Write to bob@example.org"),
        ("Walk in the park", "Walk in the park"),
        ("Wow! It works", "Wow! It works"),
        ("Room 25:00", "Room 25:00"),
        ('Say "hello', 'Say "hello'),
        ("  many   blanks ", "many blanks"),
    ],
)
def test_what_stays_in_the_title(line: str, title: str) -> None:
    task = parse_line(line, NOW, BERLIN)
    assert (task.title, task.tokens) == (title, [])


def test_the_first_of_each_kind_counts() -> None:
    task = parse_line("Move friday demo to monday !low !high", NOW, BERLIN)
    assert task.title == "Move demo to monday !high"
    assert (task.due_date, task.priority) == (date(2026, 11, 27), "low")


def test_a_city_of_two_words_is_quoted() -> None:
    task = parse_line('Meet in:"New York" friday', NOW, BERLIN)
    assert (task.title, task.city) == ("Meet", "New York")


@given(
    st.dates(),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.sampled_from(sorted(time.zone_names())).map(time.zone),
)
@example(date.max, clock(23, 0), ZoneInfo("America/New_York"))
@example(date.min, clock(5, 0), ZoneInfo("Asia/Tokyo"))
def test_every_day_and_time_is_understood_in_every_zone(
    day: date, at: clock, zone: ZoneInfo
) -> None:
    """Also where UTC has no such year: whether it can be stored is for others to say."""
    task = parse_line(f"Call Omar {day} {at:%H:%M}", NOW, zone)
    assert isinstance(task.due_date, datetime)
    assert (task.due_date.date(), task.due_date.time()) == (day, at)
    assert (task.title, task.due_date.tzinfo) == ("Call Omar", zone)


@given(st.text(max_size=200))
def test_every_line_says_something_and_loses_nothing(line: str) -> None:
    task = parse_line(line, NOW, BERLIN)
    for token in task.tokens:
        assert line[token.start : token.end] == token.text
    kept = "".join(task.title.split())
    given = "".join(line.split()).replace('"', "")
    assert len(kept) <= len("".join(line.split()))
    assert task.tokens or kept.replace('"', "") == given
