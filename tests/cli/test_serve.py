"""``apercu serve`` as people and programs start it."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.cli import run
from apercu.cli.serve import OIDC_SECRET
from apercu.web import Service, ServiceSettings

PASSWORD = "correct horse battery"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let the server end at once, and return what it was given."""
    import uvicorn

    given: list[object] = []

    def serve(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        given.extend([server.config, *(each.getsockname() for each in sockets)])

    monkeypatch.setattr(uvicorn.Server, "run", serve)
    monkeypatch.setattr("apercu.web.pages.install", lambda _: None)  # there is one set of them in a process
    return given


@pytest.fixture
def serve(new_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    import shutil

    place = shutil.copytree(new_archive, tmp_path / "archive")

    def start(*words: str, typed: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return run(
            ["serve", str(place), "--home", str(tmp_path / "home"), "--port", str(free_port()), *words]
        )

    return start


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])


def test_without_an_administrator_and_somebody_to_ask_it_does_not_begin(
    serve: Callable[..., int], served: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve() == 2
    assert "there is no administrator yet" in capsys.readouterr().err
    assert serve("--administrator", "Anna", typed="short\n") == 2
    assert served == []


def test_the_administrator_is_made_once_and_it_listens_to_this_machine_alone(
    serve: Callable[..., int], served: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve("--administrator", "Anna", typed=f"{PASSWORD}\n") == 0
    told = capsys.readouterr()
    assert "http://127.0.0.1:" in told.out and "warning" not in told.err
    assert "Anna is administrator" in told.err and PASSWORD not in told.out + told.err
    assert served[1][0] == "127.0.0.1"  # type: ignore[index]
    assert serve() == 0  # now there is one
    service = Service(ServiceSettings((tmp_path / "archive",), tmp_path / "home"))
    assert service.accounts.authenticate("anna", PASSWORD, "::1").name == "Anna"
    service.close()


def test_others_are_warned_of_when_nothing_is_enciphered(
    serve: Callable[..., int], served: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve("--administrator", "Anna", "--host", "0.0.0.0", typed=f"{PASSWORD}\n") == 0
    assert "warning: others on the network" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--certificate", "x.pem"], "belong together"),
        (["--certificate", "x.pem", "--key", "y.pem"], "there is no such file"),
        (["--oidc-issuer", "https://login.example"], OIDC_SECRET),
        (["--host", "203.0.113.7"], "cannot listen"),
        (["--footage", "nowhere"], "there is no such folder"),
    ],
)
def test_what_cannot_be_is_said(
    serve: Callable[..., int], capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert serve("--administrator", "Anna", *words, typed=f"{PASSWORD}\n") == 2
    assert said in capsys.readouterr().err


def test_a_real_server_answers_and_ends_when_told(new_archive: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "apercu", "serve", str(new_archive), "--home", str(tmp_path / "home")]
    server = subprocess.Popen(
        [*command, "--port", str(port), "--administrator", "Anna"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(f"{PASSWORD}\n")
        server.stdin.flush()
        assert f"127.0.0.1:{port}" in server.stdout.readline()
        sent = json.dumps({"name": "Anna", "password": PASSWORD}).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/session", sent, {"Content-Type": "application/json"}
        )
        for _ in range(200):
            try:
                with urllib.request.urlopen(asked, timeout=20) as answer:
                    assert json.load(answer)["person"]["name"] == "Anna"
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        else:
            raise AssertionError("it did not answer")
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) in (143, -signal.SIGTERM)
    finally:
        server.kill()
        server.communicate()
    assert not (tmp_path / "home" / "jobs").exists()  # it ended in order
