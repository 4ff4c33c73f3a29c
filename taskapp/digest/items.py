"""The tasks in a digest."""

from dataclasses import dataclass
from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.core.time import now
from taskapp.mail.composing import link
from taskapp.tasks.agenda import due_day, tasks_for_today


@dataclass(frozen=True)
class Item:
    """A task as the digest shows it."""

    title: str
    due: str
    link: str


def items_for(reader: Actor) -> tuple[list[Item], list[Item]]:
    """What is overdue, and what else is due today, the earliest first."""
    at = now()
    tasks = tasks_for_today(reader)
    late = [_item(task, reader) for task in tasks if task.due_at <= at]
    today = [_item(task, reader) for task in tasks if task.due_at > at]
    return late, today


def _item(task: Any, reader: Actor) -> Item:
    day = due_day(task, reader.zone)
    words = f"{day:%a} {day.day} {day:%b}"
    if task.due_on is None:
        words += f", {task.due_at.astimezone(reader.zone):%H:%M}"
    return Item(task.title, words, link(f"/tasks/{task.id}"))
