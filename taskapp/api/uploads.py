"""Reading a file that a client sends."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import abort, request
from werkzeug.datastructures import FileStorage
from werkzeug.formparser import FormDataParser

from taskapp.core.errors import Invalid

# A file up to this many bytes stays in memory while it is read, a larger one goes to the disk.
_IN_MEMORY = 256 * 1024


@contextmanager
def uploaded_file() -> Iterator[FileStorage]:
    """The file in the part `file` of a multipart body, read in full; gone when the block ends.

    Answers 415 for another media type, 400 for a body that is cut off or malformed, 413 for more
    than 1,000 parts or a body past the view's limit; raises Invalid for no file, several files, or
    other fields.
    """
    if request.mimetype != "multipart/form-data":
        abort(415, "Send the file as multipart/form-data.")
    with ExitStack() as spools:

        def spool(*_about: Any, **_more: Any) -> IO[bytes]:
            return spools.enter_context(SpooledTemporaryFile(_IN_MEMORY, "rb+"))

        # Flask's own request.files is empty, without a word, when the body is malformed.
        parser = FormDataParser(
            spool,
            max_form_memory_size=request.max_form_memory_size,
            max_form_parts=request.max_form_parts,
            silent=False,
        )
        try:
            _, fields, files = parser.parse(
                request.stream,
                request.mimetype,
                request.content_length,
                dict(request.mimetype_params),
            )
        except ValueError:
            abort(400, "The body is not multipart/form-data, or is cut off.")
        _refuse_others({*fields, *files})
        yield _only(files.getlist("file"), "file" in fields)


def _refuse_others(names: set[str | None]) -> None:
    """Raise Invalid for a part that is not called `file`, or has no name."""
    if others := names - {"file"}:
        raise Invalid({name or "": ["Unknown field."] for name in others})


def _only(files: list[FileStorage], has_nameless: bool) -> FileStorage:
    if has_nameless:
        raise Invalid({"file": ["Send a file that has a name."]})
    if not files:
        raise Invalid({"file": ["Missing data for required field."]})
    if len(files) > 1:
        raise Invalid({"file": ["Send one file at a time."]})
    return files[0]
