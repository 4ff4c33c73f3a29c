"""A real SMTP server in the test's process: what it takes, and the faults it can have."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from taskapp.jobs.runner import due_jobs, run_job


@dataclass
class Postbox:
    """The mails that came, and how the server answers."""

    mails: list[EmailMessage] = field(default_factory=list)
    # What it says to RCPT and to DATA; None: that all is well.
    to_recipients: str | None = None
    to_data: str | None = None
    url: str = ""
    reached: Event = field(default_factory=Event)
    held: Event | None = None

    @contextmanager
    def hold(self) -> Iterator[Event]:
        """Answer no mail before the end; the event tells that one has come."""
        self.held = Event()
        self.reached.clear()
        try:
            yield self.reached
        finally:
            self.held.set()
            self.held = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, _: Any) -> str:  # noqa: N802
        if self.to_recipients:
            return self.to_recipients
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.held is not None:
            self.reached.set()
            await asyncio.to_thread(self.held.wait, 60)
            return "451 The runner is gone"
        if self.to_data:
            return self.to_data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail["X-Recipients"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that came for an address."""
        return [mail for mail in self.mails if mail["X-Recipients"] == address]


class OnFreePort(Controller):
    """aiosmtpd's controller; it would look on port 0 whether it is up."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Postbox]:
    """One SMTP server on a free port for all tests of this worker; ask for `postbox` instead."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # each line of each conversation
    box = Postbox()
    controller = OnFreePort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    yield box
    controller.stop()


@pytest.fixture
def postbox(mail_server: Postbox) -> Postbox:
    """The SMTP server, empty and without a fault."""
    mail_server.mails.clear()
    mail_server.to_recipients = mail_server.to_data = None
    return mail_server


@pytest.fixture
def run_jobs() -> Callable[[Flask], list[str | None]]:
    """`run_jobs(app)` does all that is due, as a runner would, and tells how each job ended."""

    def run(app: Flask) -> list[str | None]:
        outcomes = []
        with app.app_context():
            while due := due_jobs():
                outcomes += [run_job(job_id) for job_id in due]
        return outcomes

    return run


def links(mail: EmailMessage) -> list[str]:
    """The addresses in the text of a mail."""
    return re.findall(r"http\S+", body(mail))


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """The text of a mail, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
