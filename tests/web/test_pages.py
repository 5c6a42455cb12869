"""The pages stand on the same application as the API, and know who looks at them."""

from __future__ import annotations

from fastapi.testclient import TestClient

from apercu.web import create_app
from apercu.web.roles import Role

from .conftest import PASSWORD, World


def test_the_start_page_leads_to_the_login_and_then_to_what_somebody_may_open(world: World) -> None:
    world.person("Anna", [Role.OPERATOR])
    world.person("Olga", [Role.OVERSEER])
    app = create_app(world.service)
    with TestClient(app, follow_redirects=False) as client:
        nobody = client.get("/")
        assert (nobody.status_code, nobody.headers["location"]) == (303, "/login?next=%2F")
        login = client.get(nobody.headers["location"])
        assert "autocomplete" in login.text
        assert login.headers["x-frame-options"] == "DENY"
        assert "default-src 'self'" in login.headers["content-security-policy"]
        client.post("/api/v1/session", json={"name": "Anna", "password": PASSWORD})
        review = f"/archives/{world.archive_id}/review"
        assert client.get("/").headers["location"] == review
        assert client.get("/login?next=//evil.example").headers["location"] == "/"
        assert "lang='fr'" in client.get(review, headers={"Accept-Language": "fr"}).text
        assert client.get("/api/v1/archives").status_code == 200
        foreign = {"Origin": "https://evil.example"}
        assert client.get("/_nicegui_ws/socket.io/", headers=foreign).status_code == 403
        client.post("/api/v1/session", json={"name": "Olga", "password": PASSWORD})
        assert "not for your roles" in client.get(review).text
    assert world.service.accounts.has_administrator() is False  # the service is whole: its maker closes it
