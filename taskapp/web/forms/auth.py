"""Registering and signing in."""

from typing import Any

from wtforms import BooleanField, PasswordField
from wtforms.validators import DataRequired, InputRequired

from taskapp.web.forms.base import Form, Text


class RegisterForm(Form):
    """A new account. One of username and email is enough (contract §3)."""

    username = Text("Username")
    email = Text("Email")
    password = PasswordField("Password", [InputRequired("Choose a password.")])

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if not self.username.data and not self.email.data:
            self.username.errors = ["Give a username, an email, or both."]
            return False
        return valid

    def account(self) -> dict[str, Any]:
        """What `accounts.services.register` takes."""
        return {
            "username": self.username.data or None,
            "email": self.email.data or None,
            "password": self.password.data or "",
        }


class NewUserForm(RegisterForm):
    """An account that an admin makes for somebody."""

    is_verified = BooleanField("The email is known to be theirs: send no mail to confirm it")

    def account(self) -> dict[str, Any]:
        return super().account() | {"is_verified": self.is_verified.data}


class LoginForm(Form):
    """Who signs in, by either name, and for how long."""

    login = Text("Username or email", [DataRequired("Type your username or your email.")])
    password = PasswordField("Password", [InputRequired("Type your password.")])
    remember = BooleanField("Keep me signed in on this device")


class CodeForm(Form):
    """The second step."""

    otp = Text("Code", [DataRequired("Type the code that your app shows, or a recovery code.")])
