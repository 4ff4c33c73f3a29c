"""What is done by way of one's mailbox."""

from wtforms import HiddenField, PasswordField
from wtforms.validators import DataRequired, InputRequired

from taskapp.web.forms.base import Form, Text


class AddressForm(Form):
    """Where to send a link."""

    email = Text("Email", [DataRequired("Type the address of your account.")])


class TokenForm(Form):
    """What a mailed link carries."""

    token = HiddenField()


class ResetForm(TokenForm):
    """A new password, and the link that permits it."""

    new_password = PasswordField("New password", [InputRequired("Choose a new password.")])
