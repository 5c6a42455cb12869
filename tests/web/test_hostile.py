"""What people with bad intentions send."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.errors import ApercuError, ArchiveDamagedError, FootageNotFoundError, RefusedError, UsageError
from apercu.web import Service, ServiceSettings, create_app, errors
from apercu.web.errors import STATUS, problem_of, status_of
from apercu.web.roles import Role

from .conftest import World


@pytest.fixture(scope="module")
def shared(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return one world for all that changes nothing."""
    folder = tmp_path_factory.mktemp("hostile")
    place = Path(shutil.copytree(filled, folder / "archive"))
    service = Service(ServiceSettings((place,), folder / "home"))
    yield World(service, create_app(service, pages=False))
    service.close()


@pytest.mark.parametrize(
    "path",
    [
        "recordings/..%2F..%2Farchive.toml",
        "recordings/%2e%2e%2f%2e%2e%2fledger%2fkey/tracks/1",
        "cameras/..%2F..%2Fledger/scene",
        "cameras/gate%00/scene",
        "searches/..%2Fledger%2Fkey",
        "jobs/..%2F..%2Fsecret/video",
        "jobs/" + "0" * 32 + "/video%2F..%2F..%2Fsecret",
        "../../../service.sqlite",
        "cameras/%F0%9F%92%A9/zones/x",
    ],
)
def test_no_address_leads_out_of_the_archive(shared: World, path: str) -> None:
    client = shared.client("Anna", *Role)
    answer = client.get(f"{shared.base}/{path}")
    assert answer.status_code in (404, 405, 422), answer.text
    secret = shared.service.secret
    assert secret not in answer.text and "PRIVATE KEY" not in answer.text


@pytest.mark.parametrize(
    ("camera", "name"),
    [
        ("gate", "..%2Fx"),
        ("..", "x"),
        ("gate", "px"),
        ("gate", "a%20b"),
        ("gate", "x" * 65),
        ("gate", "%5B%5D"),
    ],
)
def test_hostile_names_are_no_names(shared: World, camera: str, name: str) -> None:
    client = shared.client("Anna", *Role)
    body = {"kind": "line", "points": [[0, 0], [1, 1]]}
    answer = client.put(f"{shared.base}/cameras/{camera}/zones/{name}", json=body)
    assert answer.status_code in (404, 405, 422)
    assert client.get(f"{shared.base}/zones").json() == []


@pytest.mark.parametrize(
    "points",
    [
        [[0, 0], [2, 2]],
        [[0, 0], [0, 0]],
        [[0, 0]],
        [[0, 0]] * 1001,
        [["NaN", 0], [1, 1]],
        [[1e400, 0], [1, 1]],
    ],
)
def test_zones_that_are_none_are_refused(shared: World, points: list[object]) -> None:
    client = shared.client("Anna", *Role)
    import json

    sent = json.dumps({"kind": "line", "points": points})
    headers = {"Content-Type": "application/json"}
    answer = client.put(f"{shared.base}/cameras/gate/zones/x", content=sent, headers=headers)
    assert answer.status_code == 422


def test_too_much_is_not_taken_whole_or_in_pieces(world_of: Callable[..., World], place: Path) -> None:
    world = world_of(place, body_bytes=2000)
    client = world.client("Anna", *Role)
    path = f"{world.base}/tracks/search"

    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * 100

    for content in (b" " * 2001, pieces()):
        answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["type"]) == (413, "TooLargeError")
    lying = {"Content-Type": "application/json", "Content-Length": "-1"}
    assert client.post(path, content=b"{}", headers=lying).status_code == 413


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a" * 2001])
def test_odd_reasons_break_nothing(shared: World, text: str) -> None:
    client = shared.client("Anna", *Role)
    reason = text.encode("unicode-escape").decode().replace("\\x", "\\u00")
    sent = f'{{"query": {{}}, "reason": "{reason}"}}'
    answer = client.post(
        f"{shared.base}/tracks/search", content=sent, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 422)
    assert Archive.open(shared.folder).gate.ledger.entries()


