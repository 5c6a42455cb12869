"""What was filmed and what is found: lines and zones of a generated scene, from footage to answer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from apercu import Archive, load_detector, take_in
from apercu.footage import SceneOptions, SyntheticScene
from apercu.geometry import iou
from apercu.search import read_query

WIDTH, HEIGHT = 320, 180
LINES = (0.3, 0.5, 0.7)
ZONES = ((0.35, 0.65, 0.74, 1.0), (0.4, 0.6, 0.0, 0.67))
"""From where to where across, and down, shares of the picture."""


@pytest.fixture(scope="module")
def scene() -> SyntheticScene:
    return SyntheticScene(SceneOptions(WIDTH, HEIGHT, Fraction(12), seconds=16.0, objects=6, seed=3))


@pytest.fixture(scope="module")
def seen(scene: SyntheticScene, tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, dict[int, int]]:
    """Return an archive of the scene, and whose track each one is."""
    folder = tmp_path_factory.mktemp("truth")
    scene.write(folder / "scene.mp4")
    archive = Archive.create(
        folder / "archive", name="truth", purpose="research", purpose_fields={"licence": "own"}
    )
    take_in(archive, folder / "scene.mp4", load_detector(), camera="gate")
    return archive, owners(archive, scene)


def owners(archive: Archive, scene: SyntheticScene) -> dict[int, int]:
    """Return the object that each track is of, by their numbers: the one that its boxes share most with."""
    truth, rows = scene.tracks_truth(), archive.tracks().observation_table.to_pylist()
    votes: dict[int, np.ndarray] = {}
    for row in rows:
        here = truth.frames == round(row["time_s"] * float(scene.options.rate))
        box = np.array([[row[side] for side in ("x1", "y1", "x2", "y2")]], np.float32)
        told = votes.setdefault(row["track_id"], np.zeros(len(scene.actors) + 1))
        told[truth.ids[here]] += iou(box, truth.boxes[here])[0]
    return {track: int(told.argmax()) for track, told in votes.items()}


def feet(scene: SyntheticScene) -> dict[int, np.ndarray]:
    """Return the true feet of every object along its way, shares of the picture (n, 2)."""
    truth = scene.tracks_truth()
    x, y = (truth.boxes[:, 0] + truth.boxes[:, 2]) / 2 / WIDTH, truth.boxes[:, 3] / HEIGHT
    return {int(k): np.column_stack([x, y])[truth.ids == k] for k in np.unique(truth.ids)}


def found(seen: tuple[Archive, dict[int, int]], text: str) -> list[int]:
    archive, of = seen
    return sorted(of[track] for track in archive.search(read_query(text)).found.keys["track_id"].to_pylist())


def test_every_object_is_one_track(scene: SyntheticScene, seen: tuple[Archive, dict[int, int]]) -> None:
    assert sorted(seen[1].values()) == list(range(1, len(scene.actors) + 1))


@pytest.mark.parametrize("at", LINES)
def test_lines_are_crossed_by_those_who_did(
    scene: SyntheticScene, seen: tuple[Archive, dict[int, int]], at: float
) -> None:
    ways = feet(scene)
    eastward = sorted(k for k, way in ways.items() if way[0, 0] < at <= way[-1, 0])
    westward = sorted(k for k, way in ways.items() if way[-1, 0] < at <= way[0, 0])
    assert eastward and westward
    # Seen along the line, down the picture, east is to the left.
    assert found(seen, f"crossed-left:{at},0;{at},1") == eastward
    assert found(seen, f"crossed-right:{at},0;{at},1") == westward
    assert found(seen, f"crossed:{at},0;{at},1") == sorted(eastward + westward)


@pytest.mark.parametrize("zone", ZONES)
def test_zones_are_entered_and_left_by_those_who_did(
    scene: SyntheticScene, seen: tuple[Archive, dict[int, int]], zone: tuple[float, float, float, float]
) -> None:
    x1, x2, y1, y2 = zone
    corners = f"{x1},{y1};{x2},{y1};{x2},{y2};{x1},{y2}"
    inside = {
        k: (way[:, 0] >= x1) & (way[:, 0] <= x2) & (way[:, 1] >= y1) & (way[:, 1] <= y2)
        for k, way in feet(scene).items()
    }
    entered = [k for k, there in inside.items() if (~there[:-1] & there[1:]).any()]
    left = [k for k, there in inside.items() if (there[:-1] & ~there[1:]).any()]
    assert 0 < len(entered) < len(inside)
    assert found(seen, f"entered:{corners}") == entered
    assert found(seen, f"left:{corners}") == left
    assert found(seen, f"in:{corners}") == [k for k, there in inside.items() if there.any()]
