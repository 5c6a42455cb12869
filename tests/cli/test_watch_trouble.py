"""``apercu watch`` and cameras in trouble: they stall, vanish, jump in time, or send too much."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import tomli_w

from apercu.archive import Archive
from apercu.events.register import Register
from apercu.events.watching.status import CameraStatus, read_status
from apercu.footage import SceneOptions, SyntheticScene

RATE = Fraction(10)
SILENT = {"name": "silent", "kind": "view-lost", "what": "lost", "for_s": 2.0}


class Watching:
    """The command, watching cameras, and what its status says of each."""

    def __init__(self, folder: Path, *cameras: dict[str, Any]) -> None:
        fields = {"licence": "own"}
        self.archive = Archive.create(folder / "town", name="T", purpose="research", purpose_fields=fields)
        settings = folder / "watch.toml"
        listed = [{"rule": [SILENT], **camera} for camera in cameras]
        settings.write_text(tomli_w.dumps({"archive": "town", "camera": listed}))
        command = [sys.executable, "-m", "apercu", "watch", str(settings)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(60) == 0

    def wait(self, camera: str, until: Callable[[CameraStatus], Any]) -> CameraStatus:
        """Return the status of a camera once it is as wanted."""
        limit = time.monotonic() + 90
        while True:
            groups = read_status(self.archive.path)
            for each in (each for group in groups for each in group.cameras if each.camera == camera):
                if until(each):
                    return each
            assert time.monotonic() < limit, groups
            time.sleep(0.1)

    def told(self) -> list[str]:
        """Return the cameras of the signals so far."""
        return [each.row.camera for each in Register(Archive.open(self.archive.path)).signals()]


def test_a_stall_is_waited_for_and_who_sends_nothing_is_told_once(rtsp: Any, tmp_path: Path) -> None:
    rtsp.start()
    with Watching(tmp_path, {"name": "gate", "source": rtsp.address}) as watching:
        before = watching.wait("gate", lambda gate: gate.frames > 5)
        rtsp.pause(3.0)
        stalled = watching.wait("gate", lambda gate: gate.frames > before.frames + 5)
        assert (stalled.connected, stalled.breaks, watching.told()) == (True, 0, [])
        rtsp.kill()
        watching.wait("gate", lambda gate: not gate.connected and gate.lost)
        watching.wait("gate", lambda gate: gate.signals == 1)
        rtsp.start()
        again = watching.wait("gate", lambda gate: gate.connected and gate.frames > stalled.frames)
        assert (again.breaks, again.signals, watching.told()) == (1, 1, ["gate"])


def send(sink: Any, begin_s: int, count: int | None) -> None:
    """Send MPEG-TS whose clock begins at a second, as fast as a camera does; for ever without a count."""
    scene = SyntheticScene(SceneOptions(320, 180, RATE, seconds=4.0, objects=2, seed=4))
    pictures = list(scene.frames())
    with av.open(sink, "w", format="mpegts") as container:
        coded = container.add_stream("libx264", rate=RATE, options={"tune": "zerolatency", "g": "10"})
        coded.width, coded.height, coded.pix_fmt = 320, 180, "yuv420p"
        for number in itertools.count() if count is None else range(count):
            frame = av.VideoFrame.from_ndarray(pictures[number % len(pictures)], format="bgr24")
            frame.pts, frame.time_base = begin_s * RATE + number, 1 / RATE
            container.mux(coded.encode(frame))
            time.sleep(float(1 / RATE))
        container.mux(coded.encode())


@contextmanager
def jumping() -> Iterator[str]:
    """Serve a camera whose clock jumps by an hour after four seconds."""

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):  # whoever watched has gone
                send(self.wfile, 0, 40)
                send(self.wfile, 3600, None)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live.ts"
    server.shutdown()
    server.server_close()


def test_a_clock_that_jumps_and_pictures_left_out_are_counted_and_the_cameras_go_on(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    SyntheticScene(SceneOptions(320, 180, RATE, seconds=90.0, objects=2, seed=4)).write(film)
    yard = {"name": "yard", "source": str(film), "real_time": True, "rate": 10.0, "group": "other"}
    with jumping() as address, Watching(tmp_path, {"name": "gate", "source": address}, yard) as watching:
        told = watching.wait("gate", lambda gate: gate.jumps)
        after = watching.wait("gate", lambda gate: gate.frames > told.frames)
        assert (after.connected, after.breaks, after.jumps) == (True, 0, 1)
        assert datetime.now(UTC) - datetime.fromisoformat(after.latest) < timedelta(minutes=5)
        watching.wait("yard", lambda yard: yard.frames > 60)
        (group,) = (each for each in read_status(watching.archive.path) if each.group == "other")
        # Held up for three times as long as what may wait lasts: afterwards all of it comes at once.
        os.kill(group.pid, signal.SIGSTOP)
        time.sleep(3.0)
        os.kill(group.pid, signal.SIGCONT)
        slow = watching.wait("yard", lambda yard: yard.dropped)
        assert slow.connected and slow.breaks == 0 and slow.lost == ""
