"""Every route refuses without login, without a right, after its end, with the wrong role, and under a purpose
without the capability; with all of that it answers, and the ledger names the person.

The matrix is made from the description of the API: a new route fails here until it has an example.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from apercu.archive import Archive
from apercu.archive.signal_records import SignalRow
from apercu.archive.zones import add_zone
from apercu.events.event import Event
from apercu.events.register import plain
from apercu.purposes import Capability, Ledger
from apercu.purposes.purpose import ALWAYS
from apercu.web import Service, ServiceSettings, create_app
from apercu.web.jobs import Made
from apercu.web.roles import CAPABILITIES, Role

from .conftest import NEXT_YEAR, World, take_away

OPEN = {"log_in", "begin_single_sign_on", "end_single_sign_on"}
"""Routes for those who are not logged in yet."""
OWN = {"who_is_logged_in", "log_out", "change_own_password", "list_tokens", "make_token", "delete_token"}
"""Routes about oneself, which every person may use."""
EVERYWHERE = {"list_archives"}
ADMINISTRATORS = {
    "list_people", "add_person", "read_person", "change_person", "list_rights", "grant_right", "end_right",
}  # fmt: skip

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
SIGNAL = "5" * 32
QUERY: dict[str, Any] = {"query": {"classes": ["car"]}}
BODIES: dict[str, Any] = {
    "log_in": {"name": "a", "password": "b"},
    "change_own_password": {"password": "another long password", "previous": "no"},
    "make_token": {"name": "t", "scopes": ["search"]},
    "add_person": {"name": "new", "roles": []},
    "change_person": {"roles": []},
    "grant_right": {"ends": NEXT_YEAR.isoformat()},
    "find_tracks": QUERY,
    "count_kinds": QUERY,
    "read_activity": QUERY,
    "export_tracks": {**QUERY, "reason": "study: a table"},
    "describe_camera": {"use": "who comes in", "place": "south gate"},
    "put_zone": {"kind": "line", "points": [[0, 0.5], [1, 0.5]]},
    "put_search": QUERY,
    "start_synopsis": {},
    "arrange_synopsis": {},
    "start_analysis": {"names": ["films/gate film.mp4"]},
    "start_count": {"names": ["films/gate film.mp4"]},
    "start_numbers": {"camera": "gate"},
    "start_clip": {"track": {"recording_id": "{recording}", "track_id": 1}},
    "start_sheet": {},
    "ask_approval": {"capability": "search", "query": {}, "reason": "why"},
    "decide_approval": {"approve": True},
    "run_retention": {},
    "hold_recording": {"reason": "claim"},
    "release_recording": {"reason": "settled"},
    "mark_reviewed": {"reviewed": True},
    "answer_signal": {"state": "confirmed", "reason": "as-said"},
}

HEADERS: dict[str, dict[str, str]] = {
    "begin_upload": {"Upload-Length": "7", "Upload-Metadata": "filename YS5tcDQ="},
    "go_on_with_upload": {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
}
"""Of routes whose request is told in headers."""


@dataclass(frozen=True)
class Route:
    """A route as the description has it; ``asks`` is None where it is about no archive."""

    name: str
    method: str
    path: str
    asks: tuple[Capability, ...] | None


def described() -> list[Route]:
    from apercu.web.api import ROUTERS

    routes = []
    for router in ROUTERS:
        for route in router.routes:
            extra = route.openapi_extra or {}
            asks = extra.get("x-capabilities")
            named = None if asks is None else tuple(Capability(name) for name in asks)
            (method,) = route.methods
            routes.append(Route(route.operation_id, method, f"/api/v1{route.path}", named))
    return routes


ROUTES = described()
ABOUT_ARCHIVES = [route for route in ROUTES if route.asks is not None]
REMOVABLE = sorted({c for route in ABOUT_ARCHIVES for c in route.asks or ()} - ALWAYS)


def put_signal(archive: Archive) -> None:
    """Put a signal into an archive, even where none could have come in."""
    now = datetime.now(UTC)
    event = Event("gate", "live", "r", "zone", "", 0.0, 1.0, now, 2.0, 1.0, "s")
    files = {"picture.jpg": b"\xff\xd8\xff", "clip.mp4": b"0123456789"}
    row = SignalRow(SIGNAL, "gate", "live", "r", "zone", now, now, "", plain(event), "", *files)
    archive.signals.add(row, files, None, [])


@pytest.fixture(scope="module")
def full(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a world with one archive for research, and one for each capability that it lacks."""
    folder = tmp_path_factory.mktemp("matrix")
    places = [Path(shutil.copytree(filled, folder / "research"))]
    add_zone(Archive.open(places[0]), "gate", "there", "line", [(0, 0.2), (1, 0.2)])
    for capability in REMOVABLE:
        place = Path(shutil.copytree(filled, folder / capability))
        shutil.rmtree(place / "ledger")
        fingerprint = Ledger.create(place).fingerprint
        text = (place / "archive.toml").read_text()
        old = next(line for line in text.splitlines() if line.startswith("ledger"))
        (place / "archive.toml").write_text(text.replace(old, f'ledger = "{fingerprint}"'))
        take_away(place, capability)
        places.append(place)
    for place in places:
        put_signal(Archive.open(place))
    (folder / "films").mkdir()
    (folder / "films" / "gate film.mp4").write_bytes(b"no film")
    settings = ServiceSettings(tuple(places), folder / "home", waiting=1000, footage=(folder / "films",))
    service = Service(settings)
    world = World(service, create_app(service, pages=False))
    yield world
    service.close()


