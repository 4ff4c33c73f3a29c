"""Files in a folder: `ab/ab12…`, so that no folder grows long."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from taskapp.core.files import flush

# A file that is being written has another name, so that a crash leaves nothing half under a key.
_UNFINISHED = ".part"
_OURS = re.compile(rf"[0-9a-f]{{32}}({re.escape(_UNFINISHED)})?")


class DiskStorage:
    """A folder, made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, key: str, file: IO[bytes]) -> None:
        """Write, flush to the disk, then give the file its name: all of it or nothing is there."""
        path = self._path(key)
        self._make_folder(path.parent)
        unfinished = self._path(key + _UNFINISHED)
        try:
            unfinished.touch(mode=0o600, exist_ok=False)
            with unfinished.open("r+b") as copy:
                shutil.copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
            unfinished.rename(path)
            flush(path.parent)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
            raise

    def open(self, key: str, start: int, stop: int) -> IO[bytes]:
        """The file, set to `start`; raises FileNotFoundError."""
        file = self._path(key).open("rb")
        file.seek(start)
        return file

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the files; those that are gone already are no error."""
        for key in keys:
            self._path(key).unlink(missing_ok=True)

    def keys(self, stored_before: datetime) -> Iterator[str]:
        """The names of older files, also of those that were never finished."""
        for path in self._root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                stored_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                if stored_at < stored_before and _OURS.fullmatch(path.name):
                    yield path.name

    def _path(self, key: str) -> Path:
        return self._root / key[:2] / key

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            flush(self._root)
