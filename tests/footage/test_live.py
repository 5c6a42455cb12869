"""A camera while it films: read at its pace, lost, and stopped; its password is never told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from apercu.errors import FootageError, NotVideoError
from apercu.footage import Connections, Frame, LiveReader, SceneOptions, Source, SyntheticScene, shown_source
from apercu.footage.connections import LiveRun
from apercu.timecode import Timecode

PICTURES = 12


class _Camera(BaseHTTPRequestHandler):
    """Sends some pictures, ten a second, and hangs up."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        for number in range(PICTURES):
            picture = np.full((48, 64, 3), 20 * number, np.uint8)
            jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
            head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            time.sleep(0.1)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def camera() -> Iterator[str]:
    """Return the address of a camera that hangs up after a second."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Camera)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://name:secret@127.0.0.1:{server.server_port}/video?token=secret"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "film.mp4"
    SyntheticScene(SceneOptions(96, 64, Fraction(20), seconds=3.0, objects=1)).write(path)
    return path


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://me:secret@10.0.0.7:554/stream1", "rtsp://10.0.0.7:554/stream1"),
        ("rtsp://me:se@cret@10.0.0.7/a", "rtsp://10.0.0.7/a"),
        ("http://10.0.0.7/video?user=me&password=secret#x", "http://10.0.0.7/video"),
        ("rtsp://me:se/cr#e?t@10.0.0.7/a", "rtsp://10.0.0.7/a"),
        ("rtsp://10.0.0.7/user=me&password=secret&channel=1", "rtsp://10.0.0.7/user"),
        ("RTSP://me:secret@host", "RTSP://host"),
        ("gate.mp4", "gate.mp4"),
    ],
)
def test_passwords_are_not_shown(source: str, shown: str) -> None:
    assert shown_source(source) == shown


def test_a_stream_without_times_has_those_of_its_arrival_and_tells_that_it_broke_off(camera: str) -> None:
    with LiveReader(camera) as reader:
        frames = list(reader.frames())
    assert "secret" not in repr(reader.info)
    assert (reader.info.width, reader.info.height) == (64, 48)
    assert reader.lost and not reader.ended
    times = [float(frame.timecode) for frame in frames]
    assert len(times) + reader.dropped >= PICTURES - 2
    assert times[0] == 0 and times == sorted(set(times)) and times[-1] > 0.5


def test_an_error_tells_no_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FootageError) as caught:
        LiveReader(f"http://me:secret@127.0.0.1:{port}/video?token=secret")
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "secret" not in f"{chain}{chain!r}"
        chain = chain.__cause__
    with pytest.raises(FootageError):
        LiveReader("/nowhere/film.mp4")


def test_sound_alone_is_no_camera(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("no video")
    with pytest.raises((FootageError, NotVideoError)):
        LiveReader(str(path))


def test_a_file_is_read_whole_at_any_pace(film: Path) -> None:
    with LiveReader(str(film)) as reader:
        first = list(reader.frames(end=None))
    assert len(first) == 60 and reader.ended and reader.dropped == 0


def test_what_comes_too_fast_is_left_out_evenly(film: Path) -> None:
    times = []
    with LiveReader(Source(str(film), real_time=True)) as reader:
        for frame in reader.frames():
            times.append(float(frame.timecode))
            time.sleep(0.2)
    assert reader.dropped > 20
    # What is taken is far apart, and all of the film is seen.
    assert times == sorted(set(times)) and times[-1] > 2.0


@contextmanager
def begun(connections: Connections) -> Iterator[tuple[LiveRun, list[Frame]]]:
    """Return the first run of a camera and its first second, which has been looked at once."""
    with closing(connections.runs()) as runs:
        run = next(runs)
        yield run, list(run.frames(end=Timecode.from_seconds(1, Fraction(1, 1000))))


def test_what_comes_while_the_first_seconds_are_looked_at_again_is_not_left_out(film: Path) -> None:
    connections = Connections(Source(str(film), real_time=True), rate=10)
    with begun(connections) as (run, first):
        times = []
        for frame in run.frames():
            times.append(float(frame.timecode))
            if len(times) <= 10:
                time.sleep(0.15)  # more come in all than wait at other times
    assert len(first) >= 10 and times == sorted(set(times))
    assert connections.state.dropped == 0 and len(times) >= 29


def test_who_is_too_slow_leaves_out_of_the_first_seconds_too(film: Path) -> None:
    connections = Connections(Source(str(film), real_time=True), rate=10)
    with begun(connections) as (run, first):
        times = []
        for frame in run.frames():
            times.append(float(frame.timecode))
            time.sleep(0.4)
    assert len(first) >= 10 and times == sorted(set(times)) and times[-1] > 2.0
    assert len([at for at in times if at < 1]) < 9
    assert connections.state.dropped > 10
    assert connections.state.frames == len(times)


def test_who_is_stopped_while_catching_up_ends(film: Path) -> None:
    stop = threading.Event()
    connections = Connections(Source(str(film), real_time=True), rate=10, stop=stop)
    with begun(connections) as (run, _):
        frames = run.frames()
        next(frames)
        time.sleep(0.5)  # some wait
        stop.set()
        assert len(list(frames)) <= 1


def test_what_is_told_last_is_how_it_ended_however_soon(film: Path) -> None:
    told: list[int] = []
    connections = Connections(Source(str(film)), rate=10, told=lambda state: told.append(state.frames))
    taken = sum(len(list(run.frames())) for run in connections.runs())
    assert taken >= 29 and told[-1] == taken == connections.state.frames


@pytest.mark.parametrize("rate", [10, 2])
def test_who_was_held_up_goes_on_with_the_last_second(film: Path, rate: float) -> None:
    with (
        LiveReader(Source(str(film), real_time=True), rate=rate) as reader,
        closing(reader.frames()) as frames,
    ):
        first = next(frames)
        while not reader.ended:
            time.sleep(0.1)
        taken = [(float(frame.timecode), reader.age_s) for frame in frames]
    (earliest, age_s), (latest, least_age_s) = taken[0], taken[-1]
    assert float(first.timecode) == 0 and earliest >= 1 and latest > 2.4
    assert age_s - least_age_s <= 1
    assert 1 + len(taken) + reader.dropped >= 3 * rate - 1


def test_reading_ends_when_it_is_stopped(film: Path) -> None:
    stop = threading.Event()
    with LiveReader(Source(str(film), real_time=True), stop=stop) as reader:
        frames = reader.frames()
        next(frames)
        stop.set()
        assert len(list(frames)) <= 1
    assert not reader.ended and reader.groups() is None and reader.damage == []
