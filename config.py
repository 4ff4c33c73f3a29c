"""Every setting: read from the environment once, when the application starts.

`load()` is the whole interface. A setting's environment name is its configuration key; the
comment beside it is its meaning, repeated for users in `.env.example` and the README.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv6Address, ip_network
from os import environ
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse_many
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
INSTANCE = ROOT / "instance"

_SQL = ("sqlite", "postgresql", "postgres", "mysql", "mariadb")
_REDIS = ("redis", "rediss", "unix")
_MAIL = ("console", "smtp", "smtp+tls", "smtps")
_WEB = ("http", "https")
_ORIGIN = r"https?://([a-z0-9.\-]+|\[[0-9a-f:.]+\])(:\d{1,5})?"
_YEAR = 365 * 24 * 3600  # seconds


def load(env: Mapping[str, str] = environ) -> dict[str, Any]:
    """Return the configuration that `env` describes.

    Raises ValueError, naming the setting, when a value cannot be read or is out of bounds. Beside
    each number stand its default, the least and the most that it may be.
    """
    port = _integer(env, "PORT", 8000, 0, 65535)
    settings: dict[str, Any] = {
        # Signs cookies and tokens; at least 32 bytes. Required.
        "SECRET_KEY": env.get("SECRET_KEY") or _kept_secret(),
        # Where the data lives: sqlite:///…, postgresql://… or mysql://…
        "DATABASE_URL": _database(env, "DATABASE_URL", f"sqlite:///{INSTANCE / 'taskapp.db'}"),
        # What several processes and nodes share: redis://…, rediss://… or unix://…; empty: nothing.
        "REDIS_URL": _url(env, "REDIS_URL", "", *_REDIS) or None,
        # The queue that wakes those who run background jobs: sqlite:///…, or redis://… for several
        # nodes. memory:// wakes nobody but this process: for tests.
        "JOBS_URL": _url(
            env,
            "JOBS_URL",
            env.get("REDIS_URL") or f"sqlite:///{INSTANCE / 'jobs.db'}",
            *("sqlite", "memory", *_REDIS),
        ),
        # Where mails go: console: prints them, smtp://, smtp+tls:// (STARTTLS) or smtps:// with
        # [user:password@]host[:port] sends them.
        "MAIL_URL": _url(env, "MAIL_URL", "console:", *_MAIL),
        # Whom mails come from.
        "MAIL_FROM": env.get("MAIL_FROM") or "Taskapp <taskapp@localhost>",
        # The address by which people reach the site: what links in mails begin with.
        "PUBLIC_URL": _url(env, "PUBLIC_URL", f"http://127.0.0.1:{port}", *_WEB).rstrip("/"),
        # Who is asked for the weather of a task's city: openweather, open-meteo, off, or auto:
        # openweather when there is a key, else open-meteo.
        "WEATHER_PROVIDER": _one_of(
            env, "WEATHER_PROVIDER", ("auto", "openweather", "open-meteo", "off")
        ),
        "OPENWEATHER_API_KEY": env.get("OPENWEATHER_API_KEY") or None,
        # The address to ask instead of the provider's own: a proxy, or a test.
        "WEATHER_URL": _url(env, "WEATHER_URL", "", *_WEB).rstrip("/"),
        # Where attached files lie: file:///folder or s3://bucket/prefix. S3's credentials are in
        # AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION, as is usual.
        "STORAGE_URL": _url(env, "STORAGE_URL", (INSTANCE / "attachments").as_uri(), "file", "s3"),
        # The address of an S3 server that is not Amazon's, such as http://minio:9000.
        "S3_ENDPOINT_URL": _url(env, "S3_ENDPOINT_URL", "", *_WEB) or None,
        # How many MiB the files that one user has attached may take in all; 0: no limit.
        "ATTACHMENTS_QUOTA_MB": _integer(env, "ATTACHMENTS_QUOTA_MB", 0, 0, 10**9),
        # Cost of a password hash: 2^n rounds of bcrypt, which takes four at least. Sixteen keep a
        # core busy for five seconds.
        "BCRYPT_ROUNDS": _integer(env, "BCRYPT_ROUNDS", 12, 4, 16),
        # True: no new password may be among the most common ones. Clients of earlier systems may
        # have such, and the contract takes them; so it is off unless somebody wants it.
        "REFUSE_COMMON_PASSWORDS": _boolean(env, "REFUSE_COMMON_PASSWORDS", False),
        # Who may have an account: open lets everybody make one, closed leaves that to admins.
        "REGISTRATION": _one_of(env, "REGISTRATION", ("open", "closed")),
        # How long an API token lives, in seconds.
        "TOKEN_LIFETIME": timedelta(seconds=_integer(env, "TOKEN_LIFETIME", 1800, 1, _YEAR)),
        # How long a browser stays signed in, in days, when its user asks for it.
        "SESSION_LIFETIME": timedelta(days=_integer(env, "SESSION_LIFETIME", 30, 1, 3650)),
        # After how many days in which nobody used it a browser is signed out before that; 0: never.
        "SESSION_IDLE_DAYS": timedelta(days=_integer(env, "SESSION_IDLE_DAYS", 14, 0, 3650)),
        # How many days the log of events, and so the history of tasks, goes back.
        "EVENTS_KEPT_DAYS": timedelta(days=_integer(env, "EVENTS_KEPT_DAYS", 30, 1, 36500)),
        # How many live sockets each worker process holds at most.
        "LIVE_SOCKETS": _integer(env, "LIVE_SOCKETS", 5000, 1, 10**6),
        # True when the site is reached over HTTPS only: cookies are then never sent without it.
        "SECURE_COOKIES": _boolean(env, "SECURE_COOKIES", False),
        # Who may read /metrics: addresses or networks, in a comma list.
        "METRICS_FROM": _networks(env, "METRICS_FROM", "127.0.0.0/8,::1"),
        # How many proxies in front set X-Forwarded-*; with 0 these headers are ignored.
        "TRUSTED_PROXIES": _integer(env, "TRUSTED_PROXIES", 0, 0, 100),
        # Whether requests are counted and, past these figures, refused with 429. A figure is
        # "100 per minute", or several: "10 per minute; 100 per hour".
        "RATELIMIT_ENABLED": _boolean(env, "RATELIMIT_ENABLED", True),
        # The API, for each user, and for each address without a token.
        "RATELIMIT_DEFAULT": _rates(env, "RATELIMIT_DEFAULT", "100 per minute"),
        # Signing in, and likewise registering and setting forgotten passwords, for each address, by
        # API and page together.
        "RATELIMIT_AUTH": _rates(env, "RATELIMIT_AUTH", "10 per minute"),
        # Wrong one-time codes of one account, whoever sends them.
        "RATELIMIT_CODES": _rates(env, "RATELIMIT_CODES", "20 per hour"),
        # The sites whose scripts may call the API: a comma list of https://host[:port].
        "CORS_ORIGINS": _origins(env, "CORS_ORIGINS"),
        # A copy of the log, rotated at 10 MiB, five kept. Empty: standard output alone.
        "LOG_FILE": _file(env, "LOG_FILE", "app.log"),
        # debug, info, warning, error or critical.
        "LOG_LEVEL": _one_of(
            env, "LOG_LEVEL", ("info", "debug", "warning", "error", "critical")
        ).upper(),
        # console (for eyes) or json (for machines).
        "LOG_FORMAT": _one_of(env, "LOG_FORMAT", ("console", "json")),
        # Where gunicorn listens (port 0: wherever it is free), and with how many processes.
        "HOST": _host(env, "HOST", "127.0.0.1"),
        "PORT": port,
        "WEB_CONCURRENCY": _integer(env, "WEB_CONCURRENCY", 2, 1, 1000),
    }
    return settings


def _kept_secret() -> str | None:
    """The secret that `make run` keeps; a deployment has none and must set SECRET_KEY."""
    path = INSTANCE / "secret_key"
    return path.read_text().strip() if path.is_file() else None


def _integer(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    raw = env.get(name) or str(default)
    # int() would refuse thousands of digits in words of its own.
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20 and least <= int(raw) <= most):
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {raw!r}")
    return int(raw)


def _boolean(env: Mapping[str, str], name: str, default: bool) -> bool:
    raw = (env.get(name) or str(default)).lower()
    if raw not in {"true", "false", "1", "0"}:
        raise ValueError(f"{name} must be true or false, not {raw!r}")
    return raw in {"true", "1"}


def _url(env: Mapping[str, str], name: str, default: str, *schemes: str) -> str:
    """A URL; what more is asked of it, the room that uses it knows.

    The message does not repeat it: there may be a password in it.
    """
    raw = env.get(name) or default
    try:
        scheme, _port = urlsplit(raw).scheme, urlsplit(raw).port  # it is read when asked for
    except ValueError as problem:
        raise ValueError(f"{name} must be a URL: {problem}") from None
    if raw and scheme not in schemes:
        raise ValueError(f"{name} must be a URL that begins with {':, '.join(schemes)}:")
    return raw


def _database(env: Mapping[str, str], name: str, default: str) -> str:
    """A URL as SQLAlchemy reads it, which takes passwords that others do not."""
    raw = env.get(name) or default
    try:
        kind = make_url(raw).get_backend_name()
    except (ArgumentError, ValueError):
        kind = ""
    if kind not in _SQL:
        raise ValueError(f"{name} must be sqlite:///…, postgresql://… or mysql://…")
    return raw


def _host(env: Mapping[str, str], name: str, default: str) -> str:
    """A name or an address, IPv6 without brackets."""
    host = (env.get(name) or default).removeprefix("[").removesuffix("]")
    try:
        if ":" in host:
            IPv6Address(host)
    except ValueError:
        raise ValueError(f"{name} must be a name or an address alone, not {host!r}") from None
    return host


def _file(env: Mapping[str, str], name: str, default: str) -> str:
    path = env.get(name, default)
    if path and (Path(path).is_dir() or not Path(path).absolute().parent.is_dir()):
        raise ValueError(f"{name} must be a file in a folder that is there, not {path!r}")
    return path


def _networks(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    words = (env.get(name) or default).split(",")
    networks = tuple(word.strip() for word in words if word.strip())
    for network in networks:
        try:
            ip_network(network)
        except ValueError as problem:
            raise ValueError(f"{name} must be addresses or networks: {problem}") from None
    return networks


def _rates(env: Mapping[str, str], name: str, default: str) -> str:
    raw = env.get(name) or default
    try:
        limits = parse_many(raw)
    except ValueError:
        limits = []
    if not limits or any(
        not (0 < each.amount <= 10**9 and 0 < each.get_expiry() <= _YEAR) for each in limits
    ):
        raise ValueError(
            f'{name} must be such as "100 per minute", with 1 to {10**9} and a year at most, '
            f"not {raw!r}"
        )
    return raw


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Origins as browsers write them (RFC 6454 §6.2); `*` and `null` could be anybody."""
    origins = tuple(word.strip().lower() for word in env.get(name, "").split(",") if word.strip())
    for origin in origins:
        if not re.fullmatch(_ORIGIN, origin):
            raise ValueError(f"{name} must be a list of https://host[:port], not {origin!r}")
    return origins


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    raw = (env.get(name) or allowed[0]).lower()
    if raw not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {raw!r}")
    return raw
