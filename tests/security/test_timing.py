"""How long an answer takes tells nothing of who has an account.

What takes long is counted, not measured: a bcrypt hash, whose rounds are its time.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import update

from taskapp.accounts.models import User
from taskapp.extensions import db
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.web.site import Site

Work = list[tuple[str, str]]

# With a password that is wrong, and right but for an account that is not to be entered.
ATTEMPTS = [
    ("alice", "wrong password"),
    ("alice@example.org", "wrong password"),
    ("nobody", "wrong password"),
    ("nobody@example.org", "wrong password"),
    ("idle", PASSWORD),
    ("alice", "x" * 500),
    ("nobody", "x" * 500),
]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """What was asked of bcrypt, and at what cost ("$2b$04"), since the test emptied it."""
    done: Work = []
    hash_, verify = BcryptHasher.hash, BcryptHasher.verify

    def note_hash(self: BcryptHasher, password: str | bytes, **options: bytes) -> str:
        made = hash_(self, password, **options)
        done.append(("hash", made[:6]))
        return made

    def note_verify(self: BcryptHasher, password: str | bytes, hash: str | bytes) -> bool:
        done.append(("verify", str(hash)[:6]))
        return verify(self, password, hash)

    monkeypatch.setattr(BcryptHasher, "hash", note_hash)
    monkeypatch.setattr(BcryptHasher, "verify", note_verify)
    return done


@pytest.fixture
def attempt(sqlite_app: Flask, work: Work) -> Callable[[str, str, str], Work]:
    """`attempt(face, login, password)`: fail to sign in; the work that it took."""
    people = Crowd(sqlite_app)
    assert people.alice
    with sqlite_app.app_context():
        db.session.execute(update(User).where(User.id == people.idle.id).values(is_active=False))
        db.session.commit()

    def attempt(face: str, login: str, password: str) -> Work:
        client = sqlite_app.test_client()
        work.clear()
        if face == "API":
            answer = Api(client).post("/auth/login", {"login": login, "password": password})
            assert answer.status_code == 401
        else:
            assert Site(client).sign_in(login, password).status == 401
        return list(work)

    attempt("API", "nobody", "wrong password")  # each process makes once what it compares with
    return attempt


@pytest.mark.parametrize("face", ["API", "page"])
@pytest.mark.parametrize(("login", "password"), ATTEMPTS)
def test_whoever_cannot_sign_in_costs_one_comparison(
    attempt: Callable[[str, str, str], Work], face: str, login: str, password: str
) -> None:
    assert attempt(face, login, password) == [("verify", "$2b$04")]


def test_who_asks_for_a_new_password_costs_none_whoever_it_is(
    sqlite_app: Flask, work: Work
) -> None:
    assert Crowd(sqlite_app).alice
    work.clear()
    for address in ("alice@example.org", "nobody@example.org"):
        answer = Api(sqlite_app.test_client()).post("/auth/password-reset", {"email": address})
        assert answer.status_code == 202
    assert work == []
