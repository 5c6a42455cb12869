"""Every option of a synopsis and of what stands beside it, once: the command line, API and pages read this.

Nothing is imported here that takes long: whoever asks for help does not wait for a video to be possible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

from apercu.errors import UnknownNameError, UsageError
from apercu.footage import CODECS, Codec
from apercu.search import Query

ColourBy = Literal["class", "time"]
COLOURINGS: tuple[ColourBy, ...] = get_args(ColourBy)
GroupBy = Literal["class", "direction", "hour"]
GROUPINGS: tuple[GroupBy, ...] = get_args(GroupBy)

TOGETHER = 0.5
"""Least share of the shorter one's time that two tubes are near each other, to be kept together."""
DWELL_S = 4.0
"""Longest stay that is shown whole, seconds."""
LONGEST_S = 4 * 3600.0
"""The longest that a synopsis may be asked to be, seconds: what is on screen when is held in memory."""
WORST = 51
"""The largest ``crf``, of the worst quality."""


@dataclass(frozen=True, slots=True)
class ArrangeOptions:
    """What an arrangement is to be like.

    Attributes:
        overlap: largest overlap ratio, 0 to 1 (see ``metrics``); 0 means that no two tubes ever share a
            pixel. From 0.05 on length alone counts: most of very many tubes may be shown in one heap, unless
            a density is set.
        length_s: length wanted, seconds; then as little as possible overlaps, whatever ``overlap``
            says. None for as short as possible. Where all follow one another in less, that is enough.
        density: most objects on screen at once, whatever length is wanted; None for any number. Groups of
            more are taken apart.
        effort: how long to look for something shorter: 1 takes about 2 ms for each tube, 0 none beyond the
            first. Steps are counted, not seconds: the same input gives the same arrangement anywhere.
        chronology: weight of the original order: 0 for any order that is short, 1 for one that follows the
            original wherever there is room.
        together: least share of the shorter one's time that two tubes are near each other, 0 to 1, for them
            to be kept together; None to move every tube on its own.
        seed: where chance begins.

    Raises:
        UsageError: a value makes no sense.
    """

    overlap: float = 0.003
    length_s: float | None = None
    density: int | None = None
    effort: float = 1.0
    chronology: float = 0.2
    together: float | None = TOGETHER
    seed: int = 0

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}  # where programs ask by the service

    def __post_init__(self) -> None:
        shares = {"overlap": self.overlap, "together": self.together}
        for name, value in shares.items():
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"an {name} of {value} makes no sense", next_step="Choose one from 0 to 1.")
        if self.length_s is not None and not 0 < self.length_s <= LONGEST_S:
            raise UsageError(
                f"a length of {self.length_s:g} s makes no sense",
                next_step=f"Choose one above 0 and up to {LONGEST_S / 3600:g} hours.",
            )
        for name, value, least in (("density", self.density, 1), ("seed", self.seed, 0)):
            if value is not None and (type(value) is not int or value < least):
                raise UsageError(
                    f"a {name} of {value} makes no sense", next_step=f"Choose a whole number from {least} on."
                )
        for name, share in {"effort": self.effort, "chronology": self.chronology}.items():
            if not 0 <= share < math.inf:
                raise UsageError(f"{name} of {share} makes no sense", next_step="Choose 0 or more.")


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a synopsis shows beside its objects, and how it is coded.

    Attributes:
        times: label every object with its true time.
        boxes: draw a thin box around every object.
        trails: draw the way that every object came.
        bar: draw a thin bar along the bottom that maps the output's time to the original one.
        colour_by: what the colour of boxes, trails and labels' edges tells: the class, or the time. None
            leaves them white.
        codec: ``h264`` plays everywhere; ``av1`` and ``vp9`` are free of royalties and play in browsers.

    Raises:
        UnknownNameError: there is no such colouring or codec.
    """

    times: bool = True
    boxes: bool = False
    trails: bool = False
    bar: bool = True
    colour_by: ColourBy | None = None
    codec: Codec = "h264"

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if self.colour_by is not None and self.colour_by not in COLOURINGS:
            raise UnknownNameError("colouring", str(self.colour_by), COLOURINGS)
        if self.codec not in CODECS:
            raise UnknownNameError("codec", str(self.codec), CODECS)


@dataclass(frozen=True, slots=True)
class SynopsisOptions:
    """How a synopsis is made.

    Attributes:
        arrange: what the arrangement is to be like: overlap, length, density, effort ...
        camera: whose recordings; needed when the archive has several.
        query: which tracks; everything by default.
        stay_s: how much is shown of a stay that is longer, seconds; 0 shows long stays whole.
        group_by: show like with like, one group after the other; None mixes them.
        crf: quality of the video, lower is better and larger (H.264, 18 to 30 make sense).
        render: what is shown beside the objects.
        redact: pixelate whoever is, or may be, a person.
        reason: why people are shown as they are, in the words of whoever asks; for the record.

    Raises:
        UsageError: a value makes no sense.
    """

    arrange: ArrangeOptions = field(default_factory=ArrangeOptions)
    camera: str | None = None
    crf: int = 23
    render: RenderOptions = field(default_factory=RenderOptions)
    redact: bool = True
    reason: str | None = None
    query: Query = field(default_factory=Query)
    group_by: GroupBy | None = None
    stay_s: float = DWELL_S

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        if self.group_by is not None and self.group_by not in GROUPINGS:
            raise UnknownNameError("grouping", str(self.group_by), GROUPINGS)
        kinds = {"arrange": ArrangeOptions, "render": RenderOptions, "query": Query}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                raise UsageError(f"{name} is no {kind.__name__}", next_step="Leave it out for the default.")
        if type(self.crf) is not int or not 0 <= self.crf <= WORST:
            raise UsageError(
                f"a quality of {self.crf} makes no sense", next_step=f"Choose a crf from 0 to {WORST}."
            )
        if not 0 <= self.stay_s < math.inf:
            raise UsageError(
                f"a stay of {self.stay_s} s makes no sense", next_step="Choose 0 or more seconds."
            )

    @property
    def asked(self) -> Query:
        """The query, of the one camera when that is named."""
        return (
            self.query if self.camera is None else self.query.model_copy(update={"cameras": (self.camera,)})
        )


@dataclass(frozen=True, slots=True)
class StroboscopeOptions:
    """How a stroboscopic still is made.

    Attributes:
        poses: how many moments at most; fewer where the object would cover itself.
        redact: pixelate whoever is, or may be, a person.
        reason: why, for the record.
    """

    poses: int = 12
    redact: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PosterOptions:
    """What a poster shows.

    Attributes:
        query: which tracks; everything by default.
        reason: why, for the record.
    """

    query: Query = field(default_factory=Query)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What a contact sheet shows.

    Attributes:
        query: which tracks; everything by default.
        redact: pixelate whoever is, or may be, a person.
        reason: why, for the record.
        replace: whether the pages after the first may take the place of other files.
    """

    query: Query = field(default_factory=Query)
    redact: bool = True
    reason: str | None = None
    replace: bool = True
