"""The second factor."""

from wtforms import PasswordField
from wtforms.validators import DataRequired, InputRequired

from taskapp.web.forms.base import Form, Text

# On the page of settings there is a section called `password`.
_ID = "factor-password"


class EnrolForm(Form):
    """The password, before a factor is set up."""

    password = PasswordField("Your password", [InputRequired("Type your password.")], id=_ID)


class ConfirmForm(Form):
    """The first code."""

    otp = Text("Code from the app", [DataRequired("Type the code that your app shows.")])


class ProofForm(Form):
    """The password, and a code of the app or of the list."""

    password = PasswordField("Your password", [InputRequired("Type your password.")], id=_ID)
    otp = Text("Code", [DataRequired("Type the code that your app shows, or a recovery code.")])
