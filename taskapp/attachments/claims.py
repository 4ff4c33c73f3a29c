"""What a client says about its file: a name and a type. Both are cleaned, neither is trusted."""

import re
import unicodedata

from taskapp.attachments.models import CONTENT_TYPE_LENGTH, FILENAME_LENGTH
from taskapp.core.errors import Invalid

UNKNOWN_TYPE = "application/octet-stream"

# `type/subtype` of RFC 6838 §4.2, without parameters.
_WORD = r"[a-z0-9][a-z0-9!#$&^_.+-]*"
_TYPE = re.compile(f"{_WORD}/{_WORD}")
# Controls and lone surrogates cannot be shown; line separators and the marks that turn the
# direction of text would let `cod.exe` be read as `exe.doc`.
_UNSHOWABLE = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_EXTENSION_LENGTH = 20


def clean_filename(claimed: str) -> str:
    """The last part of a path, in NFC, without what cannot be shown, in at most 255 bytes.

    Raises Invalid when nothing is left.
    """
    visible = "".join(char for char in claimed if unicodedata.category(char) not in _UNSHOWABLE)
    part = re.split(r"[/\\]", _TURNING.sub("", visible))[-1]
    name = unicodedata.normalize("NFC", part).strip()
    if name in {"", ".", ".."}:
        raise Invalid({"file": ["Send a file that has a name."]})
    return _shorten(name)


def clean_content_type(claimed: str) -> str:
    """`type/subtype` in small letters, or application/octet-stream for anything else."""
    content_type = claimed.strip().lower()
    if len(content_type) <= CONTENT_TYPE_LENGTH and _TYPE.fullmatch(content_type):
        return content_type
    return UNKNOWN_TYPE


def _shorten(name: str) -> str:
    """The name in at most 255 bytes, with its extension if that is not the most of it."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > _EXTENSION_LENGTH:
        stem, dot, extension = name, "", ""
    ending = dot + extension
    room = FILENAME_LENGTH - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore") + ending
