"""Changing and deleting accounts: what is true about users, their tasks and records at once."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from taskapp.accounts import services as accounts
from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.accounts.policies import sees_all_of
from taskapp.accounts.queries import get_user
from taskapp.accounts.sessions import refuse_if_ended
from taskapp.core.errors import Forbidden
from taskapp.core.time import zone
from taskapp.extensions import db
from taskapp.records.services import delete_records_of
from taskapp.tasks import ownership


def update_me(
    actor: Actor, changes: Mapping[str, Any], expected_versions: Collection[int] | None = None
) -> User:
    """Change the actor's own username, email or timezone; return the account.

    Here nobody changes the role or a flag, admins neither. Raises as `update_user`.
    """
    return update_user(replace(actor, role="user"), actor.id, changes, expected_versions)


def change_email(actor: Actor, email: str | None, current_password: str) -> User:
    """Change the actor's own address, or do without one; return the account.

    To be called first in a transaction. Raises as `update_user`, and Forbidden when the password is
    wrong.
    """
    accounts.confirm_password(actor, current_password)
    user = update_me(actor, {"email": email})
    refuse_if_ended(actor)
    return user


def update_user(
    actor: Actor,
    user_id: int,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None = None,
) -> User:
    """Change an account and return it; with the time zone, the ends of the user's days move.

    `changes`: username, email, timezone; by admins also role (or is_superuser), is_active,
    is_verified. Who is deactivated is signed out. Raises NotFound, Forbidden, Invalid, Stale, and
    Conflict when a name is taken or the last active admin would be lost.
    """
    stored = get_user(user_id)
    if not sees_all_of(actor, user_id):
        raise Forbidden("This is somebody else's account.")
    if changes.get("timezone", stored.timezone) != stored.timezone:
        ownership.lock_all_day_tasks_of(user_id)
    user = accounts.update_user(actor, user_id, changes, expected_versions)
    if "timezone" in changes:
        ownership.move_days(user_id, zone(user.timezone))
    return user


def delete_user(
    actor: Actor, user_id: int, expected_versions: Collection[int] | None = None
) -> None:
    """Delete an account with its tasks and records; tasks assigned to it become unassigned.

    Raises NotFound, Forbidden, Stale, Conflict for the last active admin.
    """
    get_user(user_id)
    if not actor.is_admin:
        raise Forbidden("Only admins may delete an account.")
    _delete(actor, user_id, expected_versions)


def delete_me(actor: Actor, current_password: str) -> None:
    """Delete the actor's own account, as `delete_user` does; every session ends with it.

    To be called first in a transaction. Raises Forbidden when the password is wrong, Conflict for
    the last active admin.
    """
    accounts.confirm_password(actor, current_password)
    _delete(actor, actor.id)


def delete_account(login: str) -> None:
    """Delete the account with that name or address, as `delete_user` does, for whoever runs the
    machine; the log of events names the account itself. Raises NotFound, Conflict."""
    actor = accounts.actor_named(login)
    _delete(actor, actor.id)


def _delete(actor: Actor, user_id: int, expected_versions: Collection[int] | None = None) -> None:
    ownership.lock_tasks_of(user_id)
    user = accounts.get_to_delete(user_id, expected_versions)
    refuse_if_ended(actor)
    ownership.let_go_of(actor, user_id)  # with those that came before the user was locked
    delete_records_of(actor, user_id)
    db.session.delete(user)
    db.session.flush()
