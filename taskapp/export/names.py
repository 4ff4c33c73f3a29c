"""Names of files in the archive that every system can unpack, and none takes for a path."""

import re

_LENGTH = 200  # bytes; file systems take 255
_EXTENSION = 20
# What Windows does not take, and what nobody can see.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]')


def member_name(attachment_id: int, filename: str) -> str:
    """`files/12-report.pdf`: the id first, so that no two are the same and none is `CON`."""
    safe = _UNSAFE.sub("_", filename)
    stem, dot, extension = safe.rpartition(".")
    if not stem or len(extension) > _EXTENSION:
        stem, dot, extension = safe, "", ""
    ending = (dot + extension).rstrip(". ")
    room = _LENGTH - len(ending.encode())
    short = stem.encode(errors="replace")[:room].decode(errors="ignore")
    return f"files/{attachment_id}-{short}{ending}".rstrip(". ")
