"""Flask-Mailman's SMTP, where it would not be safe as it comes.

It does not check the certificate after STARTTLS, keeps the connection open when a mail is refused,
counts a mail as not sent when only the farewell fails (it would be sent twice), and waits without
end for a server that answers a byte at a time.
"""

import smtplib
import ssl
from contextlib import suppress
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any

from flask_mailman.backends.smtp import EmailBackend as SmtpBackend

_LONGEST = 60.0  # seconds for a whole conversation


class _Smtp(smtplib.SMTP):
    """A conversation that is cut off after `_LONGEST`, with somebody who shows a certificate."""

    _cut: Timer | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        connection: socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        # TLS takes the socket over; a duplicate stays ours and cuts the same connection.
        self._duplicate = connection.dup()
        self._cut = Timer(_LONGEST, _shut, [self._duplicate])
        self._cut.daemon = True
        self._cut.start()
        return connection

    def starttls(self, *args: Any, context: ssl.SSLContext | None = None, **kwargs: Any) -> Any:
        return super().starttls(context=context or ssl.create_default_context())

    def close(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._duplicate.close()
            self._cut = None
        super().close()


class _SmtpSsl(smtplib.SMTP_SSL, _Smtp):
    pass


class EmailBackend(SmtpBackend):
    """One connection for each mail, closed whatever happens."""

    connection: smtplib.SMTP | None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpSsl if self.use_ssl else _Smtp

    def send_messages(self, email_messages: list[Any]) -> int:
        """Send them; raises OSError, of which smtplib's errors are."""
        try:
            return int(super().send_messages(email_messages))
        finally:
            self.close()

    def close(self) -> None:
        """Take leave. By now the mail is accepted or refused: what fails here changes neither."""
        connection: smtplib.SMTP | None = self.connection
        self.connection = None
        if connection is not None:
            with suppress(OSError):
                connection.quit()
            connection.close()


def _shut(connection: socket) -> None:
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)
    connection.close()
