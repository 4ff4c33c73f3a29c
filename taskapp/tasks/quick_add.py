"""Quick add: a task written in one line, `Prepare report tomorrow 5pm !high @alice in:Moscow`.

What is understood: `!low`, `!medium`, `!high`; `@username`; `in:City` or `in:"New York"`; a day in
words or figures; a time of day. Of each kind the first counts, the rest stays in the title. Between
quotation marks nothing is understood. Days and times are the writer's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


@dataclass(frozen=True)
class Token:
    """A part of the line that was understood: its kind, what stands there, and where."""

    kind: str  # due, time, priority, assignee, city
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class QuickTask:
    """What a line says. `due_date` is a date, or an instant when a time was given.

    The instant is as it was written, in the writer's zone, and may lie where UTC has no year.
    """

    title: str
    due_date: date | datetime | None = None
    priority: str | None = None
    assignee: str | None = None
    city: str | None = None
    tokens: list[Token] = field(default_factory=list)


def parse_line(line: str, now: datetime, zone: ZoneInfo) -> QuickTask:
    """What `line` says to somebody in `zone` at the instant `now`."""
    text = _Line(line)
    local = now.astimezone(zone)
    priority = text.take("priority", _PRIORITY)
    assignee = text.take("assignee", _ASSIGNEE)
    city = text.take("city", _CITY)
    day = text.take_day(local.date())
    clock = text.take_time()
    return QuickTask(
        title=text.rest(),
        due_date=_due_date(day, clock, local),
        priority=priority["word"].lower() if priority else None,
        assignee=assignee["word"] if assignee else None,
        city=(city["quoted"] or city["word"]).strip() if city else None,
        tokens=sorted(text.tokens, key=lambda token: token.start),
    )


def _due_date(day: date | None, clock: time | None, local: datetime) -> date | datetime | None:
    if clock is None:
        return day
    if day is None:  # a time alone is the next one
        day = local.date() if clock > local.time() else local.date() + timedelta(days=1)
    return datetime.combine(day, clock, tzinfo=local.tzinfo)


class _Line:
    """The line, of which one part after another is taken out."""

    def __init__(self, line: str) -> None:
        self.line = line
        # Same length, with what is quoted made invisible to the patterns.
        self.open = _QUOTED.sub(lambda match: "\0" * len(match[0]), line)
        self.tokens: list[Token] = []

    def take(self, kind: str, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take out the first match of `pattern`."""
        # A city may be quoted, so it is looked for in the line as it was written.
        match = next(filter(self._is_open, pattern.finditer(self.line)), None)
        if match:
            self._remove(kind, match)
        return match

    def take_day(self, today: date) -> date | None:
        """Take out the first day that there is (30 February is none)."""
        found: tuple[re.Match[str], date] | None = None
        for pattern, read in _DAYS:
            for match in pattern.finditer(self.open):
                if found and match.start() >= found[0].start():
                    break
                try:
                    found = match, read(match, today)
                except (ValueError, OverflowError):
                    continue
                break
        if found is None:
            return None
        self._remove("due", found[0])
        return found[1]

    def take_time(self) -> time | None:
        """Take out the first time of day."""
        match = _TIME.search(self.open)
        if match is None:
            return None
        self._remove("time", match)
        if match["half"]:
            afternoon = match["half"].lower() == "pm"
            return time(int(match["hour"]) % 12 + 12 * afternoon, int(match["minute"] or 0))
        return time(int(match["hour24"]), int(match["minute24"]))

    def rest(self) -> str:
        """What was not taken: the title, without the quotation marks."""
        kept, position = [], 0
        for token in sorted(self.tokens, key=lambda token: token.start):
            kept.append(self.line[position : token.start])
            position = token.end
        kept.append(self.line[position:])
        return " ".join(_QUOTED.sub(r"\1", " ".join(kept)).split())

    def _is_open(self, match: re.Match[str]) -> bool:
        return self.open[match.start()] != "\0"

    def _remove(self, kind: str, match: re.Match[str]) -> None:
        start, end = match.span()
        self.tokens.append(Token(kind, match[0], start, end))
        self.open = self.open[:start] + "\0" * (end - start) + self.open[end:]


def _word(pattern: str) -> re.Pattern[str]:
    """The pattern where it stands alone: between blanks, or before a comma or semicolon."""
    return re.compile(rf"(?<!\S){pattern}(?=[\s,;]|$)", re.IGNORECASE)


_QUOTED = re.compile(r'"([^"]*)"')
_PRIORITY = _word(r"!(?P<word>low|medium|high)")
_ASSIGNEE = _word(r"@(?P<word>[A-Za-z0-9._-]{2,64})")
_CITY = _word(r'in:(?:"(?P<quoted>[^"]+)"|(?P<word>[^\s",;]+))')
_TIME = re.compile(
    r"(?<!\S)(?:at\s+)?(?:(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5]\d))?\s?(?P<half>am|pm)"
    r"|(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d))(?=[\s,;]|$)",
    re.IGNORECASE,
)


def _weekday(match: re.Match[str], today: date) -> date:
    """The next day of that name; with `next`, the one of next week."""
    wanted = next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(match["day"].lower()))
    if match["next"]:
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _calendar_day(match: re.Match[str], today: date) -> date:
    """A day and a month; without a year, the next such day."""
    month = 1 + next(i for i, m in enumerate(_MONTHS) if m.startswith(match["month"].lower()[:3]))
    day = int(match["day"])
    if match["year"]:
        return date(int(match["year"]), month, day)
    for year in range(today.year, today.year + 9):  # up to the next 29 February
        try:
            if (candidate := date(year, month, day)) >= today:
                return candidate
        except ValueError:
            continue
    raise ValueError(match[0])


def _from_now(match: re.Match[str], today: date) -> date:
    days = {"day": 1, "week": 7}[match["unit"].lower()]
    return today + timedelta(days=int(match["number"]) * days)


_MONTH = r"(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + ")"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_DAY_NAMES = "|".join(_WEEKDAYS)
_SHORT_NAMES = "|".join(name[:3] for name in _WEEKDAYS)

_DAYS: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], date]]] = [
    (_word("today"), lambda _match, today: today),
    (_word("tomorrow"), lambda _match, today: today + timedelta(days=1)),
    (_word("next week"), lambda _match, today: today + timedelta(days=7 - today.weekday())),
    (_word(rf"(?:on\s+)?(?P<next>next\s+)?(?P<day>{_DAY_NAMES})"), _weekday),
    # Alone, `sun` and `sat` are too often something else.
    (_word(rf"(?:on\s+|(?P<next>next\s+))(?P<day>{_SHORT_NAMES})"), _weekday),
    (_word(r"in\s+(?P<number>\d{1,3})\s+(?P<unit>day|week)s?"), _from_now),
    (_word(r"(?:on\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+" + _MONTH + _YEAR), _calendar_day),
    (_word(r"(?:on\s+)?" + _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?" + _YEAR), _calendar_day),
    (
        _word(r"(?:on\s+)?(?P<iso>\d{4}-\d\d-\d\d)"),
        lambda match, _: date.fromisoformat(match["iso"]),
    ),
]
