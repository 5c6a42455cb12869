"""What all tests share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from apercu.archive import Archive

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # how long anything takes is measured in benchmarks

SHARED_FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"


@pytest.fixture(scope="session")
def footage() -> Callable[[str], Path]:
    """Return a finder of real development footage, no part of the project; it skips where that is missing."""

    def find(name: str) -> Path:
        path = SHARED_FOOTAGE / name
        if not path.exists():
            pytest.skip(f"real footage {name} is not beside this checkout")
        return path

    return find


@pytest.fixture(scope="session")
def new_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an empty archive, made once, to be copied."""
    folder = tmp_path_factory.mktemp("new") / "archive"
    return Archive.create(
        folder, name="Test", purpose="research", purpose_fields={"licence": "own"}, timezone="Europe/Paris"
    ).path


@pytest.fixture
def archive(new_archive: Path, tmp_path: Path) -> Archive:
    """Return a new, empty archive."""
    return Archive.open(shutil.copytree(new_archive, tmp_path / "archive"))


SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_SERVER = Path(__file__).parent / "streams" / "rtsp_server.py"


class RtspServer:
    """A camera: GStreamer's RTSP server, in a process of the system's Python, which has it."""

    def __init__(self) -> None:
        self.port = "0"
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def start(self, *options: str, password: str = "") -> None:
        """Serve, at the same port as before."""
        command = [SYSTEM_PYTHON, str(RTSP_SERVER), "--port", self.port, *options]
        if password:
            command += ["--password-env", "CAMERA_PASSWORD"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "CAMERA_PASSWORD": password},
        )
        assert self._process.stdout is not None
        self.port = self._process.stdout.readline().strip()

    def pause(self, seconds: float) -> None:
        """Send nothing for a while, and then go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Vanish, as a camera does whose plug is pulled."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="session")
def rtsp_installed() -> None:
    """Skip where the system's Python has no RTSP server."""
    wanted = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    found = Path(SYSTEM_PYTHON).exists() and subprocess.run(
        [SYSTEM_PYTHON, "-c", wanted], capture_output=True, check=False
    )
    if not found or found.returncode:
        pytest.skip("GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi)")


@pytest.fixture
def rtsp(rtsp_installed: None) -> Iterator[RtspServer]:
    """Return an RTSP server that is not started yet."""
    server = RtspServer()
    yield server
    server.kill()
