"""What goes in and out about sign-ins, access tokens and the second factor."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from taskapp.accounts.scopes import SCOPES
from taskapp.accounts.second_factor import Enrolment, State
from taskapp.accounts.tokens import DEFAULT_SORT, MAX_DAYS, MAX_NAME
from taskapp.api.schemas.fields import InputSchema, Text, WholeNumber
from taskapp.api.schemas.lists import ListQuerySchema, ListSchema, example_page
from taskapp.core.time import instant_text

_TIME = {"format": "date-time"}

_TOKEN: dict[str, Any] = {
    "id": 31,
    "name": "Nightly report",
    "scopes": ["records:read", "tasks:read"],
    "created_at": "2026-11-21T09:30:00Z",
    "expires_at": "2027-02-19T09:30:00Z",
    "last_used_at": None,
}
_SESSION = {
    "id": 30,
    "kind": "web",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "address": "192.0.2.7",
    "created_at": "2026-11-21T09:30:00Z",
    "expires_at": "2026-12-21T09:30:00Z",
    "last_used_at": "2026-11-28T16:04:00Z",
    "is_current": False,
}


class AccessTokenSchema(InputSchema):
    """A personal access token, without the token itself."""

    example = _TOKEN

    id = fields.Integer(dump_only=True)
    name = Text(trim=True, required=True, validate=validate.Length(1, MAX_NAME))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "What it may do; who may write may read."},
    )
    created_at = fields.String(dump_only=True, metadata=_TIME)
    expires_at = fields.String(dump_only=True, metadata=_TIME)
    last_used_at = fields.String(
        dump_only=True,
        allow_none=True,
        metadata={**_TIME, "description": "To the minute, or null."},
    )


class NewAccessTokenSchema(AccessTokenSchema):
    """A token to be made, and in how many days it ends."""

    example = {"name": "Nightly report", "scopes": ["tasks:read"], "expires_in_days": 90}

    expires_in_days = WholeNumber(1, MAX_DAYS, load_default=90, load_only=True)


class MadeAccessTokenSchema(AccessTokenSchema):
    """A new token, with the token itself: this once and never again."""

    example = {**_TOKEN, "token": "taskapp_k3J…"}

    token = fields.String(dump_only=True)


class AccessTokenQuerySchema(ListQuerySchema):
    """The parameters of the list of tokens, and of sign-ins."""

    default_sort = DEFAULT_SORT


class AccessTokenListSchema(ListSchema):
    """A page of tokens."""

    example = example_page(_TOKEN)

    items = fields.List(fields.Nested(AccessTokenSchema))


class SignInSchema(InputSchema):
    """A place where one is signed in."""

    example = _SESSION

    id = fields.Integer(dump_only=True)
    kind = fields.String(dump_only=True, metadata={"description": "api or web (a browser)."})
    user_agent = fields.String(dump_only=True)
    address = fields.String(dump_only=True)
    created_at = fields.String(dump_only=True, metadata=_TIME)
    expires_at = fields.String(dump_only=True, metadata=_TIME)
    last_used_at = fields.String(
        dump_only=True,
        allow_none=True,
        metadata={**_TIME, "description": "To the hour; null of API clients: it is not noted."},
    )
    is_current = fields.Boolean(
        dump_only=True, metadata={"description": "Whether it is the one that asks."}
    )


class SignInListSchema(ListSchema):
    """A page of sign-ins."""

    example = example_page(_SESSION)

    items = fields.List(fields.Nested(SignInSchema))


class PasswordSchema(InputSchema):
    """The present password, once more."""

    example = {"password": "correct horse battery"}

    password = Text(required=True)


class CodeSchema(InputSchema):
    """The code that the authenticator app shows now."""

    example = {"otp": "287082"}

    otp = Text(required=True)


class ProofSchema(PasswordSchema):
    """The present password, and a code of the app or of the list."""

    example = {"password": "correct horse battery", "otp": "287082"}

    otp = Text()
    recovery_code = Text()

    @validates_schema
    def _needs_one_code(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if len(data.keys() & {"otp", "recovery_code"}) != 1:
            raise ValidationError("Give otp or recovery_code.", "otp")


class EnrolmentSchema(InputSchema):
    """What an authenticator app has to know: the secret, also as the text of a QR code."""

    example = {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "uri": "otpauth://totp/Taskapp:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Taskapp",
    }

    secret = fields.String(dump_only=True)
    uri = fields.String(dump_only=True)


class RecoveryCodesSchema(InputSchema):
    """Codes that each work once instead of the app; shown this once and never again."""

    example = {"recovery_codes": ["mfrggz-dfmzts-iy3tqo-jqgezd"]}

    recovery_codes = fields.List(fields.String(), dump_only=True)


class SecondFactorSchema(InputSchema):
    """How the second factor stands."""

    example = {
        "enabled": True,
        "confirmed_at": "2026-11-21T09:30:00Z",
        "recovery_codes_left": 10,
    }

    enabled = fields.Boolean(dump_only=True)
    confirmed_at = fields.String(dump_only=True, allow_none=True, metadata=_TIME)
    recovery_codes_left = fields.Integer(dump_only=True)


def dump_token(row: Any) -> dict[str, Any]:
    """A token, from its row."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": row.scopes.split(),
        "created_at": instant_text(row.created_at),
        "expires_at": instant_text(row.expires_at),
        "last_used_at": _text_of(row.last_used_at),
    }


def dump_session(row: Any, current_id: int) -> dict[str, Any]:
    """A sign-in, from its row."""
    return {
        "id": row.id,
        "kind": row.kind,
        "user_agent": row.user_agent,
        "address": row.address,
        "created_at": instant_text(row.created_at),
        "expires_at": instant_text(row.expires_at),
        "last_used_at": _text_of(row.last_used_at),
        "is_current": row.id == current_id,
    }


def dump_enrolment(enrolment: Enrolment) -> dict[str, Any]:
    """The secret in both of its forms."""
    return {"secret": enrolment.secret, "uri": enrolment.uri}


def dump_factor(state: State) -> dict[str, Any]:
    """How the factor stands."""
    return {
        "enabled": state.is_on,
        "confirmed_at": _text_of(state.since),
        "recovery_codes_left": state.codes_left,
    }


def _text_of(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)
