"""Cameras as they are: RTSP by TCP and UDP, HLS, MJPEG, RTMP; lost, changed, garbled and refusing."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from apercu.errors import FootageError
from apercu.footage import Connections, LiveReader, LiveRun, Source, connections
from apercu.timecode import Timecode

PASSWORD = "se/c@et:1"


def taken(source: Source, count: int, rate: float = 5) -> list[float]:
    with LiveReader(source, rate=rate) as reader:
        return [float(frame.timecode) for frame in islice(reader.frames(), count)]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_an_rtsp_camera_is_read(rtsp: Any, transport: Any) -> None:
    rtsp.start()
    with LiveReader(Source(rtsp.address, transport=transport), rate=5) as reader:
        times = [float(frame.timecode) for frame in islice(reader.frames(), 6)]
        assert (reader.info.width, reader.info.height, reader.info.codec) == (320, 240, "h264")
        assert times == pytest.approx([n / 5 for n in range(6)], abs=0.07)
        assert reader.age_s < 5 and reader.damaged == 0
        rtsp.kill()
        list(reader.frames())
    assert reader.lost and not reader.ended


@pytest.mark.parametrize("kind", ["basic", "digest"])
def test_a_wrong_password_is_told_once_and_shown_nowhere(
    rtsp: Any, kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    rtsp.start("--auth", kind, password=PASSWORD)
    caplog.set_level(logging.DEBUG)
    assert len(taken(Source(rtsp.address, user="viewer", password=PASSWORD), 2)) == 2
    wrong = Source(rtsp.address, user="viewer", password="not-this-one")
    in_address = Source(rtsp.address.replace("//", "//viewer:not-this-one@"))
    for source in (wrong, in_address):
        with pytest.raises(FootageError) as caught:
            LiveReader(source)
        assert str(caught.value) == (
            f"{rtsp.address}: cannot be opened: the camera refused user and password. "
            "Check user and password."
        )
        told = "".join(traceback.format_exception(caught.value)) + caplog.text + "".join(capfd.readouterr())
        assert "not-this-one" not in told + repr(source) and PASSWORD not in told


def test_wrong_addresses_get_one_clear_message(rtsp: Any) -> None:
    rtsp.start()
    with pytest.raises(FootageError, match=r"there is no such stream at that address. Check the address"):
        LiveReader(Source(rtsp.address + "/nothing"))
    rtsp.kill()
    with pytest.raises(FootageError, match="cannot be opened: connection refused"):
        LiveReader(Source(rtsp.address))
    with pytest.raises(FootageError, match="cannot be opened"):
        LiveReader(Source("rtsp://no-such-host.invalid/live"))


class Watching:
    """Reads a camera's runs in a thread."""

    def __init__(self, source: Source) -> None:
        self.stop = threading.Event()
        self.runs: list[LiveRun] = []
        self.times: list[list[float]] = []
        self.connections = Connections(source, rate=5, stop=self.stop)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for run in self.connections.runs():
            times: list[float] = []
            self.times.append(times)
            self.runs.append(run)
            times.extend(float(frame.timecode) for frame in run.frames())

    def wait(self, until: Callable[[], bool]) -> None:
        limit = time.monotonic() + 30
        while not until():
            assert time.monotonic() < limit, self.connections.state
            time.sleep(0.05)

    def end(self) -> None:
        self.stop.set()
        self._thread.join()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apercu.footage.connections.FIRST_WAIT_S", 0.1)
    monkeypatch.setattr("apercu.footage.connections.LONGEST_WAIT_S", 0.2)


def test_a_camera_that_comes_back_goes_on_and_one_that_changed_begins_anew(rtsp: Any, quick: None) -> None:
    rtsp.start()
    watching = Watching(Source(rtsp.address))
    state = watching.connections.state
    try:
        watching.wait(lambda: state.frames > 3)
        rtsp.kill()
        watching.wait(lambda: state.breaks == 1 and not state.connected and state.lost != "")
        seen = state.frames
        rtsp.start("--codec", "mjpeg")
        watching.wait(lambda: state.frames > seen + 3)
        assert state.connected and state.lost == "" and "mjpeg" in state.picture
        (run,) = watching.runs  # the same scene, in another codec
        ((begin_s, end_s),) = run.gaps
        assert 0 < begin_s < end_s
        rtsp.kill()
        rtsp.start("--size", "160x120")
        watching.wait(lambda: len(watching.runs) == 2 and state.picture.startswith("160x120"))
    finally:
        watching.end()
    assert all(times == sorted(set(times)) for times in watching.times)
    assert not [at for at in watching.times[0] if begin_s < at < end_s]


