"""Many requests at once: by wrk where it is installed, else by threads of our own."""

import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

SCRIPT = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Request:
    """What to send."""

    path: str
    token: str = ""
    method: str = "GET"
    body: str = ""
    cookie: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Its headers."""
        headers = {
            "Authorization": f"Bearer {self.token}" if self.token else "",
            "Content-Type": "application/json" if self.body else "",
            "Cookie": self.cookie,
        }
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True)
class Load:
    """What came of it: answers, of them refusals, seconds, and milliseconds of p50 and p99."""

    answers: int
    refused: int
    seconds: float
    p50: float
    p99: float


def send(base: str, requests: Sequence[Request], *, clients: int, seconds: float) -> Load:
    """Send the requests in turn, over and over, from that many clients. All must succeed.

    A busy machine may not answer one in the time; then twice as much is given.
    """
    by = _by_wrk if shutil.which("wrk") else _by_threads
    while not (load := by(base, requests, clients, seconds)).answers:
        seconds *= 2
        assert seconds < 60, f"{requests[0].path}: no answers"
    assert not load.refused, f"{requests[0].path}: {load.refused} of {load.answers} refused"
    return load


def _by_wrk(base: str, requests: Sequence[Request], clients: int, seconds: float) -> Load:
    with TemporaryDirectory() as folder:
        listed = Path(folder, "requests.lua")
        listed.write_text(f"return {{{','.join(map(_lua, requests))}}}")
        command = ["wrk", "--threads=1", f"--connections={clients}", "--timeout=30s"]
        command += [f"--duration={seconds:.0f}s", f"--script={SCRIPT}", base, "--", str(listed)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=True,
        )
    return Load(**json.loads(done.stdout.splitlines()[-1]))


def _lua(request: Request) -> str:
    headers = ",".join(f"[{json.dumps(k)}]={json.dumps(v)}" for k, v in request.headers.items())
    words = map(json.dumps, (request.method, request.path, request.body))
    return f"{{{','.join(words)},{{{headers}}}}}"


def _by_threads(base: str, requests: Sequence[Request], clients: int, seconds: float) -> Load:
    turn, address, start = count(), urlsplit(base), time.perf_counter()

    def run(_number: int) -> tuple[list[float], int]:
        times, refused = [], 0
        connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        while time.perf_counter() < start + seconds:
            request, begin = requests[next(turn) % len(requests)], time.perf_counter()
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - begin) * 1000)
            refused += answer.status >= 400
        connection.close()
        return times, refused

    with ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(run, range(clients)))
    times = sorted(each for some, _ in results for each in some)
    refused, spent = sum(each for _, each in results), time.perf_counter() - start
    middle, high = (times[int(len(times) * part)] for part in (0.5, 0.99))
    return Load(len(times), refused, spent, middle, high)
