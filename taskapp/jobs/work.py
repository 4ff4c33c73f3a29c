"""What a job is to those who write one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from taskapp.mail.composing import Mail


@dataclass(frozen=True)
class Claim:
    """A job in the hands of the one runner that may do it now."""

    id: int
    name: str
    data: dict[str, Any]
    created_at: datetime
    attempt: int  # 1 when it is tried for the first time


class Hopeless(Exception):
    """The job cannot be done, and trying again would not help. The message is for the log."""


# It works in `db.session`, which the runner commits; it may give a mail, which is sent after that.
Doing = Callable[[Claim], Mail | None]


@dataclass(frozen=True)
class Work:
    """A kind of job: its name, what is done, and how often it comes by itself, if it does.

    What is done must bear being done twice: a runner may die at any moment. What it does in
    `db.session` happens once all the same, because the job is finished in that transaction.
    """

    name: str
    do: Doing
    every: timedelta | None = None
