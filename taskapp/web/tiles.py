"""The few figures that one looks at first, each against the period before."""

from dataclasses import dataclass

from taskapp.analytics.queries import Figures
from taskapp.web.words import duration_words


@dataclass(frozen=True)
class Tile:
    """A figure, and how it moved: `tone` is `ok` or `danger` where the direction is good or bad."""

    name: str
    value: str
    unit: str
    direction: int  # -1, 0, 1
    change: str
    tone: str = ""


def tiles(now: Figures, before: Figures) -> list[Tile]:
    """The tiles of a period."""
    return [
        _count("Completed", now.completed, before.completed, more="ok"),
        _count("Created", now.total, before.total),
        _rate(now.completion_rate, before.completion_rate),
        _time(now.minutes, before.minutes),
        _overdue(now.overdue, before.overdue),
    ]


def _count(name: str, now: int, before: int, more: str = "") -> Tile:
    direction = _sign(now - before)
    return Tile(name, f"{now:,}", "", direction, _share(now, before), more if direction > 0 else "")


def _rate(now: float | None, before: float | None) -> Tile:
    if now is None:
        return Tile("Completion rate", "\N{EN DASH}", "", 0, "None created")
    value = f"{100 * now:.0f}"
    if before is None:
        return Tile("Completion rate", value, " %", 0, "None before")
    points = round(100 * now) - round(100 * before)
    change = f"{abs(points)} pts" if points else "As before"
    return Tile("Completion rate", value, " %", _sign(points), change, "ok" if points > 0 else "")


def _time(now: int, before: int) -> Tile:
    hours, _, rest = duration_words(now).partition(" ")
    return Tile("Time spent", hours, f" {rest}" if rest else "", *_moved(now, before))


def _overdue(now: int, before: int) -> Tile:
    difference = now - before
    tone = {1: "danger", -1: "ok"}.get(_sign(difference), "")
    change = f"{abs(difference):,}" if difference else "As before"
    return Tile("Overdue", f"{now:,}", "", _sign(difference), change, tone)


def _moved(now: int, before: int) -> tuple[int, str]:
    return _sign(now - before), _share(now, before)


def _share(now: int, before: int) -> str:
    if now == before:
        return "As before"
    if not before:
        return "None before"
    share = abs(100 * (now - before) / before)
    return f"{share:,.0f} %" if share >= 1 else "under 1 %"


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)
