"""Every option of analysis, once: the command line, configuration and API all read this."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from apercu.analysis.cadence import CadenceOptions
from apercu.analysis.linking import LinkingOptions
from apercu.analysis.motion import MotionOptions
from apercu.analysis.tracker_options import TrackerOptions


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """How a recording is analysed.

    Attributes:
        rate: pictures analysed per second, at most; slower recordings are analysed picture by picture.
        detector_px: longer side that the whole picture would have for the detector, pixels.
        zooms: enlargements of moving regions to try before that scale, largest first.
        thorough: decode every picture, also where nothing seems to happen.
        background_s: seconds between two stored backgrounds.
        segment_s: a recording longer than one and a half of these is analysed in pieces of about this length,
            seconds; 0 means never.
        overlap_s: how far each piece reads on into the next, so that both see what crosses the cut, seconds.
        cadence: when fewer pictures will do, and how often the detector looks.
        motion, tracker, linking: options of the stages.
    """

    rate: float = 10.0
    detector_px: int = 640
    zooms: tuple[float, ...] = (1.3, 1.0)
    thorough: bool = False
    background_s: float = 600.0
    segment_s: float = 300.0
    overlap_s: float = 12.0
    cadence: CadenceOptions = field(default_factory=CadenceOptions)
    motion: MotionOptions = field(default_factory=MotionOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    linking: LinkingOptions = field(default_factory=LinkingOptions)

    def settings(self) -> dict[str, Any]:
        """Return every value as plain data, to be stored with the result and hashed."""
        settings = asdict(self)
        settings["zooms"] = list(self.zooms)
        return settings
