"""The typed currency of everything after analysis: tracks and their observations as Arrow tables.

The two schemas below and ``CELLS`` are the archive's file format; each field's ``about`` metadata is its
documentation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


def _field(name: str, kind: pa.DataType, about: str, nullable: bool = False) -> pa.Field[pa.DataType]:
    return pa.field(name, kind, nullable=nullable, metadata={"about": about})


_MOMENT = pa.timestamp("us", tz="UTC")
_NAMES = pa.list_(pa.field("element", pa.string(), nullable=False))
_NUMBERS = pa.list_(pa.field("element", pa.float32(), nullable=False))

TRACK_SCHEMA = pa.schema(
    [
        _field(
            "recording_id",
            pa.string(),
            "content hash of the recording: first 16 hexadecimal digits of its SHA-256",
        ),
        _field("camera", pa.string(), "name of the camera, as given when the recording was analysed"),
        _field(
            "track_id",
            pa.int32(),
            "number of the track within its recording, from 1, in the order in which tracks were whole",
        ),
        _field(
            "class",
            pa.string(),
            "person, bicycle, motorcycle, car, bus, truck, animal, bag or other (moves, unnamed)",
        ),
        _field("class_score", pa.float32(), "mean detector score of the winning class, 0 to 1; 0 for other"),
        _field(
            "class_margin",
            pa.float32(),
            "share of the votes that the class leads by, 0 to 1: about 0 when it is hardly more than a guess",
        ),
        _field("start_pts", pa.int64(), "first observation, in ticks of the recording's time base"),
        _field("end_pts", pa.int64(), "last observation, in ticks of the recording's time base"),
        _field("start_s", pa.float64(), "first observation, seconds from the start of the recording"),
        _field("end_s", pa.float64(), "last observation, seconds from the start of the recording"),
        _field("duration_s", pa.float64(), "end_s - start_s"),
        _field(
            "start_time",
            _MOMENT,
            "true time of the first observation; null when the recording has no clock",
            True,
        ),
        _field(
            "end_time",
            _MOMENT,
            "true time of the last observation; null when the recording has no clock",
            True,
        ),
        _field("observation_count", pa.int32(), "rows of this track in the observations file"),
        _field("detected_count", pa.int32(), "observations that the detector itself saw"),
        _field("x1", pa.float32(), "left edge of everything the track touched, pixels of the recording"),
        _field("y1", pa.float32(), "top edge of everything the track touched, pixels"),
        _field("x2", pa.float32(), "right edge of everything the track touched, pixels"),
        _field("y2", pa.float32(), "bottom edge of everything the track touched, pixels"),
        _field("width_px", pa.float32(), "median width of its boxes, pixels"),
        _field("height_px", pa.float32(), "median height of its boxes, pixels"),
        _field("path_x", _NUMBERS, "path of the bottom centre, simplified: x in pixels"),
        _field("path_y", _NUMBERS, "path of the bottom centre, simplified: y in pixels"),
        _field("path_s", _NUMBERS, "seconds from the start of the recording at each point of the path"),
        _field("distance_px", pa.float32(), "length of the smoothed path, pixels"),
        _field("speed_mean_px_s", pa.float32(), "mean speed while moving, pixels per second"),
        _field("speed_max_px_s", pa.float32(), "highest speed (95th percentile), pixels per second"),
        _field(
            "heading_deg",
            pa.float32(),
            "direction from start to end in the picture, degrees clockwise from up; null when they coincide",
            True,
        ),
        _field(
            "dwell_s",
            pa.float32(),
            "seconds spent standing still, in stays of a second or more: see search.md",
        ),
        _field(
            "colours",
            _NAMES,
            "named colours, three at most: of a vehicle its paint first, else by share of its pixels, "
            "largest first; empty when unknown (infrared, too dark, too small)",
        ),
        _field("colour_shares", _NUMBERS, "share of its pixels that speak for each of colours, 0 to 1"),
        _field("colours_upper", _NAMES, "persons only: colours of the upper part, without the head"),
        _field("colours_lower", _NAMES, "persons only: colours of the lower part, without the feet"),
    ],
    metadata={"about": "one row per track"},
)

CELLS = _field(
    "cells",
    pa.uint64(),
    "where the bottom centre was, straight between observations: bit 8 * row + column of the cells that it "
    "touched, the picture cut into 8 x 8, rows from the top, columns from the left, what is outside counted "
    "to the nearest cell",
)
"""What the archive adds when it stores tracks: by it, searches leave out what was never in a place."""

OBSERVATION_SCHEMA = pa.schema(
    [
        _field("recording_id", pa.string(), "recording, as in the tracks file"),
        _field("track_id", pa.int32(), "track, as in the tracks file"),
        _field("pts", pa.int64(), "timecode in ticks of the recording's time base"),
        _field("time_s", pa.float64(), "timecode in seconds from the start of the recording"),
        _field("x1", pa.float32(), "left edge of the box, pixels of the recording"),
        _field("y1", pa.float32(), "top edge of the box, pixels"),
        _field("x2", pa.float32(), "right edge of the box, pixels (exclusive)"),
        _field("y2", pa.float32(), "bottom edge of the box, pixels (exclusive)"),
        _field("score", pa.float32(), "detector score, 0 to 1; null where the detector did not see it", True),
        _field(
            "source",
            pa.string(),
            "how it was observed: detector, motion, or predicted (between two sightings)",
        ),
        _field("mask_x", pa.int16(), "left edge of the mask, cells of the mask grid"),
        _field("mask_y", pa.int16(), "top edge of the mask, cells of the mask grid"),
        _field("mask_w", pa.int16(), "width of the mask, cells"),
        _field("mask_h", pa.int16(), "height of the mask, cells"),
        _field(
            "mask",
            pa.binary(),
            "mask_h x mask_w bits, row by row, most significant bit first (numpy.packbits)",
        ),
    ],
    metadata={"about": "one row per track and analysed timecode, in order of track and time"},
)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Tracks and, in ``observation_table``, where each one was at every analysed timecode.

    Attributes:
        table: Arrow table of ``TRACK_SCHEMA``, one row per track, in order of start.
        observation_table: Arrow table of ``OBSERVATION_SCHEMA``, in order of track and time.
    """

    table: pa.Table
    observation_table: pa.Table

    @classmethod
    def empty(cls) -> Tracks:
        """Return no tracks."""
        return cls(TRACK_SCHEMA.empty_table(), OBSERVATION_SCHEMA.empty_table())

    @classmethod
    def joined(cls, parts: Iterable[Tracks]) -> Tracks:
        """Return several, one after the other, as one; of none, no tracks."""
        whole = [cls.empty(), *parts]
        return cls(
            pa.concat_tables([part.table for part in whole]),
            pa.concat_tables([part.observation_table for part in whole]),
        )

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def filter(self, keep: pa.BooleanArray | pa.ChunkedArray[pa.BooleanScalar]) -> Tracks:
        """Return the tracks where ``keep`` (one per track) is true, with their observations."""
        table = self.table.filter(keep)
        keys = table.select(["recording_id", "track_id"])
        observations = self.observation_table.join(keys, keys.column_names, join_type="left semi")
        observations = observations.sort_by(
            [("recording_id", "ascending"), ("track_id", "ascending"), ("pts", "ascending")]
        )
        # A join makes every column nullable.
        return Tracks(table, observations.cast(OBSERVATION_SCHEMA))

    def of_class(self, *names: str) -> Tracks:
        """Return the tracks of these classes."""
        return self.filter(pc.is_in(self.table["class"], pa.array(names)))
