"""Open-Meteo: https://open-meteo.com/en/docs. Needs no key, but two calls: where, then what."""

from typing import Any

from marshmallow import ValidationError, fields

from taskapp.weather.budget import Budget
from taskapp.weather.observation import (
    Answer,
    Number,
    Observation,
    Temperature,
    UnknownCity,
    read_answer,
)
from taskapp.weather.request import get_json

_PLACES_URL = "https://geocoding-api.open-meteo.com"
_FORECAST_URL = "https://api.open-meteo.com"

# WMO code table 4677, as far as Open-Meteo uses it.
_CONDITIONS = {
    0: "Clear",
    1: "Mostly clear",
    2: "Partly cloudy",
    3: "Cloudy",
    45: "Fog",
    48: "Freezing fog",
    51: "Light drizzle",
    53: "Drizzle",
    55: "Heavy drizzle",
    56: "Freezing drizzle",
    57: "Freezing drizzle",
    61: "Light rain",
    63: "Rain",
    65: "Heavy rain",
    66: "Freezing rain",
    67: "Freezing rain",
    71: "Light snow",
    73: "Snow",
    75: "Heavy snow",
    77: "Snow grains",
    80: "Light showers",
    81: "Showers",
    82: "Heavy showers",
    85: "Snow showers",
    86: "Snow showers",
    95: "Thunderstorm",
    96: "Thunderstorm, hail",
    99: "Thunderstorm, hail",
}


class _Code(fields.Field[str]):
    """A WMO code, in words."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int) or value not in _CONDITIONS:
            raise ValidationError("Not a WMO code.")
        return _CONDITIONS[value]


class _Place(Answer):
    latitude = Number(-90, 90)
    longitude = Number(-180, 180)


class _Places(Answer):
    results = fields.List(fields.Nested(_Place), load_default=[])  # left out when nothing is found


class _Current(Answer):
    temperature_2m = Temperature()
    weather_code = _Code(required=True)


class _Forecast(Answer):
    current = fields.Nested(_Current, required=True)


def observe(city: str, url: str | None, budget: Budget) -> Observation:
    """The weather of `city`. Raises UnknownCity, NoWeather.

    `url` stands in for both of the provider's own addresses.
    """
    answer = get_json(
        f"{url or _PLACES_URL}/v1/search",
        {"name": city, "count": "1", "language": "en", "format": "json"},
        budget,
        unknown_at={400},
    )
    places = read_answer(_Places(), answer)["results"]
    if not places:
        raise UnknownCity
    answer = get_json(
        f"{url or _FORECAST_URL}/v1/forecast",
        {
            "latitude": str(places[0]["latitude"]),
            "longitude": str(places[0]["longitude"]),
            "current": "temperature_2m,weather_code",
        },
        budget,
    )
    current = read_answer(_Forecast(), answer)["current"]
    return Observation(current["temperature_2m"], current["weather_code"])
