"""The second factor over the API: TOTP (RFC 6238) and recovery codes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from taskapp import create_app
from taskapp.accounts import totp
from taskapp.accounts.models import RecoveryCode, SecondFactor
from taskapp.accounts.sealing import unseal
from taskapp.core.database import close_connections
from taskapp.extensions import db
from tests.authenticator import Authenticator, frozen, set_up
from tests.clients import Api
from tests.people import PASSWORD, Crowd
from tests.settings import SETTINGS

LOGIN = {"login": "alice", "password": PASSWORD}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still, so that codes do not run out under a slow test."""
    with frozen() as traveller:
        yield traveller


def sign_in(api: Api, **code: str) -> int:
    return api.post("/auth/login", LOGIN | code).status_code


def test_without_one_signing_in_is_as_it_was(people: Crowd, api: Api) -> None:
    state = people.alice.api.get("/users/me/second-factor").json
    assert state == {"enabled": False, "confirmed_at": None, "recovery_codes_left": 0}
    assert sign_in(api) == 200
    assert sign_in(api, otp="123456") == 200


def test_a_secret_counts_for_nothing_until_it_is_confirmed(people: Crowd, api: Api) -> None:
    begun = people.alice.api.post("/users/me/second-factor", {"password": PASSWORD})
    assert begun.status_code == 201
    secret, uri = begun.json["secret"], begun.json["uri"]
    parsed = pyotp.parse_uri(uri)
    assert (parsed.secret, parsed.name, parsed.issuer) == (secret, "alice", "Taskapp")
    assert len(secret) == 32  # 160 bits, as RFC 4226 §4 recommends
    assert sign_in(api) == 200

    wrong = people.alice.api.post("/users/me/second-factor/confirm", {"otp": "000000"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["otp"])
    assert sign_in(api) == 200


def test_once_confirmed_the_password_alone_opens_nothing(people: Crowd, api: Api) -> None:
    app = set_up(people.alice)

    refused = api.post("/auth/login", LOGIN)
    assert refused.status_code == 401
    assert refused.mimetype == "application/problem+json"
    assert refused.json["code"] == "second_factor_required"
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert "access_token" not in refused.text

    answer = api.post("/auth/login", LOGIN | {"otp": app.code()})
    assert answer.status_code == 200
    assert Api(api.client, answer.json["access_token"]).get("/users/me").status_code == 200
    state = people.alice.api.get("/users/me/second-factor").json
    assert (state["enabled"], state["recovery_codes_left"]) == (True, 10)


def test_a_wrong_code_tells_so_but_only_after_the_right_password(people: Crowd, api: Api) -> None:
    app = set_up(people.alice)
    wrong = api.post("/auth/login", LOGIN | {"otp": app.code(40)})
    assert (wrong.status_code, wrong.json["code"]) == (401, "second_factor_wrong")
    guess = {"login": "alice", "password": "wrong password", "otp": app.code()}
    stranger = api.post("/auth/login", guess)
    assert stranger.status_code == 401
    assert "code" not in stranger.json
    assert sign_in(api, otp=app.code()) == 200, "a code that came with a wrong password is not used"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\t", "-" * 27])
def test_what_is_no_code_opens_nothing(people: Crowd, api: Api, code: str) -> None:
    set_up(people.alice)
    assert sign_in(api, otp=code) == 401
    assert sign_in(api, recovery_code=code) == 401


def test_codes_of_the_step_before_and_after_count_and_no_others(
    people: Crowd, api: Api, clock: time_machine.Traveller
) -> None:
    app = set_up(people.alice)
    clock.shift(300)
    assert [sign_in(api, otp=app.code(later)) for later in (-2, 2)] == [401, 401]
    assert [sign_in(api, otp=app.code(later)) for later in (-1, 0, 1)] == [200, 200, 200]


def test_a_code_works_once_and_so_does_every_older_one(people: Crowd, api: Api) -> None:
    app = set_up(people.alice)
    code = f" {app.code(1)[:3]} {app.code(1)[3:]} "  # as apps show it
    assert sign_in(api, otp=code) == 200
    assert sign_in(api, otp=code) == 401
    assert sign_in(api, otp=app.code()) == 401


def test_the_first_code_is_used_up_by_confirming(people: Crowd, api: Api) -> None:
    begun = people.alice.api.post("/users/me/second-factor", {"password": PASSWORD}).json
    code = Authenticator(begun["secret"]).code()
    confirm = "/users/me/second-factor/confirm"
    assert people.alice.api.post(confirm, {"otp": code}).status_code == 200
    assert people.alice.api.post(confirm, {"otp": code}).status_code == 409
    assert sign_in(api, otp=code) == 401


def test_of_many_who_send_one_code_at_once_one_comes_in(people: Crowd, app: Flask) -> None:
    phone = set_up(people.alice)
    for code in ({"otp": phone.code()}, {"recovery_code": phone.codes[0]}):
        apis = [Api(app.test_client()) for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda api, given=code: sign_in(api, **given), apis))
        assert sorted(answers) == [200] + [401] * 5


