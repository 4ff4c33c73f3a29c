"""Reading users."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from taskapp.accounts.models import User
from taskapp.core.database import read_all, read_one, read_scalar
from taskapp.core.errors import NotFound
from taskapp.core.pagination import Page, fetch_page
from taskapp.core.text import comparison_key

SORT_KEYS = {"id": User.id, "username": User.username_key}
DEFAULT_SORT = "username"

_NAMES = select(User.id, User.username)
_NAMED = _NAMES.where(User.id.in_(bindparam("ids", expanding=True)))
_ACTIVE = _NAMES.where(User.is_active).order_by(User.username_key).limit(bindparam("most"))


def get_user(user_id: int) -> Row[Any]:
    """The row of one user; raises NotFound."""
    row = read_one(select(User.__table__).where(User.id == user_id))
    if row is None:
        raise NotFound
    return row


def list_users(filters: Mapping[str, Any], *, sort: str = DEFAULT_SORT, **window: Any) -> Page:
    """Those of the users that pass `filters`: `q` is a part of the username, in any case.

    `window`: page, per_page and after, as in `core.pagination.fetch_page`.
    """
    users = select(User.__table__)
    if q := filters.get("q"):
        users = users.where(User.username_key.contains(comparison_key(q), autoescape=True))
    return fetch_page(users, SORT_KEYS, sort, **window)


def names(ids: Collection[int]) -> dict[int, str]:
    """The username of each of those users that exists."""
    if not ids:
        return {}
    rows = read_all(_NAMED, {"ids": list(set(ids))})
    return {row.id: row.username for row in rows}


def find_active_users(most: int) -> Sequence[Row[Any]]:
    """Id and username of those who may be given a task, by name, at most so many."""
    return read_all(_ACTIVE, {"most": most})


def find_active_user(username: str) -> int | None:
    """The id of the active user of that name, or None."""
    named = User.username_key == comparison_key(username)
    user_id: int | None = read_scalar(select(User.id).where(named, User.is_active))
    return user_id