def test_deep_and_endless_questions_are_refused(shared: World) -> None:
    client = shared.client("Anna", *Role)
    deep = '{"query": ' + '{"all_of": [' * 500 + "{}" + "]}" * 500 + "}"
    headers = {"Content-Type": "application/json"}
    assert client.post(f"{shared.base}/tracks/search", content=deep, headers=headers).status_code == 422
    for moments in (
        {"from_time": "0001-01-01"},
        {"to_time": "9999-12-31"},
        {"from_time": "9999-12-31T23:59"},
    ):
        answer = client.post(f"{shared.base}/tracks/search", json={"query": moments})
        assert answer.status_code in (200, 422), answer.text


def every(kind: type[ApercuError]) -> Iterator[type[ApercuError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


def test_every_error_has_a_code_and_each_code_is_described() -> None:
    for kind in every(ApercuError):
        assert any(above in STATUS for above in kind.__mro__)
    assert set(STATUS.values()) <= set(errors.PROBLEMS)
    assert status_of(FootageNotFoundError("x", path="y")) == 409


@pytest.mark.parametrize(
    "error",
    [
        FootageNotFoundError(
            "there is no such file: /srv/films/a b/film.mp4", path="/srv/films/a b/film.mp4"
        ),
        ArchiveDamagedError("cannot be read (/srv/films/x.parquet: torn)", where="/srv/films"),
        RefusedError(
            "no", capability="search", purpose="p", where="/srv/films", next_step="See /srv/films/x."
        ),
    ],
)
def test_problems_tell_no_paths_of_the_machine(error: ApercuError) -> None:
    told = problem_of(error).model_dump_json()
    assert "/srv" not in told and "srv/" not in told
    assert type(error).__name__ in told


def test_other_slashes_stay() -> None:
    told = problem_of(
        ApercuError("track 3f9a/17 of car and/or bus at 12:00/13:00", next_step="See https://a/b.")
    )
    assert told.what == "track 3f9a/17 of car and/or bus at 12:00/13:00"
    assert told.next_step == "See https://a/b."


@pytest.mark.parametrize(
    ("advised", "told"),
    [
        ("Choose one with --camera.", "Ask for one camera."),
        ("Say why (--reason); it is recorded in the ledger.", "Say why; it is recorded in the ledger."),
        ("Ask for longer intervals with --by.", "Ask for longer intervals."),
        (
            "Ask for less; apercu search --explain tells what each filter left.",
            "Ask for less: leave out one filter after the other.",
        ),
        ("Add some with: apercu analyze /srv/a b VIDEO...", "Analyse some first."),
        ("See what there is: apercu info ARCHIVE.", "List the recordings."),
        ("Choose 1 to 5 -- or none.", "Choose 1 to 5 -- or none."),
    ],
)
def test_what_is_advised_is_for_whoever_asks_a_service(advised: str, told: str) -> None:
    assert problem_of(UsageError("no", next_step=advised)).next_step == told


def test_what_breaks_is_told_without_its_insides(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi.testclient import TestClient

    def broken(*_: object) -> None:
        raise ZeroDivisionError("at /srv/secret")

    client = world.client("Anna", *Role)
    monkeypatch.setattr(world.service, "visits", broken)
    quiet = TestClient(world.app, cookies=client.cookies, raise_server_exceptions=False)
    answer = quiet.get("/api/v1/archives")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.json()["type"] == "ApercuError"


def test_one_home_is_one_services(world: World) -> None:
    with pytest.raises(ApercuError, match="another service uses this folder"):
        Service(ServiceSettings((world.folder,), world.service.settings.home))
    with pytest.raises(ApercuError, match="same archive"):
        Service(ServiceSettings((world.folder, world.folder), world.folder.parent / "other"))
