"""What goes in and out about attachments."""

from typing import Any

from marshmallow import fields

from taskapp.api.schemas.fields import InputSchema
from taskapp.api.schemas.lists import ListQuerySchema, ListSchema
from taskapp.attachments.queries import DEFAULT_SORT

# The body of an upload, and that of a download, for the OpenAPI document.
BYTES = {"type": "string", "format": "binary"}
UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": BYTES},
                "required": ["file"],
                "additionalProperties": False,
            }
        }
    },
}


RANGE = {
    "name": "Range",
    "in": "header",
    "description": "Send a part of the file alone (RFC 9110).",
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}

EXAMPLE: dict[str, Any] = {
    "id": 12,
    "filename": "report.pdf",
    "content_type": "application/pdf",
    "size": 48_213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-21T09:30:00Z",
    "user_id": 7,
}


class AttachmentSchema(InputSchema):
    """A file of a task."""

    example = EXAMPLE

    id = fields.Integer(dump_only=True)
    filename = fields.String(dump_only=True)
    content_type = fields.String(
        dump_only=True, metadata={"description": "What the sender says it is, e.g. image/png."}
    )
    size = fields.Integer(dump_only=True, metadata={"description": "Bytes."})
    sha256 = fields.String(dump_only=True, metadata={"description": "Hexadecimal digits."})
    created_at = fields.String(dump_only=True, metadata={"format": "date-time"})
    user_id = fields.Integer(
        dump_only=True,
        allow_none=True,
        metadata={"description": "Who sent it; null when that account is gone."},
    )


class AttachmentQuerySchema(ListQuerySchema):
    """The parameters of a list of attachments."""

    default_sort = DEFAULT_SORT


class AttachmentListSchema(ListSchema):
    """A page of attachments."""

    example = {
        "items": [EXAMPLE],
        "page": 1,
        "per_page": 20,
        "pages": 1,
        "total": 1,
        "next_cursor": None,
    }

    items = fields.List(fields.Nested(AttachmentSchema))
