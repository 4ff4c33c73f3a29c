"""Registering, signing in and out, and the password."""

from typing import Any

from flask import Response, abort, current_app, request

from taskapp.accounts import mailbox, second_factor, services, sessions
from taskapp.accounts.representation import dump_user
from taskapp.api.authentication import current_actor, issue_token
from taskapp.api.blueprint import Blueprint, registers, takes_no_key
from taskapp.api.responses import entity_response, json_response, no_content, refuse_tags
from taskapp.api.schemas.accounts import (
    AcceptedSchema,
    AddressSchema,
    EmailTokenSchema,
    LoginSchema,
    PasswordChangeSchema,
    PasswordResetSchema,
    RegisteredSchema,
    RegistrationSchema,
    TokenSchema,
    UserSchema,
)
from taskapp.api.scopes import ANY, takes_scope
from taskapp.core.errors import Conflict
from taskapp.errors import API_BASE
from taskapp.guesses import guess_of
from taskapp.limits import LOGIN, REGISTRATION, RESET, limited
from taskapp.marks import public

blp = Blueprint("auth", description="Accounts and tokens")


@blp.post("/auth/register")
@public
@registers
@limited(REGISTRATION)
@blp.arguments(RegistrationSchema)
@blp.response(201, UserSchema)
@blp.doc(**{"x-errors": [403]})
def register(data: dict[str, Any]) -> Response:
    """Create an account; 403 where registration is closed."""
    user = services.register(None, **data)
    return entity_response(
        dump_user(user), user.version, 201, location=f"{API_BASE}/users/{user.id}"
    )


@blp.post("/register")
@public
@registers
@limited(REGISTRATION)
@blp.arguments(RegistrationSchema)
@blp.response(200, RegisteredSchema)
@blp.doc(**{"x-errors": [403]})
def register_tersely(data: dict[str, Any]) -> Response:
    """Create an account, with the answers that clients of register-and-manage know."""
    try:
        services.register(None, **data)
    except Conflict as clash:
        abort(400, f"{(clash.field or 'username').capitalize()} already registered")
    return json_response(RegisteredSchema.example)


@blp.post("/auth/login")
@public
@takes_no_key
@limited(LOGIN)
@blp.arguments(LoginSchema)
@blp.response(200, TokenSchema)
@blp.doc(**{"x-errors": [401]})
def login(data: dict[str, Any]) -> Response:
    """Exchange a name or an address and a password for a token.

    An account with a second factor takes `otp`, the code of the app, or `recovery_code` as well.
    Without one the answer is 401 with the code `second_factor_required`, and after a wrong one
    `second_factor_wrong`.
    """
    name = data.get("login") or data.get("username") or data.get("email") or ""
    user_id = services.authenticate(name, data["password"])
    code = data.get("otp") or data.get("recovery_code")
    with guess_of(user_id, code):
        second_factor.require(user_id, code)
    lifetime = current_app.config["TOKEN_LIFETIME"]
    session = sessions.open_session(
        user_id,
        kind="api",
        lifetime=lifetime,
        user_agent=request.user_agent.string,
        address=request.remote_addr or "",
    )
    return json_response(
        {
            "access_token": issue_token(user_id, session.key),
            "token_type": "bearer",
            "expires_in": int(lifetime.total_seconds()),
        }
    )


@blp.post("/auth/logout")
@takes_scope(ANY)
@blp.response(204)
def logout() -> Response:
    """Revoke the token that this request carries."""
    sessions.close_session(current_actor().session_id)
    return no_content()


@blp.put("/auth/password")
@limited(LOGIN)
@blp.arguments(PasswordChangeSchema)
@blp.response(204)
def change_password(data: dict[str, Any]) -> Response:
    """Change the password; every token and session of the user dies."""
    refuse_tags()
    services.change_password(current_actor(), **data)
    return no_content()


@blp.post("/auth/password-reset")
@public
@limited(RESET)
@blp.arguments(AddressSchema)
@blp.response(202, AcceptedSchema)
def ask_for_password_reset(data: dict[str, Any]) -> Response:
    """Have a link mailed by which to set a new password; all addresses get the same answer."""
    mailbox.ask_for_reset(data["email"])
    return json_response(AcceptedSchema.example, 202)


@blp.post("/auth/password-reset/confirm")
@public
@limited(RESET)
@blp.arguments(PasswordResetSchema)
@blp.response(204)
def reset_password(data: dict[str, Any]) -> Response:
    """Set a new password by a mailed token; every token and session of the user dies."""
    mailbox.reset_password(data["token"], data["new_password"])
    return no_content()


@blp.post("/auth/verify")
@public
@blp.arguments(EmailTokenSchema)
@blp.response(204)
def verify(data: dict[str, Any]) -> Response:
    """Show by a mailed token that an address is one's own."""
    mailbox.verify(data["token"])
    return no_content()


@blp.post("/auth/verify/resend")
@blp.response(202, AcceptedSchema)
@blp.doc(**{"x-errors": [409]})
def ask_to_verify() -> Response:
    """Have the token for one's own address mailed again; 409 when there is nothing to verify."""
    mailbox.ask_to_verify(current_actor())
    return json_response(AcceptedSchema.example, 202)
