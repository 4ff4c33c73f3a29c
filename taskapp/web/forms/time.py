"""Work on a task: how long, on which day, and what was done."""

from datetime import date
from typing import Any

from wtforms import HiddenField, StringField, ValidationError
from wtforms.validators import Length

from taskapp.core.text import whole_number
from taskapp.records.models import MAX_MINUTES, NOTE_LENGTH
from taskapp.web.forms.base import Form, Text


class RecordForm(Form):
    """A record, with its time in hours and minutes."""

    hours = StringField("Hours")
    minutes = StringField("Minutes")
    note = Text(
        "What was done", [Length(max=NOTE_LENGTH, message=f"Use at most {NOTE_LENGTH} characters.")]
    )
    completion_date = StringField("Day")
    version = HiddenField()

    @classmethod
    def of(cls, record: Any) -> "RecordForm":
        """The form of a stored record."""
        hours, minutes = divmod(record.time_spent, 60)
        return cls(
            data={
                "hours": str(hours),
                "minutes": str(minutes),
                "note": record.note or "",
                "completion_date": record.completion_date.isoformat(),
                "version": str(record.version),
            }
        )

    def validate_minutes(self, _field: StringField) -> None:
        if not 0 <= self.time_spent() <= MAX_MINUTES:
            raise ValidationError("Write whole hours and minutes, a year at most.")

    def validate_completion_date(self, field: StringField) -> None:
        try:
            date.fromisoformat(field.data or "")
        except ValueError as problem:
            raise ValidationError("Write the day as 2026-11-30.") from problem

    def time_spent(self) -> int:
        """The time in minutes; below zero when it cannot be read."""
        given = [(field.data or "").strip() or "0" for field in (self.hours, self.minutes)]
        hours, minutes = map(whole_number, given)
        return -1 if hours is None or minutes is None else hours * 60 + minutes

    def values(self) -> dict[str, Any]:
        """The fields for `records.services`."""
        return {
            "time_spent": self.time_spent(),
            "note": self.note.data or None,
            "completion_date": date.fromisoformat(self.completion_date.data or ""),
        }

    def refuse(self, refusal: Any) -> None:
        """The time is one value to the service, and two fields here."""
        complaints = getattr(refusal, "errors", {})
        if "time_spent" in complaints:
            complaints["minutes"] = complaints.pop("time_spent")
        super().refuse(refusal)


class LogForm(RecordForm):
    """A new record: logging no time at all is a slip."""

    def validate_minutes(self, field: StringField) -> None:
        super().validate_minutes(field)
        if not self.time_spent():
            raise ValidationError("How long did it take?")
