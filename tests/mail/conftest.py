"""Applications whose mails go into the postbox."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.mail.postbox import Postbox


@pytest.fixture
def app(apps: Callable[..., Flask], database_url: str, postbox: Postbox) -> Flask:
    return apps(database_url, MAIL_URL=postbox.url, PUBLIC_URL="https://tasks.example.org")
