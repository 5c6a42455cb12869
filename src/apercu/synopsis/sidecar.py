"""The index beside a synopsis: which tube is where at which output time, and its original moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

import numpy as np

from apercu.geometry import clip
from apercu.synopsis.arrangement import Arrangement
from apercu.synopsis.chapters import chapters_of
from apercu.synopsis.grouping import Groups
from apercu.synopsis.index import NOTICE, VERSION, Index, IndexMetrics, IndexRecording, IndexTube
from apercu.synopsis.metrics import SynopsisMetrics
from apercu.synopsis.render import Clock
from apercu.synopsis.sources import Source

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
        query: what was asked for, in one line.
        groups: which tube is shown with which; None when they are mixed.
    """

    video: str
    redacted: bool
    arrangement: Arrangement
    metrics: SynopsisMetrics
    sources: dict[str, Source]
    clock: Clock
    query: str = "everything"
    groups: Groups | None = None

    def index(self) -> Index:
        """Return the index; ``docs/sidecar.md`` says what each value is."""
        arrangement = self.arrangement
        shown = sorted({tube.recording_id for tube in arrangement.tubes})
        return Index(
            version=VERSION,
            notice=NOTICE,
            video=self.video,
            redacted=self.redacted,
            query=self.query,
            frame_rate=str(arrangement.rate),
            frame_count=arrangement.frame_count,
            # Videos have even sides, see ``VideoWriter``.
            width=arrangement.grid.frame_width + arrangement.grid.frame_width % 2,
            height=arrangement.grid.frame_height + arrangement.grid.frame_height % 2,
            metrics=IndexMetrics.model_validate(self.metrics.as_dict()),
            recordings=tuple(
                IndexRecording(
                    recording_id=key,
                    path=str(self.sources[key].path),
                    time_base=str(self.sources[key].time_base),
                    start_time=self._moment(key, 0.0),
                )
                for key in shown
            ),
            chapters=tuple(chapters_of(arrangement, self.clock, self.groups)),
            tubes=tuple(self._tube(i) for i in range(len(arrangement.tubes))),
        )

    def _tube(self, i: int) -> IndexTube:
        tube, start = self.arrangement.tubes[i], int(self.arrangement.starts[i])
        rate = float(self.arrangement.rate)
        last = len(tube) - 1
        step = max(1, round(_EVERY_S * rate))
        samples = np.unique(np.append(np.arange(0, last + 1, step), last))
        first_s, last_s = tube.original_s(0), tube.original_s(last)
        grid = self.arrangement.grid
        boxes = clip(tube.boxes[samples], grid.frame_width, grid.frame_height)
        values = {
            "number": i + 1,
            "recording_id": tube.recording_id,
            "track_id": tube.track_id,
            "class": tube.class_name,
            "group": None if self.groups is None else self.groups.names[int(self.groups.of[i])],
            "output_start_s": round(start / rate, 3),
            "output_end_s": round((start + last) / rate, 3),
            "original_start_s": round(first_s, 3),
            "original_end_s": round(last_s, 3),
            "left_out_s": round(float(tube.skipped.sum()), 3),
            "original_start_time": self._moment(tube.recording_id, first_s),
            "original_end_time": self._moment(tube.recording_id, last_s),
            "label_start": self.clock.label(tube.recording_id, first_s),
            "label_end": self.clock.label(tube.recording_id, last_s),
            "places": [
                {
                    "output_s": round((start + int(i)) / rate, 3),
                    "original_s": round(tube.original_s(int(i)), 3),
                    "box": [round(float(side), 1) for side in box],
                }
                for i, box in zip(samples, boxes, strict=True)
            ],
        }
        return IndexTube.model_validate(values)

    def _moment(self, recording_id: str, second: float) -> str | None:
        """Return the true time of a moment of a recording, ISO 8601 in UTC; None when nobody knows."""
        start = self.sources[recording_id].start
        if start is None:
            return None
        return (start.astimezone(UTC) + timedelta(seconds=second)).isoformat(timespec="milliseconds")


def as_json(index: Index) -> bytes:
    """Return an index as the content of its file."""
    return (index.model_dump_json(by_alias=True, indent=1) + "\n").encode()
