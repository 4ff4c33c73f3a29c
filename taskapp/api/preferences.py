"""What somebody wants of Taskapp. The contract fixes the user object; this stands beside it."""

from typing import Any

from flask import Response

from taskapp.accounts.queries import get_user
from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.responses import entity_response, expected_versions
from taskapp.api.schemas.accounts import PreferencesSchema
from taskapp.digest.services import set_digest

blp = Blueprint("preferences", description="What users want")


@blp.get("/users/me/preferences")
@blp.response(200, PreferencesSchema)
def get_preferences() -> Response:
    """What the user whose token this is wants."""
    return _answer(get_user(current_actor().id))


@blp.patch("/users/me/preferences")
@blp.arguments(PreferencesSchema)
@blp.response(200, PreferencesSchema)
def update_preferences(changes: dict[str, Any]) -> Response:
    """Want something else."""
    actor = current_actor()
    return _answer(set_digest(actor.id, changes.get("digest"), expected_versions(actor.id)))


def _answer(user: Any) -> Response:
    return entity_response({"digest": user.wants_digest}, user.version, object_id=user.id)
