"""OpenWeather's current weather: https://openweathermap.org/current. Needs a key."""

from marshmallow import fields, validate

from taskapp.weather.budget import Budget
from taskapp.weather.observation import Answer, Condition, Observation, Temperature, read_answer
from taskapp.weather.request import get_json

_URL = "https://api.openweathermap.org"


class _Measures(Answer):
    temp = Temperature()


class _Sky(Answer):
    main = Condition()


class _Weather(Answer):
    main = fields.Nested(_Measures, required=True)
    weather = fields.List(fields.Nested(_Sky), required=True, validate=validate.Length(min=1))


def observe(city: str, url: str | None, budget: Budget, *, key: str) -> Observation:
    """The weather of `city`. Raises UnknownCity, NoWeather.

    `url` stands in for the provider's own address.
    """
    answer = get_json(
        f"{url or _URL}/data/2.5/weather",
        {"q": city, "appid": key, "units": "metric"},
        budget,
        # An unknown city is not found; one that is no name at all is a bad request.
        unknown_at={400, 404},
    )
    found = read_answer(_Weather(), answer)
    return Observation(found["main"]["temp"], found["weather"][0]["main"])
