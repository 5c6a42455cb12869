"""Options of what leaves the house apart from synopses, once: the command line, API and pages read this."""

from __future__ import annotations

from dataclasses import dataclass, field

from apercu.search import Query


@dataclass(frozen=True, slots=True)
class ClipOptions:
    """How a moment is cut out.

    Attributes:
        around_s: seconds shown before the track's first and after its last observation.
        exact: begin on the very picture, encoded anew, also where pictures could be copied as they are from
            the key frame before it. What is redacted is always exact.
        crf: quality where it is encoded anew, lower is better and larger.
        redact: pixelate everyone who is, or may be, a person.
        reason: why, for the record.
    """

    around_s: float = 1.0
    exact: bool = False
    crf: int = 20
    redact: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TimelapseOptions:
    """How a time-lapse is made.

    Attributes:
        length_s: how long it plays, seconds; None goes by ``factor``.
        factor: how many times faster than the footage it plays, where no length is given.
        rate: pictures per second.
        crf: quality of the video, lower is better and larger.
        query: recordings, camera and span of time; other filters mean nothing here.
        redact: pixelate everyone who is, or may be, a person.
        reason: why, for the record.
    """

    length_s: float | None = None
    factor: float = 60.0
    rate: int = 15
    crf: int = 23
    query: Query = field(default_factory=Query)
    redact: bool = True
    reason: str | None = None
