"""Users."""

from typing import Any

from flask import Response

from taskapp.accounts import queries
from taskapp.accounts import services as accounts
from taskapp.accounts.policies import sees_all_of
from taskapp.accounts.representation import dump_user
from taskapp.api.authentication import current_actor, optional_actor
from taskapp.api.blueprint import Blueprint, open_to_all, registers, takes_no_key
from taskapp.api.lists import list_response
from taskapp.api.responses import entity_response, expected_versions, no_content
from taskapp.api.schemas.accounts import (
    AccountDeletionSchema,
    NewUserSchema,
    UserListSchema,
    UserQuerySchema,
    UserSchema,
    dump_user_for,
)
from taskapp.api.schemas.attachments import BYTES
from taskapp.api.schemas.tasks import TaskListSchema, TaskQuerySchema
from taskapp.api.scopes import SIGN_IN, takes_scope
from taskapp.downloads import export_response
from taskapp.errors import API_BASE
from taskapp.limits import LOGIN, REGISTRATION, limited
from taskapp.membership import services
from taskapp.tasks.queries import list_tasks_of
from taskapp.tasks.representation import dump_task

blp = Blueprint("users", description="People", area="users")


@blp.get("/users")
@blp.arguments(UserQuerySchema, location="query")
@blp.response(200, UserListSchema)
def list_users(query: dict[str, Any]) -> Response:
    """The directory: everybody by name; admins see whole accounts."""
    actor = current_actor()
    found = queries.list_users(**query)
    return list_response(found, query, lambda row: dump_user_for(actor, row))


@blp.post("/users")
@open_to_all
@registers
@limited(REGISTRATION)
@blp.arguments(NewUserSchema)
@blp.response(201, UserSchema)
def create_user(data: dict[str, Any]) -> Response:
    """Create an account; an admin may also set its role and flags.

    Where registration is closed, 403 to all but admins.
    """
    user = accounts.register(optional_actor(), **data)
    return _user_response(user, 201, location=f"{API_BASE}/users/{user.id}")


@blp.get("/users/me")
@blp.response(200, UserSchema)
def get_me() -> Response:
    """The user whose token this is."""
    return _user_response(queries.get_user(current_actor().id))


@blp.patch("/users/me")
@blp.arguments(UserSchema(partial=True))
@blp.response(200, UserSchema)
def update_me(changes: dict[str, Any]) -> Response:
    """Change one's own name, address or time zone; a former address is told by mail."""
    actor = current_actor()
    return _user_response(services.update_me(actor, changes, expected_versions(actor.id)))


@blp.get("/users/me/export")
@takes_scope(SIGN_IN)
@blp.response(200, BYTES, content_type="application/zip")
def export_me() -> Response:
    """A ZIP archive of one's own data: JSON files, and the attached files."""
    return export_response(current_actor())


@blp.post("/users/me/delete")
@limited(LOGIN)
@takes_scope(SIGN_IN)
@takes_no_key  # the row of the key would go with the account
@blp.arguments(AccountDeletionSchema)
@blp.response(204)
def delete_me(data: dict[str, Any]) -> Response:
    """Delete one's own account with all that is its own, for whoever knows its password."""
    services.delete_me(current_actor(), **data)
    return no_content()


@blp.get("/users/<id:user_id>")
@blp.response(200, UserSchema)
def get_user(user_id: int) -> Response:
    """One user: the whole account to oneself and admins, `{id, username}` to others."""
    actor, user = current_actor(), queries.get_user(user_id)
    form = "" if sees_all_of(actor, user_id) else "-short"
    return entity_response(dump_user_for(actor, user), user.version, form=form)


@blp.patch("/users/<id:user_id>")
@blp.arguments(UserSchema(partial=True))
@blp.response(200, UserSchema)
def update_user(changes: dict[str, Any], user_id: int) -> Response:
    """Change an account: one's own, or as an admin anybody's, with its role and flags."""
    actor = current_actor()
    return _user_response(services.update_user(actor, user_id, changes, expected_versions(user_id)))


@blp.delete("/users/<id:user_id>")
@blp.response(204)
def delete_user(user_id: int) -> Response:
    """Delete an account with all that is its own; what it was assigned becomes unassigned."""
    services.delete_user(current_actor(), user_id, expected_versions(user_id))
    return no_content()


@blp.get("/users/<id:user_id>/tasks")
@takes_scope("tasks:read")
@blp.arguments(TaskQuerySchema, location="query")
@blp.response(200, TaskListSchema)
def list_tasks_of_user(query: dict[str, Any], user_id: int) -> Response:
    """The tasks that a user owns or is assigned, for that user and admins."""
    queries.get_user(user_id)
    found = list_tasks_of(current_actor(), user_id, **query)
    return list_response(found, query, dump_task)


def _user_response(user: Any, status: int = 200, location: str | None = None) -> Response:
    return entity_response(dump_user(user), user.version, status, location)
