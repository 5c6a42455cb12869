"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

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
