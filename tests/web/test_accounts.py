from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from apercu.errors import LoginError, TooManyTriesError, UsageError
from apercu.purposes import Capability, built_in
from apercu.web.attempts import PER_ACCOUNT, PER_ADDRESS, Attempts
from apercu.web.first_administrator import make_administrator
from apercu.web.passwords import hash_password, is_password
from apercu.web.roles import CAPABILITIES, Role, capabilities_of

from .conftest import PASSWORD, World, today


def test_every_capability_is_somebodys_and_every_role_is_explained() -> None:
    assert capabilities_of(set(Role)) == set(Capability)
    assert {role.meaning.fr for role in Role} and CAPABILITIES.keys() == set(Role)
    # Who administers or oversees sees nothing of the footage.
    for role in (Role.OVERSEER, Role.ADMINISTRATOR):
        assert not CAPABILITIES[role] & {Capability.SHOW_IMAGES, Capability.READ_TRACKS, Capability.SEARCH}
    assert all(c in built_in()["research"].allows for c in Capability)


@pytest.mark.parametrize("password", ["short", "a" * 1025, "aaaaaaaaaaaaaaaa", "Anna Petit 12"])
def test_some_passwords_are_not_taken(password: str) -> None:
    with pytest.raises(UsageError, match="password"):
        hash_password(password, "Anna Petit")


def test_a_password_is_kept_as_argon2id_and_typed_on_any_keyboard() -> None:
    kept = hash_password("été à la montagne", "Anna")
    assert kept.startswith("$argon2id$") and "montagne" not in kept
    assert is_password("été à la montagne", kept)  # e and its accent apart
    assert not is_password("ete a la montagne", kept)
    assert not is_password(PASSWORD, None)
    assert not is_password("x" * 5000, kept)


