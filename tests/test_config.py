"""Settings, read from the environment."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import config
from taskapp import create_app
from tests.settings import SETTINGS


def test_defaults_suit_one_machine() -> None:
    settings = config.load({})
    assert settings["DATABASE_URL"].startswith("sqlite:///")
    assert settings["TOKEN_LIFETIME"] == timedelta(minutes=30)
    assert settings["SESSION_IDLE_DAYS"] == timedelta(days=14)
    assert settings["TRUSTED_PROXIES"] == 0
    assert settings["REGISTRATION"] == "open"
    assert settings["ATTACHMENTS_QUOTA_MB"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BCRYPT_ROUNDS", "many"),
        ("SECURE_COOKIES", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("REGISTRATION", "perhaps"),
        ("ATTACHMENTS_QUOTA_MB", "1.5"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        config.load({name: value})


@pytest.mark.parametrize("secret", [None, "", "x" * 31])
def test_without_a_good_secret_it_refuses_to_start(secret: str | None) -> None:
    with pytest.raises(RuntimeError, match="SECRET_KEY"):
        create_app({**SETTINGS, "SECRET_KEY": secret})


def test_the_secret_that_make_run_keeps_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    assert config.load({})["SECRET_KEY"] is None
    (tmp_path / "secret_key").write_text("k" * 64 + "\n")
    assert config.load({})["SECRET_KEY"] == "k" * 64


def test_every_setting_is_in_the_example() -> None:
    example = (config.ROOT / ".env.example").read_text()
    of_programs = {*config.load({}), *read_from_the_environment()}
    assert {"SECRET_KEY", "WEB_CONCURRENCY", "TASKAPP_PASSWORD"} <= of_programs
    # Behind a # stands what must not be set to nothing, or not be kept.
    assert of_programs == set(re.findall("^#?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))


def read_from_the_environment() -> Iterator[str]:
    """The names by which our code asks for an environment variable, other than in config.py."""
    asked = re.compile(r"""(?<!request\.)environ(?:\.get\(|\[)['"]([A-Z_]+)""")
    ours = [*config.ROOT.glob("*.py"), *(config.ROOT / "taskapp").rglob("*.py")]
    for path in [*ours, *(config.ROOT / "scripts").glob("*.py")]:
        yield from asked.findall(path.read_text())
