"""The two ways to count: from an archive's tracks, and straight from footage; what each costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from counting_truth import TrueLine

from apercu.analysis import Detector
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.archive.zones import add_zone
from apercu.statistics.counting import CountOptions, count
from apercu.statistics.direct import count_footage

_CAMERA = "camera"
_FIELDS = {
    "research": {"licence": "for measurement"},
    "statistics": {"place": "a benchmark", "information": "none is needed"},
}


def both_ways(path: Path, lines: Sequence[TrueLine], detector: Detector, folder: Path) -> dict[str, Any]:
    """Count one recording both ways, in archives of their own; seconds are of processor time.

    ``straight_share`` is that of counting straight from footage over plain analysis into an archive.
    """
    told: dict[str, Any] = {}
    cells = []
    for purpose in _FIELDS:
        archive = Archive.create(
            folder / purpose, name=purpose, purpose=purpose, purpose_fields=_FIELDS[purpose], timezone="UTC"
        )
        for line in lines:
            add_zone(archive, _CAMERA, line.name, "line", line.points)
        begun = time.process_time()
        if purpose == "research":
            take_in(archive, path, detector, camera=_CAMERA)
            told["analysis_s"] = time.process_time() - begun
        else:
            count_footage(archive, path, detector, camera=_CAMERA, interval_s=60.0)
            told["straight_s"] = time.process_time() - begun
        begun = time.process_time()
        cells.append(count(archive, CountOptions(interval_s=60.0)))
        if purpose == "research":
            told["counting_s"] = time.process_time() - begun
    told["straight_share"] = told["straight_s"] / told["analysis_s"]
    told["same"] = cells[0].equals(cells[1])
    return told
