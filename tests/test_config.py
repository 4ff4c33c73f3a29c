"""Settings, read from the environment."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from runpy import run_path

import pytest
from flask import Flask
from gunicorn.util import parse_address

import config
from taskapp import create_app
from tests.clients import Api
from tests.people import PASSWORD
from tests.settings import SECRET_KEY, SETTINGS
from tests.web.site import Site


def test_defaults_suit_one_machine() -> None:
    settings = config.load({})
    assert settings["DATABASE_URL"].startswith("sqlite:///")
    assert settings["TOKEN_LIFETIME"] == timedelta(minutes=30)
    assert settings["SESSION_IDLE_DAYS"] == timedelta(days=14)
    assert settings["TRUSTED_PROXIES"] == 0
    assert settings["REGISTRATION"] == "open"
    assert settings["ATTACHMENTS_QUOTA_MB"] == 0


# By setting, what cannot be meant: each is refused at the start, not with the first request.
BAD = {
    "SECRET_KEY": ["x" * 31],
    "DATABASE_URL": ["nonsense", "oracle://host/name", "postgresql://host:port/name"],
    "REDIS_URL": ["nonsense", "http://host", "redis://host:port", "redis://host:99999"],
    "JOBS_URL": ["nonsense", "postgresql://host", "redis://host:port"],
    "MAIL_URL": ["nonsense", "smtp://", "smtp://host:port"],
    "MAIL_FROM": ["nobody"],
    "PUBLIC_URL": ["nonsense", "https://", "https://host:port", "ftp://host", "http://h/?a=b"],
    "WEATHER_PROVIDER": ["the sky", "openweather"],
    "WEATHER_URL": ["nonsense", "https://host:port"],
    "STORAGE_URL": ["nonsense", "file://folder", "s3://", "http://bucket"],
    "S3_ENDPOINT_URL": ["nonsense", "minio:9000", "http://host:port"],
    "ATTACHMENTS_QUOTA_MB": ["-1", "1.5", "1000000001"],
    "BCRYPT_ROUNDS": ["many", "3", "17", "40"],
    "REFUSE_COMMON_PASSWORDS": ["perhaps"],
    "REGISTRATION": ["perhaps"],
    "TOKEN_LIFETIME": ["0", "31536001", "999999999999", "9" * 5000],
    "SESSION_LIFETIME": ["0", "3651", "99999999"],
    "SESSION_IDLE_DAYS": ["-1", "3651"],
    "EVENTS_KEPT_DAYS": ["0", "36501"],
    "LIVE_SOCKETS": ["0", "1000001"],
    "SECURE_COOKIES": ["perhaps"],
    "METRICS_FROM": ["everybody", "10.0.0.1/8", "10.0.0.0/33"],
    "TRUSTED_PROXIES": ["-1", "101", "1 "],
    "RATELIMIT_ENABLED": ["perhaps"],
    "RATELIMIT_DEFAULT": ["often", "0 per minute", "9999999999 per minute", "1 per 99 years"],
    "RATELIMIT_AUTH": ["10", "-1 per minute"],
    "RATELIMIT_CODES": ["20 per hour; often"],
    "CORS_ORIGINS": ["*", "null", "https://host:port", "https://:::", "https://host/path"],
    "LOG_FILE": ["/nowhere/app.log", "/"],
    "LOG_LEVEL": ["verbose"],
    "LOG_FORMAT": ["xml"],
    "HOST": ["127.0.0.1:80", ":::::"],
    "PORT": ["http", "-1", "65536"],
    "WEB_CONCURRENCY": ["0", "two", "1001"],
}
NEVER_BAD = {"OPENWEATHER_API_KEY"}


def test_every_setting_has_values_that_are_refused() -> None:
    assert config.load({}).keys() == BAD.keys() | NEVER_BAD


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_bad_value_is_refused_at_the_start_and_named(name: str, value: str) -> None:
    env = {"SECRET_KEY": SECRET_KEY, "LOG_FILE": "", "DATABASE_URL": "sqlite://", name: value}
    with pytest.raises((ValueError, RuntimeError), match=name):
        create_app(config.load(env))


BOUNDS = [
    ("BCRYPT_ROUNDS", 4, 16),
    ("TOKEN_LIFETIME", 1, 31536000),
    ("SESSION_LIFETIME", 1, 3650),
    ("SESSION_IDLE_DAYS", 0, 3650),
    ("EVENTS_KEPT_DAYS", 1, 36500),
]


@pytest.mark.parametrize(("name", "least", "most"), BOUNDS)
def test_a_number_out_of_bounds_is_told_the_bounds(name: str, least: int, most: int) -> None:
    for beyond in (most + 1, least - 1):
        expected = f"{name} must be a whole number from {least} to {most}, not '{beyond}'"
        with pytest.raises(ValueError, match=f"^{expected}$"):
            config.load({name: str(beyond)})


@pytest.mark.parametrize(
    ("name", "value"),
    # But for the most rounds: they take five seconds for each password.
    [
        (name, value)
        for name, *bounds in BOUNDS
        for value in bounds
        if (name, value) != BOUNDS[0][::2]
    ],
)
def test_at_the_bounds_people_register_and_sign_in(
    apps: Callable[..., Flask], sqlite_url: str, name: str, value: int
) -> None:
    app = apps(sqlite_url, **{name: config.load({name: str(value)})[name]})
    account = {"username": "alice", "email": "alice@example.org", "password": PASSWORD}
    api, site = Api(app.test_client()), Site(app.test_client())
    assert api.post("/auth/register", account).status_code == 201
    answer = api.post("/auth/login", {"login": "alice", "password": PASSWORD})
    assert answer.status_code == 200
    page = site.submit("/login", "/login", login="alice", password=PASSWORD, remember="y")
    assert page.address == "/tasks"
    assert site.open("/today").address == "/today"


@pytest.mark.parametrize("value", ["", "debug", "Warning", "CRITICAL"])
def test_a_level_of_the_log_may_be_written_in_any_case(value: str) -> None:
    assert config.load({"LOG_LEVEL": value})["LOG_LEVEL"] == (value.upper() or "INFO")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:p#ss/word@host:5432/name",
        "postgres://host/name",
        "mysql+pymysql://user@host/name?charset=utf8mb4",
        "sqlite:////data/taskapp.db",
    ],
)
def test_a_database_is_named_as_sqlalchemy_reads_it(url: str) -> None:
    assert config.load({"DATABASE_URL": url})["DATABASE_URL"] == url


@pytest.mark.parametrize(
    ("host", "address"),
    [("", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("[::]", "[::]:8000"), ("node", "node:8000")],
)
def test_gunicorn_is_given_an_address_that_it_can_read(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    for name, value in (("HOST", host), ("PORT", ""), ("PROMETHEUS_MULTIPROC_DIR", "/figures")):
        monkeypatch.setenv(name, value)
    bind = run_path(str(config.ROOT / "gunicorn.conf.py"))["bind"]
    assert bind == address
    assert parse_address(bind) == (host.strip("[]") or "127.0.0.1", 8000)


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")]
)
def test_make_run_tells_an_address_that_a_browser_can_read(host: str, url: str) -> None:
    assert run_path(str(config.ROOT / "scripts" / "serve.py"))["url_of"](host, 8000) == url


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
