"""The board: tasks as cards, in a column for each status."""

from flask import Blueprint, abort, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Conflict
from taskapp.core.text import whole_number
from taskapp.tasks import board, queries
from taskapp.tasks.models import STATUSES
from taskapp.web.access import current_actor, redirect_next, wants_fragment
from taskapp.web.notices import notify
from taskapp.web.people import names_of
from taskapp.web.words import STATUSES as STATUS_WORDS

pages = Blueprint("board", __name__)


@pages.get("/board")
def show_board() -> ResponseReturnValue:
    """Three columns of cards."""
    columns = board.read_board(current_actor())
    people = names_of([task for column in columns for task in column.tasks])
    days = board.DONE_FOR.days
    return render_template("tasks/board.html", columns=columns, people=people, days=days)


@pages.post("/tasks/<id:task_id>/position")
def move_task(task_id: int) -> ResponseReturnValue:
    """Move a card, to the column `status`, between the cards `before` and `after`.

    A script gets the card as it is now; others the page they came from.
    """
    actor, stored = current_actor(), queries.get_task(current_actor(), task_id)
    status = request.form.get("status", stored.status)
    if status not in STATUSES:
        abort(422, "A task is to do, in progress or done.")
    task = board.move_task(actor, task_id, status, before_id=_id("before"), after_id=_id("after"))
    if wants_fragment():
        return render_template("tasks/_card.html", task=task, people=names_of([task]))
    notify(f"Moved “{task.title}” to {STATUS_WORDS[task.status]}.")
    return redirect_next(url(".show_board"))


def _id(name: str) -> int | None:
    raw = request.form.get(name, "")
    number = whole_number(raw)
    if raw and number is None:
        raise Conflict("The board has changed since you looked at it.")
    return number
