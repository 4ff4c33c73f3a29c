"""Figures of a period, as tiles and charts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from taskapp.accounts.queries import names
from taskapp.analytics.queries import Figures, Report, get_report
from taskapp.core.errors import Invalid
from taskapp.core.text import whole_number
from taskapp.core.time import today
from taskapp.web import charts
from taskapp.web.access import current_actor
from taskapp.web.people import choosable, person_named
from taskapp.web.tiles import tiles

pages = Blueprint("analytics", __name__)

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "month": "This month"}
DEFAULT = "30"
# Years that every database and every zone can count with.
_YEARS = range(1970, 3000)


@dataclass(frozen=True)
class Choice:
    """What the query of the URL asks for; what makes no sense in it is passed over."""

    period: str  # one of PERIODS, or nothing for days of one's own
    start: date
    end: date
    user_id: int | None

    def args(self, **changes: Any) -> dict[str, Any]:
        """The query of a link to this page, changed."""
        dates = {} if self.period else {"from": self.start.isoformat(), "to": self.end.isoformat()}
        period = self.period if self.period != DEFAULT else None
        return {"period": period or None, **dates, "user": self.user_id, **changes}


@pages.get("/analytics")
def index() -> ResponseReturnValue:
    """Tiles and charts of the tasks that one sees; an admin may look at one person's."""
    actor, complaint = current_actor(), ""
    day = today(actor.zone)
    choice = read_choice(request.args, day)
    if typed := request.args.get("username", "").strip():
        try:
            user_id = person_named(typed)
        except Invalid as refusal:
            [complaint] = refusal.errors["assignee_id"]
        else:
            return redirect(url(".index", **choice.args(user=user_id)))
    try:
        report = get_report(actor, choice.start, choice.end, choice.user_id)
    except Invalid as refusal:
        [complaint], typed = next(iter(refusal.errors.values())), ""
        choice = read_choice(MultiDict({"user": request.args.get("user", "")}), day)
        report = get_report(actor, choice.start, choice.end, choice.user_id)
    page = render_template(
        "analytics.html",
        periods=PERIODS,
        choice=choice,
        complaint=complaint,
        days=charts.span_label(choice.start, choice.end),
        number_of_days=(choice.end - choice.start).days + 1,
        people=choosable() if actor.is_admin else {},
        typed=typed,
        chosen=names([choice.user_id] if choice.user_id else []),
        figures=report.now,
        is_empty=_is_empty(report.now),
        tiles=tiles(report.now, report.before),
        **_drawn(report, day),
    )
    return (page, 422) if complaint else page


def read_choice(args: MultiDict[str, str], day: date) -> Choice:
    """The choice that the query of a URL makes on that day."""
    user_id = whole_number(args.get("user", ""))
    start, end = _day(args.get("from", "")), _day(args.get("to", ""))
    if start or end:
        end = end or max(day, start or day)
        return Choice("", start or end - timedelta(days=29), end, user_id)
    period = args.get("period", DEFAULT)
    if period == "month":
        return Choice(period, day.replace(day=1), day, user_id)
    period = period if period in PERIODS else DEFAULT
    return Choice(period, day - timedelta(days=int(period) - 1), day, user_id)


def _drawn(report: Report, day: date) -> dict[str, Any]:
    now = report.now
    by_day = charts.bars(now.start, now.end, day, now.completed_by_day, now.created_by_day)
    time = charts.bars(now.start, now.end, day, now.minutes_by_day)
    return {
        "by_day": by_day,
        "done_ticks": charts.ticks(max(bar.values[0] for bar in by_day), number=3),
        "created_ticks": charts.ticks(max(bar.values[1] for bar in by_day), number=3),
        "time_by_day": time,
        "time_ticks": charts.ticks(max(bar.values[0] for bar in time), charts.MINUTES),
        "owners": _most_first(now.by_user),
        "recorders": _most_first(now.minutes_by_user),
        "weeks": charts.weeks(report.first_week, day, report.completions),
    }


def _most_first(by_name: Any) -> list[tuple[str, int]]:
    return sorted(by_name.items(), key=lambda pair: (-pair[1], pair[0].lower()))


def _is_empty(figures: Figures) -> bool:
    return not (figures.total or figures.completed or figures.minutes)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
