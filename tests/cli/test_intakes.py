"""When something was, as commands tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.cli.intakes import span


@pytest.mark.parametrize(
    ("start", "begin_s", "told"),
    [
        (None, 61.0, "00:01:01 to 00:01:11"),
        (datetime(2024, 5, 31, 12, tzinfo=UTC), 0.0, "2024-05-31 14:00:00 to 14:00:10"),
        (datetime(2024, 5, 31, 21, 59, 55, tzinfo=UTC), 0.0, "2024-05-31 23:59:55 to 2024-06-01 00:00:05"),
        (datetime(2024, 10, 27, 0, 59, 55, tzinfo=UTC), 0.0, "2024-10-27 02:59:55 to 02:00:05"),
    ],
)
def test_a_part_of_a_recording(archive: Path, start: datetime | None, begin_s: float, told: str) -> None:
    opened = Archive.open(archive)
    (row,) = opened.recordings()
    other = replace(row, facts=replace(row.facts, start_time=start))
    assert span(opened, other, begin_s, begin_s + 10.0) == told
