"""What may be believed of a provider's answer, and why there may be none."""

from typing import Any, NamedTuple

from marshmallow import EXCLUDE, Schema, ValidationError, fields


class NoWeather(Exception):
    """There is none. `reason` is a word for the log, `details` say more: never a key or a URL."""

    def __init__(self, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class UnknownCity(NoWeather):
    """The provider works, and knows no such city."""

    def __init__(self) -> None:
        super().__init__("unknown_city")


class Observation(NamedTuple):
    """The weather somewhere, now."""

    temperature: float  # degrees Celsius
    condition: str  # a word or two, such as "Light rain"


class Number(fields.Field[float]):
    """A JSON number from `low` to `high`; marshmallow's own also takes "15.5" and true."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__(required=True)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        if not self.low <= value <= self.high:  # true of NaN too
            raise ValidationError("Out of range.")
        return float(value)


class Temperature(Number):
    """Degrees Celsius, as the air of the Earth has them: none in Kelvin passes."""

    def __init__(self) -> None:
        super().__init__(-100, 70)


class Condition(fields.Field[str]):
    """A word or two."""

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= 50 or not value.isprintable():
            raise ValidationError("Not a word or two.")
        return value


class Answer(Schema):
    """A part of an answer: what is not named here is of no interest."""

    class Meta:
        unknown = EXCLUDE


def read_answer(schema: Schema, answer: Any) -> dict[str, Any]:
    """The values that `schema` finds in an answer; raises NoWeather when it is not as expected."""
    try:
        values: dict[str, Any] = schema.load(answer)
    except ValidationError as error:
        raise NoWeather("malformed", fields=sorted(map(str, error.messages_dict))) from None
    return values