def test_when_the_clock_is_set_a_new_run_begins_at_the_right_time(
    rtsp: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead_s, clock_s = 0.0, connections._clock_s
    monkeypatch.setattr(connections, "_clock_s", lambda: clock_s() + ahead_s)
    rtsp.start()
    watching = Watching(Source(rtsp.address))
    try:
        watching.wait(lambda: watching.connections.state.frames > 3)
        ahead_s = 7200.0
        watching.wait(lambda: len(watching.runs) == 2 and len(watching.times[1]) > 3)
        assert watching.connections.state.breaks == 1 and len(watching.runs) == 2
    finally:
        watching.end()


def test_the_first_seconds_can_be_looked_at_and_come_again(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    written(film, 30)
    for run in Connections(Source(str(film)), rate=5).runs():
        first = [float(frame.timecode) for frame in run.frames(end=Timecode(7, Fraction(1, 10)))]
        again = [float(frame.timecode) for frame in run.frames()]
        assert len(first) == 4 and len(again) >= 6
        assert again[:4] == first and again == sorted(set(again))
        assert run.info.rate == 5


def written(path: Path, count: int, **options: str) -> None:
    """Write pictures, 25 a second: MP4 or HLS."""
    with av.open(str(path), mode="w", options=options) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "25"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 3 * number, np.uint8), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class _Garbled(BaseHTTPRequestHandler):
    """Sends pictures, ten a second, every third one damaged, then pictures of another size."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        for number in range(16):
            shape = (48, 64, 3) if number < 12 else (24, 32, 3)
            jpeg = cv2.imencode(".jpg", np.full(shape, 10 * number, np.uint8))[1].tobytes()
            if number % 3 == 1:
                jpeg = bytes(len(jpeg))
            head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            time.sleep(0.1)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[Any], str]]:
    """Return what serves a kind of answers, and returns its address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(handler: Any) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_hls_is_played_at_its_own_pace(served: Callable[[Any], str], tmp_path: Path) -> None:
    written(tmp_path / "live.m3u8", 40, hls_time="1", hls_list_size="0")
    address = served(partial(_Quiet, directory=str(tmp_path)))
    with LiveReader(Source(f"{address}/live.m3u8"), rate=5) as reader:
        times = [float(frame.timecode) for frame in reader.frames()]
    assert len(times) + reader.dropped == 8 and times[-1] >= 1.2
    assert reader.lost == "the stream ended"


def test_garbage_is_left_out_and_another_size_ends_the_connection(served: Callable[[Any], str]) -> None:
    with LiveReader(Source(served(_Garbled))) as reader:
        pictures = list(reader.frames())
    assert 6 <= len(pictures) + reader.dropped <= 8 and reader.damaged >= 3
    assert {(frame.width, frame.height) for frame in pictures} == {(64, 48)}
    assert reader.lost == "its pictures changed to 32x24"


def test_rtmp_is_read() -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg to serve RTMP")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"rtmp://127.0.0.1:{free.getsockname()[1]}/live/gate"
    words = "-v error -re -f lavfi -i testsrc=size=320x240:rate=25 -t 4 -c:v libx264 -tune zerolatency"
    command = ["ffmpeg", *words.split(), "-pix_fmt", "yuv420p", "-g", "25", "-f", "flv", "-listen", "1"]
    with subprocess.Popen([*command, address], stderr=subprocess.DEVNULL) as server:
        for _ in range(50):
            try:
                times = taken(Source(address), 4)
                break
            except FootageError:
                time.sleep(0.1)
        server.kill()
    assert times == sorted(times) and len(times) == 4


def test_it_is_told_every_second_while_a_camera_is_asked_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apercu.footage.connections.FIRST_WAIT_S", 30.0)
    stop, told = threading.Event(), list[float]()

    def heard(_: object) -> None:
        told.append(time.monotonic())
        if len(told) > 4:
            stop.set()

    source = Source("rtsp://127.0.0.1:9/live")
    begin = time.monotonic()
    assert not list(Connections(source, rate=5, stop=stop, patient=True, told=heard).runs())
    assert len(told) > 4 and time.monotonic() - begin < 30
