"""Where the time of a run went: seconds of work per stage, over all recordings that were analysed in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apercu.cli import console
from apercu.cli.taking import Taken

_ORDER = ("begin", "decode", "motion", "detect", "track", "write")


def summary_as_dict(taken: Sequence[Taken], elapsed_s: float) -> dict[str, Any]:
    """Return the summary of a run as plain values.

    ``work_s`` is the sum over stages, which run side by side: it may be larger than ``elapsed_s``.
    """
    intakes = [one.intake for one in taken if one.intake is not None and not one.intake.repeated]
    footage_s = sum(intake.row.facts.duration_s - intake.resumed_s for intake in intakes)
    seconds: dict[str, float] = {}
    for intake in intakes:
        for name, spent in intake.row.analysis.stage_seconds.items():
            seconds[name] = seconds.get(name, 0.0) + spent
    names = sorted(seconds, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    work_s = sum(seconds.values())
    return {
        "footage_s": round(footage_s, 3),
        "elapsed_s": round(elapsed_s, 3),
        "times_real_time": round(footage_s / max(elapsed_s, 1e-3), 2),
        "work_s": round(work_s, 3),
        "stages": {
            name: {"seconds": round(seconds[name], 3), "share": round(seconds[name] / work_s, 3)}
            for name in names
        },
    }


def say_summary(taken: Sequence[Taken], elapsed_s: float) -> None:
    """Tell in two lines how fast it went and where the time went; nothing when nothing was analysed."""
    told = summary_as_dict(taken, elapsed_s)
    if not told["stages"]:
        return
    rate = console.times(told["times_real_time"])
    console.say(f"{console.length(told['footage_s'])} analysed in {console.length(elapsed_s)}, {rate}")
    stages = (f"{n} {s['seconds']:.1f} s ({s['share']:.0%})" for n, s in told["stages"].items())
    console.say(f"  work by stage: {', '.join(stages)}")
