"""The ways of reading one recording that are compared, one a process: ``throughput.py`` runs and measures it.

python benchmarks/modes.py MODE VIDEO FOLDER [--card CARD]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

import av
from processes import keep_result

ARCHIVE, FOLLOWED = "archive", "followed.npz"
"""What ``whole`` and ``reference`` leave in the folder."""


def decode(video: Path, folder: Path, card: Path | None) -> dict[str, Any]:
    """Decode every picture and drop it."""
    begin = time.perf_counter()
    pictures = 0
    with av.open(video) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pictures += 1
    return {"seconds": time.perf_counter() - begin, "pictures": pictures}


def whole(video: Path, folder: Path, card: Path | None) -> dict[str, Any]:
    """Take the recording into a new archive, in this process, and time the analysis inside."""
    from apercu.analysis import Summary, analyze, load_detector
    from apercu.archive import Archive, analyst, intake

    inside: dict[str, Any] = {}
    whole = Summary()

    def timed(*args: Any, **named: Any) -> Summary:
        begin = time.perf_counter()
        summary = analyze(*args, **named)
        inside["inside_s"] = inside.get("inside_s", 0.0) + time.perf_counter() - begin
        whole.add(summary)
        inside["summary"] = asdict(whole)
        return summary

    detector = load_detector(card)
    with mock.patch.object(analyst, "analyze", timed):
        begin = time.perf_counter()
        fields = {"licence": "benchmark"}
        archive = Archive.create(
            folder / ARCHIVE, name="benchmark", purpose="research", purpose_fields=fields
        )
        intake.take_in(archive, video, detector, camera="camera")
        seconds = time.perf_counter() - begin
    if not inside:
        raise SystemExit("taking a recording in no longer calls analyst.analyze: this benchmark must follow")
    return {"seconds": seconds, **inside}


def reference(video: Path, folder: Path, card: Path | None) -> dict[str, Any]:
    """Follow what moves frame by frame, as ``reference.py`` says."""
    from reference import follow

    from apercu.analysis import load_detector

    detector = load_detector(card)
    begin = time.perf_counter()
    followed = follow(video, detector)
    seconds = time.perf_counter() - begin
    followed.save(folder / FOLLOWED)
    return {"seconds": seconds}


MODES: dict[str, Callable[[Path, Path, Path | None], dict[str, Any]]] = {
    "decode": decode,
    "whole": whole,
    "reference": reference,
}


def main() -> None:
    """Run one mode once."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("video", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--card", type=Path)
    args = parser.parse_args()
    keep_result(MODES[args.mode](args.video, args.folder, args.card), args.folder)


if __name__ == "__main__":
    main()