@pytest.fixture(scope="module")
def clients(full: World) -> dict[str, TestClient]:
    """Return clients of people with all kinds of roles and rights."""
    yesterday = date.today() - timedelta(days=1)
    known = {
        "all": full.client("all", *Role),
        "nobody": full.stranger(),
        "without right": full.client("without right", *Role, ends=None),
        "expired": full.client("expired", *Role, ends=yesterday),
        "no administrator": full.client("no administrator", *(set(Role) - {Role.ADMINISTRATOR})),
    }
    for capability in {c for route in ABOUT_ARCHIVES for c in route.asks or ()}:
        roles = [role for role in Role if capability not in CAPABILITIES[role]]
        known[f"no {capability}"] = full.client(f"no {capability}", *roles)
    return known


@pytest.fixture(scope="module")
def call(
    full: World, clients: dict[str, TestClient], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    """Return a caller of routes: by route, whose client, and in which archive."""
    recording = full.recording_id

    def of(
        route: Route, who: str, archive_id: str | None = None, sent: Mapping[str, str] | None = None
    ) -> Any:
        archive_id = archive_id or full.archive_id
        values = {
            "archive_id": archive_id,
            "recording_id": recording,
            "track_id": "1",
            "camera": "gate",
            "name": "there" if "zone" in route.name else "saved",
            "person_id": str(full.people["expired"].person_id),
            "number": "1",
            "key": SIGNAL,
            "token_id": "77",
            "approval_id": "77",
            "upload_id": begun_upload(archive_id, who) if "upload_id" in route.path else "",
            "job_id": finished_job(archive_id, who) if "job_id" in route.path else "",
        }
        body = BODIES.get(route.name)
        if isinstance(body, dict) and "track" in body:
            body = {"track": {"recording_id": recording, "track_id": 1}}
        if route.name == "read_footage_scene":
            route = replace(route, path=f"{route.path}?name=films/gate film.mp4")
        headers = {"Tus-Resumable": "1.0.0"} | HEADERS.get(route.name, {}) | dict(sent or {})
        address = route.path.format(**values)
        return clients[who].request(route.method, address, json=body, headers=headers)

    def begun_upload(archive_id: str, who: str) -> str:
        person = full.people.get(who) or full.people["all"]
        return full.service.uploads.create(archive_id, person.person_id, "a.mp4", 7).upload_id

    def finished_job(archive_id: str, who: str) -> str:
        person = full.people.get(who) or full.people["all"]

        def work(folder: Path, _: Any) -> Made:
            for name in ("video", "growing", "chapters", "page-1", "numbers"):
                (folder / name).write_bytes(b"0123456789")
            listed = {"recording_id": recording, "path": "/srv/secret/film.mp4"}
            (folder / "index").write_text(json.dumps({"recordings": [listed]}))
            names = ("video", "growing", "index", "chapters", "page-1", "numbers")
            files = {name: folder / name for name in names}
            return Made(files, {"redacted": True, "form": ".json"}, frozenset({recording}))

        job = full.service.jobs.start("synopsis", archive_id, person.person_id, work)
        full.service.jobs.wait(job.job_id, 20)
        return job.job_id

    return of


def told(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    if answer.request.method == "HEAD":  # which says as much as its code does
        return answer.status_code, SAID_BY_HEAD[answer.status_code]
    return answer.status_code, answer.json()["type"]


def said(route: Route, kind: str) -> str:
    """Return what a route says of a refusal with code 403."""
    return SAID_BY_HEAD[403] if route.method == "HEAD" else kind


SAID_BY_HEAD = {401: "LoginError", 403: "RightError"}


def test_each_route_is_of_a_kind_and_has_an_example() -> None:
    of_no_archive = {route.name for route in ROUTES if route.asks is None}
    assert of_no_archive == OPEN | OWN | EVERYWHERE | ADMINISTRATORS
    assert all("{archive_id}" in route.path for route in ABOUT_ARCHIVES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    with_body = {route.name for route in ROUTES if route.method in ("POST", "PUT", "PATCH")}
    assert with_body == BODIES.keys() | HEADERS.keys() | {"make_checkpoint"}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.name not in OPEN], ids=lambda r: r.name)
def test_nobody_gets_in(call: Callable[..., Any], route: Route) -> None:
    assert told(call(route, "nobody")) == (401, "LoginError")


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method in CHANGING], ids=lambda r: r.name)
def test_other_sites_pages_change_nothing(call: Callable[..., Any], full: World, route: Route) -> None:
    before = len(full.entries())
    if route.name not in OPEN:
        assert told(call(route, "all", sent={"X-CSRF-Token": "guessed"})) == (403, "AccessError")
    for sent in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert told(call(route, "all", sent=sent)) == (403, "AccessError")
    assert len(full.entries()) == before


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method in CHANGING], ids=lambda r: r.name)
def test_no_route_takes_too_much(call: Callable[..., Any], full: World, route: Route) -> None:
    before = len(full.entries())
    assert told(call(route, "all", sent={"Content-Length": str(10**12)})) == (413, "TooLargeError")
    assert len(full.entries()) == before


