"""A stage for analysis: scenes, a fake detector that knows their objects by hue, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from apercu.analysis import CLASSES, AnalysisOptions, Detections, ModelCard, Summary, Tracks, analyze
from apercu.analysis.model_card import Head, InputLayout
from apercu.footage import FootageReader
from apercu.footage.actors import Actor
from apercu.footage.scene import SceneOptions, SyntheticScene
from apercu.footage.scenery import textured_background
from apercu.footage.sprites import shape

CARD = ModelCard(
    name="fake",
    origin="generated",
    licence="Apache-2.0",
    model_path=Path("fake.onnx"),
    sha256="0" * 64,
    input=InputLayout("bgr", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "pad", 32, None, 114),
    head=Head("yolox"),
    nms_iou=0.5,
    labels=CLASSES[:-1],
    class_of_label=np.arange(len(CLASSES) - 1, dtype=np.int8),
)


class FakeDetector:
    """Knows every actor of a scene by its hue, wherever it is shown; grey surroundings are not seen.

    Args:
        scene: whose actors it knows.
        score: of every detection.
        misses: share of detections left out.
        jitter_px: standard deviation of the error of each side.
        blind: sees nothing at all.
    """

    def __init__(
        self,
        scene: SyntheticScene,
        *,
        score: float = 0.8,
        misses: float = 0.0,
        jitter_px: float = 0.0,
        blind: bool = False,
    ) -> None:
        self.card = CARD
        self.calls = 0
        self._rng = np.random.default_rng(0)
        self._score, self._misses, self._jitter = score, misses, jitter_px
        self._known = [] if blind else [(_hue(actor), actor.class_name) for actor in scene.actors]

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        self.calls += 1
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(int)
        vivid = (hsv[..., 1] > 110) & (hsv[..., 2] > 50)
        boxes, classes = [], []
        for hue, class_name in self._known:
            near = np.abs((hsv[..., 0] - hue + 90) % 180 - 90) <= 8
            rows, columns = np.nonzero(vivid & near)
            if len(rows) < 20 or self._rng.random() < self._misses:
                continue
            boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            classes.append(CLASSES.index(class_name))
        placed = np.array(boxes, np.float32).reshape(-1, 4)
        placed += self._rng.normal(0, 1, placed.shape).astype(np.float32) * np.float32(self._jitter)
        return Detections(
            placed, np.full(len(placed), self._score, np.float32), np.array(classes, np.int8).reshape(-1)
        )


def _hue(actor: Actor) -> int:
    image = actor.look.sprite(0.0, 1, True).image
    colour = image[image[..., 3] == 255][:, :3].mean(axis=0)
    return int(cv2.cvtColor(np.uint8([[colour]]), cv2.COLOR_BGR2HSV)[0, 0, 0])


@dataclass
class Kept:
    """A sink in memory, and the summary of what filled it."""

    parts: list[Tracks] = field(default_factory=list)
    backgrounds: list[tuple[float, NDArray[np.uint8]]] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)

    def add_tracks(self, tracks: Tracks) -> None:
        self.parts.append(tracks)

    def add_background(self, time_s: float, image: NDArray[np.uint8]) -> None:
        self.backgrounds.append((time_s, image))

    @property
    def tracks(self) -> Tracks:
        if not self.parts:
            return Tracks.empty()
        return Tracks(
            pa.concat_tables([part.table for part in self.parts]),
            pa.concat_tables([part.observation_table for part in self.parts]),
        )


class Stage:
    """Makes actors, scenes, recordings and analyses of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def actor(
        self,
        kind: str,
        hue: int,
        times: Sequence[float],
        points: Sequence[tuple[float, float]],
        size: tuple[int, int] = (22, 34),
        *,
        ellipse: bool = False,
    ) -> Actor:
        """Return a textured shape of one vivid hue (0 to 179) on a path of its foot."""
        colour = cv2.cvtColor(np.uint8([[[hue, 235, 200]]]), cv2.COLOR_HSV2BGR)[0, 0].tolist()
        look = shape(size, tuple(colour), ellipse=ellipse, seed=hue)
        return Actor(kind, look, np.array(times, float), np.array(points, float))

    def scene(self, *actors: Actor, seed: int = 3, grain: float = 0.0, **options: object) -> SyntheticScene:
        """Return a grey place with the actors; 320x180 at 12.5 pictures a second unless told.

        ``grain`` is the standard deviation of its texture, over that of the generated place.
        """
        chosen = {
            "width": 320,
            "height": 180,
            "rate": Fraction(25, 2),
            "seconds": 8.0,
            "shadow": 0.0,
        } | options
        made = SceneOptions(seed=seed, **chosen)  # type: ignore[arg-type]
        grey = cv2.cvtColor(textured_background(made.width, made.height, seed), cv2.COLOR_BGR2GRAY)
        texture = np.random.default_rng(seed).normal(0, grain, grey.shape)
        grey = np.clip(grey + cv2.GaussianBlur(texture, (0, 0), 0.8) * 2.8, 0, 255).astype(np.uint8)
        background = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
        return SyntheticScene(made, actors=actors, background=background)

    def detector(self, scene: SyntheticScene, **how: object) -> FakeDetector:
        """Return a detector that knows the scene's actors."""
        return FakeDetector(scene, **how)  # type: ignore[arg-type]

    def record(self, scene: SyntheticScene) -> Path:
        """Write the scene as a recording."""
        self._count += 1
        path = self._folder / f"scene-{self._count}.mp4"
        scene.write(path, crf=16, preset="ultrafast")
        return path

    def analyze(
        self,
        source: SyntheticScene | Path,
        detector: FakeDetector,
        *,
        options: AnalysisOptions | None = None,
        progress: Callable[[float], None] | None = None,
        threads: int = 2,
    ) -> Kept:
        """Analyse a scene or a recording."""
        path = source if isinstance(source, Path) else self.record(source)
        kept = Kept()
        with FootageReader(path) as reader:
            kept.summary = analyze(
                reader,
                detector,
                kept,
                recording_id="0123456789abcdef",
                camera="gate",
                options=options,
                progress=progress,
                threads=threads,
            )
        return kept


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage of its own folder."""
    return Stage(tmp_path)
