"""The parameters that every list takes, and the kinds of parameters there are.

They are strict: text that only resembles a number or a date, a name that is unknown, and a
parameter that is given twice without being a list are all refused (contract §1).
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load

from taskapp.api.cursors import read_cursor
from taskapp.api.schemas.fields import InputSchema, Text, parse_moment
from taskapp.core.pagination import MAX_PER_PAGE
from taskapp.core.text import whole_number
from taskapp.core.types import LARGEST_ID


class QueryInteger(fields.Integer):
    """A whole number from `low` to `high`, in plain digits."""

    def __init__(self, low: int = 1, high: int = LARGEST_ID, **kwargs: Any) -> None:
        bounds = {"minimum": low, "maximum": high}
        super().__init__(metadata=bounds | kwargs.pop("metadata", {}), **kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = whole_number(value, self.high)
        if number is None or number < self.low:
            raise ValidationError(f"Must be a whole number from {self.low} to {self.high}.")
        return number


class QueryFlag(fields.Boolean):
    """true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in {"true", "false"}:
            raise ValidationError("Must be true or false.")
        return bool(value == "true")


class QueryMoment(fields.String):
    """A day or an instant."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return parse_moment(value)


class Several(fields.List[Any]):
    """Words of one kind, in a comma list or the parameter repeated; each of them once, sorted."""

    is_multiple = True

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        words = [word.strip() for part in value for word in part.split(",")]
        return sorted(set(super()._deserialize(words, attr, data, **kwargs)))


class ListQuerySchema(Schema):
    """Where in a list to begin, and how much of it to give; subclasses add the filters.

    Loads to keyword arguments for a query: sort, per_page, page or after, and filters if the list
    has any.
    """

    default_sort = "-id"

    page = QueryInteger(metadata={"description": "Not together with cursor.", "default": 1})
    per_page = QueryInteger(1, MAX_PER_PAGE, load_default=20)
    cursor = fields.String(
        metadata={"description": "The next_cursor of an answer for the same filters and sort."}
    )
    sort = Text(metadata={"description": "Keys in a comma list; - for descending."})

    @pre_load
    def _refuse_repeated(self, data: Any, **_kwargs: Any) -> Any:
        repeated = [name for name in data if len(data.getlist(name)) > 1]
        complaints = {
            name: ["Give this once."]
            for name in repeated
            if not getattr(self.fields.get(name), "is_multiple", False)
        }
        if complaints:
            raise ValidationError(complaints)
        # Asked for the many names that were not sent, a multidict raises an exception each time.
        return {name: data[name] for name in data}

    @post_load
    def _arrange(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        query: dict[str, Any] = {
            "sort": data.get("sort", self.default_sort),
            "per_page": data["per_page"],
        }
        if filters := self.fields.keys() - ListQuerySchema._declared_fields.keys():
            query["filters"] = {name: data[name] for name in filters if name in data}
        if "cursor" not in data:
            return query | {"page": data.get("page", 1)}
        if "page" in data:
            raise ValidationError("Give either page or cursor.", "cursor")
        return query | {"after": read_cursor(data["cursor"], query)}


class ListSchema(InputSchema):
    """A page of a list, or what follows a cursor: then without page, pages and total."""

    page = fields.Integer()
    per_page = fields.Integer(required=True)
    pages = fields.Integer()
    total = fields.Integer()
    next_cursor = fields.String(required=True, allow_none=True)


def example_page(item: dict[str, Any]) -> dict[str, Any]:
    """A list with one item, for the OpenAPI document."""
    numbers = {"page": 1, "per_page": 20, "pages": 1, "total": 1}
    return {"items": [item], **numbers, "next_cursor": None}
