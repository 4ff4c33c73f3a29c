"""The form of a task."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import HiddenField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length
from wtforms.widgets import TextArea

from taskapp.tasks.due import Due
from taskapp.tasks.models import CITY_LENGTH, DESCRIPTION_LENGTH, TITLE_LENGTH
from taskapp.web.forms.base import Form, LongText, Text, choices
from taskapp.web.forms.person import PersonField
from taskapp.web.words import PRIORITIES, STATUSES


class TaskForm(Form):
    """All that can be written of a task; a field that is not sent keeps its value."""

    title = Text(
        "Title",
        [
            DataRequired("Give the task a title."),
            Length(max=TITLE_LENGTH, message=f"Use at most {TITLE_LENGTH} characters."),
        ],
    )
    description = LongText(
        "Description",
        [Length(max=DESCRIPTION_LENGTH, message=f"Use at most {DESCRIPTION_LENGTH} characters.")],
        widget=TextArea(),
    )
    status = SelectField("Status", choices=choices(list(STATUSES.items())), default="todo")
    priority = SelectField("Priority", choices=choices(list(PRIORITIES.items())), default="medium")
    due_date = StringField("Due date")
    due_time = StringField("Time")
    city = Text("City", [Length(max=CITY_LENGTH, message=f"Use at most {CITY_LENGTH} characters.")])
    assignee_id = PersonField("Assignee", default="")
    version = HiddenField()

    def __init__(self, people: Mapping[int, str] | None, zone: ZoneInfo, task: Any = None) -> None:
        """A form for `task`, or a new one, to be given to one of `people` (id and username), or
        with None to whoever is typed."""
        self.zone = zone
        stored = {} if task is None else _shown(task, zone) | {"version": str(task.version)}
        super().__init__(data=stored)
        self.assignee_id.offer(people)

    def validate_due_date(self, field: StringField) -> None:
        try:
            self.due()
        except ValueError as problem:
            raise ValidationError(
                "Write the day as 2026-11-30 and the time as 17:00, or leave both out."
            ) from problem

    def due(self) -> Due:
        """The day, or the instant if there is a time too. Raises ValueError."""
        day, clock = self.due_date.data or "", self.due_time.data or ""
        if "T" in day:  # a day and a time in one field, as programs write them
            day, clock = day.split("T", 1)
        if not clock:
            return date.fromisoformat(day) if day else None
        wall = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
        return wall if wall.tzinfo else wall.replace(tzinfo=self.zone)

    def values(self) -> dict[str, Any]:
        """The fields for `tasks.services`."""
        return {
            "title": self.title.data,
            "description": self.description.data or None,
            "status": self.status.data,
            "priority": self.priority.data,
            "due_date": self.due(),
            "city": self.city.data or None,
            "assignee_id": int(self.assignee_id.data) if self.assignee_id.data else None,
        }

    def changes(self, task: Any) -> dict[str, Any]:
        """Those of `values()` in which the form differs from the stored task."""
        shown, values = _shown(task, self.zone), self.values()
        if all((self[name].data or "") == shown[name] for name in ("due_date", "due_time")):
            del values["due_date"]  # an instant may be finer than what the form can show
        return {
            name: value
            for name, value in values.items()
            if name == "due_date" or value != getattr(task, name)
        }

    def take_over(self, task: Any, before: Mapping[str, Any]) -> None:
        """Fill in what is stored now where somebody else changed it and this form did not.

        `before`: what the form was filled from, of the fields that were changed; as `values()`.
        """
        shown, values = _shown(task, self.zone), self.values()
        for name, value in before.items():
            if name in values and values[name] == value:
                for field in ("due_date", "due_time") if name == "due_date" else (name,):
                    self[field].data = shown[field]

    def differences(self, task: Any) -> dict[str, tuple[str, str]]:
        """By label: what is stored now and what this form holds, where they differ."""
        shown = _shown(task, self.zone)
        return {
            field.label.text: (_label(field, shown[field.name]), _label(field, field.data or ""))
            for field in self
            if field.name in shown and (field.data or "") != shown[field.name]
        }


def _shown(task: Any, zone: ZoneInfo) -> dict[str, str]:
    """The stored task in the words of the form."""
    day, clock = "", ""
    if task.due_on is not None:
        day = task.due_on.isoformat()
    elif task.due_at is not None:
        local = task.due_at.astimezone(zone)
        day, clock = local.date().isoformat(), f"{local:%H:%M:%S}".removesuffix(":00")
    return {
        "title": task.title,
        "description": task.description or "",
        "status": task.status,
        "priority": task.priority,
        "due_date": day,
        "due_time": clock,
        "city": task.city or "",
        "assignee_id": str(task.assignee_id or ""),
    }


def _label(field: Any, value: str) -> str:
    if isinstance(field, PersonField) and not field.is_list:
        return field.name_of(value)
    options: dict[str, str] = {
        option.value: option.label for option in getattr(field, "choices", None) or ()
    }
    return options.get(value, value)
