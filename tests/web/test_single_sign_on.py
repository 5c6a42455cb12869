"""Single sign-on with a provider in the same process."""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI, Form
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from apercu.web import SingleSignOn, create_app
from apercu.web.roles import Role
from apercu.web.single_sign_on import Provider

from .conftest import World

ISSUER = "https://login.example"


class FakeProvider:
    """Says that whoever comes is ``subject``; keeps to the protocol as far as the service can tell."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self.signs_with = self.key
        self.subject, self.name, self.audience = "s-1", "Anna Petit", "apercu"
        self.asked: dict[str, str] = {}
        self.app = FastAPI()

        @self.app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            return {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }

        @self.app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @self.app.post("/token")
        def token(code: str = Form(), code_verifier: str = Form()) -> dict[str, Any]:
            hashed = urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
            assert (code, hashed) == ("the-code", self.asked["code_challenge"])
            claims = {
                "iss": ISSUER,
                "aud": self.audience,
                "sub": self.subject,
                "name": self.name,
                "nonce": self.asked["nonce"],
                "iat": int(time.time()),
                "exp": int(time.time()) + 60,
            }
            signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signs_with)
            return {"access_token": "a", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def client(world: World, fake: FakeProvider) -> TestClient:
    settings = SingleSignOn(ISSUER, "apercu", "secret")
    provider = Provider(settings, transport=httpx2.ASGITransport(fake.app))
    return TestClient(create_app(world.service, pages=False, provider=provider), follow_redirects=False)


def go(client: TestClient, fake: FakeProvider) -> str:
    """Go to the provider; return the way back."""
    sent = client.get("/api/v1/session/single-sign-on")
    assert sent.status_code == 302, sent.text
    where = urlsplit(sent.headers["location"])
    fake.asked = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert fake.asked["code_challenge_method"] == "S256"
    return f"{fake.asked['redirect_uri']}?code=the-code&state={fake.asked['state']}"


def test_who_comes_the_first_time_may_do_nothing_yet(
    world: World, client: TestClient, fake: FakeProvider
) -> None:
    back = client.get(go(client, fake))
    assert (back.status_code, back.headers["location"]) == (303, "/")
    person = client.get("/api/v1/session").json()["person"]
    assert (person["name"], person["roles"], person["has_password"]) == ("Anna Petit", [], False)
    assert client.get("/api/v1/archives").json() == []
    world.service.accounts.change(person["person_id"], roles=[Role.OPERATOR])
    fake.name = "Anna Grand"  # people marry
    client.get(go(client, fake))
    again = client.get("/api/v1/session").json()["person"]
    assert (again["person_id"], again["roles"]) == (person["person_id"], ["operator"])


def test_a_name_that_is_taken_is_not_taken_over(world: World, client: TestClient, fake: FakeProvider) -> None:
    world.person("Anna Petit", [Role.ADMINISTRATOR])
    client.get(go(client, fake))
    person = client.get("/api/v1/session").json()["person"]
    assert (person["name"], person["roles"]) == ("Anna Petit 2", [])


def test_a_disabled_account_stays_out(world: World, client: TestClient, fake: FakeProvider) -> None:
    client.get(go(client, fake))
    person = client.get("/api/v1/session").json()["person"]
    world.service.accounts.change(person["person_id"], is_disabled=True)
    assert client.get(go(client, fake)).status_code == 401


def of_another_browser(client: TestClient, fake: FakeProvider, way: str) -> str:
    client.cookies.clear()
    return way


def with_another_state(client: TestClient, fake: FakeProvider, way: str) -> str:
    return way.replace("state=", "state=x")


def signed_by_somebody_else(client: TestClient, fake: FakeProvider, way: str) -> str:
    fake.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    return way


def for_another_service(client: TestClient, fake: FakeProvider, way: str) -> str:
    fake.audience = "another"
    return way


def of_another_time(client: TestClient, fake: FakeProvider, way: str) -> str:
    fake.asked["nonce"] = "of another time"
    return way


def refused(client: TestClient, fake: FakeProvider, way: str) -> str:
    return f"{way.partition('?')[0]}?error=access_denied&state={fake.asked['state']}"


@pytest.mark.parametrize(
    "spoil",
    [
        of_another_browser,
        with_another_state,
        signed_by_somebody_else,
        for_another_service,
        of_another_time,
        refused,
    ],
)
def test_a_way_back_that_is_not_right_leads_nowhere(
    client: TestClient, fake: FakeProvider, spoil: Callable[[TestClient, FakeProvider, str], str]
) -> None:
    way = spoil(client, fake, go(client, fake))
    answer = client.get(way)
    assert (answer.status_code, answer.json()["type"]) == (401, "LoginError")
    assert client.get("/api/v1/session").status_code == 401


def test_without_a_provider_there_is_no_such_way(world: World, tmp_path: Path) -> None:
    assert world.stranger().get("/api/v1/session/single-sign-on").status_code == 404
