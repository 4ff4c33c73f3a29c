"""Fields that take what the contract says and nothing more.

marshmallow's own are lenient: its Boolean takes 0 and "yes", its Integer takes True and "5".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from marshmallow import Schema, fields, pre_load, validate
from marshmallow.exceptions import ValidationError

from taskapp.core.text import is_storable, whole_number
from taskapp.core.time import EARLIEST, LATEST, Moment
from taskapp.core.types import LARGEST_ID

# RFC 3339, section 5.6; offset and seconds may be left out.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)


class InputSchema(Schema):
    """A body. Unknown names are refused; those of a representation that are not to be written
    are accepted and ignored, so that an object can be fetched, edited and sent back."""

    # What the documentation shows.
    example: ClassVar[dict[str, Any]] = {}
    # Whether a form may be sent instead of JSON.
    accepts_form: ClassVar[bool] = False

    @pre_load
    def _drop_read_only(self, data: Any, **_kwargs: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if name not in self.dump_fields_only}

    @property
    def dump_fields_only(self) -> frozenset[str]:
        """The names that stand in the representation alone."""
        return frozenset(name for name, field in self.fields.items() if field.dump_only)


class Text(fields.String):
    """Text that every database can hold; outer blanks go when `trim` is set."""

    def __init__(self, *, trim: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.trim = trim

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not is_storable(text):
            raise ValidationError("Leave out NUL characters and lone surrogates.")
        return text.strip() if self.trim else text


class Flag(fields.Boolean):
    """true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class Id(fields.Integer):
    """A positive whole number of at most 64 bits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
            raise ValidationError("Must be an id: a positive whole number.")
        return value


class IdText(fields.Integer):
    """An id as it stands in a URL: digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"minimum": 1, "maximum": LARGEST_ID, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if number := whole_number(value):
            return number
        raise ValidationError("Must be an id: a positive whole number.")


class WholeNumber(fields.Integer):
    """A whole number from `low` to `high`, both included."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number.")
        return value


class Day(fields.Date):
    """`2026-11-30`, in a year that every database can hold."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = parse_moment(value)
        if isinstance(day, datetime):
            raise ValidationError("Must be a date such as 2026-11-30.")
        if not EARLIEST.date() < day < LATEST.date():
            raise ValidationError("Choose a date between the years 1000 and 9999.")
        return day


class DueDate(fields.String):
    """`2026-11-30` or an RFC 3339 instant; without an offset it is in UTC (contract §1)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return parse_moment(value)


class Word(fields.String):
    """One of a few words, in any case; `synonyms` are other words for some of them."""

    def __init__(
        self, words: Sequence[str], synonyms: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(validate=validate.OneOf(words), **kwargs)
        self.synonyms = synonyms or {}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        word = str(super()._deserialize(value, attr, data, **kwargs)).lower()
        return self.synonyms.get(word, word)


def parse_moment(value: Any) -> Moment:
    """A day, or an aware instant; raises ValidationError."""
    if isinstance(value, str) and (form := _MOMENT.fullmatch(value)):
        try:
            if form["time"] is None:
                return date.fromisoformat(value)
            instant = datetime.fromisoformat(value.upper())
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        except ValueError:
            pass
    raise ValidationError("Must be a date such as 2026-11-30 or 2026-11-30T17:00:00Z.")
