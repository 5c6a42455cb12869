"""How much of each person a redacted picture covers, what that costs, and how long it takes.

    python benchmarks/redaction.py [FOOTAGE_FOLDER] [--json] [--record]

PETS 2009 S2.L1 view 1, frames 1 to 320, with the true boxes shrunk by a tenth and those marked occluded
left out. ``covered`` is the share of the pixels in them that are pixelated, ``worst`` that of the single
box covered least, ``whole`` the share of boxes covered to 99 %. ``cost`` is the share of pixels outside all
true boxes that are pixelated.
"""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import report
from footage_sets import FOOTAGE
from numpy.typing import NDArray
from observed import observe
from report import Column

from apercu.analysis import Detector, load_detector
from apercu.analysis.people import People
from apercu.analysis.redaction import Redactor
from apercu.footage import FootageReader

LAST = 320
RATE = 7.0
SHRUNK = 0.1
COLUMNS = (
    Column("covered", "pixels covered", ".4f"),
    Column("worst", "box covered least", ".4f"),
    Column("whole", "boxes covered to 99 %", ".4f"),
    Column("cost", "pixels covered beside them", ".4f"),
    Column("ms", "ms per picture", ".0f"),
)
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Score:
    """What one way of covering is worth; the attributes are explained above, ``ms`` is per picture."""

    covered: float
    worst: float
    whole: float
    cost: float
    ms: float


def score(
    video: Path,
    truth: NDArray[np.float64],
    people: People,
    detector: Detector | None,
    moving: dict[int, Mask] | None,
) -> Score:
    """Redact frames 1 to 320 and compare with the truth: rows of frame, id, x, y, width, height, clear."""
    redactor = Redactor(people, "benchmark", detector)
    shares, sizes, costs, seconds = [], [], [], 0.0
    with FootageReader(video) as reader, closing(reader.frames()) as frames:
        for number, frame in zip(range(1, LAST + 1), frames, strict=False):
            begin = time.perf_counter()
            covered = redactor.redact(frame, moving.get(number) if moving is not None else None).covered
            seconds += time.perf_counter() - begin
            outside = np.ones(covered.shape, np.bool_)
            for _, _, x, y, width, height, clear in truth[truth[:, 0] == number]:
                x1, y1, x2, y2 = np.round([x, y, x + width, y + height]).astype(int).clip(0)
                outside[y1:y2, x1:x2] = False
                right, down = width * SHRUNK / 2, height * SHRUNK / 2
                a, b = np.round([x + right, y + down]).astype(int).clip(0)
                c, d = np.round([x + width - right, y + height - down]).astype(int)
                inside = covered[b:d, a:c]
                if clear and inside.size:
                    shares.append(inside.mean())
                    sizes.append(inside.size)
            costs.append(covered[outside].mean())
    each, weights = np.array(shares), np.array(sizes)
    return Score(
        covered=float((each * weights).sum() / weights.sum()),
        worst=float(each.min()),
        whole=float((each >= 0.99).mean()),
        cost=float(np.mean(costs)),
        ms=1e3 * seconds / LAST,
    )


def main() -> None:
    """Tell what each way of covering is worth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOOTAGE)
    report.add_options(parser)
    given = parser.parse_args()
    video = given.folder / "pets2009" / "View_001_7fps.mp4"
    truth = np.loadtxt(given.folder / "pets2009" / f"gt_interp_f001-{LAST}.txt", delimiter=",")[:, :7]
    detector = load_detector()
    moving: dict[int, Mask] = {}

    def watch(second: float, mask: Mask) -> None:
        moving[round(second * RATE) + 1] = mask

    people = People(observe(video, detector, watcher=watch).tracks)
    scores = {
        "tracks": score(video, truth, people, None, None),
        "tracks and detector": score(video, truth, people, detector, None),
        "tracks, detector and motion": score(video, truth, people, detector, moving),
    }
    rows = {name: asdict(value) for name, value in scores.items()}
    table = report.Table("What redaction covers of persons", "looking at", COLUMNS, rows)
    report.publish("redaction", [table], given)


if __name__ == "__main__":
    main()
