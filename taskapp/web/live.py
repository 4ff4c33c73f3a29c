"""What the scripts of open pages ask for, to stay as new as what happens elsewhere.

They fetch a page again and take over what has changed in it. Single tasks are asked for here: those
that a list would not show any more, but that stay where they were; and on large pages those that
have just changed, before the page is fetched.
"""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from taskapp.core.text import whole_number
from taskapp.tasks.queries import find_tasks
from taskapp.web.access import current_actor
from taskapp.web.people import names_of

pages = Blueprint("live", __name__)

MOST = 300


@pages.get("/tasks/rows")
def show_rows() -> ResponseReturnValue:
    """The rows of the tasks `ids`, a comma list, in a search for `q`; of those that can be seen."""
    return _pieces(as_cards=False)


@pages.get("/tasks/cards")
def show_cards() -> ResponseReturnValue:
    """Their cards, as on the board."""
    return _pieces(as_cards=True)


def _pieces(*, as_cards: bool) -> str:
    given = request.args.get("ids", "").split(",")
    ids = {number for raw in given if (number := whole_number(raw))}
    if len(ids) > MOST:
        abort(422, f"Ask for {MOST} tasks at most.")
    tasks = find_tasks(current_actor(), ids)
    return render_template(
        "tasks/_pieces.html",
        tasks=tasks,
        people=names_of(tasks),
        as_cards=as_cards,
        q=request.args.get("q", ""),
    )
