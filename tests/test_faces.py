"""Two faces, one core: what changes data can be done on a page and over the API.

The code itself is read. From every view that changes something we follow the names it uses; every
public function of the domain that writes must be met on both ways, or say here why not.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.test_house import FACES, PACKAGE, SHARED, modules

WRITING_METHODS = {"post", "put", "patch", "delete"}
# What writes: calls of the session, and statements of SQLAlchemy.
SESSION_WRITES = {"add", "add_all", "delete", "flush"}
STATEMENTS = {"insert", "update", "delete"}
# Rooms that serve every request, or none: nobody would call them from a view.
UNSEEN = {"core", "events", "idempotency", "jobs", "weather", *SHARED}
# What runs by itself, and needs no door.
BY_ITSELF = ("taskapp.background", "WORKS")

# What a face does not have, and why.
EXCEPTIONS = {
    ("taskapp.accounts.services.set_password", "api"): "for who runs it: flask users set-password",
    ("taskapp.accounts.services.set_password", "web"): "for who runs it: flask users set-password",
    ("taskapp.accounts.sessions.note_use", "web"): "by whatever page is opened, before its view",
    ("taskapp.accounts.tokens.find_token_actor", "web"): "no access token opens a page",
    ("taskapp.membership.services.delete_account", "api"): "for who runs it: flask users delete",
    ("taskapp.membership.services.delete_account", "web"): "for who runs it: flask users delete",
    (
        "taskapp.membership.services.change_email",
        "api",
    ): "the contract's PATCH /users/me takes no password",
    ("taskapp.moving.copy.copy_to", "api"): "for who runs it: flask db copy-to",
    ("taskapp.moving.copy.copy_to", "web"): "for who runs it: flask db copy-to",
}

Name = tuple[str, str]  # a module, and a name that it defines


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of taskapp by its name, read."""
    return {module_of(path): ast.parse(path.read_text()) for path in modules()}


@cache
def definitions() -> dict[Name, ast.stmt]:
    """Every name that a module of taskapp defines at its top level, and how."""
    found = {}
    for module, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[module, node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {(module, t.id): node for t in targets if isinstance(t, ast.Name)}
    return found


@cache
def imported(module: str) -> dict[str, Name]:
    """What a name that a module imports stands for: ("taskapp.tasks.bulk", "") for a module."""
    names = {}
    for node in ast.walk(trees()[module]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("taskapp"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                target = (whole, "") if whole in trees() else (node.module or "", alias.name)
                names[alias.asname or alias.name] = target
    return names


def module_of(path: Path) -> str:
    """`taskapp.tasks.bulk` for taskapp/tasks/bulk.py."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def uses(name: Name) -> set[Name]:
    """The definitions that one definition names."""
    module, found = name[0], set()
    names = imported(module)
    for node in ast.walk(definitions()[name]):
        if isinstance(node, ast.Name):
            found.add(names.get(node.id, (module, node.id)))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add((names.get(node.value.id, ("", ""))[0], node.attr))
    return (found & definitions().keys()) - {name}


def reachable(roots: set[Name]) -> set[Name]:
    """All that is named from there on, however far."""
    seen, ahead = set(roots), list(roots)
    while ahead:
        fresh = uses(ahead.pop()) - seen
        seen |= fresh
        ahead += fresh
    return seen


def views(face: str) -> Iterator[Name]:
    """The views of a face that change something."""
    for name, node in definitions().items():
        if name[0].startswith(f"taskapp.{face}.") and isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                call = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(call, ast.Attribute) and call.attr in WRITING_METHODS:
                    yield name


def writes(name: Name) -> bool:
    """Whether a definition itself writes to the database."""
    for node in ast.walk(definitions()[name]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in STATEMENTS or called in {f"db.session.{act}" for act in SESSION_WRITES}:
                return True
    return False


def services() -> set[str]:
    """The public functions of the domain after which the database is another."""
    writers = {name for name in definitions() if writes(name)}
    return {
        ".".join(name)
        for name, node in definitions().items()
        if isinstance(node, ast.FunctionDef)
        and not name[1].startswith("_")
        and is_domain(name[0])
        and reachable({name}) & writers
    }


def is_domain(module: str) -> bool:
    """Whether it is a module of a domain package."""
    _, *rooms = module.split(".")
    return len(rooms) > 1 and rooms[0] not in FACES | UNSEEN


def reached(face: str) -> set[str]:
    """All that the views of a face use."""
    return {".".join(name) for name in reachable(set(views(face)))}


def test_what_changes_data_has_a_page_and_a_call() -> None:
    changing = services()
    assert len(changing) > 20, "else nothing is compared"
    changing -= (
        {".".join(name) for name in reachable({BY_ITSELF})} - reached("api") - reached("web")
    )
    missing = {(service, face) for face in FACES for service in changing - reached(face)}
    assert missing == set(EXCEPTIONS)
