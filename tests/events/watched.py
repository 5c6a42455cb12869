"""Cameras to be watched that are films, a detector that needs no time, and a register in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from apercu.analysis import AnalysisOptions, Detections
from apercu.analysis.detector import load_card
from apercu.archive import Archive
from apercu.archive.zones import add_zone
from apercu.errors import OutputError
from apercu.events.event import Event
from apercu.events.rules import RulesFile
from apercu.events.settings import parse_settings
from apercu.events.watching.portrayal import picture_of
from apercu.events.watching.portrayer import ClipTask, PictureTask
from apercu.events.watching.watcher import Task, Watcher
from apercu.footage import SceneOptions, Source, SyntheticScene

RULES = """
[[rule]]
name = "in the middle"
kind = "zone"
zone = "middle"
classes = ["other"]
for_s = 0.5
"""


class Blind:
    """A detector that knows nothing: all that moves is other."""

    card = load_card()

    def detect(self, image: np.ndarray) -> Detections:
        return Detections.empty()


class Kept:
    """A register in memory, the first tries may fail; makes pictures at once, and no clips."""

    def __init__(self, failing: int = 0) -> None:
        self.events: list[Event] = []
        self.pictures: list[bytes | None] = []
        self.says: list[str] = []
        self.clips: list[ClipTask] = []
        self._failing = failing

    def add(self, event: Event, *, rule_says: str, picture: bytes | None, picture_follows: bool) -> None:
        if self._failing:
            self._failing -= 1
            raise OutputError("cannot write (No space left on device)", where="archive")
        self.events.append(event)
        self.pictures.append(picture)
        self.says.append(rule_says)

    def complete(self, key: str, *, picture: bytes | None = None) -> None:
        (number,) = (n for n, event in enumerate(self.events) if event.key == key)
        self.pictures[number] = picture

    def last_met(self, camera: str, rules: Iterable[str]) -> dict[str, datetime]:
        return {event.rule: event.met_at for event in self.events if event.met_at is not None}

    def draw(self, task: PictureTask) -> None:
        shown = task.frame, task.moving, task.tracks
        task.told(task.event, picture_of(task.event, *shown, Blind(), task.places))

    def write(self, task: ClipTask) -> None:
        self.clips.append(task)


def film(path: Path, seconds: float = 16.0, *, rate: int = 10) -> Path:
    """Write a generated place."""
    SyntheticScene(SceneOptions(320, 180, Fraction(rate), seconds=seconds, objects=5, seed=4)).write(path)
    return path


def watched_archive(folder: Path, purpose: str = "research") -> Archive:
    """Return a new archive with a zone."""
    archive = Archive.create(folder, name="Test", purpose=purpose, purpose_fields={"licence": "own"})
    add_zone(archive, "gate", "middle", "zone", [(0.3, 0.0), (0.7, 0.0), (0.7, 1.0), (0.3, 1.0)])
    return archive


def watch(archive: Archive, source: Source, kept: Kept, portrayer: Any = None, **other: Any) -> Watcher:
    """Watch a film to its end."""
    rules = parse_settings(RULES, RulesFile, "rules.toml").settings.rule
    values: dict[str, Any] = {"rules": rules, "options": AnalysisOptions(rate=5.0)}
    task = Task("gate", source, **values | other)
    portrayer: Any = kept if portrayer is None else portrayer
    watcher = Watcher(archive, task, Blind(), signals=kept, portrayer=portrayer, stop=threading.Event())
    watcher.run()
    return watcher


def settings(path: Path, archive: Path, *cameras: dict[str, Any]) -> Path:
    """Write a file for ``apercu watch``."""
    rule = {"name": "in the middle", "kind": "zone", "zone": "middle", "classes": ["other"], "for_s": 0.5}
    listed = [{"rule": [rule], **camera} for camera in cameras]
    path.write_text(tomli_w.dumps({"archive": str(archive), "camera": listed}))
    return path