@pytest.mark.parametrize("route", [r for r in ROUTES if r.name in ADMINISTRATORS], ids=lambda r: r.name)
def test_people_are_an_administrators(call: Callable[..., Any], route: Route) -> None:
    assert told(call(route, "no administrator")) == (403, "RightError")


@pytest.mark.parametrize("route", ABOUT_ARCHIVES, ids=lambda r: r.name)
def test_an_archive_takes_a_right_that_holds(call: Callable[..., Any], full: World, route: Route) -> None:
    before = len(full.entries())
    assert told(call(route, "without right")) == (403, "RightError")
    assert told(call(route, "expired")) == (403, "RightError")
    assert len(full.entries()) == before


@pytest.mark.parametrize(
    ("route", "capability"),
    [(route, c) for route in ABOUT_ARCHIVES for c in route.asks or ()],
    ids=lambda v: v.name if isinstance(v, Route) else str(v),
)
def test_a_capability_takes_a_role_and_a_purpose(
    call: Callable[..., Any], full: World, route: Route, capability: Capability
) -> None:
    assert told(call(route, f"no {capability}")) == (403, "RightError")
    entry = full.entries()[-1]
    assert (entry.outcome, entry.actor) == ("refused", f"no {capability} (web)")
    assert entry.capability in {c.value for c in route.asks or ()}
    if capability in ALWAYS:
        return
    lacking = list(full.service.archives)[1 + REMOVABLE.index(capability)]
    assert told(call(route, "all", lacking)) == (403, said(route, "RefusedError"))
    refused = {e.capability for e in full.entries(lacking)[-2:] if e.outcome == "refused"}
    assert refused == {capability.value}


@pytest.mark.parametrize("route", ABOUT_ARCHIVES, ids=lambda r: r.name)
def test_who_may_is_answered_and_named(call: Callable[..., Any], full: World, route: Route) -> None:
    before = len(full.entries())
    answer = call(route, "all")
    assert answer.status_code not in (401, 403) and answer.status_code < 500, answer.text
    written = full.entries()[before:]
    assert {entry.actor for entry in written} <= {"all (web)"}
    starts_later = route.name.startswith("start_") or route.name in LEAVES_NONE
    if route.asks and not starts_later:
        assert {entry.capability for entry in written} >= {c.value for c in route.asks}


LEAVES_NONE = {
    "list_footage": "names of files, and nothing of what is in them",
    "list_uploads": "the same",
    "describe_uploads": "what is spoken here",
    "read_upload": "how much of a file is here",
    "go_on_with_upload": "that it began is in the ledger",
    "read_numbers": "their release is in the ledger since the job began",
    "verify_ledger": "it must work on a ledger that cannot be written",
    "run_retention": "a dry run erases nothing",
    "read_video": "the deed is in the ledger since the job began",
    "read_growing": "the same",
    "read_index": "the same",
    "read_chapters": "the same",
    "read_page": "the same",
}
