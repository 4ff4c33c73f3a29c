"""Taking back what one has just done."""

from flask import Blueprint, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Conflict, Invalid, NotFound
from taskapp.core.text import whole_number
from taskapp.tasks import undo as service
from taskapp.web.access import current_actor, redirect_next
from taskapp.web.notices import notify

pages = Blueprint("undo", __name__)


@pages.post("/undo")
def undo() -> ResponseReturnValue:
    """Undo the events that a notice names, and go back; what cannot be undone is said there."""
    # What is no number stands for an event that there is not: all can be undone, or none.
    ids = {whole_number(part) or 0 for part in request.form.get("events", "").split(",")}
    try:
        tasks = service.undo(current_actor(), ids)
    except NotFound:
        notify("There is nothing to undo any more.")
    except (Conflict, Invalid) as refusal:  # raised before anything was changed
        notify(refusal.message)
    else:
        notify("Undone." if len(tasks) == 1 else f"Undone for {len(tasks)} tasks.")
    return redirect_next(url("web.tasks.index"))
