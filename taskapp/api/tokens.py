"""One's personal access tokens. None of them opens these calls."""

from typing import Any

from flask import Response

from taskapp.accounts import tokens
from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint, takes_no_key
from taskapp.api.lists import list_response
from taskapp.api.responses import entity_response, expected_versions, json_response, no_content
from taskapp.api.schemas.credentials import (
    AccessTokenListSchema,
    AccessTokenQuerySchema,
    AccessTokenSchema,
    MadeAccessTokenSchema,
    NewAccessTokenSchema,
    dump_token,
)
from taskapp.core.errors import Stale
from taskapp.errors import API_BASE

blp = Blueprint("tokens", description="Personal access tokens")


@blp.get("/users/me/tokens")
@blp.arguments(AccessTokenQuerySchema, location="query")
@blp.response(200, AccessTokenListSchema)
def list_tokens(query: dict[str, Any]) -> Response:
    """One's unexpired tokens, newest first."""
    return list_response(tokens.list_tokens(current_actor(), **query), query, dump_token)


@blp.post("/users/me/tokens")
@takes_no_key
@blp.arguments(NewAccessTokenSchema)
@blp.response(201, MadeAccessTokenSchema)
def create_token(data: dict[str, Any]) -> Response:
    """Make a token; the answer shows it, and nothing ever shows it again."""
    token, row = tokens.create_token(current_actor(), **data)
    place = {"Location": f"{API_BASE}/users/me/tokens/{row.id}"}
    return json_response({**dump_token(row), "token": token}, 201, place)


@blp.get("/users/me/tokens/<id:token_id>")
@blp.response(200, AccessTokenSchema)
def get_token(token_id: int) -> Response:
    """One token."""
    row = tokens.get_token(current_actor(), token_id)
    return entity_response(dump_token(row), _version(row))


@blp.delete("/users/me/tokens/<id:token_id>")
@blp.response(204)
def revoke_token(token_id: int) -> Response:
    """End a token at once."""
    actor, expected = current_actor(), expected_versions(token_id)
    if expected is not None and _version(tokens.get_token(actor, token_id)) not in expected:
        raise Stale
    tokens.revoke_token(actor, token_id)
    return no_content()


def _version(row: Any) -> int:
    """A token changes by nothing but its use."""
    return int((row.last_used_at or row.created_at).timestamp())
