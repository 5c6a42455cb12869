"""Files that people send: in pieces, over restarts, and what is not taken."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from apercu.archive import Archive
from apercu.errors import ConflictError, NothingToShowError, OutputError
from apercu.web import Service, ServiceSettings, create_app
from apercu.web.roles import Role
from apercu.web.uploading import begin_upload, find_upload, go_on, list_uploads, remove_upload, sweep

from .conftest import START, World, declare

FIELDS = {"place": "a street", "information": "signs"}


@pytest.fixture
def empty(new_archive: Path, tmp_path: Path) -> Path:
    """Return the folder of an archive without recordings."""
    return Path(shutil.copytree(new_archive, tmp_path / "archive"))


@pytest.fixture
def film(filled: Path) -> bytes:
    """Return a recording."""
    return (filled.parent / "gate film.mp4").read_bytes()


def named(name: str, stamp: str = "1") -> str:
    values = {"filename": name, "stamp": stamp}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def begin(client: TestClient, world: World, size: int, name: str = "gate.mp4") -> Any:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": named(name)}
    return client.post(f"{world.base}/uploads", headers=headers)


def piece(client: TestClient, where: str, offset: int, content: Any, **headers: str) -> Any:
    told = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(where, content=content, headers={"Tus-Resumable": "1.0.0", **told, **more})


def offset_of(client: TestClient, where: str) -> int:
    answer = client.head(where, headers={"Tus-Resumable": "1.0.0"})
    assert answer.is_success
    return int(answer.headers["Upload-Offset"])


def sent(client: TestClient, world: World, content: bytes, name: str = "gate.mp4") -> str:
    """Send a file, and return its name in the list of footage."""
    where = begin(client, world, len(content), name).headers["Location"]
    assert piece(client, where, 0, content).status_code == 204
    return f"uploads/{where.rpartition('/')[2]}"


def finished(client: TestClient, world: World, kind: str, **body: Any) -> Any:
    asked = client.post(f"{world.base}/jobs/{kind}", json=body)
    assert asked.status_code == 202, asked.text
    world.service.jobs.wait(asked.json()["job_id"], 120)
    return client.get(f"{world.base}/jobs/{asked.json()['job_id']}").json()


def stored(world: World) -> list[Path]:
    return sorted((world.service.settings.home / "uploads").iterdir())


def test_a_file_sent_in_pieces_over_a_restart_is_analysed(empty: Path, tmp_path: Path, film: bytes) -> None:
    settings = ServiceSettings((empty,), tmp_path / "home")
    service = Service(settings)
    world = World(service, create_app(service, pages=False))
    client = world.client("Otto", Role.OPERATOR)
    told = client.options(f"{world.base}/uploads")
    assert told.headers["Tus-Version"] == "1.0.0" and "creation" in told.headers["Tus-Extension"]
    assert told.headers["Tus-Max-Size"] == str(settings.upload_bytes)
    begun = begin(client, world, len(film), "gate 2026-05-04 12-00-00.mp4")
    where, half = begun.headers["Location"], len(film) // 2
    assert begun.status_code == 201 and "Upload-Expires" in begun.headers
    answer = piece(client, where, 0, film[:half])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(half))
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    service.close()

    service = Service(settings)
    world = World(service, create_app(service, pages=False), world.people)
    client = world.client("Otto")
    assert offset_of(client, where) == half
    assert client.get(f"{world.base}/footage").json() == []  # what is not whole is no footage yet
    assert piece(client, where, half, film[half:]).status_code == 204
    (listed,) = client.get(f"{world.base}/footage").json()
    assert (listed["folder"], listed["label"]) == ("uploads", "gate 2026-05-04 12-00-00.mp4")
    job = finished(client, world, "analysis", names=[listed["name"]], camera="gate")
    assert job["facts"]["files"][0]["tracks"] == 2, job
    (row,) = Archive.open(empty).recordings()
    assert row.start_time is not None and row.start_time.astimezone(UTC).year == 2026
    assert row.absolute_path.read_bytes() == film
    assert row.facts.file_name == "gate 2026-05-04 12-00-00.mp4"  # the file itself is called by letters
    (told_row,) = client.get(f"{world.base}/recordings").json()
    assert told_row["file"] == row.facts.file_name
    entries = world.entries()
    assert any(e.subject.startswith("upload ") and e.actor == "Otto (web)" for e in entries)
    assert client.delete(where, headers={"Tus-Resumable": "1.0.0"}).status_code == 409
    sent(client, world, b"nothing", "torn.mp4")
    root = world.client("Root", Role.ADMINISTRATOR)
    closed = root.post(f"{world.base}/retention/run", json={"dry_run": False, "closing": "over"})
    assert closed.json()["recordings"] == [row.recording_id]
    assert stored(world) == []
    service.close()


def test_the_same_file_sent_twice_is_recognised_and_kept_once(
    world_of: Callable[..., World], empty: Path, film: bytes
) -> None:
    world = world_of(empty)
    client = world.client("Otto", Role.OPERATOR)
    names = [sent(client, world, film, name) for name in ("a.mp4", "b.mp4")]
    job = finished(client, world, "analysis", names=names)
    assert [each["repeated"] for each in job["facts"]["files"]] == [False, True]
    assert [each["label"] for each in client.get(f"{world.base}/uploads").json()] == ["a.mp4"]
    assert len(stored(world)) == 1


def test_a_broken_video_says_so_and_stays_until_its_sender_removes_it(
    world_of: Callable[..., World], empty: Path
) -> None:
    world = world_of(empty)
    client = world.client("Otto", Role.OPERATOR)
    name = sent(client, world, b"no video at all", "torn.mkv")
    job = finished(client, world, "analysis", names=[name])
    assert (job["state"], job["facts"]["files"][0]["problem"]["kinds"][0]) == ("done", "NotVideoError")
    (told,) = client.get(f"{world.base}/uploads").json()
    assert told["problem"]["kinds"][0] == "NotVideoError" and "/" not in told["problem"]["what"]
    where = f"{world.base}/{name}"
    assert client.delete(where, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert client.head(where, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    assert stored(world) == []


def test_pieces_that_are_not_the_next_ones_are_not_taken(world: World) -> None:
    client = world.client("Otto", Role.OPERATOR)
    where = begin(client, world, 10).headers["Location"]
    assert piece(client, where, 5, b"12345").status_code == 409
    assert piece(client, where, 0, b"12345").status_code == 204
    assert piece(client, where, 0, b"12345").status_code == 409
    assert piece(client, where, 5, b"123456").status_code == 413
    assert piece(client, where, 5, iter([b"123", b"456"])).status_code == 413
    assert offset_of(client, where) == 5
    assert piece(client, where, 5, b"1", Content_Type="text/plain").status_code == 415
    assert piece(client, where, 5, b"1", Tus_Resumable="0.2.2").status_code == 412
    wrong = base64.b64encode(hashlib.sha1(b"x").digest()).decode()
    assert piece(client, where, 5, b"67890", Upload_Checksum=f"sha1 {wrong}").status_code == 460
    assert offset_of(client, where) == 5
    assert piece(client, where, 5, b"67890", Upload_Checksum="crc32 AAAA").status_code == 422
    right = base64.b64encode(hashlib.sha1(b"67890").digest()).decode()
    assert piece(client, where, 5, b"67890", Upload_Checksum=f"sha1 {right}").status_code == 204
    assert piece(client, where, 10, b"").status_code == 409


def test_the_first_bytes_may_come_with_the_beginning(world: World) -> None:
    client = world.client("Otto", Role.OPERATOR)
    told = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": named("a.mp4")}
    told["Content-Type"] = "application/offset+octet-stream"
    begun = client.post(f"{world.base}/uploads", content=b"12345", headers=told)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "5")
    where = begun.headers["Location"]
    assert piece(client, where, 5, b"67890").headers["Upload-Offset"] == "10"
    whole = client.post(f"{world.base}/uploads", content=b"1234567890", headers=told)
    assert offset_of(client, whole.headers["Location"]) == 10
    assert [path.read_bytes() for path in stored(world)] == [b"1234567890"] * 2
    assert client.post(f"{world.base}/uploads", content=b"x" * 11, headers=told).status_code == 413
    wrong = base64.b64encode(hashlib.sha1(b"x").digest()).decode()
    summed = told | {"Upload-Checksum": f"sha1 {wrong}"}
    assert client.post(f"{world.base}/uploads", content=b"12345", headers=summed).status_code == 460
    assert {path.stat().st_size for path in stored(world)} == {0, 10}


def test_a_network_that_knows_only_post_is_no_hindrance(world: World) -> None:
    client = world.client("Otto", Role.OPERATOR)
    where = begin(client, world, 5).headers["Location"]
    told = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}

    def post(method: str, address: str = where, **more: str) -> Any:
        headers = told | {"X-HTTP-Method-Override": method} | more
        return client.post(address, content=b"12345" if method == "PATCH" else b"", headers=headers)

    assert post("PATCH", Origin="https://evil.example").status_code == 403
    assert post("PATCH", **{"X-CSRF-Token": "guessed"}).status_code == 403
    assert post("PATCH").headers["Upload-Offset"] == "5"
    assert (post("HEAD").status_code, post("HEAD").headers["Upload-Length"]) == (204, "5")
    assert post("GET").status_code == 405
    assert post("DELETE", "/api/v1/session").status_code == 422  # a login without a name: not a logout
    assert post("DELETE").status_code == 204
    assert stored(world) == []


def test_another_site_sends_nothing(world: World) -> None:
    client = world.client("Otto", Role.OPERATOR)
    where = begin(client, world, 10).headers["Location"]
    assert piece(client, where, 0, b"12345", Origin="https://evil.example").status_code == 403
    del client.headers["X-CSRF-Token"]
    assert piece(client, where, 0, b"12345").status_code == 403
    assert begin(client, world, 10).status_code == 403
    assert piece(world.stranger(), where, 0, b"12345").status_code == 401
    assert [path.stat().st_size for path in stored(world)] == [0]


def test_a_newer_request_takes_the_place_of_one_that_hangs(world: World) -> None:
    visit = world.visit("Otto", Role.OPERATOR)
    made = begin_upload(visit, "a.mp4", 10)
    hanging = go_on(visit, made.upload_id, 0)
    hanging.write(b"123")
    newer = go_on(visit, made.upload_id, 3)
    with pytest.raises(ConflictError, match="another request"):
        hanging.write(b"456")
    newer.write(b"4567890")
    assert newer.end().is_finished
    assert made.path.read_bytes() == b"1234567890"
    removed = begin_upload(visit, "b.mp4", 10)
    late = go_on(visit, removed.upload_id, 0)
    remove_upload(visit, removed.upload_id)
    with pytest.raises(ConflictError, match="was removed"):
        late.write(b"1")
    assert not removed.path.exists()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/cron.d/x.mp4", "x.mp4"),
        ("C:\\films\\x.MP4", "x.MP4"),
        ("<img src=x onerror=alert(1)>.mp4", "<img src=x onerror=alert(1)>.mp4"),
        ("a\x00\n\u202eb.mkv", "a���b.mkv"),
        ("x" * 900 + ".mp4", "x" * 251 + ".mp4"),
    ],
)
def test_a_hostile_name_is_only_a_label(world: World, name: str, label: str) -> None:
    client = world.client("Otto", Role.OPERATOR)
    sent(client, world, b"x", name)
    (told,) = client.get(f"{world.base}/uploads").json()
    assert told["label"] == label
    (path,) = stored(world)
    assert path.stem == told["upload_id"] and path.suffix in (".mp4", ".mkv")


@pytest.mark.parametrize("name", ["", "..", "letter.txt", "film.mp4/", ".mp4/..", "film"])
def test_what_is_called_like_no_recording_is_not_taken(world: World, name: str) -> None:
    client = world.client("Otto", Role.OPERATOR)
    answer = begin(client, world, 10, name)
    assert (answer.status_code == 201) == (name == "film.mp4/")
    assert begin(client, world, 0).status_code == 422
    bad = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Metadata": "filename ###"}
    assert client.post(f"{world.base}/uploads", headers=bad).status_code == 422


def test_what_is_too_large_for_file_quota_or_disk_is_said_before_the_first_byte(
    world_of: Callable[..., World], place: Path
) -> None:
    world = world_of(place, upload_bytes=100, quota_bytes=150, reserve_bytes=0)
    client = world.client("Otto", Role.OPERATOR)
    told = begin(client, world, 101)
    assert (told.status_code, told.json()["type"]) == (413, "TooLargeError")
    assert begin(client, world, 100).status_code == 201
    assert begin(client, world, 51).status_code == 413
    assert begin(client, world, 50).status_code == 201
    full = world_of(place, reserve_bytes=1 << 60)
    told = begin(full.client("Otto", Role.OPERATOR), full, 10)
    assert (told.status_code, told.json()["type"]) == (507, "OutputError")
    assert str(full.service.settings.home) not in told.text
    assert stored(full) == []


def test_a_disk_that_fills_meanwhile_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = world.visit("Otto", Role.OPERATOR)
    made = begin_upload(visit, "a.mp4", 10)
    part = go_on(visit, made.upload_id, 0)
    part.write(b"12345")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(OutputError, match="No space left"):
            part.write(b"67890")
    assert find_upload(visit, made.upload_id).offset_bytes == 5
    rest = go_on(visit, made.upload_id, 5)
    rest.write(b"67890")
    assert rest.end().is_finished


def test_what_is_unfinished_ends_and_belongs_to_its_sender(world: World) -> None:
    visit = world.visit("Otto", Role.OPERATOR)
    made = begin_upload(visit, "a.mp4", 10)
    other = world.visit("Tara", Role.OPERATOR)
    assert list_uploads(other) == []
    with pytest.raises(NothingToShowError):
        go_on(other, made.upload_id, 0)
    week = timedelta(seconds=world.service.settings.unfinished_s)
    assert sweep(world.service, datetime.now(UTC) + week - timedelta(minutes=1)) == []
    assert len(sweep(world.service, datetime.now(UTC) + week)) == 1
    assert stored(world) == []
    assert world.entries()[-1].capability == "erase"


def test_a_crash_leaves_nothing_behind(place: Path, tmp_path: Path) -> None:
    service = Service(ServiceSettings((place,), tmp_path / "home"))
    world = World(service, create_app(service, pages=False))
    visit = world.visit("Otto", Role.OPERATOR)
    whole, gone = (begin_upload(visit, name, 3) for name in ("a.mp4", "b.mp4"))
    whole.path.write_bytes(b"123")  # and nobody wrote down that it is finished
    gone.path.unlink()
    folder = world.service.settings.home / "uploads"
    (folder / ("x" * 32 + ".mp4")).write_bytes(b"of no row")
    (folder / "letter.txt").write_text("somebody else's")
    service.close()
    again = Service(service.settings)
    (left,) = again.uploads.of(world.archive_id)
    assert left.upload_id == whole.upload_id and left.is_finished
    assert sorted(path.name for path in folder.iterdir()) == sorted([whole.path.name, "letter.txt"])
    again.close()


def test_where_nothing_is_kept_a_counted_file_is_gone(
    world_of: Callable[..., World], empty: Path, film: bytes
) -> None:
    declare(empty, "statistics", **FIELDS)
    world = world_of(empty)
    client = world.client("Tara", Role.OPERATOR)
    names = [sent(client, world, film), sent(client, world, b"nothing", "torn.mp4")]
    assert client.post(f"{world.base}/jobs/analysis", json={"names": names}).status_code == 403
    start = START.isoformat()
    job = finished(client, world, "count", names=names[:1], camera="gate", start=start, interval_s=300)
    assert job["facts"]["files"][0]["camera"] == "gate", job
    job = finished(client, world, "count", names=names[1:], camera="gate")
    assert job["facts"]["files"][0]["problem"]["kinds"][0] == "NotVideoError"
    assert stored(world) == []
    (run,) = client.get(f"{world.base}/counts").json()
    assert (run["camera"], run["complete"]) == ("gate", True)
    asked = finished(client, world, "numbers", camera="gate", interval_s=300, form=".csv")
    assert asked["state"] == "done", asked
    answer = client.get(f"{world.base}/jobs/{asked['job_id']}/numbers")
    assert answer.headers["content-type"].startswith("text/csv") and answer.text.startswith("#")
    assert "release-statistics" in {e.capability for e in world.entries()}
