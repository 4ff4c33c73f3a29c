"""A stored file as an answer: whole or in part, and never something that a browser would run."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import IO, Any
from urllib.parse import quote

from flask import Response, request, stream_with_context
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from taskapp.accounts.actor import Actor
from taskapp.attachments.files import open_file
from taskapp.core.errors import Stale
from taskapp.export.services import export_of, filename_for

_CHUNK = 64 * 1024
_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)
# What RFC 8187 §3.2.1 lets stand as it is; letters, digits and `_.-~` always do.
_ATTR_CHARS = "!#$&+^`|"


def file_response(
    *,
    filename: str,
    content_type: str,
    size: int,
    sha256: str,
    open_file: Callable[[int, int], IO[bytes]],
) -> Response:
    """The answer to GET or HEAD of a file of `size` bytes whose content never changes.

    `open_file(start, stop)` gives the bytes from `start` on; it is called only when they are sent.
    304 when the client has the file, 206 or 416 for a range (RFC 9110 §13 and §14); raises Stale
    when If-Match names another.
    """
    tag = f'"{sha256}"'
    headers = {
        "ETag": tag,
        # A copy may be kept, but whoever uses it asks first whether it may still be seen.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition(filename),
        # The type is the client's claim: nothing may guess another, or run what it finds.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Accept-Ranges": "bytes",
    }
    if "If-Match" in request.headers and not request.if_match.contains(sha256):
        raise Stale("The file is another than the one you named.")
    if request.if_none_match.contains_weak(sha256):
        return Response(status=304, headers=headers)
    part = _requested_range(size, tag)
    start, stop = part or (0, size)
    length = stop - start
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(length)
    body: Iterable[bytes] = ()
    if request.method != "HEAD":
        body = Chunks(open_file(start, stop), length)
    status = 206 if part else 200
    return Response(body, status, headers, content_type=content_type, direct_passthrough=True)


def attachment_response(attachment: Any) -> Response:
    """The file of an attachment, given as its row. Raises Stale."""
    return file_response(
        filename=attachment.filename,
        content_type=attachment.content_type,
        size=attachment.size,
        sha256=attachment.sha256,
        open_file=partial(open_file, attachment),
    )


def export_response(actor: Actor) -> Response:
    """The answer that is all of the actor's data, as it is put together."""
    headers = {"Content-Disposition": content_disposition(filename_for(actor))}
    headers |= {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    pieces = stream_with_context(export_of(actor))
    return Response(pieces, 200, headers, mimetype="application/zip")


def content_disposition(filename: str) -> str:
    """`attachment` with the name, for clients of today and of yesterday (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^ !#-$&-\[\]-~]", "_", filename)  # ASCII without " % and \
    value = f'attachment; filename="{plain}"'
    if plain == filename:
        return value
    return f"{value}; filename*=UTF-8''{quote(filename, safe=_ATTR_CHARS)}"


class Chunks:
    """The first `length` bytes of a file, in pieces; it is closed after the last, or by `close`."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._file.read(min(_CHUNK, self._left))
            if not chunk:
                # Breaks the connection, so that the client sees that this is not all.
                raise EOFError(f"The stored file lacks its last {self._left} bytes.")
            self._left -= len(chunk)
            yield chunk
        self.close()

    def close(self) -> None:
        self._file.close()


def _requested_range(size: int, tag: str) -> tuple[int, int] | None:
    """Start and stop of the range that is asked for; None for the whole file.

    As the RFC wants it, a range is ignored when it is malformed or in other units, comes with
    HEAD, or If-Range names another file; so are several at once. Raises 416 for one past the end.
    """
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not match or request.method != "GET" or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = match.groups()
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    elif last:
        start, stop = max(size - int(last), 0), size
    else:
        return None
    if start >= size:
        raise RequestedRangeNotSatisfiable(size)
    return start, stop
