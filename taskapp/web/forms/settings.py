"""One's own account."""

from wtforms import PasswordField, SelectField
from wtforms.validators import DataRequired, InputRequired

from taskapp.core.time import zone_names
from taskapp.web.forms.base import Form, Text, choices


class ProfileForm(Form):
    """Names and time zone."""

    username = Text("Username", [DataRequired("Choose a username.")])
    email = Text("Email")
    timezone = SelectField("Time zone", choices=lambda: choices(_zones()))


class PasswordForm(Form):
    """A new password."""

    current_password = PasswordField(
        "Current password", [InputRequired("Type your current password.")]
    )
    new_password = PasswordField("New password", [InputRequired("Choose a new password.")])


class DeletionForm(Form):
    """The password, before the account goes."""

    current_password = PasswordField(
        "Current password", [InputRequired("Type your current password.")]
    )


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zone_names())]
