"""What all tests share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.archive import Archive

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
