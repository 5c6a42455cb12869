"""Small recordings and archives for the commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from apercu.cli import run
from apercu.footage import SceneOptions, SyntheticScene


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a runner of commands in this process."""

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        return Result(code, *capfd.readouterr())

    return call


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a short recording whose name tells its start; shared, so not to be changed."""
    path = tmp_path_factory.mktemp("film") / "gate_20240531_140327.mp4"
    options = SceneOptions(320, 180, Fraction(12), seconds=12.0, objects=3, seed=3)
    SyntheticScene(options).write(path)
    return path


@pytest.fixture(scope="session")
def _analysed(street: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archives") / "gate"
    assert (
        run(
            [
                "init",
                str(path),
                "--purpose",
                "research",
                "--field",
                "licence=own",
                "--timezone",
                "Europe/Paris",
            ]
        )
        == 0
    )
    assert run(["analyze", str(path), str(street), "--camera", "gate"]) == 0
    return path


@pytest.fixture
def archive(_analysed: Path, tmp_path: Path) -> Path:
    """Return an archive of one's own with the recording in it."""
    return shutil.copytree(_analysed, tmp_path / "gate")