@pytest.mark.parametrize(
    "name", ["", "   ", "a" * 65, "Anna (web)", "a\x00b", "a\nb", "\u202eanna", "<b>", "\ud800"]
)
def test_hostile_names_are_nobodys(world: World, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a person's name"):
        world.service.accounts.create(name, ())


def test_a_name_is_one_persons_in_whatever_spelling(world: World) -> None:
    world.person("Zoë", [Role.OPERATOR])
    with pytest.raises(UsageError, match="taken"):
        world.service.accounts.create("ZOË ", ())
    assert world.service.accounts.authenticate("zoë", PASSWORD, "1.2.3.4").name == "Zoë"


def test_wrong_tries_are_limited_for_an_account_and_for_an_address() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(PER_ACCOUNT):
        attempts.check("anna", "1.1.1.1")
    with pytest.raises(TooManyTriesError) as refused:
        attempts.check("anna", "2.2.2.2")
    assert refused.value.wait_s == 60
    attempts.check("bea", "1.1.1.1")
    now[0] = 61.0
    attempts.check("anna", "2.2.2.2")
    attempts.succeeded("anna", "2.2.2.2")
    for _ in range(PER_ACCOUNT):
        attempts.check("anna", "2.2.2.2")
    for n in range(PER_ADDRESS):
        attempts.check(f"someone {n}", f"2001:db8::{n}")
    with pytest.raises(TooManyTriesError):  # the same customer of the same network
        attempts.check("zoe", "2001:db8::ffff")


def test_the_memory_of_tries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apercu.web.attempts._MOST", 10)
    attempts = Attempts(lambda: 0.0)
    for n in range(100):
        attempts.check(f"name {n}", f"10.0.0.{n}")
    assert len(attempts._accounts) == len(attempts._addresses) == 10


def test_a_login_that_fails_does_not_tell_whether_the_name_exists(world: World) -> None:
    world.person("Anna", [Role.OPERATOR])
    client = world.stranger()
    told = []
    for name in ("Anna", "nobody"):
        answer = client.post("/api/v1/session", json={"name": name, "password": "wrong " * 4})
        assert answer.status_code == 401
        told.append(answer.json())
    assert told[0] == told[1]
    for _ in range(PER_ACCOUNT - 1):
        client.post("/api/v1/session", json={"name": "Anna", "password": "wrong " * 4})
    refused = client.post("/api/v1/session", json={"name": "Anna", "password": PASSWORD})
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0


def test_disabling_and_a_new_password_end_sessions_and_tokens(world: World) -> None:
    world.client("Boss", Role.ADMINISTRATOR)
    client = world.client("Anna", Role.OPERATOR)
    anna = world.people["Anna"]
    secret, _ = world.service.tokens.create(anna, "program", {Capability.SEARCH}, 3)
    assert client.get("/api/v1/session").status_code == 200
    world.service.accounts.change(anna.person_id, password="another long password")
    assert client.get("/api/v1/session").status_code == 401
    world.service.accounts.change(anna.person_id, is_disabled=True)
    with pytest.raises(LoginError):
        world.service.tokens.find(secret)
    with pytest.raises(LoginError):
        world.service.accounts.authenticate("Anna", "another long password", "1.1.1.1")


def test_an_administrator_is_always_left(world: World) -> None:
    boss = world.person("Boss", [Role.ADMINISTRATOR])
    for change in ({"roles": [Role.OPERATOR]}, {"is_disabled": True}):
        with pytest.raises(UsageError, match="no administrator would be left"):
            world.service.accounts.change(boss.person_id, **change)
    assert world.service.accounts.find(boss.person_id).roles == {Role.ADMINISTRATOR}


def test_the_first_administrator_has_a_year_and_the_ledger_says_so(world: World) -> None:
    made = make_administrator(world.service, "Anna", PASSWORD)
    assert made.roles == set(Role)
    (right,) = world.service.rights.of(made.person_id)
    assert right.ends == date.today() + timedelta(days=365)
    assert world.entries()[-1].subject == f"right of Anna until {right.ends}"
    again = make_administrator(world.service, "anna", "a password that is new")
    assert again.person_id == made.person_id
    assert world.service.accounts.authenticate("Anna", "a password that is new", "::1") == again


def test_an_administrator_adds_a_person_and_ends_a_right(world: World) -> None:
    boss = world.client("Boss", Role.ADMINISTRATOR)
    added = boss.post(
        "/api/v1/people", json={"name": "Carl", "roles": ["operator"], "password": "a long enough password"}
    )
    assert added.status_code == 201, added.text
    number = added.json()["person_id"]
    path = f"/api/v1/people/{number}/rights/{world.archive_id}"
    carl = world.stranger()
    login = carl.post("/api/v1/session", json={"name": "Carl", "password": "a long enough password"})
    carl.headers["X-CSRF-Token"] = login.json()["csrf_token"]
    assert carl.get(world.base).status_code == 403
    assert boss.put(path, json={"ends": "2000-01-01"}).status_code == 422
    assert boss.put(path, json={"ends": "9999-01-01"}).status_code == 422
    assert boss.put(path, json={"ends": today(world.folder).isoformat()}).status_code == 200
    assert carl.get(world.base).status_code == 200
    assert [a["archive_id"] for a in carl.get("/api/v1/archives").json()] == [world.archive_id]
    assert boss.delete(path).status_code == 204
    assert carl.get(world.base).json()["type"] == "RightError"
    assert carl.get("/api/v1/archives").json() == []
    granted, ended = world.entries()[-2:]
    assert (granted.actor, granted.capability) == ("Boss (web)", "manage")
    assert ended.subject == "right of Carl ended"


def test_nothing_readable_is_kept_of_secrets(world_of: Callable[..., World], place: Path) -> None:
    world = world_of(place)
    client = world.client("Anna", *Role)
    made = client.post("/api/v1/tokens", json={"name": "program", "scopes": ["search"], "days": 1})
    secret = made.json()["secret"]
    home = world.service.settings.home
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for value in (secret, client.cookies["apercu"], PASSWORD):
        assert value.encode() not in kept
    assert home.stat().st_mode & 0o077 == 0
