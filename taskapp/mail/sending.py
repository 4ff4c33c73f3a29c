"""Sending mails: by SMTP, or onto the console, as MAIL_URL says."""

import smtplib
from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives
from flask_mailman import Mail as Mailman

from taskapp.mail.composing import Mail

_SMTP = "taskapp.mail.smtp.EmailBackend"
# scheme: backend, port, TLS by STARTTLS, TLS from the first byte
_SCHEMES = {
    "console": ("console", 0, False, False),
    "smtp": (_SMTP, 25, False, False),
    "smtp+tls": (_SMTP, 587, True, False),
    "smtps": (_SMTP, 465, False, True),
}
_PATIENCE = 10  # seconds, for connecting and for each answer


class Refused(Exception):
    """The server will not take this mail, now or later (RFC 5321 §4.2.1: a reply of 5xx)."""


def configure_mail(app: Flask) -> None:
    """Tell Flask-Mailman what MAIL_URL says. Raises ValueError when it cannot be read."""
    url = urlsplit(app.config["MAIL_URL"])
    if url.scheme not in _SCHEMES or (url.scheme != "console" and not url.hostname):
        raise ValueError(
            "MAIL_URL must be console:, or smtp://, smtp+tls:// or smtps:// with "
            "[user:password@]host[:port]."
        )
    if "@" not in parseaddr(app.config["MAIL_FROM"])[1]:
        raise ValueError("MAIL_FROM must be an address, such as Taskapp <tasks@example.org>.")
    site = urlsplit(app.config["PUBLIC_URL"])
    if site.scheme not in {"http", "https"} or not site.hostname or site.query or site.fragment:
        raise ValueError("PUBLIC_URL must be an address such as https://tasks.example.org.")
    backend, port, by_starttls, from_the_start = _SCHEMES[url.scheme]
    app.config |= {
        "MAIL_BACKEND": backend,
        "MAIL_SERVER": url.hostname,
        "MAIL_PORT": url.port or port,
        "MAIL_USERNAME": unquote(url.username or "") or None,
        "MAIL_PASSWORD": unquote(url.password or "") or None,
        "MAIL_USE_TLS": by_starttls,
        "MAIL_USE_SSL": from_the_start,
        "MAIL_TIMEOUT": _PATIENCE,
    }
    Mailman().init_app(app)


def send(mail: Mail, message_id: str) -> None:
    """Hand a mail to the server. It takes a minute at most.

    `message_id`: the same at every attempt, so that a mail that comes twice can be known.
    Raises Refused when trying again is of no use, OSError when it may be.
    """
    host = urlsplit(current_app.config["PUBLIC_URL"]).hostname
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        current_app.config["MAIL_FROM"],
        [mail.to],
        headers={
            "Message-ID": f"<{message_id}@{host}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
            **mail.headers,
        },
    )
    message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except UnicodeError as problem:
        raise Refused("the address needs SMTPUTF8") from problem
    except smtplib.SMTPException as problem:
        if codes := _codes(problem):
            raise Refused(f"SMTP {', '.join(map(str, codes))}") from problem
        raise


def _codes(problem: smtplib.SMTPException) -> list[int]:
    """The codes of a reply that is for good; none when the next attempt may go well."""
    codes: list[Any] = []
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in problem.recipients.values()]
    elif isinstance(problem, (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)):
        codes = [problem.smtp_code]
    # All else (a password that is wrong, no TLS) is about the settings, and may be set right.
    return codes if codes and all(code >= 500 for code in codes) else []
