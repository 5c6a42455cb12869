"""What is written beside each object on a contact sheet: how long, how fast, which colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from apercu.analysis import Tracks
from apercu.archive import Archive
from apercu.archive.cameras import measures, read_calibrations
from apercu.purposes import Capability
from apercu.synopsis.choosing import Choice

_NAMES = ("recording_id", "track_id", "class", "duration_s", "dwell_s", "speed_mean_px_s", "colours")
_PARTS = ("colours_upper", "colours_lower")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of one object.

    Attributes:
        duration_s, dwell_s: how long it was there, and stood still, seconds.
        speed_px_s: its mean speed while moving, pixels per second.
        speed_m_s: the same in metres; None where the camera is not calibrated.
        colours: of a person of the upper part and of the lower part, the first of each; of others the first
            two. Empty where they are not known, or the purpose has no ``search-by-colour``.
    """

    duration_s: float
    dwell_s: float
    speed_px_s: float
    speed_m_s: float | None
    colours: tuple[str, ...]

    def __str__(self) -> str:
        speed = f"{self.speed_px_s:.0f} px/s" if self.speed_m_s is None else f"{self.speed_m_s:.1f} m/s"
        stood = [f"stood {self.dwell_s:.0f} s"] if self.dwell_s >= 1 else []
        return ", ".join([f"{self.duration_s:.1f} s", speed, *stood, *self.colours])


def facts_of(archive: Archive, choice: Choice) -> Mapping[tuple[str, int], Facts]:
    """Return what is told of the tracks that were chosen, by recording and number."""
    with_colours = archive.gate.allows(Capability.SEARCH_BY_COLOUR)
    table = choice.chosen.table.select([*_NAMES, *_PARTS])
    metres = _metres(archive, choice)
    return {
        (told["recording_id"], told["track_id"]): Facts(
            told["duration_s"],
            told["dwell_s"],
            told["speed_mean_px_s"],
            metres.get((told["recording_id"], told["track_id"])),
            _colours(told) if with_colours else (),
        )
        for told in table.to_pylist()
    }


def _colours(told: Mapping[str, list[str]]) -> tuple[str, ...]:
    upper, lower = (told[name][:1] for name in _PARTS)
    if upper or lower:
        return (*(f"{name} above" for name in upper), *(f"{name} below" for name in lower))
    return tuple(told["colours"][:2])


def _metres(archive: Archive, choice: Choice) -> dict[tuple[str, int], float]:
    """Return the speeds that can be told in metres per second."""
    calibrations = read_calibrations(archive)
    known: dict[tuple[str, int], float] = {}
    for row in choice.rows if calibrations.get(choice.camera) else ():
        tracks = choice.chosen
        own = pa.scalar(row.recording_id)
        mine = (t.filter(pc.equal(t["recording_id"], own)) for t in (tracks.table, tracks.observation_table))
        for told in measures(calibrations, row, Tracks(*mine)).to_pylist():
            if told["speed_mean_m_s"] is not None:
                known[row.recording_id, told["track_id"]] = told["speed_mean_m_s"]
    return known
