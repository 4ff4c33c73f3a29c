"""The log of the applications that tests make."""

import logging
from pathlib import Path


def logged(file: Path) -> str:
    """What is in a log, once all that was said is written."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    return file.read_text()
