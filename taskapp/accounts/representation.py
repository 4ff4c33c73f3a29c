"""An account in plain JSON values: the one way to show it to programs."""

from typing import Any

from taskapp.core.time import instant_text


def dump_user(user: Any) -> dict[str, Any]:
    """The user object of contract §3, from a `User` or a row of its columns."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "role": user.role,
        "is_active": user.is_active,
        "is_verified": user.is_verified,
        "is_superuser": user.role == "admin",
        "timezone": user.timezone,
        "created_at": instant_text(user.created_at),
    }
