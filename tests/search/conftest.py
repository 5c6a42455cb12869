"""Generated tracks in archives, and the same facts as plain values to be searched by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from apercu.analysis import CLASSES, Tracks
from apercu.analysis.attributes import to_tracks
from apercu.analysis.masks import CutMask
from apercu.analysis.tracklets import Observation, Source, Tracklet
from apercu.archive import Archive, RecordingAnalysis, RecordingFacts

TICK = Fraction(1, 1000)


@dataclass(frozen=True)
class Walk:
    """One track: its feet go from point to point, one a second, in a box 10 wide and 20 high."""

    feet: Sequence[tuple[float, float]]
    start_s: float = 0.0
    name: str = "person"
    colours: Sequence[str] = field(default_factory=tuple)
    upper: Sequence[str] = field(default_factory=tuple)
    lower: Sequence[str] = field(default_factory=tuple)

    @property
    def times(self) -> list[float]:
        return [self.start_s + i for i in range(len(self.feet))]


def tracks_of(walks: Sequence[Walk], recording_id: str, camera: str, start: datetime | None) -> Tracks:
    made = []
    for number, walk in enumerate(walks):
        track = Tracklet(number, hits=len(walk.feet), vote_count=len(walk.feet))
        track.votes[CLASSES.index(walk.name)] = 0.8 * len(walk.feet)
        for time_s, (x, y) in zip(walk.times, walk.feet, strict=True):
            mask = CutMask(0, 0, np.ones((4, 2), np.bool_))
            box = (x - 5, y - 20, x + 5, y)
            track.observations.append(
                Observation(round(time_s / TICK), time_s, box, 0.8, Source.DETECTOR, mask)
            )
        made.append(track)
    tracks = to_tracks(made, recording_id=recording_id, camera=camera, first_id=1, start=start)
    table = tracks.table
    for column, values in (
        ("class", [walk.name for walk in walks]),
        ("colours", [list(walk.colours) for walk in walks]),
        ("colour_shares", [[0.5] * len(walk.colours) for walk in walks]),
        ("colours_upper", [list(walk.upper) for walk in walks]),
        ("colours_lower", [list(walk.lower) for walk in walks]),
    ):
        at = table.schema.get_field_index(column)
        table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    return Tracks(table, tracks.observation_table)


def into(archive: Archive) -> Callable[..., str]:
    """Return a function that puts a recording of walks into an archive and returns its id."""

    def put(
        *walks: Walk,
        camera: str = "gate",
        start: datetime | None = None,
        size: tuple[int, int] = (320, 240),
        duration_s: float = 600.0,
    ) -> str:
        number = len(archive.recordings())
        facts = RecordingFacts(
            f"{number}.mp4", f"{number + 1:064x}"[::-1], 1, *size, "h264", TICK, duration_s, start_time=start
        )
        analysis = RecordingAnalysis(
            recording=facts,
            camera=camera,
            tracks=tracks_of(walks, facts.recording_id, camera, start),
            settings={"rate": 1},
            grid_width=size[0] // 2,
            grid_height=size[1] // 2,
        )
        return archive.add(analysis).recording_id

    return put


@pytest.fixture
def store(archive: Archive) -> Callable[..., str]:
    """Return a function that puts a recording of walks into the archive and returns its id."""
    return into(archive)
