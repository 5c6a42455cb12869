"""A track as it stands in the tables, and several of them put together to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apercu.analysis.attributes import movement
from apercu.analysis.colour import LEAST_SHARE, MOST_NAMED
from apercu.analysis.detections import CLASSES, OTHER
from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA, Tracks

_BOX = ("x1", "y1", "x2", "y2")


@dataclass(frozen=True, slots=True)
class Piece:
    """One track out of the tables.

    Attributes:
        row: its columns of ``TRACK_SCHEMA``.
        table: its observations, of ``OBSERVATION_SCHEMA``, in order of time.
        pts: int64 (n,), ticks, rising.
        times: float64 (n,), seconds.
        boxes: float64 (n, 4), x1 y1 x2 y2 in pixels.
    """

    row: dict[str, Any]
    table: pa.Table
    pts: NDArray[np.int64]
    times: NDArray[np.float64]
    boxes: NDArray[np.float64]

    @classmethod
    def of(cls, row: dict[str, Any], table: pa.Table) -> Piece:
        """Return a track from its row and its observations."""
        boxes = np.stack([table[name].to_numpy() for name in _BOX], axis=1).astype(np.float64)
        return cls(row, table, table["pts"].to_numpy(), table["time_s"].to_numpy(), boxes)

    @property
    def class_index(self) -> int:
        """Its class, an index into ``CLASSES``."""
        return CLASSES.index(self.row["class"])

    def only(self, keep: NDArray[np.bool_]) -> Piece | None:
        """Return it with these observations (n,) alone; None when none are left."""
        if keep.all():
            return self
        return joined([self], [keep]) if keep.any() else None


def pieces_of(tracks: Tracks) -> Iterator[Piece]:
    """Yield every track of the tables, in their order, as a piece of its own."""
    seen = tracks.observation_table
    ids = seen["track_id"].to_numpy()
    edges = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1], [True]])).tolist() if len(ids) else []
    spans = {int(ids[begin]): (begin, end - begin) for begin, end in pairwise(edges)}
    for row in tracks.table.to_pylist():
        yield Piece.of(row, seen.slice(*spans[row["track_id"]]))


def to_tables(pieces: Sequence[Piece], first_id: int) -> Tracks:
    """Return pieces as tables, numbered from ``first_id`` in the order given."""
    if not pieces:
        return Tracks.empty()
    rows = [{**piece.row, "track_id": number} for number, piece in enumerate(pieces, first_id)]
    at = OBSERVATION_SCHEMA.get_field_index("track_id")
    field = OBSERVATION_SCHEMA.field(at)
    numbered = [
        piece.table.set_column(at, field, pa.array(np.full(len(piece.pts), number, np.int32)))
        for number, piece in enumerate(pieces, first_id)
    ]
    return Tracks(
        pa.Table.from_pylist(rows, schema=TRACK_SCHEMA),
        pa.concat_tables(numbered).cast(OBSERVATION_SCHEMA),
    )


def joined(pieces: Sequence[Piece], kept: Sequence[NDArray[np.bool_]]) -> Piece:
    """Return several sights of one object as one track.

    What tells how it went is worked out anew. Classes and colours are weighed by how often each piece was
    seen; anything else is as in the piece that was seen longest.

    Args:
        pieces: at least one.
        kept: for each of its observations, bool (n,), whether it goes in; no two at the same timecode.
    """
    parts = [piece.table.filter(pa.array(keep)) for piece, keep in zip(pieces, kept, strict=True)]
    table = pa.concat_tables(parts).sort_by("pts")
    longest = max(pieces, key=lambda piece: len(piece.pts))
    whole = Piece.of({}, table)
    first, last = float(whole.times[0]), float(whole.times[-1])
    begin = min(pieces, key=lambda piece: int(piece.pts[0]))
    start = begin.row["start_time"]
    if start is not None:
        origin = start - timedelta(seconds=begin.row["start_s"])
        moments = {
            "start_time": origin + timedelta(seconds=first),
            "end_time": origin + timedelta(seconds=last),
        }
    else:
        moments = {"start_time": None, "end_time": None}
    sources = np.array(table["source"].to_pylist())
    row = {
        **longest.row,
        "start_pts": int(whole.pts[0]),
        "end_pts": int(whole.pts[-1]),
        "start_s": first,
        "end_s": last,
        "duration_s": last - first,
        **moments,
        "observation_count": len(whole.pts),
        "detected_count": int((sources == "detector").sum()),
        **movement(whole.times, whole.boxes),
    }
    if len(pieces) > 1:
        row |= _class_of(pieces) | _colours_of(pieces, row)
    return Piece(row, table, whole.pts, whole.times, whole.boxes)


def _class_of(pieces: Sequence[Piece]) -> dict[str, Any]:
    """Return class, score and margin: each piece votes with its sightings, times the margin of its class."""
    seen = np.array([max(piece.row["detected_count"], 1) for piece in pieces], float)
    classes = np.array([piece.class_index for piece in pieces])
    named = classes != OTHER
    if not named.any():
        return {"class": CLASSES[OTHER], "class_score": 0.0, "class_margin": 0.0}
    votes = np.zeros(len(CLASSES))
    margins = np.array([piece.row["class_margin"] for piece in pieces])
    np.add.at(votes, classes[named], (seen * margins.clip(1e-3))[named])
    winner = int(votes.argmax())
    mine = classes == winner
    scores = np.array([piece.row["class_score"] for piece in pieces])
    order = np.sort(votes)
    return {
        "class": CLASSES[winner],
        "class_score": float((scores * seen)[mine].sum() / seen[named].sum()),
        "class_margin": float((order[-1] - order[-2]) / seen[named].sum()),
    }


def _colours_of(pieces: Sequence[Piece], row: dict[str, Any]) -> dict[str, Any]:
    """Return the named colours: the mean of the pieces' shares, weighed by how long each was seen."""
    told = [piece for piece in pieces if piece.row["colours"]]
    if not told:
        return {}
    shares: dict[str, float] = {}
    total = sum(len(piece.pts) for piece in told)
    for piece in told:
        for name, share in zip(piece.row["colours"], piece.row["colour_shares"], strict=True):
            shares[name] = shares.get(name, 0.0) + share * len(piece.pts) / total
    best = sorted(shares.items(), key=lambda item: -item[1])[:MOST_NAMED]
    kept = [(name, share) for name, share in best if share >= LEAST_SHARE]
    halves = max(told, key=lambda piece: len(piece.pts)).row
    person = row["class"] == "person"
    return {
        "colours": [name for name, _ in kept],
        "colour_shares": [share for _, share in kept],
        "colours_upper": halves["colours_upper"] if person else [],
        "colours_lower": halves["colours_lower"] if person else [],
    }
