"""The figures of a synopsis, measured on the masks it shows, frame by frame.

FR (frame condensation), CR (compact ratio), OR (overlap ratio), NOR (non-overlapping), CDR (chronological
disorder), density and activity kept. Definitions follow the literature where it agrees, and are stated where
it does not: Pritch, Rav-Acha, Peleg, "Nonchronological Video Synopsis and Indexing", PAMI 30(11), 2008; He
et al., Neurocomputing 225, 2017; Ruan et al., TIP 28(8), 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.occupancy import cover

ORDER_SLACK_S = 1.0


@dataclass(frozen=True, slots=True)
class SynopsisMetrics:
    """What a synopsis costs and gains.

    Attributes:
        fr: frame condensation ratio: length of the output / length of the input (lower is shorter; some
            papers print the inverse).
        cr: compact ratio: pixels covered by at least one tube, over all output frames, / (width x height x
            frames). The union is counted: summed boxes would exceed 1.
        or_: overlap ratio: pixels covered by two or more tubes / (width x height x frames).
        nor: non-overlapping ratio: pixels covered by exactly one tube / pixels covered by at least one.
        cdr: chronological disorder ratio: share of tube pairs whose order of start is inverted by more than
            ``ORDER_SLACK_S`` in the output.
        density: objects on screen, mean over the output frames.
        activity_kept: share of the time of all tubes given that is shown; the rest of it is what is left out
            of long stays, and tubes not shown at all count as none of the mean tube's time.
        tubes: shown. tubes_given: in the query.
        input_s, output_s: lengths, seconds.
        runtime_s: seconds that arranging took.
    """

    fr: float
    cr: float
    or_: float
    nor: float
    cdr: float
    density: float
    activity_kept: float
    tubes: int
    tubes_given: int
    input_s: float
    output_s: float
    runtime_s: float

    def as_dict(self) -> dict[str, float | int]:
        """Return the figures under the names used in reports."""
        return {
            "FR": self.fr,
            "CR": self.cr,
            "OR": self.or_,
            "NOR": self.nor,
            "CDR": self.cdr,
            "density": self.density,
            "activity_kept": self.activity_kept,
            "tubes_kept": self.tubes,
            "tubes_given": self.tubes_given,
            "input_s": self.input_s,
            "output_s": self.output_s,
            "arrangement_s": self.runtime_s,
        }


def measure(
    arrangement: Arrangement, input_s: float, original_starts_s: NDArray[np.float64], tubes_given: int
) -> SynopsisMetrics:
    """Return the figures of an arrangement.

    Args:
        arrangement: what is shown when.
        input_s: seconds of footage that the tubes come from.
        original_starts_s: float64 (n,), when each tube began, on one time line for all recordings.
        tubes_given: tubes that were asked for.
    """
    covered, shared = cover(arrangement.tubes, arrangement.starts, arrangement.grid)
    grid = arrangement.grid
    volume = max(1, grid.width * grid.height * arrangement.frame_count)
    shown = sum(len(tube) for tube in arrangement.tubes)
    output_s = float(arrangement.frame_count / arrangement.rate)
    return SynopsisMetrics(
        fr=output_s / input_s if input_s > 0 else 0.0,
        cr=covered / volume,
        or_=shared / volume,
        nor=(covered - shared) / covered if covered else 1.0,
        cdr=disorder(original_starts_s, arrangement.starts / float(arrangement.rate)),
        density=shown / max(1, arrangement.frame_count),
        activity_kept=_kept(arrangement, tubes_given),
        tubes=len(arrangement.tubes),
        tubes_given=tubes_given,
        input_s=input_s,
        output_s=output_s,
        runtime_s=arrangement.runtime_s,
    )


def _kept(arrangement: Arrangement, tubes_given: int) -> float:
    """Return the share of the time of all tubes that is shown."""
    shown_s = sum(len(tube) for tube in arrangement.tubes) / float(arrangement.rate)
    left_out_s = sum(float(tube.skipped.sum()) for tube in arrangement.tubes)
    if not arrangement.tubes:
        return 1.0 if tubes_given == 0 else 0.0
    return (
        shown_s / (shown_s + left_out_s) * len(arrangement.tubes) / max(tubes_given, len(arrangement.tubes))
    )


def disorder(original_s: NDArray[np.float64], shown_s: NDArray[np.float64]) -> float:
    """Return the share of pairs whose order is inverted by more than ``ORDER_SLACK_S`` in the output.

    What began together has no order that could be inverted.

    Args:
        original_s, shown_s: float64 (n,), start of each tube in the input and in the output, seconds.
    """
    count = len(original_s)
    if count < 2:
        return 0.0
    order = np.argsort(original_s, kind="stable")
    before, after = original_s[order], shown_s[order]
    # Of a later start in the original, those shown more than the slack earlier are inverted.
    last_equal = np.searchsorted(before, before, side="right")
    inverted = sum(
        int(np.count_nonzero(after[later:] < after[i] - ORDER_SLACK_S))
        for i, later in enumerate(last_equal.tolist())
    )
    return inverted / (count * (count - 1) / 2)
