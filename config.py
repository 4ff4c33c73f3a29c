"""Every setting: read from the environment once, when the application starts.

`load()` is the whole interface. A setting's environment name is its configuration key; the
comment beside it is its meaning, repeated for users in `.env.example` and the README.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
INSTANCE = ROOT / "instance"

MIB = 1024 * 1024


def load(env: Mapping[str, str] = environ) -> dict[str, Any]:
    """Return the configuration that `env` describes.

    Raises ValueError, naming the setting, when a value cannot be read.
    """
    settings: dict[str, Any] = {
        # Signs cookies and tokens; at least 32 bytes. Required.
        "SECRET_KEY": env.get("SECRET_KEY") or _kept_secret(),
        # Where the data lives: sqlite:///…, postgresql://… or mysql://…
        "DATABASE_URL": env.get("DATABASE_URL") or f"sqlite:///{INSTANCE / 'taskapp.db'}",
        # What several processes and nodes share: redis://…, rediss://… or unix://…; empty: nothing.
        "REDIS_URL": env.get("REDIS_URL") or None,
        # The queue that wakes those who run background jobs: sqlite:///…, or redis://… for several
        # nodes. memory:// wakes nobody but this process: for tests.
        "JOBS_URL": env.get("JOBS_URL")
        or env.get("REDIS_URL")
        or f"sqlite:///{INSTANCE / 'jobs.db'}",
        # Where mails go: console: prints them, smtp://, smtp+tls:// (STARTTLS) or smtps:// with
        # [user:password@]host[:port] sends them.
        "MAIL_URL": env.get("MAIL_URL") or "console:",
        # Whom mails come from.
        "MAIL_FROM": env.get("MAIL_FROM") or "Taskapp <taskapp@localhost>",
        # The address by which people reach the site: what links in mails begin with.
        "PUBLIC_URL": (
            env.get("PUBLIC_URL") or f"http://127.0.0.1:{env.get('PORT') or 8000}"
        ).rstrip("/"),
        # Who is asked for the weather of a task's city: openweather, open-meteo, off, or auto:
        # openweather when there is a key, else open-meteo.
        "WEATHER_PROVIDER": _one_of(
            env, "WEATHER_PROVIDER", ("auto", "openweather", "open-meteo", "off")
        ),
        "OPENWEATHER_API_KEY": env.get("OPENWEATHER_API_KEY") or None,
        # The address to ask instead of the provider's own: a proxy, or a test.
        "WEATHER_URL": (env.get("WEATHER_URL") or "").rstrip("/"),
        # Where attached files lie: file:///folder or s3://bucket/prefix. S3's credentials are in
        # AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION, as is usual.
        "STORAGE_URL": env.get("STORAGE_URL") or (INSTANCE / "attachments").as_uri(),
        # The address of an S3 server that is not Amazon's, such as http://minio:9000.
        "S3_ENDPOINT_URL": env.get("S3_ENDPOINT_URL") or None,
        # How many MiB the files that one user has attached may take in all; 0: no limit.
        "ATTACHMENTS_QUOTA_MB": _integer(env, "ATTACHMENTS_QUOTA_MB", 0),
        # Cost of a password hash: 2^n rounds of bcrypt.
        "BCRYPT_ROUNDS": _integer(env, "BCRYPT_ROUNDS", 12),
        # True: no new password may be among the most common ones. Clients of earlier systems may
        # have such, and the contract takes them; so it is off unless somebody wants it.
        "REFUSE_COMMON_PASSWORDS": _boolean(env, "REFUSE_COMMON_PASSWORDS", False),
        # Who may have an account: open lets everybody make one, closed leaves that to admins.
        "REGISTRATION": _one_of(env, "REGISTRATION", ("open", "closed")),
        # How long an API token lives, in seconds.
        "TOKEN_LIFETIME": timedelta(seconds=_integer(env, "TOKEN_LIFETIME", 1800)),
        # How long a browser stays signed in, in days, when its user asks for it.
        "SESSION_LIFETIME": timedelta(days=_integer(env, "SESSION_LIFETIME", 30)),
        # After how many days in which nobody used it a browser is signed out before that; 0: never.
        "SESSION_IDLE_DAYS": timedelta(days=_integer(env, "SESSION_IDLE_DAYS", 14)),
        # How many days the log of events, and so the history of tasks, goes back.
        "EVENTS_KEPT_DAYS": timedelta(days=_integer(env, "EVENTS_KEPT_DAYS", 30)),
        # How many live sockets each worker process holds at most.
        "LIVE_SOCKETS": _integer(env, "LIVE_SOCKETS", 5000),
        # True when the site is reached over HTTPS only: cookies are then never sent without it.
        "SECURE_COOKIES": _boolean(env, "SECURE_COOKIES", False),
        # Who may read /metrics: addresses or networks, in a comma list.
        "METRICS_FROM": _words(env, "METRICS_FROM", "127.0.0.0/8,::1"),
        # How many proxies in front set X-Forwarded-*; with 0 these headers are ignored.
        "TRUSTED_PROXIES": _integer(env, "TRUSTED_PROXIES", 0),
        # Whether requests are counted and, past these figures, refused with 429. A figure is
        # "100 per minute", or several: "10 per minute; 100 per hour".
        "RATELIMIT_ENABLED": _boolean(env, "RATELIMIT_ENABLED", True),
        # The API, for each user, and for each address without a token.
        "RATELIMIT_DEFAULT": env.get("RATELIMIT_DEFAULT") or "100 per minute",
        # Signing in, and likewise registering and setting forgotten passwords, for each address, by
        # API and page together.
        "RATELIMIT_AUTH": env.get("RATELIMIT_AUTH") or "10 per minute",
        # Wrong one-time codes of one account, whoever sends them.
        "RATELIMIT_CODES": env.get("RATELIMIT_CODES") or "20 per hour",
        # The sites whose scripts may call the API: a comma list of https://host[:port].
        "CORS_ORIGINS": _origins(env, "CORS_ORIGINS"),
        # A copy of the log, rotated at 10 MiB, five kept. Empty: standard output alone.
        "LOG_FILE": env.get("LOG_FILE", "app.log"),
        "LOG_LEVEL": env.get("LOG_LEVEL", "INFO").upper(),
        # console (for eyes) or json (for machines).
        "LOG_FORMAT": _one_of(env, "LOG_FORMAT", ("console", "json")),
    }
    return settings


def _kept_secret() -> str | None:
    """The secret that `make run` keeps; a deployment has none and must set SECRET_KEY."""
    path = INSTANCE / "secret_key"
    return path.read_text().strip() if path.is_file() else None


def _integer(env: Mapping[str, str], name: str, default: int) -> int:
    raw = env.get(name) or str(default)
    if not (raw.isascii() and raw.isdigit()):
        raise ValueError(f"{name} must be a whole number, not {raw!r}")
    return int(raw)


def _boolean(env: Mapping[str, str], name: str, default: bool) -> bool:
    raw = (env.get(name) or str(default)).lower()
    if raw not in {"true", "false", "1", "0"}:
        raise ValueError(f"{name} must be true or false, not {raw!r}")
    return raw in {"true", "1"}


def _words(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in (env.get(name) or default).split(",") if word.strip())


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Origins as browsers write them (RFC 6454 §6.2); `*` and `null` could be anybody."""
    origins = tuple(word.strip().lower() for word in env.get(name, "").split(",") if word.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.\-:\[\]]+", origin):
            raise ValueError(f"{name} must be a list of https://host[:port], not {origin!r}")
    return origins


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    raw = (env.get(name) or allowed[0]).lower()
    if raw not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {raw!r}")
    return raw
