"""nginx with the repository's own configuration, on loopback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection
from time import monotonic, sleep

from tests.live import ROOT, START_SECONDS, STOP_SECONDS
from tests.missing import Missing, give_up

CONFIGURATION = ROOT / "deploy" / "nginx"
UNPACKED = Path(sys.prefix, "debian")  # where scripts/debian-packages.sh puts it

# What Debian's nginx.conf and the image's give: http, in which our files are included.
AROUND = """
daemon off;
pid {folder}/pid;
error_log stderr warn;
worker_processes 2;
{user}
events {{ worker_connections 1024; }}
http {{
    include {types};
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {site};
}}
"""


def write_configuration(folder: Path, name: str, changes: dict[str, str]) -> Path:
    """Write deploy/nginx/`name` and what it includes into `folder`; return the file for `nginx -c`.

    `changes` are what this machine has in place of what stands there, each of which must occur.
    """
    for source in (name, "locations.conf"):
        text = (CONFIGURATION / source).read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        (folder / source).write_text(text)
    given = "".join((CONFIGURATION / source).read_text() for source in (name, "locations.conf"))
    assert [old for old in changes if old not in given] == []

    user = "user root root;" if os.geteuid() == 0 else ""
    places = (folder / "mime.types" for folder in (Path("/etc/nginx"), UNPACKED / "etc/nginx"))
    types = next(place for place in places if place.is_file())
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, user=user, types=types, site=folder / name))
    return file


def program() -> str | None:
    """The path of nginx."""
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:{UNPACKED}/usr/sbin"
    return shutil.which("nginx", path=path)


def require() -> None:
    """End a test where there is no nginx."""
    if program() is None:
        give_up(Missing("nginx", packages="nginx"))


def check(file: Path) -> str:
    """What `nginx -t` says of a configuration; raises CalledProcessError when it is wrong."""
    return subprocess.run(
        [program() or "", "-t", "-e", "stderr", "-c", file],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
    ).stdout


@contextmanager
def running(file: Path, port: int) -> Iterator[None]:
    """Run nginx, from when it listens on `port`."""
    log = file.with_name("log")
    with log.open("w") as output:
        server = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", program() or "", "-e", "stderr", "-c", file],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        give_up = monotonic() + START_SECONDS
        while not _listens(port):
            assert server.poll() is None, "nginx has ended by itself"
            assert monotonic() < give_up, "nginx does not listen"
            sleep(0.02)
        yield
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        sys.stdout.write(log.read_text())  # pytest shows it when the test has failed


def _listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
