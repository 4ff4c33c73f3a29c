"""One act on many tasks, each by the rules of one task, all in one transaction."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.core.errors import Forbidden, NotFound
from taskapp.tasks.services import delete_task, reschedule, set_status, update_task

MOST = 100


@dataclass
class Outcome:
    """The ids of the tasks that were changed, and why others were not."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


# Each takes the actor, the id of a task, and what the act needs to know.
ACTS: dict[str, Callable[[Actor, int, Any], object]] = {
    "complete": lambda actor, number, _: set_status(actor, number, "done"),
    "reschedule": reschedule,
    "priority": lambda actor, number, word: update_task(actor, number, {"priority": word}),
    "assign": lambda actor, number, user: update_task(actor, number, {"assignee_id": user}),
    "delete": lambda actor, number, _: delete_task(actor, number),
}


def change_many(actor: Actor, ids: Collection[int], act: str, value: Any = None) -> Outcome:
    """Do one of ACTS to each task; `value` is its day, priority or user.

    What the actor cannot see or may not change is passed over and reported. Raises Invalid for a
    value that no task could take.
    """
    outcome = Outcome()
    # In one order, so that two such acts cannot wait for each other.
    for number in sorted(set(ids)):
        try:
            ACTS[act](actor, number, value)
        except (NotFound, Forbidden) as refusal:
            outcome.refused[number] = refusal.message
        else:
            outcome.done.append(number)
    return outcome
