"""The board: a column for each status, and an order that people make by hand.

A task has one position, the same for all who see it; within a column the lowest is on top. Moving
a card writes one row: its new position is the middle between its new neighbours'.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select, update

from taskapp.accounts.actor import Actor
from taskapp.core.database import read_all, read_one
from taskapp.core.errors import Conflict, Invalid
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.tasks.events import record_task_event
from taskapp.tasks.models import STATUSES, Task, top_position
from taskapp.tasks.queries import TASK_COLUMNS, get_task, visible_tasks
from taskapp.tasks.representation import dump_task
from taskapp.tasks.services import check_version, get_for_update, update_task

# Cards that a column shows; the list has the rest.
MOST = 500
DONE_FOR = timedelta(days=14)
# The room left below a card that is put last, and the most that is made between two.
_ROOM = 2**30
# Where two neighbours leave none, those below move down into the first gap of this size, which lets
# eight more come between the two. Nearly all gaps are wider: positions are nanoseconds at first.
_WIDE = 2**9
# So far down a gap is looked for.
_FAR = 5000

_ORDER = (Task.position, Task.id)


@dataclass(frozen=True)
class Column:
    """The first tasks with a status, in their order, and how many there are in all."""

    status: str
    tasks: Sequence[Row[Any]]
    total: int


def read_board(viewer: Actor) -> list[Column]:
    """The columns. That of what is done holds what was completed in the last two weeks."""
    recent = now() - DONE_FOR
    totals = _totals(viewer, recent)
    columns = []
    for status in STATUSES:
        tasks = _on_board(viewer, status, recent).order_by(*_ORDER).limit(MOST)
        rows = read_all(tasks.with_only_columns(*TASK_COLUMNS))
        columns.append(Column(status, rows, totals[status]))
    return columns


def move_task(
    actor: Actor,
    task_id: int,
    status: str,
    *,
    before_id: int | None = None,
    after_id: int | None = None,
    expected_versions: Collection[int] | None = None,
) -> Task:
    """Put a task into the column of `status`, above `before_id` and below `after_id`.

    With one of the two it stands right beside that one, with neither on top. Whoever sees the task
    may move it. Raises NotFound; Invalid for a neighbour that there is not; Conflict for one that
    is in another column by now, and where thousands stand so close that there is no room; Stale as
    in `update_task`.
    """
    get_task(actor, task_id)  # whatever is wrong with the neighbours, only who sees it hears of it
    above, below = _neighbours(actor, task_id, status, before_id, after_id)
    if _is_crowded(above, below):
        _make_room(actor, task_id, status, above)
        above, below = _neighbours(actor, task_id, status, before_id, after_id)
    task = get_for_update(actor, task_id)
    check_version(task, expected_versions)
    position = _position_between(above, below)
    if status != task.status:
        return update_task(actor, task_id, {"status": status, "position": position})
    told = {"position": [task.position, position]}
    _write_positions(update(Task).where(Task.id == task.id).values(position=position))
    db.session.refresh(task)
    record_task_event(actor, "task.updated", task, dump=dump_task(task), changes=told)
    return task


def _on_board(viewer: Actor, status: str, recent: datetime) -> Select[Task]:
    tasks = visible_tasks(viewer).where(Task.status == status)
    return tasks.where(Task.completed_at >= recent) if status == "done" else tasks


def _totals(viewer: Actor, recent: datetime) -> dict[str, int]:
    shown = or_(Task.status != "done", Task.completed_at >= recent)
    columns = [
        func.sum(case((and_(Task.status == status, shown), 1), else_=0)).label(status)
        for status in STATUSES
    ]
    row = read_one(visible_tasks(viewer).where(shown).with_only_columns(*columns))
    return {name: int(total or 0) for name, total in row._mapping.items()} if row else {}


def _neighbours(
    actor: Actor, task_id: int, status: str, before_id: int | None, after_id: int | None
) -> tuple[Any, Any]:
    """Those between whom the task shall stand: position and id of each, None at an end."""
    column = _column(actor, task_id, status)
    below = _named(actor, task_id, status, "before", before_id)
    above = _named(actor, task_id, status, "after", after_id)
    if above is None and below is None:
        below = db.session.execute(column.order_by(*_ORDER).limit(1)).first()
    elif above is None:
        beyond = column.where(_sorts_before(below)).order_by(Task.position.desc(), Task.id.desc())
        above = db.session.execute(beyond.limit(1)).first()
    elif below is None:
        below = db.session.execute(_beyond(column, above).limit(1)).first()
    elif (above.position, above.id) > (below.position, below.id):
        raise Conflict("The board has changed since you looked at it.")
    return above, below


def _column(actor: Actor, task_id: int, status: str) -> Select[int, int]:
    """Position and id of what the actor sees in a column, but for the task that is moved."""
    column = visible_tasks(actor).where(Task.status == status, Task.id != task_id)
    return column.with_only_columns(Task.position, Task.id)


def _beyond(column: Select[int, int], above: Any) -> Select[int, int]:
    return column.where(~_sorts_before(above), Task.id != above.id).order_by(*_ORDER)


def _named(actor: Actor, task_id: int, status: str, field: str, number: int | None) -> Any:
    if number is None:
        return None
    columns = (Task.position, Task.id, Task.status)
    named = visible_tasks(actor).where(Task.id == number, Task.id != task_id)
    row = db.session.execute(named.with_only_columns(*columns)).first()
    if row is None:
        raise Invalid({field: ["There is no such task to stand beside."]})
    if row.status != status:
        raise Conflict("The board has changed since you looked at it.")
    return row


def _is_crowded(above: Any, below: Any) -> bool:
    return above is not None and below is not None and below.position - above.position < 2


def _position_between(above: Any, below: Any) -> int:
    if above is None:
        top = top_position()
        return top if below is None else min(top, below.position - 1)
    if below is None:
        return int(above.position) + _ROOM
    if _is_crowded(above, below):
        raise Conflict("There is no room between these two tasks.")
    return int(above.position + below.position) // 2


def _make_room(actor: Actor, task_id: int, status: str, above: Any) -> None:
    """Move down those that stand right below a task; once in eight moves to a place, or rarer.

    Only what the actor sees, for nothing else stands in the way. The task that is moved is locked
    with them, all in the order of their ids. Nothing is done if somebody else was faster.
    """
    lower = _beyond(_column(actor, task_id, status), above)
    moved, shift = _run(db.session.execute(lower.limit(_FAR)).all())
    locked = select(Task.id, Task.position).where(Task.id.in_([task_id, *moved]))
    rows = db.session.execute(locked.order_by(Task.id).with_for_update()).all()
    if moved.items() <= {row.id: row.position for row in rows}.items():
        down = update(Task).where(Task.id.in_(moved)).values(position=Task.position + shift)
        _write_positions(down)


def _run(rows: Sequence[Any]) -> tuple[dict[int, int], int]:
    """Those before the first wide gap, each with its position, and how far they can move down."""
    run, end = {}, [None] if len(rows) < _FAR else []
    for row, following in pairwise([*rows, *end]):
        run[row.id] = row.position
        gap = following.position - row.position if following else 2 * _ROOM
        if gap >= _WIDE:
            return run, min(gap // 2, _ROOM)
    return {}, 0


def _write_positions(statement: Any) -> None:
    # A position is not shown: the tag and the time of the last change stay as they are.
    unchanged = statement.values(updated_at=Task.updated_at)
    db.session.execute(unchanged, execution_options={"synchronize_session": False})


def _sorts_before(row: Any) -> Any:
    return or_(Task.position < row.position, and_(Task.position == row.position, Task.id < row.id))
