"""Where one is signed in."""

from typing import Any

from flask import Response

from taskapp.accounts import sessions
from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.lists import list_response
from taskapp.api.responses import no_content, refuse_tags
from taskapp.api.schemas.credentials import AccessTokenQuerySchema, SignInListSchema, dump_session

blp = Blueprint("sessions", description="Sign-ins")


@blp.get("/users/me/sessions")
@blp.arguments(AccessTokenQuerySchema, location="query")
@blp.response(200, SignInListSchema)
def list_sessions(query: dict[str, Any]) -> Response:
    """The browsers and API clients that are signed in, newest first."""
    actor = current_actor()
    found = sessions.list_sessions(actor, **query)
    return list_response(found, query, lambda row: dump_session(row, actor.session_id))


@blp.delete("/users/me/sessions")
@blp.response(204)
def close_other_sessions() -> Response:
    """Sign out everywhere but here; access tokens go on."""
    refuse_tags()
    sessions.close_other_sessions(current_actor())
    return no_content()


@blp.delete("/users/me/sessions/<id:session_id>")
@blp.response(204)
def close_session(session_id: int) -> Response:
    """Sign out one browser or API client."""
    refuse_tags()
    sessions.close_own_session(current_actor(), session_id)
    return no_content()
