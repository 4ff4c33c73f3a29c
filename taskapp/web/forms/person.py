"""The field for a person."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from wtforms import SelectField, ValidationError
from wtforms.widgets import html_params

from taskapp.accounts.queries import names
from taskapp.core.errors import Invalid
from taskapp.core.text import whole_number
from taskapp.web.forms.base import Pairs, choices
from taskapp.web.people import person_named

NOBODY = ("", "Nobody")


class PersonField(SelectField):
    """Somebody or nobody: its data is an id as text, or nothing.

    Where there are too many people to choose from it is an input for a username. That is sent as
    `assignee`, for a username may consist of digits.
    """

    is_list = True
    typed: str | None = None

    def offer(self, people: Mapping[int, str] | None) -> None:
        """Let one of `people` (id and username) be chosen; with None, let a username be typed."""
        if people is None:
            self.is_list, self.widget = False, _input
        else:
            pairs: Pairs = [NOBODY, *((str(number), name) for number, name in people.items())]
            self.choices = choices(pairs)

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        self.typed = formdata["assignee"].strip() if formdata and "assignee" in formdata else None

    def pre_validate(self, form: Any) -> None:
        if self.typed is not None:
            self.data = self._named(self.typed)
            self.typed = None
        elif self.is_list:
            super().pre_validate(form)
        elif self.data and whole_number(self.data) is None:
            raise ValidationError("Write a username.")

    def name_of(self, value: str) -> str:
        """The username behind a value of this field."""
        number = whole_number(value)
        return value if number is None else names([number]).get(number, value)

    def _named(self, username: str) -> str:
        """The value that stands for a username; what the form was filled with stays."""
        stored = str(self.object_data or "")
        if not username or username == self.name_of(stored):
            return username and stored
        try:
            return str(person_named(username))
        except Invalid as refusal:
            [[complaint]] = refusal.errors.values()
            raise ValidationError(complaint) from refusal


def _input(field: PersonField, **kwargs: Any) -> Markup:
    text = field.name_of(field.data or "") if field.typed is None else field.typed
    given = {"id": field.id, "name": "assignee", "value": text, "placeholder": "Username"}
    given |= {"autocomplete": "off", "autocapitalize": "none"}
    return Markup("<input %s>") % Markup(html_params(**given | kwargs))  # noqa: S704  # nosec B704  (it escapes)
