"""Users."""

from typing import Any

from flask import Response

from taskapp.accounts import queries, services
from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.responses import entity_response, expected_versions
from taskapp.api.schemas.accounts import UserSchema, dump_user

blp = Blueprint("users", description="People")


@blp.get("/users/me")
@blp.response(200, UserSchema)
def get_me() -> Response:
    """The user whose token this is."""
    user = queries.get_user(current_actor().id)
    return entity_response(dump_user(user), user.version)


@blp.patch("/users/me")
@blp.arguments(UserSchema(partial=True))
@blp.response(200, UserSchema)
def update_me(changes: dict[str, Any]) -> Response:
    """Change one's own name, address or time zone."""
    actor = current_actor()
    user = services.update_me(actor, changes, expected_versions(actor.id))
    return entity_response(dump_user(user), user.version)
