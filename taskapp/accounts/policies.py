"""Who may see and change what of an account (contract §3)."""

from collections.abc import Mapping
from typing import Any

from flask import current_app

from taskapp.accounts.actor import Actor
from taskapp.core.errors import Forbidden, Invalid

# What only admins may set. `is_superuser` is another name for the role.
FLAGS = frozenset({"role", "is_active", "is_verified", "is_superuser"})


def sees_all_of(viewer: Actor, user_id: int) -> bool:
    """Whether the viewer sees the whole account; of others one sees the id and the name."""
    return viewer.is_admin or viewer.id == user_id


def is_registration_open() -> bool:
    """Whether people make their accounts themselves; where they do not, admins make them."""
    return bool(current_app.config["REGISTRATION"] == "open")


def check_may_register(actor: Actor | None) -> None:
    """Raise Forbidden unless the actor may make an account; None is somebody without one."""
    if not (is_registration_open() or (actor and actor.is_admin)):
        raise Forbidden("Registration is closed here. Ask an administrator for an account.")


def flags_for_new(actor: Actor | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a new account that `given` asks for; raises Forbidden, Invalid."""
    named = FLAGS & given.keys()
    if named and not (actor and actor.is_admin):
        raise Forbidden(f"Only admins may set {', '.join(sorted(named))}.")
    return _columns(given)


def flags_to_change(actor: Actor, user: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an account that `changes` asks for.

    Who is not an admin may name what is there already. Raises Forbidden, Invalid.
    """
    if actor.is_admin:
        return _columns(changes, user.role)
    present = {name: getattr(user, name) for name in ("role", "is_active", "is_verified")}
    present["is_superuser"] = user.role == "admin"
    if any(changes[name] != present[name] for name in FLAGS & changes.keys()):
        raise Forbidden("Only admins may change the role and the flags of an account.")
    return {}


def _columns(given: Mapping[str, Any], stored_role: str | None = None) -> dict[str, Any]:
    """Where role and is_superuser disagree, the one that differs from what is stored wins."""
    columns = {name: given[name] for name in FLAGS & given.keys() - {"is_superuser"}}
    if "is_superuser" not in given:
        return columns
    role = "admin" if given["is_superuser"] else "user"
    if stored_role is None and columns.setdefault("role", role) != role:
        raise Invalid({"is_superuser": ["This does not agree with role."]})
    if columns.get("role", stored_role) == stored_role:
        columns["role"] = role
    return columns