def test_a_recovery_code_works_once_however_it_is_typed(people: Crowd, api: Api) -> None:
    app = set_up(people.alice)
    assert len(set(app.codes)) == 10
    first, second = app.codes[:2]
    assert sign_in(api, recovery_code=first) == 200
    assert sign_in(api, recovery_code=first) == 401
    assert sign_in(api, recovery_code=second.upper().replace("-", " ")) == 200
    left = people.alice.api.get("/users/me/second-factor").json["recovery_codes_left"]
    assert left == 8
    both = api.post("/auth/login", LOGIN | {"otp": "123456", "recovery_code": app.codes[2]})
    assert both.status_code == 422


def test_the_codes_of_others_are_worth_nothing(people: Crowd, api: Api) -> None:
    set_up(people.alice)
    bob = set_up(people.bob)
    assert sign_in(api, otp=bob.code()) == 401
    assert sign_in(api, recovery_code=bob.codes[0]) == 401


def test_what_is_stored_opens_nothing(people: Crowd, app: Flask) -> None:
    phone = set_up(people.alice)
    with app.app_context():
        sealed = db.session.scalar(select(SecondFactor.sealed_secret)) or ""
        hashes = set(db.session.scalars(select(RecoveryCode.code_hash)))
        assert unseal(sealed) == phone.secret
    assert phone.secret not in sealed
    assert not hashes & {code.replace("-", "") for code in phone.codes}
    other = create_app(app.config | {"SECRET_KEY": "another secret, as long as it has to be"})
    with other.app_context():
        assert unseal(sealed) is None
        close_connections()


