"""What tests ask of a tally."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from apercu.statistics.intervals import Intervals
from apercu.statistics.rows import Run
from apercu.statistics.scene import Scene
from apercu.statistics.tally import Tally

from .conftest import HEIGHT, WIDTH, Path, drawn, tracks_of

LINE = drawn("door", (160, 0), (160, 240))
ZONE = drawn("yard", (200, 40), (300, 40), (300, 200), (200, 200))
OTHER = drawn("park", (20, 40), (120, 40), (120, 200), (20, 200))
SCENE = Scene.of({zone.name: zone for zone in (LINE, ZONE, OTHER)}, WIDTH, HEIGHT)
PARIS = ZoneInfo("Europe/Paris")


def tally_of(scene: Scene = SCENE, *, start_us: int | None = None, length_s: int = 60) -> Tally:
    return Tally(scene, Intervals(length_s, PARIS, start_us), Run("gate", "0" * 16, start_us is not None))


def cells_of(paths: Sequence[Path], scene: Scene = SCENE, **told: Any) -> pa.Table:
    tally = tally_of(scene, **told)
    tally.add(tracks_of(paths))
    return tally.cells()


def crossed(paths: Sequence[Path], scene: Scene = SCENE) -> dict[str, float]:
    """Return how many crossed the line, by direction."""
    found: dict[str, float] = {}
    for row in cells_of(paths, scene).to_pylist():
        if row["measure"] == "crossings":
            found[row["direction"]] = found.get(row["direction"], 0) + row["value"]
    return found
