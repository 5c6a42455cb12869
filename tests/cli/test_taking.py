"""Which errors end the taking of many recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from apercu.cli.taking import spares_none
from apercu.errors import (
    ApercuError,
    ArchiveDamagedError,
    LedgerDamagedError,
    ModelError,
    NotVideoError,
    OutputError,
    RefusedError,
)

ARCHIVE = Path("/archives/gate")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RefusedError("no", capability="keep-tracks", purpose="statistics", next_step=""), True),
        (ModelError("no network", where="/models/card.toml"), True),
        (OutputError("cannot write", where=ARCHIVE), True),
        (OutputError("cannot write", where=ARCHIVE / "unfinished/0-0/writing-0000"), True),
        (OutputError("a background is too large to store"), False),
        (LedgerDamagedError("is torn", where=ARCHIVE / "ledger"), True),
        (ArchiveDamagedError("is damaged", where="postgresql://host/catalog"), True),
        (ArchiveDamagedError("is torn", where=ARCHIVE / "unfinished/0-0/segment-0000/tracks.parquet"), False),
        (ArchiveDamagedError("is torn", where=ARCHIVE / "recordings/camera=a/tracks.parquet"), False),
        (NotVideoError("no video", path="/films/a.mp4"), False),
        (ApercuError("a worker process was ended by the system", where="/films/a.mp4"), False),
    ],
)
def test_what_would_come_with_every_recording(error: ApercuError, expected: bool) -> None:
    assert spares_none(error, ARCHIVE) is expected
