"""An authenticator app, and people who use one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import time_machine

from tests.people import PASSWORD, Person

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class Authenticator:
    """The app on somebody's phone, whose clock the test sets."""

    secret: str
    codes: list[str] = field(default_factory=list)

    def code(self, later: int = 0) -> str:
        """The code that it shows now, or so many steps later."""
        moment = datetime.now(UTC) + timedelta(seconds=30 * later)
        return pyotp.TOTP(self.secret).at(moment)


def set_up(person: Person) -> Authenticator:
    """Switch the second factor of somebody on, over the API."""
    api = person.api
    begun: Any = api.post("/users/me/second-factor", {"password": PASSWORD}).json
    app = Authenticator(begun["secret"])
    answer = api.post("/users/me/second-factor/confirm", {"otp": app.code(-1)})
    assert answer.status_code == 200, answer.text
    app.codes = answer.json["recovery_codes"]
    return app


@contextmanager
def frozen() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock
