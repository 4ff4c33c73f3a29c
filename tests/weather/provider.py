"""A provider of weather on this machine: it plays OpenWeather and Open-Meteo, and their faults.

`provider` is the fixture. `provider.fault = drip_body` makes each of its answers a bad one, and
`provider.fault_at` narrows that to paths. `provider.hold(city)` keeps an answer back.
Beside it applications are patient, so that a busy machine is not taken for a slow provider:
`patience` is for tests of what happens when they have waited long enough.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from taskapp.weather import services

OPENWEATHER = "/data/2.5/weather"
PLACES, FORECAST = "/v1/search", "/v1/forecast"
UNKNOWN = "Nowhere"
TOO_LONG = 30  # seconds; nothing waits for it, unless something is broken
USUAL_PATIENCE = services._PATIENCE

Patience = Callable[[float], None]


class Provider:
    """The server, what it was asked, and what is wrong with it."""

    def __init__(self) -> None:
        self.calls: list[str] = []  # path and query of each
        self.hosts: list[str] = []
        self.fault: Callable[[Any], None] | None = None
        self.fault_at = {OPENWEATHER, PLACES, FORECAST}
        self.openweather: Any = {
            "weather": [{"id": 803, "main": "Clouds", "description": "broken clouds"}],
            "main": {"temp": 15.46, "pressure": 1012},
            "dt": 1_795_000_000,
        }
        self.places: Any = {"results": [{"name": "X", "latitude": 52.52, "longitude": 13.4}]}
        self.forecast: Any = {"current": {"temperature_2m": 15.46, "weather_code": 3}}
        self.reached = Event()  # somebody asks
        self.cut = Event()  # somebody broke off while we were answering
        self.closing = Event()
        self.url = ""
        self._held: dict[str, Event] = {}

    @property
    def cities(self) -> list[str]:
        """The cities that were asked for."""
        asked = [parse_qs(urlsplit(call).query) for call in self.calls]
        return [(query.get("q") or query["name"])[0] for query in asked if "latitude" not in query]

    @contextmanager
    def hold(self, city: str) -> Iterator[None]:
        """Answer nobody who asks for this city before the end."""
        self._held[city] = Event()
        try:
            yield
        finally:
            self._held[city].set()

    def answer(self, handler: "Handler") -> None:
        """Answer a request as the provider would, or as its fault wills."""
        url = urlsplit(handler.path)
        query = parse_qs(url.query)
        city = (query.get("q") or query.get("name") or [""])[0]
        self.calls.append(handler.path)
        self.hosts.append(handler.headers["Host"])
        self.reached.set()
        if city in self._held:
            self._held[city].wait(TOO_LONG)
        if self.fault and url.path in self.fault_at:
            self.fault(handler)
        elif url.path == OPENWEATHER and city == UNKNOWN:
            handler.say({"cod": "404", "message": "city not found"}, 404)
        elif url.path == OPENWEATHER:
            handler.say(self.openweather)
        elif url.path == PLACES:
            handler.say({"generationtime_ms": 0.1} if city == UNKNOWN else self.places)
        elif url.path == FORECAST:
            handler.say(self.forecast)
        else:
            handler.say({}, 404)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    provider: Provider

    def do_GET(self) -> None:
        try:
            self.provider.answer(self)
        except ConnectionError:
            self.provider.cut.set()

    def say(self, body: Any, status: int = 200) -> None:
        self.say_bytes(json.dumps(body).encode(), status)

    def say_bytes(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self, text: str) -> None:
        """Send text over and over, a few bytes a second, until somebody has enough."""
        while not self.provider.closing.wait(0.02):
            self.wfile.write(text.encode())

    def pour(self) -> None:
        """Send as fast as it goes, until somebody has enough."""
        while not self.provider.closing.is_set():
            self.wfile.write(b" " * 65536)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Patience:
    """`patience(0.3)`: how many seconds an application waits for the provider."""
    return lambda seconds: monkeypatch.setattr(services, "_PATIENCE", seconds)


@pytest.fixture
def provider(patience: Patience) -> Iterator[Provider]:
    patience(TOO_LONG)
    with playing() as one:
        yield one


@contextmanager
def playing(wrap: Callable[[Any], Any] = lambda listener: listener) -> Iterator[Provider]:
    """A provider that listens on a free port; `wrap` may put TLS around its socket."""
    provider = Provider()
    handler = type("Bound", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # so that the end waits for them
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = wrap(server.socket)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


# The faults.


def server_error(handler: Handler) -> None:
    handler.say({"message": "down"}, 500)


def too_many_requests(handler: Handler) -> None:
    handler.say({"message": "blocked"}, 429)


def wrong_key(handler: Handler) -> None:
    handler.say({"cod": 401, "message": "Invalid API key"}, 401)


def garbage(handler: Handler) -> None:
    handler.say_bytes(b"<html>Welcome to the hotel's Wi-Fi</html>")


def no_text(handler: Handler) -> None:
    handler.say_bytes(b"\xff\xfe\x00\xd8")


def nesting(handler: Handler) -> None:
    handler.say_bytes(b"[" * 60_000)


def packed(handler: Handler) -> None:
    handler.say_bytes(b"\x1f\x8b\x08 not what we asked for", **{"Content-Encoding": "gzip"})


def big_declared(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(2**30))
    handler.end_headers()
    handler.pour()


def big_undeclared(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.pour()


def big_error(handler: Handler) -> None:
    handler.send_response(500)
    handler.end_headers()
    handler.pour()


def big_redirect(handler: Handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/elsewhere")
    handler.end_headers()
    handler.pour()


def redirect(handler: Handler) -> None:
    handler.say_bytes(b"", 307, Location=f"{handler.provider.url}/elsewhere")


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    handler.drip("X: y\r")


def drip_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "60000")
    handler.end_headers()
    handler.drip(" ")


def hang(handler: Handler) -> None:
    handler.provider.closing.wait(TOO_LONG)


def cut_short(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"{}")


def hang_up(handler: Handler) -> None:
    with suppress(OSError):
        handler.connection.shutdown(SHUT_RDWR)


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


QUICK_FAULTS = {
    server_error: "http_error",
    too_many_requests: "http_error",
    wrong_key: "http_error",
    garbage: "malformed",
    no_text: "malformed",
    nesting: "malformed",
    packed: "malformed",
    big_declared: "too_large",
    big_undeclared: "too_large",
    big_error: "http_error",
    big_redirect: "http_error",
    redirect: "http_error",
    cut_short: "connection_error",
    hang_up: "connection_error",
    no_http: "connection_error",
}
SLOW_FAULTS = [hang, drip_headers, drip_body]
