"""Every option of analysis, once: the command line, configuration and API all read this.

Nothing is imported here that takes long: whoever asks for help does not wait for analysis to be possible.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

LIVE_RATE = 5.0
"""Pictures analysed per second of a camera that is watched, where its settings say nothing."""


@dataclass(frozen=True, slots=True)
class CadenceOptions:
    """How often to look.

    Attributes:
        rate: pictures per second while nothing needs more.
        stride: share of its own size that a thing may move between two pictures.
        close_stride: the same for two things close to each other, of the way one moves against the other.
        look_s: what needs no hurry is shown to the detector together, this often, seconds.
        rest_s: a thing alone, named and moving as expected is shown to it at most this often, seconds.
        unnamed_s: the same for what has no name yet, after the second look, and from the fifth on.
        least_px: longer side on the detector's canvas below which nothing can be named, pixels.
    """

    rate: float = 5.0
    stride: float = 0.6
    close_stride: float = 0.15
    look_s: float = 0.38
    rest_s: float = 0.55
    unnamed_s: tuple[float, float] = (0.35, 0.85)
    least_px: float = 9.0


@dataclass(frozen=True, slots=True)
class MotionOptions:
    """How motion is told from noise, shadow and light.

    Attributes:
        grid_px: the longer side of the luma grid, in cells, that reduction aims for.
        threshold: smallest difference to the background that counts, grey levels.
        deviations: difference that counts, in deviations of the cell's own noise.
        learn_s: time constant of learning where nothing moves, seconds.
        absorb_s: after this long, foreground that no track holds becomes background, seconds.
        min_area: smallest blob, as a share of the grid (1e-4 of 480x270 is 13 cells).
    """

    grid_px: int = 480
    threshold: float = 14.0
    deviations: float = 4.0
    learn_s: float = 20.0
    absorb_s: float = 20.0
    min_area: float = 1.2e-4


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """When boxes are the same object, and when a track begins and ends.

    Attributes:
        strong: score from which a detection is assigned in the first stage and may begin a track.
        weak: score from which a detection may continue a track.
        backed: score from which a detection may begin a track when a blob confirms it.
        lost_s: a track unseen for this long has ended, seconds.
        tentative_s: the same for a track that has been seen only a few times.
        hidden_s: a track not seen by itself for this long, beside one that is, is hidden by it, seconds.
        shared_s: how long a blob that several tracks share keeps one of them alive, seconds.
        shared_unnamed_s: the same for one that the detector never named: only its blob tells where it is.
        piece: blobs closer than this share of their size are one thing in pieces.
        moving: share of a box that must move for a detection to begin a track.
        unmoved_s: a track under which less than that moved for this long belongs to the scene, seconds.
    """

    strong: float = 0.45
    weak: float = 0.1
    backed: float = 0.2
    lost_s: float = 2.0
    tentative_s: float = 0.5
    hidden_s: float = 0.5
    shared_s: float = 1.0
    shared_unnamed_s: float = 2.5
    piece: float = 0.15
    moving: float = 0.12
    unmoved_s: float = 2.0


@dataclass(frozen=True, slots=True)
class LinkingOptions:
    """When two pieces are one track, and when a track is worth keeping.

    Attributes:
        gap_s: longest absence that is bridged, seconds.
        reach: how far from its predicted place a track may come back, in box sizes (and ways gone unseen).
        gap_unnamed_s: the same where the detector never named a piece: nothing then tells one from another.
        overlap_s: how long two pieces may be seen at once: a new one often begins while the old one fades.
        absence: what each second away costs, against one box size of distance.
        colour: what palettes that differ cost, against one box size of distance.
        travel: way that a named track must have gone, in box sizes.
        travel_unnamed: the same for one that the detector never named.
        least_s: shortest track, seconds.
    """

    gap_s: float = 6.0
    reach: float = 1.0
    gap_unnamed_s: float = 1.0
    overlap_s: float = 0.6
    absence: float = 0.07
    colour: float = 1.5
    travel: float = 0.4
    travel_unnamed: float = 1.5
    least_s: float = 0.4


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
