"""One's own account."""

from wtforms import PasswordField, SelectField
from wtforms.validators import DataRequired, InputRequired

from taskapp.core.time import zone_names
from taskapp.web.forms.base import Form, Text, choices


class ProfileForm(Form):
    """Name and time zone."""

    username = Text("Username", [DataRequired("Choose a username.")])
    timezone = SelectField("Time zone", choices=lambda: choices(_zones()))


class EmailForm(Form):
    """An address, or none, and the password: whoever reads the mail can take the account over."""

    email = Text("Email")
    # On the page of settings the form of the password has a field of that name, too.
    current_password = PasswordField(
        "Current password", [InputRequired("Type your current password.")], id="email-password"
    )


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
