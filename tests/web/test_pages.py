"""The pages stand on the same application as the API, and know who looks at them."""

from __future__ import annotations

from fastapi.testclient import TestClient

from apercu.web import create_app
from apercu.web.roles import Role

from .conftest import PASSWORD, World


def test_the_start_page_says_who_is_logged_in(world: World) -> None:
    world.person("Anna", [Role.OPERATOR])
    app = create_app(world.service)
    with TestClient(app) as client:
        nobody = client.get("/")
        assert "Nobody is logged in." in nobody.text
        assert nobody.headers["x-frame-options"] == "DENY"
        client.post("/api/v1/session", json={"name": "Anna", "password": PASSWORD})
        assert "Anna is logged in." in client.get("/").text
        assert client.get("/api/v1/archives").status_code == 200
        foreign = {"Origin": "https://evil.example"}
        assert client.get("/_nicegui_ws/socket.io/", headers=foreign).status_code == 403
    assert world.service.accounts.has_administrator() is False  # the service is whole: its maker closes it
