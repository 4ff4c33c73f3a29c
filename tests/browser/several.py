"""Others beside the one who looks: somebody's program, and a wire that can be cut."""

import socket
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.people import PASSWORD


class Script:
    """Somebody's program that calls the API."""

    def __init__(self, base: str, name: str) -> None:
        self._base = f"{base}/api/v1"
        login = {"login": name, "password": PASSWORD}
        answer = requests.post(f"{self._base}/auth/login", json=login, timeout=30)
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        self.id = self.call("GET", "/users/me")["id"]

    def call(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(
            method, self._base + path, json=body or None, headers=self._headers, timeout=30
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def add(self, title: str, **fields: Any) -> str:
        """Create a task; return its path."""
        return f"/tasks/{self.call('POST', '/tasks', title=title, **fields)['id']}"


class Relay:
    """A wire to a server, with an address of its own, that can be cut and mended."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "", parts.port or 80)
        self._port = 0
        self.mend()
        self.url = f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        """Take connections from now on."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self._wires: list[socket.socket] = []
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        for end in [self._listener, *self._wires]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(self._server)
                self._wires += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=ends, daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
