"""People with accounts."""

from dataclasses import dataclass
from functools import cached_property

from flask import Flask

from taskapp.accounts import services, sessions
from taskapp.accounts.actor import Actor
from taskapp.api.authentication import issue_token
from taskapp.extensions import db
from tests.clients import Api

PASSWORD = "correct horse battery"


@dataclass
class Person:
    """Somebody with an account, and their ways in."""

    app: Flask
    id: int
    username: str
    role: str
    timezone: str

    @property
    def email(self) -> str:
        return f"{self.username}@example.org"

    @cached_property
    def api(self) -> Api:
        """The API with this person's token."""
        return Api(self.app.test_client(), self.token())

    @property
    def actor(self) -> Actor:
        """This person as a service sees them."""
        return Actor(self.id, self.username, self.email, self.role, self.timezone)

    def token(self) -> str:
        """A new token, from a session of its own."""
        with self.app.test_request_context():
            lifetime = self.app.config["TOKEN_LIFETIME"]
            session = sessions.open_session(self.id, kind="api", lifetime=lifetime)
            token = issue_token(self.id, session.key)
            db.session.commit()
            return token


class Crowd:
    """Whoever is named appears, with the password PASSWORD; `root` is an admin."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, username: str) -> Person:
        if username.startswith("_"):
            raise AttributeError(username)
        person = self.make(username, role="admin" if username == "root" else "user")
        setattr(self, username, person)
        return person

    def make(self, username: str, role: str = "user", timezone: str = "UTC") -> Person:
        """Create an account."""
        with self._app.app_context():
            user = services.create_account(
                username=username,
                email=f"{username}@example.org",
                password=PASSWORD,
                role=role,
                timezone=timezone,
            )
            db.session.commit()
            return Person(self._app, user.id, username, role, timezone)
