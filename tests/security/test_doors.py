"""Where sessions begin: at few doors, each of which sees to the second factor.

A new password, a mailed link, a new way to sign in: none of them may open a session by itself.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "taskapp"

# Who may call it, and why that is no way round the second factor.
CALLERS = {
    "open_session": {
        "api/auth.py",  # asks for the second factor right before
        "web/signing_in.py",  # is `sign_in`
    },
    "sign_in": {
        "web/signing_in.py",  # in `admit`, for accounts without a second factor
        "web/second_step.py",  # after the code
        "web/auth.py",  # a new account has none
        "web/settings.py",  # whoever changes the password is signed in already
    },
}


@pytest.mark.parametrize("name", CALLERS)
def test_no_other_door_begins_a_session(name: str) -> None:
    calling = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                words = {getattr(called, "attr", None), getattr(called, "id", None)}
                if name in words:
                    calling.add(str(path.relative_to(PACKAGE)))
    assert calling == CALLERS[name]
