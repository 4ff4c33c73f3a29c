"""What the scripts of open pages ask for, to stay as new as what happens elsewhere.

They fetch a page again and take over what has changed in it. A row that a list would not show any
more stays where it was shown, so it is asked for here.
"""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from taskapp.tasks.queries import find_tasks
from taskapp.web.access import current_actor
from taskapp.web.people import names_of

pages = Blueprint("live", __name__)

# More rows than a list shows at once.
MOST = 1000


@pages.get("/tasks/rows")
def show_rows() -> ResponseReturnValue:
    """The rows of the tasks `ids`, a comma list, as they are now; of those that can be seen."""
    given = request.args.get("ids", "").split(",")
    ids = {int(raw) for raw in given if raw.isascii() and raw.isdecimal() and len(raw) < 19}
    if len(ids) > MOST:
        abort(422, f"Ask for {MOST} rows at most.")
    tasks = find_tasks(current_actor(), ids)
    return render_template("tasks/_some_rows.html", tasks=tasks, people=names_of(tasks))
