"""Filters and globals of the templates. Dates and times are in the reader's time zone."""

from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup, escape

from taskapp.accounts.actor import Actor
from taskapp.accounts.policies import is_registration_open
from taskapp.attachments.models import MAX_SIZE
from taskapp.core.time import now, today
from taskapp.tasks.agenda import count_open
from taskapp.tasks.hits import find_hits
from taskapp.tasks.policies import may_edit
from taskapp.tasks.search import MAX_LENGTH
from taskapp.web import words
from taskapp.web.due import DueDate, due_date
from taskapp.web.listing import OPEN
from taskapp.web.markdown import markdown

_ICON = Markup('<i class="bi bi-{}" aria-hidden="true"></i>')
_MARK = Markup("<mark>{}</mark>")


def register_filters(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.filters |= {
        "browser": words.browser_words,
        "day": _day,
        "degrees": words.degrees,
        "due": _due,
        "duration": words.duration_words,
        "file_icon": words.file_icon,
        "hits": _hits,
        "hue": words.hue_of,
        "icon": _icon,
        "initials": words.initials,
        "clock": _clock,
        "markdown": markdown,
        "moment": _moment,
        "size": words.size_words,
        "utc": words.utc_text,
        "weather_icon": words.weather_icon,
    }
    app.jinja_env.globals |= {
        "STATUSES": words.STATUSES,
        "PRIORITIES": words.PRIORITIES,
        "THEMES": words.THEMES,
        "OPEN": OPEN,
        "MAX_SIZE": MAX_SIZE,
        "is_registration_open": is_registration_open,
        "may_edit": may_edit,
        "count_open": count_open,
    }
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


@cache
def _icon(name: str) -> Markup:
    """An icon of Bootstrap. Where its name is written out, the template is compiled with it."""
    return _ICON.format(name)


def _due(task: Any) -> DueDate | None:
    return due_date(task, _zone(), now())


def _clock(task: Any) -> str:
    """The time of day at which a task is due, if it is due at one."""
    if task.due_on or not task.due_at:
        return ""
    return words.clock_words(task.due_at.astimezone(_zone()))


def _hits(text: str, q: str) -> Markup:
    """A text in which what a search for `q` finds is marked."""
    parts, shown = [], 0
    for first, last in find_hits(text, q[:MAX_LENGTH]):
        parts += [escape(text[shown:first]), _MARK.format(text[first:last])]
        shown = last
    return Markup("").join([*parts, escape(text[shown:])])


def _day(day: date) -> str:
    return words.day_words(day, today(_zone()))


def _moment(at: datetime) -> str:
    return words.moment_words(at, _zone(), now())


def _zone() -> ZoneInfo:
    actor: Actor | None = g.get("actor")
    return ZoneInfo("UTC") if actor is None else actor.zone
