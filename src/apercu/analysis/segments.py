"""Cutting a long recording into pieces that can be analysed apart, on any number of cores.

Where it is cut depends on the recording and on the options alone, never on how many workers there are: so the
result does not depend on them either. Cuts lie on key frames, where decoding can begin. Each piece reads on
past its end into the next: ``stitching`` tells by what both saw there which tracks are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, pairwise, takewhile

from apercu.analysis.options import AnalysisOptions
from apercu.footage import FootageReader
from apercu.timecode import Timecode

_LAST_AT_LEAST = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a recording.

    Attributes:
        number: from 0.
        begin: first timecode that is its own; None for the start of the recording.
        end: first timecode that it does not read; None for the end of the recording. What lies between the
            next segment's ``begin`` and here is read by both.
    """

    number: int
    begin: Timecode | None
    end: Timecode | None


def segments(reader: FootageReader, options: AnalysisOptions) -> list[Segment]:
    """Cut a recording into segments of about ``options.segment_s``, in order; the last is 0.5 to 1.5 of that.

    A recording stays in one piece when it is shorter than one and a half segments, when its timestamps cannot
    be trusted (then no frame is found but from the start), and where it has no key frames to cut at.

    Args:
        reader: the recording; a format without an index is read through once, not decoded.
        options: how long, and how far they overlap.

    Raises:
        FootageError: the recording cannot be opened any more.
    """
    length, step = reader.info.duration, Fraction(options.segment_s)
    if step and length is None:
        last = reader.last
        length = None if last is None else last.seconds
    if not step or length is None or length <= step * (1 + _LAST_AT_LEAST):
        return [Segment(0, None, None)]
    tick = reader.info.time_base
    ends = takewhile(lambda second: second <= length - step * _LAST_AT_LEAST, (step * i for i in count(1)))
    found = reader.key_frames(Timecode.from_seconds(second, tick) for second in ends)
    cuts = sorted({cut for cut in found if cut.pts > 0})
    overlap = min(Fraction(options.overlap_s), step / 2)
    begins: list[Timecode | None] = [None, *cuts]
    return [
        Segment(number, begin, None if number == len(cuts) else cuts[number] + overlap)
        for number, begin in enumerate(begins)
    ]


def overlaps(parts: Sequence[Segment]) -> list[tuple[Timecode, Timecode] | None]:
    """Return for each segment, all of them in order, from when to when the next one reads the same.

    None for the last.
    """
    ends = [(later.begin, part.end) for part, later in pairwise(parts)]
    return [*((begin, end) for begin, end in ends if begin is not None and end is not None), None]
