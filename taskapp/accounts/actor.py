"""Who acts: the one shape in which a service knows its caller."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from taskapp.core import time


@dataclass(frozen=True)
class Actor:
    """A signed-in user, as read with the request's credentials."""

    id: int
    username: str
    email: str | None
    role: str
    timezone: str
    session_id: int = 0
    # When the session was last noted to be used; None of an API client's, and of a new token.
    last_used_at: datetime | None = None
    # What the access token may do that stands for the user; None when the user has signed in.
    scopes: frozenset[str] | None = None

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which this user's days begin and end."""
        return time.zone(self.timezone)
