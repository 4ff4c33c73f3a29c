"""Mails out of templates: a text part and an HTML part that say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import current_app


@dataclass(frozen=True)
class Mail:
    """A mail, ready to be sent."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(
    template: str, *, to: str, subject: str, headers: Mapping[str, str] | None = None, **values: Any
) -> Mail:
    """The mail that `mail/<template>.txt` and `.html` make of the values."""
    texts = [
        current_app.jinja_env.get_template(f"mail/{template}.{kind}").render(
            subject=subject, site=current_app.config["PUBLIC_URL"], **values
        )
        for kind in ("txt", "html")
    ]
    return Mail(to, subject, texts[0], texts[1], headers or {})


def link(path: str, **parameters: str) -> str:
    """The address of a page of ours for whoever is outside; never from a request's Host header."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{current_app.config['PUBLIC_URL']}{path}{query}"
