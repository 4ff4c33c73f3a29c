"""The log can be believed: nobody writes lines into it."""

from pathlib import Path

import pytest
from flask import Flask

from taskapp import create_app
from tests.log import logged
from tests.settings import SETTINGS


@pytest.fixture(params=["console", "json"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    log = {"LOG_FILE": str(tmp_path / "app.log"), "LOG_FORMAT": request.param}
    return create_app({**SETTINGS, "DATABASE_URL": "sqlite://", **log})


def test_what_a_client_sends_makes_no_line_of_its_own(app: Flask, tmp_path: Path) -> None:
    headers = {"User-Agent": "x", "X-Request-ID": "a b"}
    app.test_client().post("/nowhere%0a2026-11-21 forged%1b[31m%0d", headers=headers)
    text = logged(tmp_path / "app.log")
    assert len(text.splitlines()) == 1
    assert "forged" in text
    assert "\x1b" not in text
