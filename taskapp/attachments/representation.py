"""An attachment in plain JSON values: the one way to show it to programs."""

from typing import Any

from taskapp.core.time import instant_text


def dump_attachment(attachment: Any) -> dict[str, Any]:
    """The attachment object of contract §3, from an `Attachment` or a row of its columns."""
    return {
        "id": attachment.id,
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "created_at": instant_text(attachment.created_at),
        "user_id": attachment.user_id,
    }
