"""What goes in and out of the peer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["todo", "in_progress", "done"]
Priority = Literal["low", "medium", "high"]


class Credentials(BaseModel):
    """A name and a password."""

    username: str
    password: str


class Token(BaseModel):
    """A token, for 30 minutes."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105  (a kind of token, not one)


class TaskIn(BaseModel):
    """A task to be made."""

    title: str = Field(min_length=1, max_length=100)
    description: str | None = Field(None, max_length=10_000)
    status: Status = "todo"
    priority: Priority = "medium"
    due_date: datetime | None = None
    city: str | None = Field(None, max_length=100)


class StatusIn(BaseModel):
    """A new status."""

    status: Status


class TaskOut(BaseModel):
    """A task."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    description: str | None
    status: Status
    priority: Priority
    due_date: datetime | None
    city: str | None
    user_id: int
    created_at: datetime
    completed_at: datetime | None


class TaskPage(BaseModel):
    """Some of the tasks, and how many there are."""

    items: list[TaskOut]
    total: int
    page: int
    per_page: int


class Figures(BaseModel):
    """Tasks of a period by status and owner."""

    by_status: dict[str, int]
    by_user: dict[str, int]
