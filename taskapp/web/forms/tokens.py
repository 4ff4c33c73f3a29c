"""Access tokens."""

from wtforms import SelectField, SelectMultipleField
from wtforms.validators import DataRequired

from taskapp.accounts.scopes import SCOPES
from taskapp.web.forms.base import Form, Text, choices

LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("180", "Half a year"), ("365", "A year")]


class TokenForm(Form):
    """A name, what it may do, and how long."""

    name = Text("Name", [DataRequired("Say what it is for.")])
    scopes = SelectMultipleField(
        "It may",
        [DataRequired("Choose what it may do.")],
        choices=lambda: choices(list(SCOPES.items())),
    )
    expires_in_days = SelectField("It ends after", choices=lambda: choices(LIFETIMES), default="90")
