"""What goes in and out about people."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import ROLES
from taskapp.accounts.policies import sees_all_of
from taskapp.accounts.queries import DEFAULT_SORT
from taskapp.accounts.representation import dump_user
from taskapp.api.schemas.fields import Flag, InputSchema, Text
from taskapp.api.schemas.lists import ListQuerySchema, ListSchema

_OAUTH2_FIELDS = {"grant_type", "scope", "client_id", "client_secret"}

_NAMES = {"username": "alice", "email": "alice@example.org"}
EXAMPLE = {
    "id": 7,
    **_NAMES,
    "role": "user",
    "is_active": True,
    "is_verified": False,
    "is_superuser": False,
    "timezone": "Europe/Berlin",
    "created_at": "2026-11-21T09:30:00Z",
}


class UserSchema(InputSchema):
    """A user, as users see themselves and admins see everybody."""

    example = EXAMPLE

    id = fields.Integer(dump_only=True)
    username = Text()
    email = Text(allow_none=True)
    role = fields.String(validate=validate.OneOf(ROLES))
    is_active = Flag()
    is_verified = Flag()
    is_superuser = Flag(metadata={"description": "Whether the role is admin."})
    timezone = Text(metadata={"description": "An IANA name, such as Europe/Berlin."})
    created_at = fields.String(dump_only=True, metadata={"format": "date-time"})


class NewUserSchema(UserSchema):
    """A new account: one of username and email may be left out. Flags are for admins."""

    example = {**_NAMES, "password": "correct horse battery"}

    username = Text(allow_none=True)
    password = Text(required=True, load_only=True)


class RegistrationSchema(NewUserSchema):
    """A new account: one of username and email may be left out."""

    role = fields.String(dump_only=True)
    is_active = Flag(dump_only=True)
    is_verified = Flag(dump_only=True)
    is_superuser = Flag(dump_only=True)


class RegisteredSchema(InputSchema):
    """What clients of register-and-manage are told (contract §4)."""

    example = {"msg": "User registered successfully"}

    msg = fields.String()


class UserQuerySchema(ListQuerySchema):
    """The parameters of the directory."""

    default_sort = DEFAULT_SORT

    q = Text(metadata={"description": "A part of the username, in any case."})


class UserListSchema(ListSchema):
    """A page of users; to who is no admin, others are `{id, username}`."""

    example = {
        "items": [EXAMPLE],
        "page": 1,
        "per_page": 20,
        "pages": 1,
        "total": 1,
        "next_cursor": None,
    }

    items = fields.List(fields.Nested(UserSchema))


class LoginSchema(InputSchema):
    """A name or an address, under any of three names, the password, and what the factor asks."""

    example = {"login": "alice", "password": "correct horse battery"}
    accepts_form = True

    username = Text()
    email = Text()
    login = Text()
    password = Text(required=True)
    otp = Text(metadata={"description": "The code of the authenticator app."})
    recovery_code = Text(metadata={"description": "Instead of otp, and good for one time."})

    @pre_load
    def _drop_oauth2(self, data: Any, **_kwargs: Any) -> Any:
        """Swagger UI's button sends a form of OAuth 2 (RFC 6749 §4.3.2): what it says is known."""
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if name not in _OAUTH2_FIELDS}

    @validates_schema
    def _needs_one_name(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if len(data.keys() & {"username", "email", "login"}) != 1:
            raise ValidationError("Give one of username, email and login.", "login")
        if data.keys() >= {"otp", "recovery_code"}:
            raise ValidationError("Give otp or recovery_code.", "recovery_code")


class TokenSchema(InputSchema):
    """A token, and for how many seconds it is good."""

    example = {"access_token": "eyJhbGciOi…", "token_type": "bearer", "expires_in": 1800}

    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()


class PasswordChangeSchema(InputSchema):
    """The password as it is, and as it shall be."""

    example = {"current_password": "correct horse battery", "new_password": "staple of words"}

    current_password = Text(required=True)
    new_password = Text(required=True)


class AccountDeletionSchema(InputSchema):
    """The password, for an act that cannot be undone."""

    example = {"current_password": "correct horse battery"}

    current_password = Text(required=True)


class AddressSchema(InputSchema):
    """An e-mail address."""

    example = {"email": "alice@example.org"}

    email = Text(required=True)


class AcceptedSchema(InputSchema):
    """That a mail is on its way, if it has somewhere to go."""

    example = {"message": "If there is an account with this address, a mail is on its way."}

    message = fields.String()


class EmailTokenSchema(InputSchema):
    """The token out of a link that was mailed; good once."""

    example = {"token": "Zb0l…"}

    token = Text(required=True)


class PasswordResetSchema(EmailTokenSchema):
    """The token out of a link that was mailed, good once for an hour, and a new password."""

    example = {"token": "Zb0l…", "new_password": "staple of words"}

    new_password = Text(required=True)


class PreferencesSchema(InputSchema):
    """What somebody wants of Taskapp."""

    example = {"digest": True}

    digest = Flag(metadata={"description": "A mail each morning on which something is due."})


def dump_user_for(viewer: Actor, user: Any) -> dict[str, Any]:
    """What the viewer is shown of a user: all, or `{id, username}` (contract §3)."""
    if sees_all_of(viewer, user.id):
        return dump_user(user)
    return {"id": user.id, "username": user.username}
