"""How dates, durations and people are put into words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from taskapp.web import words
from taskapp.web.due import due_date

NOW = datetime(2026, 11, 18, 13, 20, tzinfo=UTC)  # a Wednesday, 14:20 in Berlin
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Due:
    """What of a task says when it is due."""

    due_at: datetime | None
    due_on: date | None = None
    status: str = "todo"


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (Due(at(18, 17)), ("Today 17:00", "today", "Today")),
        (Due(at(18, 14)), ("Today 14:00", "late", "Overdue")),
        (Due(at(18, 14), status="done"), ("Today 14:00", "", "Today")),
        (Due(at(19, 9, 30)), ("Tomorrow 09:30", "", "Next 7 days")),
        (Due(at(21, 14)), ("Sat 14:00", "", "Next 7 days")),
        (Due(at(27, 14)), ("Fri 27 Nov 14:00", "", "Later")),
        (Due(at(3, 14, month=2, year=2027)), ("3 Feb 2027 14:00", "", "Later")),
        (Due(at(19, 0), date(2026, 11, 18)), ("Today", "today", "Today")),
        (Due(at(18, 0), date(2026, 11, 17)), ("Yesterday", "late", "Overdue")),
        (Due(at(18, 0), date(2026, 11, 17), "done"), ("Yesterday", "", "Past")),
        (Due(at(26, 0), date(2026, 11, 25)), ("Wed 25 Nov", "", "Next 7 days")),
        (Due(at(27, 0), date(2026, 11, 26)), ("Thu 26 Nov", "", "Later")),
        # The day is over for its reader, but not yet for its owner in the west.
        (Due(at(18, 15), date(2026, 11, 17)), ("Yesterday", "", "Today")),
    ],
)
def test_a_due_date_in_words(due: Due, expected: tuple[str, str, str]) -> None:
    shown = due_date(due, BERLIN, NOW)
    assert shown is not None
    assert (shown.words, shown.state, shown.group) == expected


def test_a_due_date_for_machines() -> None:
    timed, whole_day = Due(at(18, 17)), Due(at(19, 0), date(2026, 11, 18))
    assert due_date(timed, BERLIN, NOW).machine == "2026-11-18T16:00:00+00:00"  # type: ignore[union-attr]
    assert due_date(whole_day, BERLIN, NOW).machine == "2026-11-18"  # type: ignore[union-attr]
    assert due_date(Due(None), BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, "0m"), (45, "45m"), (120, "2h"), (365, "6h 05m")]
)
def test_durations(minutes: int, expected: str) -> None:
    assert words.duration_words(minutes) == expected


@pytest.mark.parametrize(
    ("celsius", "expected"),
    [(15.5, "16°"), (0.2, "0°"), (-0.2, "0°"), (-2.4, "−2°")],  # noqa: RUF001
)
def test_degrees(celsius: float, expected: str) -> None:
    assert words.degrees(celsius) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("alice", "AL"), ("ann.marie", "AM"), ("x-ray_3", "XR"), ("...", ".."), ("bo_", "BO")],
)
def test_initials(name: str, expected: str) -> None:
    assert words.initials(name) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(18, 9, 5), "today 09:05"),
        (at(17, 9, 5), "yesterday 09:05"),
        (at(9, 9, 5), "Mon 9 Nov 09:05"),
    ],
)
def test_moments_stand_in_sentences(moment: datetime, expected: str) -> None:
    assert words.moment_words(moment, BERLIN, NOW) == expected


@pytest.mark.parametrize(
    ("condition", "icon"),
    [("Light snow", "cloud-snow"), ("Clear sky", "sun"), ("Cloudy", "clouds"), ("Ash", "cloud")],
)
def test_every_weather_has_an_icon(condition: str, icon: str) -> None:
    assert words.weather_icon(condition)[0] == icon


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge on Windows",
        ),
        ("curl/8.14.1", "curl/8.14.1"),
        ("", "Unknown"),
    ],
)
def test_a_browser_has_a_name(user_agent: str, expected: str) -> None:
    assert words.browser_words(user_agent) == expected
