"""What every form does: take text that can be stored, and take a service's refusal."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, ValidationError
from wtforms.fields.choices import SelectChoice

from taskapp.core import errors
from taskapp.core.text import is_storable

Pairs = list[tuple[str, str]]


class Form(FlaskForm):
    """A form that keeps what was typed, and shows complaints beside the fields."""

    def refuse(self, refusal: errors.Invalid | errors.Conflict) -> None:
        """Put a service's complaints beside the fields they are about."""
        if isinstance(refusal, errors.Invalid):
            complaints = refusal.errors
        else:
            complaints = {refusal.field or "": [refusal.message]}
        for name, sentences in complaints.items():
            if name in self:
                self[name].errors = [*self[name].errors, *sentences]
            else:
                self.form_errors.extend(sentences)


class Text(StringField):
    """A line of text without outer blanks."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value.strip() for value in valuelist])

    def pre_validate(self, form: Any) -> None:
        if self.data and not is_storable(self.data):
            raise ValidationError("Leave out the characters that cannot be shown.")


class LongText(Text):
    """Text of several lines; browsers send CRLF, we keep LF."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value.replace("\r\n", "\n") for value in valuelist])


def choices(pairs: Pairs) -> list[SelectChoice]:
    """The options of a select field, from values and their labels."""
    return [SelectChoice(value, label) for value, label in pairs]
