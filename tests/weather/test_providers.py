"""What is asked of a provider, what is believed, and that no answer can do harm (contract §3)."""

import math
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from structlog.testing import capture_logs

from taskapp.weather.services import weather_for
from tests.log import logged
from tests.missing import Missing, give_up
from tests.weather import provider as faults
from tests.weather.conftest import KEY, MakeApp
from tests.weather.provider import (
    FORECAST,
    OPENWEATHER,
    PLACES,
    Handler,
    Patience,
    Provider,
    playing,
)

PATHS = [OPENWEATHER, PLACES, FORECAST]


def ask(app: Flask, city: str = "Berlin") -> tuple[dict[str, Any] | None, str | None]:
    """The weather, and the reason why there is none."""
    with app.app_context(), capture_logs() as lines:
        weather = weather_for(city)
    reasons = [line["reason"] for line in lines if line["event"] == "no_weather"]
    assert len(reasons) == (weather is None), "one line says why there is none"
    return weather, (reasons or [None])[0]


def app_asking(path: str, make_app: MakeApp) -> Flask:
    """An application that will call the provider at that path."""
    return make_app(OPENWEATHER_API_KEY=KEY if path == OPENWEATHER else None)


def test_openweather_is_asked_where_there_is_a_key(make_app: MakeApp, provider: Provider) -> None:
    weather, _ = ask(make_app(OPENWEATHER_API_KEY=KEY))
    assert weather == {
        "temperature": 15.5,
        "condition": "Clouds",
        "observed_at": weather["observed_at"],
        "provider": "openweather",
    }
    assert provider.calls == [f"{OPENWEATHER}?q=Berlin&appid={KEY}&units=metric"]


def test_open_meteo_is_asked_without_one(make_app: MakeApp, provider: Provider) -> None:
    weather, _ = ask(make_app())
    assert weather == {
        "temperature": 15.5,
        "condition": "Cloudy",
        "observed_at": weather["observed_at"],
        "provider": "open-meteo",
    }
    where, what = provider.calls
    assert where == f"{PLACES}?name=Berlin&count=1&language=en&format=json"
    assert urlsplit(what).path == FORECAST
    assert parse_qs(urlsplit(what).query) == {
        "latitude": ["52.52"],
        "longitude": ["13.4"],
        "current": ["temperature_2m,weather_code"],
    }


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"WEATHER_PROVIDER": "open-meteo", "OPENWEATHER_API_KEY": KEY}, "open-meteo"),
        ({"WEATHER_PROVIDER": "openweather", "OPENWEATHER_API_KEY": KEY}, "openweather"),
        ({"WEATHER_PROVIDER": "off", "OPENWEATHER_API_KEY": KEY}, None),
    ],
)
def test_a_setting_says_who_is_asked(
    make_app: MakeApp, provider: Provider, settings: dict[str, str], asked: str | None
) -> None:
    weather, reason = ask(make_app(**settings))
    if asked is None:
        assert (weather, reason, provider.calls) == (None, "disabled", [])
    else:
        assert weather["provider"] == asked


