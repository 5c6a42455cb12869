"""The index beside a synopsis: which tube is where at which output time, and its original moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from apercu.disk import replace_file, writing
from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.metrics import SynopsisMetrics
from apercu.synopsis.render import Clock
from apercu.synopsis.sources import Source
from apercu.synopsis.tubes import Tube

VERSION = 1
_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Everything the index says.

    Attributes:
        video: name of the synopsis file.
        redacted: whether people in it are pixelated.
        arrangement, metrics: what is shown when, and its figures.
        sources: the recordings, by recording id.
        clock: writes original times.
    """

    video: str
    redacted: bool
    arrangement: Arrangement
    metrics: SynopsisMetrics
    sources: dict[str, Source]
    clock: Clock

    def as_dict(self) -> dict[str, Any]:
        """Return the index as plain values; ``docs/sidecar.md`` says what each one is."""
        arrangement = self.arrangement
        rate = float(arrangement.rate)
        shown = sorted({tube.recording_id for tube in arrangement.tubes})
        return {
            "version": VERSION,
            "notice": "A synopsis is not evidence: moments are shown together that did not happen together.",
            "video": self.video,
            "redacted": self.redacted,
            "frame_rate": str(arrangement.rate),
            "frame_count": arrangement.frame_count,
            "width": arrangement.grid.frame_width,
            "height": arrangement.grid.frame_height,
            "metrics": self.metrics.as_dict(),
            "recordings": [
                {
                    "recording_id": key,
                    "path": str(self.sources[key].path),
                    "time_base": str(self.sources[key].time_base),
                    "start_time": self._moment(key, 0.0),
                }
                for key in shown
            ],
            "tubes": [
                self._tube(tube, int(start), rate)
                for tube, start in zip(arrangement.tubes, arrangement.starts, strict=True)
            ],
        }

    def _tube(self, tube: Tube, start: int, rate: float) -> dict[str, Any]:
        last = len(tube) - 1
        step = max(1, round(_EVERY_S * rate))
        samples = np.unique(np.append(np.arange(0, last + 1, step), last))
        first_s, last_s = tube.original_s(0), tube.original_s(last)
        return {
            "recording_id": tube.recording_id,
            "track_id": tube.track_id,
            "class": tube.class_name,
            "output_start_s": round(start / rate, 3),
            "output_end_s": round((start + last) / rate, 3),
            "original_start_s": round(first_s, 3),
            "original_end_s": round(last_s, 3),
            "original_start_time": self._moment(tube.recording_id, first_s),
            "original_end_time": self._moment(tube.recording_id, last_s),
            "label_start": self.clock.label(tube.recording_id, first_s),
            "label_end": self.clock.label(tube.recording_id, last_s),
            "places": [
                {
                    "output_s": round((start + int(i)) / rate, 3),
                    "original_s": round(tube.original_s(int(i)), 3),
                    "box": [round(float(side), 1) for side in tube.boxes[i]],
                }
                for i in samples
            ],
        }

    def _moment(self, recording_id: str, second: float) -> str | None:
        """Return the true time of a moment of a recording, ISO 8601 in UTC; None when nobody knows."""
        start = self.sources[recording_id].start
        if start is None:
            return None
        return (start.astimezone(UTC) + timedelta(seconds=second)).isoformat(timespec="milliseconds")

    def write(self, path: Path) -> None:
        """Write the index as JSON, whole or not at all.

        Raises:
            OutputError: it cannot be written; an older file of that name stays as it was.
        """
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n"
        with writing(path):
            replace_file(path, text.encode())
