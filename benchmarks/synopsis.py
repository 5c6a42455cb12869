"""How short synopses get: frames against overlap for Aperçu, earliest-free-start greedy, and annealing.

    python benchmarks/synopsis.py [--sets street,pets2009,intersection,100,1000,10000] [--record]

All tubes are shown by all three, at overlap ratios of 0, 0.01, 0.05 and 0.10, measured exactly on the masks.
The greedy places tubes in order, each at its earliest start under a tolerance that is searched; annealing
minimises the classical energy (Pritch, Rav-Acha, Peleg, PAMI 2008) and is given the seconds that Aperçu
took. Memory is that of a process which arranges the largest generated set at each overlap. With --record the
curves are drawn into docs/images.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import report
import synopsis_sets
from report import Aim, Column
from synopsis_references import Found, References

from apercu.analysis import load_detector
from apercu.archive import Archive
from apercu.archive.intake import take_in
from apercu.synopsis import Arrangement, ArrangeOptions, MaskGrid, Tube, arrange, measure, tubes_of

REAL = {
    "street": "street/street.mp4",
    "pets2009": "pets2009/View_001_7fps.mp4",
    "intersection": "intersection/intersection.mp4",
}
SETS = (*REAL, "100", "1000", "10000")
OVERLAPS = (0.0, 0.01, 0.05, 0.10)
WAYS = ("apercu", "greedy", "annealing")
FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"
IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
COLUMNS = (
    Column("tubes", "tubes"),
    *(Column(f"{way}_fr", f"FR {way}", ".4f") for way in WAYS),
    *(Column(f"{way}_or", f"OR {way}", ".4f") for way in WAYS),
    *(Column(f"{way}_cdr", f"CDR {way}", ".2f") for way in WAYS),
    *(Column(f"{way}_s", f"{way}, s", ".1f") for way in WAYS),
    Column("least_fr", "FR of the longest tube", ".4f"),
    Column("density", "density", ".1f"),
    Column("activity", "activity kept", ".2f"),
)


def real(name: str, footage: Path, archives: Path) -> tuple[list[Tube], MaskGrid, Fraction, float] | None:
    """Return tubes, grid, rate and seconds of a shared recording, analysed once into ``archives``."""
    path, folder = footage / REAL[name], archives / f"arch-{name}"
    if folder.exists():
        archive = Archive.open(folder)
    elif path.exists():
        archive = Archive.create(
            folder, name=name, purpose="research", purpose_fields={"licence": "own"}, timezone="UTC"
        )
        take_in(archive, path, load_detector())
    else:
        return None
    (row,) = archive.recordings()
    grid = MaskGrid(row.analysis.grid_width, row.analysis.grid_height, row.facts.width, row.facts.height)
    rate = min(Fraction(30), Fraction(row.facts.rate or 25).limit_denominator(1001))
    tubes = list(tubes_of(archive.tracks(), grid, rate, {row.recording_id: 0.0}))
    return sorted(tubes, key=lambda tube: tube.line_s), grid, rate, row.facts.duration_s


def compared(
    tubes: list[Tube], grid: MaskGrid, rate: Fraction, input_s: float, overlap: float
) -> dict[str, Any]:
    """Return one row: the three ways at one overlap."""
    references = References(tubes, grid, float(rate))
    ours = arrange(tubes, grid, rate, ArrangeOptions(overlap, together=None))
    greedy = references.greedy(overlap)
    annealed = references.annealed(overlap, ours.runtime_s, greedy.frames)
    row: dict[str, Any] = {"tubes": len(tubes)}
    for way, found in (
        ("apercu", Found(ours.starts, ours.frame_count, ours.runtime_s)),
        ("greedy", greedy),
        ("annealing", annealed),
    ):
        if found is None:
            continue
        shown = Arrangement(tubes, found.starts, found.frames, rate, grid, found.seconds)
        starts_s = np.array([tube.line_s for tube in tubes])
        figures = measure(shown, input_s, starts_s, len(tubes))
        row |= {
            f"{way}_fr": figures.fr,
            f"{way}_or": figures.or_,
            f"{way}_cdr": figures.cdr,
            f"{way}_s": found.seconds,
        }
        if way == "apercu":
            row |= {"density": figures.density, "activity": figures.activity_kept}
    row["least_fr"] = max(map(len, tubes)) / float(rate) / input_s
    return row


def drawn(rows: dict[str, dict[str, Any]], key: str, head: str, path: Path) -> None:
    """Draw a figure against the overlap, one small picture a set."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "apercu"
    from matplotlib import pyplot

    names = list(dict.fromkeys(name.split(",")[0] for name in rows))
    figure, axes = pyplot.subplots(1, len(names), figsize=(3.2 * len(names), 3), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        for way, mark in zip(WAYS, "os^", strict=True):
            points = [
                (row[f"{way}_or"], row[f"{way}_{key}"])
                for label, row in rows.items()
                if label.split(",")[0] == name and f"{way}_fr" in row
            ]
            if points:
                axis.plot(*zip(*points, strict=True), marker=mark, label=way)
        axis.set(title=name, xlabel="OR", ylim=(0, None))
    axes[0][0].set_ylabel(head)
    axes[0][0].legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def memory_mb(count: int, overlaps: list[float]) -> float:
    """Return the most memory of a process that arranges a generated set and does nothing else, MB."""
    tubes = synopsis_sets.day(count)
    for overlap in overlaps:
        arrange(tubes, synopsis_sets.GRID, synopsis_sets.RATE, ArrangeOptions(overlap))
    # Its own: what getrusage tells counts that of the process which started it, too.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def promises(rows: dict[str, dict[str, Any]], memory: float | None) -> list[Aim]:
    """Return what was promised beside what was found."""

    def slowest(count: int) -> float | None:
        return max((row["apercu_s"] for row in rows.values() if row["tubes"] == count), default=None)

    def ratio(row: dict[str, Any]) -> float:
        return float(row["apercu_fr"] / min(row[f"{way}_fr"] for way in WAYS[1:] if f"{way}_fr" in row))

    free = [row for row in rows.values() if row["apercu_fr"] > 1.001 * row["least_fr"]]
    none = [row["apercu_or"] for label, row in rows.items() if label.endswith("OR 0")]
    return [
        Aim("1,000 tubes, s", 3.0, slowest(1000), at_most=True, spec=".1f"),
        Aim("10,000 tubes, s", 60.0, slowest(10_000), at_most=True, spec=".1f"),
        Aim("memory of the largest set, MB", 1000, memory, at_most=True, spec=".0f"),
        Aim(
            "FR / the better reference's, worst",
            1.0,
            max(map(ratio, rows.values()), default=None),
            at_most=True,
        ),
        Aim(
            "the same, where the longest tube does not decide",
            1.0,
            max(map(ratio, free), default=None),
            at_most=True,
        ),
        Aim("overlap where none is asked for", 0.0, max(none, default=None), at_most=True, spec=".6f"),
    ]


def main() -> None:
    """Compare on all sets, print and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=lambda text: text.split(","), default=list(SETS), help="with commas")
    parser.add_argument(
        "--overlaps", type=lambda text: [float(word) for word in text.split(",")], default=list(OVERLAPS)
    )
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder with the real footage")
    parser.add_argument("--archives", type=Path, help="keep archives here, or use what is there")
    report.add_options(parser)
    args = parser.parse_args()
    rows: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    few = synopsis_sets.day(3)
    arrange(few, synopsis_sets.GRID, synopsis_sets.RATE, ArrangeOptions(0.01))  # compiled before it is timed
    compared(few, synopsis_sets.GRID, synopsis_sets.RATE, 60.0, 0.01)
    with tempfile.TemporaryDirectory() as temporary:
        for name in args.sets:
            if name in REAL:
                given = real(name, args.footage, args.archives or Path(temporary))
                if given is None:
                    notes.append(f"{name} was not measured: there is no footage of it.")
                    continue
            else:
                tubes = synopsis_sets.day(int(name))
                span_s = tubes[-1].line_s + len(tubes[-1]) / float(synopsis_sets.RATE)
                given = tubes, synopsis_sets.GRID, synopsis_sets.RATE, span_s
            for overlap in args.overlaps:
                row = compared(*given, overlap)
                rows[f"{name}, OR {overlap:g}"] = row
                shown = ", ".join(f"{way} {row.get(f'{way}_fr', float('nan')):.4f}" for way in WAYS)
                print(
                    f"{name}, OR {overlap:g}: {shown}, {row['apercu_s']:.1f} s", file=sys.stderr, flush=True
                )
    if args.record:
        IMAGES.mkdir(exist_ok=True)
        drawn(rows, "fr", "FR", IMAGES / "synopsis-fr.svg")
        drawn(rows, "cdr", "CDR", IMAGES / "synopsis-cdr.svg")
    largest = max((int(name) for name in args.sets if name not in REAL), default=None)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        memory = alone.submit(memory_mb, largest, args.overlaps).result() if largest else None
    tables = [
        report.Table("Length against overlap", "set", COLUMNS, rows),
        report.aims(promises(rows, memory)),
    ]
    report.publish("synopsis", tables, args, notes)


if __name__ == "__main__":
    main()