@pytest.mark.parametrize(
    "settings",
    [
        {"WEATHER_PROVIDER": "openweather"},
        {"WEATHER_URL": "ftp://weather.example"},
        {"WEATHER_URL": "weather.example"},
        {"WEATHER_URL": "https://weather.example/?key=1"},
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(
    make_app: MakeApp, settings: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="WEATHER_"):
        make_app(**settings)


@pytest.mark.parametrize(
    "city",
    [
        "?&appid=stolen",
        "../../admin",
        "Berlin\r\nHost: evil.example",
        "Berlin#fragment",
        "%2e%2e%2f",
        "//evil.example/",
        "@evil.example",
        "a;b=c&q=d",
        "São Paulo",
        "東京 🗼",
    ],
)
def test_a_city_is_only_ever_a_parameter(app: Flask, provider: Provider, city: str) -> None:
    weather, _ = ask(app, city)
    assert weather is not None
    assert provider.cities == [city]
    assert {urlsplit(call).path for call in provider.calls} <= set(PATHS)
    assert set(provider.hosts) == {urlsplit(provider.url).netloc}
    keys = parse_qs(urlsplit(provider.calls[0]).query).get("appid", [])
    assert keys == ([KEY] if app.config["OPENWEATHER_API_KEY"] else [])


def test_a_provider_may_live_below_a_path(make_app: MakeApp, provider: Provider) -> None:
    ask(make_app(WEATHER_URL=f"{provider.url}/behind/a/proxy"))
    assert urlsplit(provider.calls[0]).path == f"/behind/a/proxy{PLACES}"


def test_an_unknown_city_has_no_weather(app: Flask) -> None:
    assert ask(app, faults.UNKNOWN) == (None, "unknown_city")


def test_no_name_at_all_is_an_unknown_city_and_no_fault(app: Flask, provider: Provider) -> None:
    provider.fault = lambda handler: handler.say({"message": "bad query"}, 400)
    assert ask(app, ",") == (None, "unknown_city")
    provider.fault = None
    assert ask(app, "Berlin")[0] is not None


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", faults.QUICK_FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_gives_none_at_once(
    make_app: MakeApp, provider: Provider, path: str, fault: Any
) -> None:
    provider.fault, provider.fault_at = fault, {path}
    assert ask(app_asking(path, make_app)) == (None, faults.QUICK_FAULTS[fault]), "not a timeout"
    assert urlsplit(provider.calls[-1]).path == path, "no redirect is followed, no call repeated"
    if fault.__name__.startswith("big"):
        assert provider.cut.wait(5), "the rest is not read"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", faults.SLOW_FAULTS, ids=lambda fault: fault.__name__)
def test_a_slow_provider_is_cut_off(
    make_app: MakeApp, provider: Provider, patience: Patience, path: str, fault: Any
) -> None:
    patience(0.3)
    provider.fault, provider.fault_at = fault, {path}
    start = monotonic()
    assert ask(app_asking(path, make_app)) == (None, "timeout")
    assert 0.29 < monotonic() - start < 5, "the provider would hold it for ever"
    if fault is not faults.hang:  # which sends nothing, and so does not notice
        assert provider.cut.wait(5), "nobody listens any longer"


def test_both_calls_share_one_budget(
    make_app: MakeApp, provider: Provider, patience: Patience
) -> None:
    patience(1)
    answers = {PLACES: provider.places, FORECAST: provider.forecast}

    def answer_late(handler: Handler) -> None:
        provider.closing.wait(0.8)
        handler.say(answers[urlsplit(handler.path).path])

    provider.fault = answer_late
    assert ask(make_app()) == (None, "timeout"), "with a second each, there would be an answer"
    assert len(provider.calls) == 2


def test_a_silent_name_server_is_not_waited_for(
    make_app: MakeApp, provider: Provider, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaks, resolve = Event(), socket.getaddrinfo

    def late(*args: Any, **kwargs: Any) -> Any:
        speaks.wait(faults.TOO_LONG)
        return resolve(*args, **kwargs)

    patience(0.3)
    monkeypatch.setattr("socket.getaddrinfo", late)
    start = monotonic()
    assert ask(make_app()) == (None, "timeout")
    assert monotonic() - start < 5
    speaks.set()
    for thread in threading.enumerate():
        if thread.name == "weather":
            thread.join(5)
    assert provider.calls == [], "nobody asks any longer"


def test_a_provider_that_is_not_there_is_unreachable(make_app: MakeApp) -> None:
    with playing() as gone:
        pass
    assert ask(make_app(WEATHER_URL=gone.url)) == (None, "connection_error")


def test_a_provider_that_cannot_prove_its_name_is_told_nothing(
    make_app: MakeApp, tmp_path: Path
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        give_up(Missing("OpenSSL", package="openssl"))
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    make += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make += ["-keyout", "key", "-out", "certificate"]
    subprocess.run(make, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")

    with playing(lambda listener: context.wrap_socket(listener, server_side=True)) as liar:
        url = liar.url.replace("http:", "https:")
        assert ask(make_app(WEATHER_URL=url, OPENWEATHER_API_KEY=KEY)) == (None, "connection_error")
        assert liar.calls == []


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "sunny",
        None,
        {},
        {"main": {"temp": "15.5"}, "weather": [{"main": "Clouds"}]},
        {"main": {"temp": True}, "weather": [{"main": "Clouds"}]},
        {"main": {"temp": None}, "weather": [{"main": "Clouds"}]},
        {"main": {"temp": math.nan}, "weather": [{"main": "Clouds"}]},
        {"main": {"temp": math.inf}, "weather": [{"main": "Clouds"}]},
        {"main": {"temp": 10**400}, "weather": [{"main": "Clouds"}]},
        {"main": {"temp": 288.6}, "weather": [{"main": "Clouds"}]},
        {"main": [], "weather": [{"main": "Clouds"}]},
        {"main": {"temp": 15.5}, "weather": []},
        {"main": {"temp": 15.5}, "weather": {"main": "Clouds"}},
        {"main": {"temp": 15.5}, "weather": [{"main": ""}]},
        {"main": {"temp": 15.5}, "weather": [{"main": 7}]},
        {"main": {"temp": 15.5}, "weather": [{"main": "x" * 51}]},
        {"main": {"temp": 15.5}, "weather": [{"main": "Clouds\x00"}]},
        {"main": {"temp": 15.5}, "weather": [{"main": "Clouds\ud800"}]},
    ],
    ids=str,
)
def test_only_a_sound_answer_of_openweather_is_believed(
    make_app: MakeApp, provider: Provider, answer: Any
) -> None:
    provider.openweather = answer
    assert ask(make_app(OPENWEATHER_API_KEY=KEY)) == (None, "malformed")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"results": {}},
        {"results": [None]},
        {"results": [{"latitude": 52.5}]},
        {"results": [{"latitude": "52.5", "longitude": "13.4"}]},
        {"results": [{"latitude": 91, "longitude": 13.4}]},
        {"results": [{"latitude": 52.5, "longitude": math.nan}]},
    ],
    ids=str,
)
def test_only_a_sound_place_is_believed(make_app: MakeApp, provider: Provider, answer: Any) -> None:
    provider.places = answer
    assert ask(make_app()) == (None, "malformed")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"current": None},
        {"current": {"temperature_2m": 15.5}},
        {"current": {"temperature_2m": "15.5", "weather_code": 3}},
        {"current": {"temperature_2m": math.nan, "weather_code": 3}},
        {"current": {"temperature_2m": 15.5, "weather_code": "3"}},
        {"current": {"temperature_2m": 15.5, "weather_code": True}},
        {"current": {"temperature_2m": 15.5, "weather_code": 4}},
        {"current": {"temperature_2m": 15.5, "weather_code": [3]}},
    ],
    ids=str,
)
def test_only_a_sound_forecast_is_believed(
    make_app: MakeApp, provider: Provider, answer: Any
) -> None:
    provider.forecast = answer
    assert ask(make_app()) == (None, "malformed")


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        (0, "Clear"),
        (48, "Freezing fog"),
        (61, "Light rain"),
        (75, "Heavy snow"),
        (95, "Thunderstorm"),
    ],
)
def test_codes_are_told_in_words(
    make_app: MakeApp, provider: Provider, code: int, condition: str
) -> None:
    provider.forecast = {"current": {"temperature_2m": -0.01, "weather_code": code}}
    weather, _ = ask(make_app())
    assert weather["condition"] == condition
    assert str(weather["temperature"]) == "0.0"


@pytest.mark.parametrize(
    "fault", [None, *faults.QUICK_FAULTS], ids=lambda fault: getattr(fault, "__name__", "none")
)
def test_the_key_is_never_in_the_log(
    make_app: MakeApp, provider: Provider, tmp_path: Path, fault: Any
) -> None:
    log_file = tmp_path / "app.log"
    provider.fault = fault
    app = make_app(OPENWEATHER_API_KEY=KEY, LOG_FILE=str(log_file), LOG_LEVEL="DEBUG")
    with app.app_context():
        weather = weather_for("Berlin")
        weather_for(faults.UNKNOWN)
    assert KEY in provider.calls[0]
    assert KEY not in logged(log_file) + str(weather)
    assert "no_weather" in logged(log_file)
