"""How gunicorn and the flask command load the application."""

import os
import subprocess
import sys
from pathlib import Path

from tests.settings import SECRET_KEY

ROOT = Path(__file__).parent.parent

# What takes long to load, or much memory, and few processes need.
SELDOM = ("boto3", "requests", "urllib3", "zxcvbn.frequency_lists")


def loaded(expression: str) -> str:
    """What the expression gives in a process that has loaded the application."""
    found = subprocess.run(
        [sys.executable, "-c", f"import gc, sys, wsgi; print({expression})"],
        cwd=ROOT,
        env=os.environ | {"SECRET_KEY": SECRET_KEY, "LOG_FILE": "", "DATABASE_URL": "sqlite://"},
        check=True,
        capture_output=True,
        text=True,
    )
    return found.stdout.strip()


def test_garbage_is_looked_for_again_but_not_in_what_was_loaded() -> None:
    assert loaded("gc.isenabled(), gc.get_freeze_count() > 10_000") == "True True"


def test_what_is_seldom_needed_is_not_loaded() -> None:
    assert loaded(f"set({SELDOM}) & set(sys.modules)") == "set()"
