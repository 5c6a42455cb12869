from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from apercu.errors import LoginError, UsageError
from apercu.purposes import Capability
from apercu.web.roles import Role
from apercu.web.tables import SessionRow, TokenRow

from .conftest import PASSWORD, World

LOGIN = {"name": "Anna", "password": PASSWORD}


def log_in(client: TestClient) -> str:
    answer = client.post("/api/v1/session", json=LOGIN)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["csrf_token"])


@pytest.fixture
def anna(world: World) -> TestClient:
    world.person("Anna", [Role.OPERATOR, Role.REVIEWER])
    return world.stranger()


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(anna: TestClient) -> None:
    answer = anna.post("/api/v1/session", json=LOGIN)
    told = answer.headers["set-cookie"]
    assert "HttpOnly" in told and "SameSite=lax" in told and "Path=/" in told
    assert answer.headers["cache-control"] == "no-store"


def test_under_tls_the_cookie_is_this_hosts_alone(
    world_of: Callable[..., World], place: Path, tmp_path: Path
) -> None:
    pem = tmp_path / "x.pem"
    world = world_of(place, certificate=pem, key=pem)
    world.person("Anna", [Role.OPERATOR])
    client = TestClient(world.app, base_url="https://testserver")
    answer = client.post("/api/v1/session", json=LOGIN)
    told = answer.headers["set-cookie"]
    assert told.startswith("__Host-apercu=") and "Secure" in told and "Domain" not in told
    assert "max-age" in answer.headers["strict-transport-security"]
    assert client.get("/api/v1/session").status_code == 200


def test_a_cookie_that_was_planted_is_never_taken_up(anna: TestClient) -> None:
    planted = TestClient(anna.app, cookies={"apercu": "planted"})
    assert planted.get("/api/v1/session").status_code == 401
    assert "apercu=planted" not in planted.post("/api/v1/session", json=LOGIN).headers["set-cookie"]
    log_in(anna)
    first = anna.cookies["apercu"]
    log_in(anna)
    assert anna.cookies["apercu"] != first
    other = TestClient(anna.app, cookies={"apercu": first})
    assert other.get("/api/v1/session").status_code == 401  # the one before has ended


def test_logging_out_ends_the_session(anna: TestClient) -> None:
    csrf = log_in(anna)
    kept = anna.cookies["apercu"]
    assert anna.delete("/api/v1/session", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert TestClient(anna.app, cookies={"apercu": kept}).get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(("column", "seconds"), [("used_at", 31 * 60), ("began_at", 13 * 3600)])
def test_a_session_ends_when_idle_and_in_any_case(
    world: World, anna: TestClient, column: str, seconds: int
) -> None:
    log_in(anna)
    past = datetime.now(UTC) - timedelta(seconds=seconds)
    with world.service._database.writing() as session:
        session.execute(sa.update(SessionRow).values({column: past}))
    assert anna.get("/api/v1/session").json()["type"] == "LoginError"


def test_a_session_that_is_used_goes_on(world: World, anna: TestClient) -> None:
    log_in(anna)
    past = datetime.now(UTC) - timedelta(minutes=20)
    with world.service._database.writing() as session:
        session.execute(sa.update(SessionRow).values(used_at=past))
    assert anna.get("/api/v1/session").status_code == 200
    with world.service._database.reading() as session:
        used = session.scalars(sa.select(SessionRow.used_at)).one()
    assert used > past + timedelta(minutes=19)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": "guessed"},
        {"X-CSRF-Token": "RIGHT", "Origin": "https://evil.example"},
        {"X-CSRF-Token": "RIGHT", "Origin": "null"},
        {"X-CSRF-Token": "RIGHT", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_sites_pages_change_nothing(world: World, anna: TestClient, headers: dict[str, str]) -> None:
    csrf = log_in(anna)
    sent = {name: value.replace("RIGHT", csrf) for name, value in headers.items()}
    path = f"{world.base}/searches/mine"
    refused = anna.put(path, json={"query": {}}, headers=sent)
    assert (refused.status_code, refused.json()["type"]) == (403, "AccessError")
    own = {"X-CSRF-Token": csrf, "Origin": "http://testserver"}
    assert anna.put(path, json={"query": {}}, headers=own).status_code == 200


def test_nobody_is_logged_in_from_another_sites_page(anna: TestClient) -> None:
    refused = anna.post("/api/v1/session", json=LOGIN, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403 and "set-cookie" not in refused.headers


def test_a_token_speaks_for_less_and_for_a_while(world: World, anna: TestClient) -> None:
    csrf = {"X-CSRF-Token": log_in(anna)}
    asked = {"name": "counter", "scopes": ["read-tracks"], "days": 1}
    made = anna.post("/api/v1/tokens", json=asked, headers=csrf).json()
    program = TestClient(world.app, headers={"Authorization": f"Bearer {made['secret']}"})
    track = f"{world.base}/recordings/{world.recording_id}/tracks/1"
    assert program.get(track).status_code == 200
    assert world.entries()[-1].actor == f"Anna (web, token {made['token']['token_id']})"
    refused = program.post(f"{world.base}/tracks/search", json={})
    assert "this token may not ask for search" in refused.json()["what"]
    assert program.post("/api/v1/tokens", json=asked).status_code == 403
    assert "secret" not in anna.get("/api/v1/tokens").text
    with world.service._database.writing() as session:
        session.execute(sa.update(TokenRow).values(expires_at=datetime.now(UTC)))
    assert program.get(track).status_code == 401
    assert program.get(track, headers={"Authorization": "Basic QTpC"}).status_code == 401


def test_a_token_cannot_do_more_than_its_person(world: World) -> None:
    operator = world.person("Olaf", [Role.OPERATOR])
    for scopes in ({Capability.SHOW_UNREDACTED}, set()):
        with pytest.raises(UsageError):
            world.service.tokens.create(operator, "t", scopes, 1)
    with pytest.raises(UsageError):
        world.service.tokens.create(operator, "t", {Capability.SEARCH}, 100_000)


def test_one_changes_ones_own_password(anna: TestClient) -> None:
    csrf = {"X-CSRF-Token": log_in(anna)}
    wrong = {"password": "a password that is new", "previous": "a wrong password"}
    assert anna.put("/api/v1/session/password", json=wrong, headers=csrf).status_code == 401
    right = {"password": "a password that is new", "previous": PASSWORD}
    changed = anna.put("/api/v1/session/password", json=right, headers=csrf)
    assert changed.status_code == 200
    assert anna.get("/api/v1/session").status_code == 200
    with pytest.raises(LoginError):
        anna.app.state.service.accounts.authenticate("Anna", PASSWORD, "1.1.1.1")
