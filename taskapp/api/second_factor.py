"""The second factor. No access token manages it, and each change asks for the password again."""

from typing import Any

from flask import Response

from taskapp.accounts import queries, second_factor
from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint, takes_no_key
from taskapp.api.responses import json_response, no_content, refuse_tags
from taskapp.api.schemas.credentials import (
    CodeSchema,
    EnrolmentSchema,
    PasswordSchema,
    ProofSchema,
    RecoveryCodesSchema,
    SecondFactorSchema,
    dump_enrolment,
    dump_factor,
)
from taskapp.errors import API_BASE
from taskapp.guesses import guess_of
from taskapp.limits import LOGIN, limited

blp = Blueprint("second_factor", description="The second factor")

_PLACE = "/users/me/second-factor"


@blp.get(_PLACE)
@blp.response(200, SecondFactorSchema)
def get_factor() -> Response:
    """Whether signing in takes a code, and how many recovery codes are left."""
    return json_response(dump_factor(second_factor.get_state(current_actor().id)))


@blp.post(_PLACE)
@takes_no_key
@limited(LOGIN)
@blp.arguments(PasswordSchema)
@blp.response(201, EnrolmentSchema)
def enrol(data: dict[str, Any]) -> Response:
    """Begin: get the secret for an authenticator app. It counts for nothing until confirmed."""
    enrolment = second_factor.enrol(current_actor(), **data)
    return json_response(dump_enrolment(enrolment), 201, {"Location": f"{API_BASE}{_PLACE}"})


@blp.post(f"{_PLACE}/confirm")
@takes_no_key
@blp.arguments(CodeSchema)
@blp.response(200, RecoveryCodesSchema)
@blp.doc(**{"x-errors": [404]})
def confirm(data: dict[str, Any]) -> Response:
    """Switch it on with a first code; other sign-ins end. Shows the recovery codes, once."""
    codes = second_factor.confirm(current_actor(), data["otp"])
    return json_response({"recovery_codes": codes})


@blp.post(f"{_PLACE}/disable")
@limited(LOGIN)
@blp.arguments(ProofSchema)
@blp.response(204)
@blp.doc(**{"x-errors": [404]})
def disable(data: dict[str, Any]) -> Response:
    """Switch it off, with the password and a code."""
    actor, code = current_actor(), _code(data)
    with guess_of(actor.id, code):
        second_factor.disable(actor, data["password"], code)
    return no_content()


@blp.post(f"{_PLACE}/recovery-codes")
@takes_no_key
@limited(LOGIN)
@blp.arguments(ProofSchema)
@blp.response(200, RecoveryCodesSchema)
@blp.doc(**{"x-errors": [404]})
def renew_recovery_codes(data: dict[str, Any]) -> Response:
    """New recovery codes instead of the old, shown once."""
    actor, code = current_actor(), _code(data)
    with guess_of(actor.id, code):
        codes = second_factor.renew_codes(actor, data["password"], code)
    return json_response({"recovery_codes": codes})


@blp.delete("/users/<id:user_id>/second-factor")
@blp.response(204)
def reset(user_id: int) -> Response:
    """Remove a factor that its user has lost; for admins."""
    refuse_tags()
    queries.get_user(user_id)
    second_factor.reset(current_actor(), user_id)
    return no_content()


def _code(data: dict[str, Any]) -> str:
    return str(data.get("otp") or data.get("recovery_code"))
