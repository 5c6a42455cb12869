"""The API does what its description says: whatever is sent, no 5xx and no answer that is not described."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apercu.web import Service, ServiceSettings, create_app
from apercu.web.roles import Role

from .conftest import World
from .test_matrix import ROUTES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/offset+octet-stream")
def as_pieces(_: Any, value: Any) -> Any:
    """Send the pieces of an upload as they are."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


ENDS_THE_SESSION = {"log_out", "change_own_password"}
CONSTANT = {"archive_id", "recording_id"}


@pytest.fixture(scope="module")
def described(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Any, dict[str, str]]]:
    import shutil

    folder = tmp_path_factory.mktemp("described")
    place = Path(shutil.copytree(filled, folder / "archive"))
    service = Service(ServiceSettings((place,), folder / "home", waiting=0))
    world = World(service, create_app(service, pages=False))
    client = world.client("Anna", *Role)
    headers = {
        "Cookie": f"apercu={client.cookies['apercu']}",
        "X-CSRF-Token": str(client.headers["X-CSRF-Token"]),
    }
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", world.app)
    yield world, schema, headers
    service.close()


NAMES = [route.name for route in ROUTES if route.name not in ENDS_THE_SESSION]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_sent(described: tuple[World, Any, dict[str, str]], name: str) -> None:
    send(described, name, most=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_sent_often(described: tuple[World, Any, dict[str, str]], name: str) -> None:
    send(described, name, most=60)


def send(described: tuple[World, Any, dict[str, str]], name: str, *, most: int) -> None:
    """Send what fits the description of a route, and what hardly fits, ``most`` times."""
    world, schema, headers = described
    operation = schema.find_operation_by_id(name)
    known = {"archive_id": world.archive_id, "recording_id": world.recording_id}

    @settings(
        max_examples=most,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def sent(case: Any) -> None:
        for parameter, value in known.items():  # else hardly anything would get further than the address
            if parameter in (case.path_parameters or {}):
                case.path_parameters[parameter] = value
        case.call_and_validate(headers=headers, checks=CHECKS)

    sent()
