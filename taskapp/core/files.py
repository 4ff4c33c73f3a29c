"""Files that outlast a power cut."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Flush to the disk what a file holds, or what stands in a folder: a new name outlasts a power
    cut only then (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
