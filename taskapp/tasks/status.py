"""The status of a task, which may be written under two names: `status` and `is_complete`."""

from collections.abc import Mapping
from typing import Any

from taskapp.core.errors import Invalid


def settle_status(given: Mapping[str, Any], stored: str | None) -> str:
    """The status that `given` asks for, seen from the stored one (None for a new task).

    Where `status` and `is_complete` disagree, the one that differs from what is stored wins;
    when both differ, or there is nothing stored, Invalid is raised (contract §3).
    """
    status: str | None = given.get("status")
    complete: bool | None = given.get("is_complete")
    if complete is None:
        return status or stored or "todo"
    from_complete = "done" if complete else _undone(stored)
    if status is None or (status == "done") == complete:
        return status or from_complete
    if stored is not None and status == stored:
        return from_complete
    if stored is not None and complete == (stored == "done"):
        return status
    raise Invalid({"is_complete": ["This does not agree with status."]})


def _undone(stored: str | None) -> str:
    return "todo" if stored is None or stored == "done" else stored
