"""What watching is measured with: cameras whose crossings are known, a real broker, who listens to it."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ZONE = "right-half"
FOR_S = 1.0
"""The rule's own duration: so long something must be in the zone, seconds."""

_SPEED = 0.16
_ROUND_S = 12.0
_SIZE = (0.05, 0.16)


def rule() -> dict[str, Any]:
    """Return the rule that each crossing meets once."""
    return {
        "name": "crossing",
        "kind": "zone",
        "zone": ZONE,
        "classes": ["other", "person", "car", "bus", "truck", "bag", "animal", "bicycle", "motorcycle"],
        "for_s": FOR_S,
        "margin": 0.0,
    }


@dataclass
class Film:
    """A scene in which a block crosses the picture every twelve seconds, at times that are known.

    Attributes:
        width, height: pixels.
        rate: pictures per second.
        offset_s: when it begins against others.
    """

    width: int
    height: int
    rate: int
    offset_s: float = 0.0
    _ground: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        noise = np.random.default_rng(3).integers(60, 190, (self.height // 16, self.width // 16, 3), np.uint8)
        large = cv2.resize(noise, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        self._ground = np.asarray(large, np.uint8)

    def entered(self, now_s: float) -> float:
        """Return when the middle of the block last came into the zone, seconds since 1970."""
        middle = (0.5 + _SIZE[0]) / _SPEED
        begun = (now_s - self.offset_s - middle) // _ROUND_S * _ROUND_S
        return begun + self.offset_s + middle

    def picture(self, now_s: float) -> bytes:
        """Return what is seen at a time, JPEG."""
        at = (now_s - self.offset_s) % _ROUND_S * _SPEED - _SIZE[0]
        picture = self._ground.copy()
        x1, x2 = (round((at + side * _SIZE[0] / 2) * self.width) for side in (-1, 1))
        y2 = round(0.7 * self.height)
        y1 = y2 - round(_SIZE[1] * self.height)
        if x2 > 0 and x1 < self.width:
            picture[y1:y2, max(x1, 0) : x2] = (30, 30, 200)
            picture[y1 : (y1 + y2) // 2, max(x1, 0) : x2] = (230, 230, 30)
        return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


class Stage:
    """Serves films as MJPEG cameras, and drops its connections now and then."""

    def __init__(self, films: list[Film], *, drop_every_s: float = float("inf")) -> None:
        self.films, self.drops = films, 0
        self._luck, self._drop_every_s = random.Random(7), drop_every_s
        stage = self

        class Camera(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stage._play(self, stage.films[int(self.path.rpartition("/")[2])])

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def address(self, number: int) -> str:
        """Return where a camera is."""
        return f"http://127.0.0.1:{self._server.server_port}/{number}"

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()

    def _play(self, to: BaseHTTPRequestHandler, film: Film) -> None:
        ends_s = time.monotonic() + self._drop_every_s * self._luck.expovariate(1)
        to.send_response(200)
        to.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        to.end_headers()
        due_s = time.monotonic()
        with suppress(OSError):
            while time.monotonic() < ends_s:
                jpeg = film.picture(time.time())
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                to.wfile.write(head.encode() + jpeg + b"\r\n")
                due_s = max(due_s + 1 / film.rate, time.monotonic() - 0.2)
                time.sleep(max(0.0, due_s - time.monotonic()))
            self.drops += 1


class Broker:
    """Mosquitto, which can be killed and started again; it keeps its sessions on the disk."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        command = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if command is None:
            raise SystemExit("mosquitto is not installed")
        (folder / "broker").mkdir()
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder / 'broker'}/\nautosave_interval 1\nautosave_on_changes true\n"
            "user root\n"
        )
        self._command = [command, "-c", str(config)]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
                return
            time.sleep(0.05)
        raise SystemExit("mosquitto does not listen")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


class Listener:
    """Subscribes to all signals, and keeps when each came, by key."""

    def __init__(self, port: int) -> None:
        from paho.mqtt import client as mqtt
        from paho.mqtt.enums import CallbackAPIVersion

        self.came: dict[str, list[float]] = {}
        self.told: dict[str, dict[str, Any]] = {}
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
        client.on_connect = lambda client, *_: client.subscribe("apercu/+/+/+/signal", qos=1)
        client.on_message = lambda client, data, message: self._take(bytes(message.payload))
        client.reconnect_delay_set(1, 2)
        client.connect("127.0.0.1", port)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """End."""
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, payload: bytes) -> None:
        told = json.loads(payload)
        self.came.setdefault(told["key"], []).append(time.time())
        self.told[told["key"]] = told


def memory_mb(pids: Iterator[int], what: str = "Pss") -> dict[int, float]:
    """Return the memory of processes, MB: ``Pss``, their shares of it, or ``Anonymous``, their own.

    The first adds up to what all take; the second does not change with who else has the same files open.
    """
    found = {}
    for pid in pids:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            found[pid] = next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024
    return found
