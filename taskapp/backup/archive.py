"""The file of a backup: a plain tar, whose last member tells whether it is whole.

    files/<storage key>   each attached file
    taskapp.db            the SQLite database
    manifest.json         format, schema revision, counts, the SHA-256 of each member above
    sha256                the SHA-256 of every byte before this member

Any tar program unpacks it. What is read here must be, byte by byte, what is written here: a header
has no room for a link, a path, an owner or a hole, so none of them needs to be guarded against.
"""

import re
from hashlib import sha256
from io import BytesIO
from tarfile import BLOCKSIZE, GNU_FORMAT, RECORDSIZE, HeaderError, TarInfo
from typing import IO, Any

import orjson

from taskapp.core.errors import DomainError

FORMAT = 1
DATABASE = "taskapp.db"
_MANIFEST, _SEAL = "manifest.json", "sha256"
_NAME = re.compile(rf"files/[0-9a-f]{{32}}|{DATABASE}|{_MANIFEST}|{_SEAL}")
_CHUNK = 64 * 1024


class BadArchive(DomainError):
    """The file is no backup, or not all of it as it was written."""


def name_of_file(storage_key: str) -> str:
    """The member that holds an attached file."""
    return f"files/{storage_key}"


class Writer:
    """Writes a backup to a file that is open and empty."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = sha256()
        self._members: dict[str, str] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """Add a member of that many bytes; raises EOFError when `content` has fewer."""
        self._write(_header(name, size))
        digest, left = sha256(), size
        while left:
            chunk = content.read(min(_CHUNK, left))
            if not chunk:
                raise EOFError(f"{name} lacks its last {left} bytes.")
            digest.update(chunk)
            self._write(chunk)
            left -= len(chunk)
        self._write(_padding(size))
        self._members[name] = digest.hexdigest()

    def finish(self, about: dict[str, Any]) -> None:
        """Add what there is to know about the backup, and seal it."""
        manifest = {"application": "taskapp", "format": FORMAT, **about, "members": self._members}
        body = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
        self.add(_MANIFEST, BytesIO(body), len(body))
        self._file.write(_ending(self._file.tell(), self._digest.hexdigest()))

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


class Archive:
    """A backup that was found whole. Raises BadArchive for any other file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places, end = _find_members(file)
        _check_seal(file, end)
        try:
            self.manifest: dict[str, Any] = orjson.loads(self._read(_MANIFEST))
            written_as, self.members = self.manifest["format"], self.manifest["members"]
            names = {*self.members, _MANIFEST}
        except (KeyError, TypeError, ValueError) as problem:
            raise BadArchive("This is not a backup of Taskapp.") from problem
        if written_as != FORMAT:
            raise BadArchive(f"A newer Taskapp made this backup (format {written_as}).")
        if names != self._places.keys() or DATABASE not in names:
            raise BadArchive("The backup does not hold what its manifest names.")

    def copy(self, name: str, target: IO[bytes]) -> int:
        """Write a member's bytes to `target`; return how many. Raises BadArchive, KeyError."""
        start, size = self._places[name]
        self._file.seek(start)
        digest, left = sha256(), size
        while left and (chunk := self._file.read(min(_CHUNK, left))):
            digest.update(chunk)
            target.write(chunk)
            left -= len(chunk)
        if digest.hexdigest() != self.members[name]:
            raise BadArchive(f"{name} was altered.")
        return size

    def _read(self, name: str) -> bytes:
        start, size = self._places[name]
        self._file.seek(start)
        return self._file.read(size)


def _find_members(file: IO[bytes]) -> tuple[dict[str, tuple[int, int]], int]:
    """Where each member starts and how long it is, and where the seal begins."""
    places: dict[str, tuple[int, int]] = {}
    length, position = file.seek(0, 2), 0
    while True:
        file.seek(position)
        name, size = _read_header(file.read(BLOCKSIZE))
        if name == _SEAL:
            return places, position
        start = position + BLOCKSIZE
        position = start + size + len(_padding(size))
        if name in places or position > length:
            raise BadArchive("This backup is damaged, or not all of it is here.")
        places[name] = (start, size)


def _read_header(header: bytes) -> tuple[str, int]:
    try:
        member = TarInfo.frombuf(header, "ascii", "strict")
    except (HeaderError, UnicodeDecodeError) as problem:
        raise BadArchive("This is not a backup of Taskapp, or not all of it is here.") from problem
    name, size = member.name, member.size
    if not _NAME.fullmatch(name) or size < 0 or header != _header(name, size):
        raise BadArchive("This is not a backup of Taskapp.")
    return name, size


def _check_seal(file: IO[bytes], end: int) -> None:
    digest, left = sha256(), end
    file.seek(0)
    while left and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    expected = _ending(end, digest.hexdigest())
    if file.read(len(expected) + 1) != expected:
        raise BadArchive("This backup was altered, or not all of it is here.")


def _ending(position: int, digest: str) -> bytes:
    """The seal, and the zeros with which a tar ends."""
    seal = _header(_SEAL, len(digest)) + digest.encode() + _padding(len(digest))
    zeros = 2 * BLOCKSIZE
    zeros += -(position + len(seal) + zeros) % RECORDSIZE
    return seal + bytes(zeros)


def _header(name: str, size: int) -> bytes:
    member = TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCKSIZE)
