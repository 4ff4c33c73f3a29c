"""The weather of a city (contract §3)."""

from functools import partial
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Flask, current_app
from prometheus_client import Counter

from taskapp.core.text import comparison_key
from taskapp.core.time import instant_text, now
from taskapp.logs import log
from taskapp.weather import cache
from taskapp.weather.budget import Budget
from taskapp.weather.observation import NoWeather, UnknownCity

# All in seconds.
_PATIENCE = 2.0  # for one city, whatever there is to wait for
_KEPT = 3600  # the weather of a city, also that there is no such city
_REST = 60  # of a provider that failed
_LOCK = 3  # longer than anybody's patience
_POLL = 0.05

_CALLS = Counter("taskapp_weather_calls", "Calls of a weather provider.", ["provider", "outcome"])


def configure_weather(app: Flask) -> None:
    """Check the settings and make the cache. Raises ValueError for what cannot work."""
    if app.config["WEATHER_PROVIDER"] == "openweather" and not app.config["OPENWEATHER_API_KEY"]:
        raise ValueError("WEATHER_PROVIDER=openweather needs OPENWEATHER_API_KEY.")
    url = urlsplit(app.config["WEATHER_URL"] or "https://provider")
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError("WEATHER_URL must be an address such as https://weather.example.")
    cache.configure_cache(app)


def weather_for(city: str) -> dict[str, Any] | None:
    """The present weather: temperature (Celsius), condition, observed_at, provider.

    None when there is none, and the log says why. It takes two seconds at most, and 0.3 more when
    Redis hangs: do not call it while a transaction is open, or others wait as well.
    """
    provider = _provider()
    try:
        return _find(provider, city)
    except NoWeather as missing:
        log.info(
            "no_weather", reason=missing.reason, provider=provider, city=city, **missing.details
        )
        return None


def _find(provider: str, city: str) -> dict[str, Any]:
    if provider == "off":
        raise NoWeather("disabled")
    budget = Budget(_PATIENCE)
    key = f"{provider}:{comparison_key(' '.join(city.split()))}"
    kept = cache.get(key) or _look_up(provider, city, key, budget)
    weather: dict[str, Any] | None = orjson.loads(kept)
    if weather is None:
        raise UnknownCity
    return weather


def _look_up(provider: str, city: str, key: str, budget: Budget) -> bytes:
    """Ask the provider; or, while somebody asks it for the same city, wait for that."""
    lock = f"lock:{key}"
    while not cache.add(lock, _LOCK):
        sleep(min(_POLL, budget.left))
        if kept := cache.get(key):
            return kept
    try:
        # Whoever had the lock until now may just have found it.
        return cache.get(key) or _ask(provider, city, key, budget)
    finally:
        cache.drop(lock)


def _ask(provider: str, city: str, key: str, budget: Budget) -> bytes:
    failed = f"failed:{provider}"
    if cache.get(failed):
        raise NoWeather("left_alone")
    # They bring requests and urllib3: 115 modules and 3 MiB that most processes never need.
    from taskapp.weather.providers import open_meteo, openweather  # noqa: PLC0415  (see above)

    url = current_app.config["WEATHER_URL"]
    if provider == "openweather":
        secret = current_app.config["OPENWEATHER_API_KEY"]
        observe = partial(openweather.observe, city, url, budget, key=secret)
    else:
        observe = partial(open_meteo.observe, city, url, budget)
    try:
        observation = budget.run(observe)
    except UnknownCity as missing:
        _CALLS.labels(provider, missing.reason).inc()
        found = b"null"
    except NoWeather as missing:
        _CALLS.labels(provider, missing.reason).inc()
        cache.put(failed, b"1", _REST)
        raise
    else:
        _CALLS.labels(provider, "ok").inc()
        found = orjson.dumps(
            {
                "temperature": round(observation.temperature, 1) + 0.0,  # -0.0 becomes 0.0
                "condition": observation.condition,
                "observed_at": instant_text(now()),
                "provider": provider,
            }
        )
    cache.put(key, found, _KEPT)
    return found


def _provider() -> str:
    chosen: str = current_app.config["WEATHER_PROVIDER"]
    if chosen != "auto":
        return chosen
    return "openweather" if current_app.config["OPENWEATHER_API_KEY"] else "open-meteo"
