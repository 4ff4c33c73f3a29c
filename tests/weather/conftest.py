"""Applications that ask the provider of the tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from taskapp import create_app
from taskapp.core.database import close_connections
from tests.settings import SETTINGS
from tests.weather.provider import Provider

KEY = "a-key-that-nobody-may-see"
MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeApp]:
    """`make_app(SETTING=…)`: a new application, with a memory of its own, as on another node."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    apps = []

    def make(**settings: Any) -> Flask:
        weather = {"WEATHER_URL": provider.url, "WEATHER_PROVIDER": "auto", "REDIS_URL": None}
        weather |= {"OPENWEATHER_API_KEY": None, "DATABASE_URL": "sqlite://"}
        apps.append(create_app({**SETTINGS, **weather, **settings}))
        return apps[-1]

    yield make
    for app in apps:
        with app.app_context():
            close_connections()


@pytest.fixture(params=["openweather", "open-meteo"])
def app(request: pytest.FixtureRequest, make_app: MakeApp) -> Flask:
    """An application that asks the one provider, then one that asks the other."""
    return make_app(OPENWEATHER_API_KEY=KEY if request.param == "openweather" else None)
