"""The rules of the house (CONTRIBUTING.md), kept by the code itself."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import taskapp

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "taskapp"
REVISIONS = ROOT / "migrations" / "versions"
LIBRARY = set(sys.stdlib_module_names)
FACES = {"api", "web"}
# From below to above: a package may import what stands below it, and what stands beside it here.
DOMAIN = [
    {"jobs", "mail"},
    {"accounts"},
    {"events", "idempotency", "weather"},
    {"tasks"},
    {"records", "attachments"},
    {"analytics", "digest"},
    {"membership"},
    {"backup", "moving", "export"},
]
# The rooms that everybody may use: bare instances, and the words of errors and logs.
SHARED = {"extensions", "logs"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.read_text().strip())


def imports(path: Path) -> Iterator[str]:
    """The rooms of taskapp that a module imports: `tasks` for `taskapp.tasks.models`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "taskapp":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("taskapp."):
            yield (node.module or "").split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("taskapp."))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def allowed(room: str) -> set[str]:
    below: set[str] = {"core"} | SHARED
    for level in DOMAIN:
        if room in level:
            return below | level
        below |= level
    raise AssertionError(f"taskapp/{room} has no place in the order of packages")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    room, used = room_of(path), set(imports(path))
    if room == "core":
        assert used <= {"core"}
    elif path.parent != PACKAGE and room not in FACES:
        assert used <= allowed(room)
    elif room in FACES:
        assert not used & (FACES - {room}), "one face does not know the other"


@pytest.mark.parametrize("path", sorted(REVISIONS.glob("*.py")), ids=lambda path: path.name)
def test_a_migration_does_for_ever_what_it_did_first(path: Path) -> None:
    """It imports nothing of ours: what is changed there would change what it did to a database."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    named = {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    named |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    assert {name.partition(".")[0] for name in named} <= {"sqlalchemy", "alembic"} | LIBRARY


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_domain_knows_nothing_of_http(path: Path) -> None:
    if room_of(path) in FACES | {"errors.py", "__init__.py"} or path.parent == PACKAGE:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "flask":
            names = {alias.name for alias in node.names}
            assert names <= {"Flask", "current_app"}, f"line {node.lineno}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_dispatcher_commands_and_the_runner_of_jobs_commit(path: Path) -> None:
    if path.name in {"cli.py", "demo.py"} or path == PACKAGE / "__init__.py":
        return
    if (
        path == PACKAGE / "jobs" / "runner.py"
    ):  # for a job it is what the dispatcher is to a request
        return
    assert ".commit()" not in path.read_text()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_in_text_are_read_in_one_way(path: Path) -> None:
    """By `core.text.whole_number`: each further way has let through what `int` cannot take."""
    tree = ast.walk(ast.parse(path.read_text()))
    words = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    assert not words & {"isdecimal", "isdigit", "isnumeric"}


def test_modules_stay_small() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in modules()}
    assert median(lengths.values()) < 120
    assert {path for path, length in lengths.items() if length > 300} == set()


def test_the_project_has_the_version_of_the_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == taskapp.__version__
