"""Generated tubes, tracks, recordings and archives for the synopsis' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from apercu.analysis.attributes import to_tracks
from apercu.analysis.detections import CLASSES
from apercu.analysis.masks import CutMask
from apercu.analysis.tracklets import Observation, Source, Tracklet
from apercu.analysis.tracks import Tracks
from apercu.archive import Archive, Background, RecordingAnalysis, RecordingFacts
from apercu.footage import VideoWriter, content_hash, probe
from apercu.synopsis import MaskGrid, Tube

WIDTH, HEIGHT, CELL = 160, 90, 2
GRID = MaskGrid(WIDTH // CELL, HEIGHT // CELL, WIDTH, HEIGHT)
RATE = Fraction(10)
SCENE = (150, 90, 60)

Box = tuple[float, float, float, float]


@pytest.fixture(scope="session")
def grid() -> MaskGrid:
    """Return the mask grid of the generated recordings: 80 x 45 cells of 2 pixels."""
    return GRID


@pytest.fixture(scope="session")
def scene() -> np.ndarray:
    """Return the empty scene of the generated recordings, BGR uint8 (90, 160, 3): one colour."""
    return np.full((HEIGHT, WIDTH, 3), SCENE, np.uint8)


@pytest.fixture(scope="session")
def make_tube() -> Callable[..., Tube]:
    """Return a maker of tubes that go straight from one cell to another."""

    def make(
        line_s: float = 0.0,
        length: int = 20,
        *,
        begin: tuple[int, int] = (10, 10),
        end: tuple[int, int] | None = None,
        size: tuple[int, int] = (8, 8),
        track_id: int = 1,
        recording_id: str = "r",
        start_s: float | None = None,
        rate: Fraction = RATE,
        cells: np.ndarray | None = None,
        cell_px: int = CELL,
    ) -> Tube:
        cells = np.ones(size[::-1], np.bool_) if cells is None else cells
        shape = np.array([[cells.shape[1], cells.shape[0]]], np.int32)
        way = np.linspace(0, 1, length)[:, None] if length > 1 else np.zeros((1, 1))
        corners = np.round(np.array(begin) + way * (np.array(end or begin) - np.array(begin)))
        boxes = np.column_stack([corners, corners + shape]) * cell_px
        return Tube(
            recording_id,
            track_id,
            "person",
            line_s if start_s is None else start_s,
            line_s,
            rate,
            np.zeros(length, np.int32),
            boxes.astype(np.float32),
            corners.astype(np.int32),
            [CutMask(0, 0, cells).packed()],
            shape,
            (line_s if start_s is None else start_s) + np.arange(length) / float(rate),
            np.zeros(length),
        )

    return make


def tracklet(
    number: int, times: Sequence[float], boxes: Sequence[Box], time_base: Fraction, name: str = "person"
) -> Tracklet:
    """Return a tracklet whose mask fills its box."""
    track = Tracklet(number, hits=len(times), vote_count=len(times))
    track.votes[CLASSES.index(name)] = 0.8 * len(times)
    for time_s, box in zip(times, boxes, strict=True):
        x1, y1, x2, y2 = (int(side) // CELL for side in box)
        mask = CutMask(x1, y1, np.ones((y2 - y1, x2 - x1), np.bool_))
        row = Observation(round(time_s / time_base), time_s, box, 0.8, Source.DETECTOR, mask)
        track.observations.append(row)
    return track


@pytest.fixture(scope="session")
def make_tracks() -> Callable[..., Tracks]:
    """Return a maker of tracks: each is (times, boxes) or (times, boxes, class)."""

    def make(
        *paths: tuple,
        recording_id: str = "r",
        camera: str = "gate",
        time_base: Fraction = Fraction(1, 1000),
        start: datetime | None = None,
    ) -> Tracks:
        tracklets = [
            tracklet(number, path[0], path[1], time_base, *path[2:]) for number, path in enumerate(paths)
        ]
        return to_tracks(tracklets, recording_id=recording_id, camera=camera, first_id=1, start=start)

    return make


def grey(number: int) -> int:
    """Return the grey level of a picture of the generated recordings: far from its neighbours'."""
    return 28 + number * 37 % 200


@pytest.fixture(scope="session")
def grey_of() -> Callable[[int], int]:
    """Return ``grey``."""
    return grey


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a maker of recordings at 10 fps whose colour tells the picture's number; each is made once."""
    folder = tmp_path_factory.mktemp("filmed")

    def film(seconds: float = 6.0, *, size: tuple[int, int] = (WIDTH, HEIGHT), name: str = "one") -> Path:
        path = folder / f"{name}-{seconds}-{size[0]}x{size[1]}.mp4"
        if not path.exists():
            shift = sum(name.encode())  # other names, other content
            with VideoWriter(path, *size, RATE, crf=4, preset="ultrafast") as writer:
                for number in range(int(seconds * RATE)):
                    picture = np.full((size[1], size[0], 3), grey(number), np.uint8)
                    picture[:8, :8] = shift % 256
                    writer.write(picture)
        return path

    return film


@pytest.fixture
def store(archive: Archive, make_tracks: Callable[..., Tracks]) -> Callable[..., str]:
    """Return a function that puts a recording with tracks into the archive and returns its id."""

    def put(path: Path, *paths: tuple, camera: str = "gate", start: datetime | None = None) -> str:
        info = probe(path)
        facts = replace(RecordingFacts.from_info(info, content_hash(path)), start_time=start, start_source="")
        tracks = make_tracks(
            *paths, recording_id=facts.recording_id, camera=camera, time_base=facts.time_base, start=start
        )
        scene = np.full((info.height, info.width, 3), SCENE, np.uint8)
        analysis = RecordingAnalysis(
            recording=facts,
            camera=camera,
            tracks=tracks,
            settings={"rate": 5},
            grid_width=info.width // CELL,
            grid_height=info.height // CELL,
            backgrounds=[Background(0.0, scene)],
        )
        return archive.add(analysis).recording_id

    return put


@pytest.fixture(scope="session")
def walk() -> Callable[..., tuple]:
    """Return a maker of paths, five observations a second: a box of 16 x 24 pixels goes to the right."""

    def path(start_s: float, seconds: float, x: float = 20, y: float = 30, speed: float = 0.0) -> tuple:
        times = [start_s + i / 5 for i in range(int(seconds * 5) + 1)]
        lefts = [x + speed * (time_s - start_s) for time_s in times]
        return times, [(left, y, left + 16, y + 24) for left in lefts]

    return path


@pytest.fixture
def open_files() -> Iterator[Callable[[Path], int]]:
    """Return a counter of this process's open handles of a file."""
    handles = Path("/proc/self/fd")
    if not handles.is_dir():
        pytest.skip("this system does not tell which files are open")

    def count(path: Path) -> int:
        links = [handle for handle in handles.iterdir() if handle.is_symlink()]
        return sum(handle.exists() and handle.resolve() == path.resolve() for handle in links)

    yield count