def test_with_another_secret_key_codes_fail_and_recovery_codes_work(
    people: Crowd, app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = set_up(people.alice)
    monkeypatch.setattr("taskapp.accounts.second_factor.unseal", lambda _sealed: None)
    assert sign_in(api, otp=phone.code()) == 401
    assert sign_in(api, recovery_code=phone.codes[0]) == 200


def test_switching_it_on_ends_other_sign_ins_and_no_token(people: Crowd, api: Api) -> None:
    elsewhere = Api(api.client, people.alice.token())
    scopes = {"name": "Report", "scopes": ["tasks:read"]}
    program = Api(api.client, people.alice.api.post("/users/me/tokens", scopes).json["token"])
    set_up(people.alice)
    assert elsewhere.get("/users/me").status_code == 401
    assert people.alice.api.get("/users/me").status_code == 200
    assert program.get("/tasks").status_code == 200


DOORS = ("disable", "recovery-codes")


@pytest.mark.parametrize("door", DOORS)
def test_changing_it_takes_the_password_and_a_code(people: Crowd, door: str) -> None:
    app, api = set_up(people.alice), people.alice.api
    path = f"/users/me/second-factor/{door}"
    good = {"password": PASSWORD, "otp": app.code()}
    assert api.post(path, good | {"password": "wrong password"}).status_code == 403
    assert api.post(path, good | {"otp": app.code(40)}).status_code == 403
    assert api.post(path, {"password": PASSWORD}).status_code == 422
    assert api.post(path, good).status_code in {200, 204}


def test_switched_off_the_password_is_enough_again(people: Crowd, api: Api) -> None:
    app = set_up(people.alice)
    proof = {"password": PASSWORD, "recovery_code": app.codes[0]}
    assert people.alice.api.post("/users/me/second-factor/disable", proof).status_code == 204
    assert sign_in(api) == 200
    with people.alice.app.app_context():
        assert db.session.scalars(select(RecoveryCode)).all() == []


def test_new_recovery_codes_replace_the_old(people: Crowd, api: Api) -> None:
    app = set_up(people.alice)
    proof = {"password": PASSWORD, "otp": app.code()}
    answer = people.alice.api.post("/users/me/second-factor/recovery-codes", proof)
    new = answer.json["recovery_codes"]
    assert not set(new) & set(app.codes)
    assert sign_in(api, recovery_code=app.codes[0]) == 401
    assert sign_in(api, recovery_code=new[0]) == 200


def test_it_cannot_be_set_up_without_the_password_or_twice(people: Crowd) -> None:
    api = people.alice.api
    assert api.post("/users/me/second-factor", {"password": "wrong"}).status_code == 403
    set_up(people.alice)
    assert api.post("/users/me/second-factor", {"password": PASSWORD}).status_code == 409


def test_a_new_password_does_not_get_round_it(people: Crowd, app: Flask, api: Api) -> None:
    phone = set_up(people.alice)
    command = ["users", "set-password", "--username", "alice"]
    runner = app.test_cli_runner()
    assert runner.invoke(args=command, env={"TASKAPP_PASSWORD": "a new password"}).exit_code == 0
    body = {"login": "alice", "password": "a new password"}
    assert api.post("/auth/login", body).json["code"] == "second_factor_required"
    assert api.post("/auth/login", body | {"otp": phone.code()}).status_code == 200


def test_an_admin_removes_what_somebody_has_lost(people: Crowd, api: Api) -> None:
    set_up(people.alice)
    path = f"/users/{people.alice.id}/second-factor"
    assert people.bob.api.delete(path).status_code == 403
    assert people.root.api.delete(path).status_code == 204
    assert people.root.api.delete(path).status_code == 404
    assert people.root.api.delete(f"/users/{people.root.id}/second-factor").status_code == 403
    assert people.root.api.delete("/users/999999/second-factor").status_code == 404
    assert sign_in(api) == 200


def test_so_does_whoever_runs_the_server(people: Crowd, app: Flask, api: Api) -> None:
    set_up(people.alice)
    command = ["users", "reset-2fa", "--username", "ALICE@example.org"]
    result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 0, result.output
    assert sign_in(api) == 200
    assert app.test_cli_runner().invoke(args=command).exit_code == 1


def test_a_key_for_safe_retries_keeps_no_secret(people: Crowd) -> None:
    api, headers = people.alice.api, {"Idempotency-Key": "once"}
    first, second = (
        api.post("/users/me/second-factor", {"password": PASSWORD}, headers=headers) for _ in "12"
    )
    assert first.json["secret"] != second.json["secret"]
    assert "Idempotency-Replayed" not in second.headers


@pytest.fixture
def limited(sqlite_url: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """`limited(SETTING=…)`: an application that counts."""
    made = []

    def start(**settings: str) -> Flask:
        places = {"DATABASE_URL": sqlite_url, "STORAGE_URL": tmp_path.as_uri()}
        made.append(create_app({**SETTINGS, **places, "RATELIMIT_ENABLED": True, **settings}))
        return made[-1]

    yield start
    for app in made:
        with app.app_context():
            close_connections()


def try_code(app: Flask, address: str, **code: str) -> int:
    base = {"REMOTE_ADDR": address}
    api = Api(app.test_client())
    return api.post("/auth/login", LOGIN | code, environ_base=base).status_code


@pytest.mark.parametrize("with_redis", [False, True])
def test_codes_are_limited_by_account_whatever_the_address(
    limited: Callable[..., Flask], with_redis: bool, request: pytest.FixtureRequest
) -> None:
    redis = request.getfixturevalue("redis_url") if with_redis else None
    app = limited(RATELIMIT_CODES="5 per hour", REDIS_URL=redis)
    phone = set_up(Crowd(app).alice)
    wrong = phone.code(40)

    guesses = [try_code(app, f"10.0.0.{n}", otp=wrong) for n in range(7)]

    assert guesses == [401] * 5 + [429] * 2
    assert try_code(app, "10.0.1.1", otp=phone.code()) == 429
    assert try_code(app, "10.0.1.1", recovery_code=phone.codes[0]) == 200, "nobody is locked out"


def test_who_does_not_know_the_password_uses_up_nothing(limited: Callable[..., Flask]) -> None:
    app = limited(RATELIMIT_CODES="3 per hour", RATELIMIT_AUTH="100 per minute")
    phone = set_up(Crowd(app).alice)
    body = {"login": "alice", "password": "wrong password", "otp": "000000"}
    api = Api(app.test_client())
    assert {api.post("/auth/login", body).status_code for _ in range(10)} == {401}
    assert try_code(app, "10.0.1.1", otp=phone.code()) == 200


def test_a_right_code_gives_the_tries_back(limited: Callable[..., Flask]) -> None:
    app = limited(RATELIMIT_CODES="3 per hour")
    phone = set_up(Crowd(app).alice)
    for later in (0, 1):
        assert [try_code(app, "10.0.0.1", otp=phone.code(40)) for _ in "12"] == [401, 401]
        assert try_code(app, "10.0.0.1", otp=phone.code(later)) == 200


def test_an_address_has_its_budget_for_codes_as_for_passwords(
    limited: Callable[..., Flask],
) -> None:
    app = limited(RATELIMIT_AUTH="4 per minute")
    alice = Crowd(app).alice
    wrong = {"password": "wrong password"}
    answers = [alice.api.post("/users/me/second-factor", wrong).status_code for _ in range(6)]
    assert answers == [403] * 4 + [429] * 2


def test_the_figures_are_those_of_the_rfc() -> None:
    """RFC 6238, appendix B, cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for second, code in [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")]:
        with time_machine.travel(second, tick=False):
            assert totp.matching_step(secret, code) == second // 30
            assert totp.matching_step(secret, code, after=second // 30) is None
