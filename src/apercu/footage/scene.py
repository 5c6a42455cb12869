"""Generated fixed-camera footage with known truth: for tests, the demo and benchmarks.

Every frame is computed on its own from its number, so any frame can be asked for in any order and memory does
not grow with length. The same options and actors always give the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.errors import UsageError
from apercu.footage.actors import Actor
from apercu.footage.scenery import bush, random_actors, textured_background
from apercu.footage.sprites import Picture, Placed, Sprite, lay, place
from apercu.footage.truth import CLASS_NAMES, SceneTruth, TruthTracks
from apercu.footage.writer import VideoWriter

_SHADE_SEEN = 0.04
"""Shadow that takes less than this share of the light is not called shadow."""


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """What a scene is like.

    Attributes:
        width, height: pixels.
        rate: frames per second, exact.
        seconds: length.
        seed: decides everything that chance decides.
        objects: how many shapes come by, where no actors are given.
        dwellers: how many of them stop for a while.
        crossing: whether they pass each other in pairs.
        noise_sigma: sensor noise, standard deviation in grey levels.
        shadow: share of light that cast shadows take away, 0 to 1.
        light_drift: amplitude of slow brightening and darkening, as a share of the light.
        light_period_s: seconds from bright to bright again.
        warming: how far daylight turns to the warm light of a late afternoon by the end, 0 to 1.
        cloud_at_s: when a cloud covers the sun within a second, for ``cloud_for_s`` seconds; None for never.
        cloud_for_s: how long it stays.
        cloud_depth: share of light that it takes away.
        sway_px: how far swaying things lean in the wind, pixels at the top; 0 for calm.
        clock: burned into the upper left corner, from this time on; None for no clock.
        infrared: grey, as cameras film at night.
    """

    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(25)
    seconds: float = 20.0
    seed: int = 0
    objects: int = 5
    dwellers: int = 0
    crossing: bool = False
    noise_sigma: float = 2.0
    shadow: float = 0.4
    light_drift: float = 0.0
    light_period_s: float = 60.0
    warming: float = 0.0
    cloud_at_s: float | None = None
    cloud_for_s: float = 5.0
    cloud_depth: float = 0.3
    sway_px: float = 0.0
    clock: datetime | None = None
    infrared: bool = False

    def __post_init__(self) -> None:
        if self.width < 16 or self.height < 16 or self.rate <= 0 or self.seconds * self.rate < 1:
            raise UsageError(
                f"{self.seconds} s of {self.width}x{self.height} at {self.rate} fps have nothing to show",
                next_step="Ask for at least 16x16 pixels and one frame.",
            )


@dataclass(frozen=True, slots=True)
class Plant:
    """Something rooted that sways in the wind and is no object: a tree, a bush.

    Attributes:
        sprite: its picture, standing on its anchor.
        x, y: pixels of its foot in the scene.
        pace: seconds from side to side and back.
    """

    sprite: Sprite
    x: float
    y: float
    pace: float = 3.1


class SyntheticScene:
    """A place seen by a fixed camera, and actors that move through it; nearer (lower) ones hide others."""

    def __init__(
        self,
        options: SceneOptions | None = None,
        *,
        actors: Sequence[Actor] | None = None,
        background: Picture | None = None,
        plants: Sequence[Plant] = (),
    ) -> None:
        """Make a scene; what is not given is made up from the seed.

        ``background`` is BGR uint8 (h, w, 3). ``plants`` are on top of it; a made-up scene has one where
        the wind blows.
        """
        self.options = options = options or SceneOptions()
        self._size = size = (options.width, options.height)
        if background is None:
            background = textured_background(*size, options.seed)
            if options.sway_px > 0 and not plants:
                height = options.height // 2
                plants = [Plant(bush(height, options.seed), options.width * 0.85, options.height * 0.6)]
        if background.shape != (*size[::-1], 3) or background.dtype != np.uint8:
            raise UsageError(
                f"the background is {background.dtype} {background.shape}, not uint8 {(*size[::-1], 3)}",
                next_step="Give a BGR picture of the scene's own size.",
            )
        if actors is None:
            actors = random_actors(
                size, options.objects, options.dwellers, options.crossing, options.seconds, options.seed
            )
        self.actors = tuple(actors)
        self._plants = tuple(plants)
        self._background = background
        self._noise = _noise_tiles(size, options)

    def __len__(self) -> int:
        """Return the number of frames."""
        return int(self.options.seconds * self.options.rate)

    @property
    def classes(self) -> NDArray[np.int8]:
        """Class of every object, int8 (objects,), indices into ``CLASS_NAMES``; object k has id k + 1."""
        return np.array([CLASS_NAMES.index(a.class_name) for a in self.actors], np.int8)

    def seconds(self, n: int) -> float:
        """Return the media time of frame ``n``.

        Raises:
            UsageError: there is no such frame.
        """
        if not 0 <= n < len(self):
            raise UsageError(f"there is no frame {n}", next_step=f"Frames are 0 to {len(self) - 1}.")
        return float(n / self.options.rate)

    def frame(self, n: int) -> Picture:
        """Return frame ``n`` as the camera delivers it: BGR uint8 (h, w, 3)."""
        return self._noisy(n, self.clean(n))

    def clean(self, n: int) -> Picture:
        """Return frame ``n`` without sensor noise."""
        return self._picture(self.seconds(n), with_actors=True)

    def still(self, n: int) -> Picture:
        """Return frame ``n`` without sensor noise and without any object: the background of that moment."""
        return self._picture(self.seconds(n), with_actors=False)

    def frames(self) -> Iterator[Picture]:
        """Yield every frame in order."""
        for n in range(len(self)):
            yield self.frame(n)

    def truth(self, n: int) -> SceneTruth:
        """Return what is truly in frame ``n``."""
        shape = self._size[::-1]
        layers = self._layers(self.seconds(n), with_actors=True)
        owner, shade = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
        for k, placed in layers:
            solid = placed.solid
            if k > 0:
                cast = shade[placed.where]
                np.maximum(cast, placed.shade * np.float32(self.options.shadow / 255), out=cast)
            shade[placed.where][solid] = 0
            owner[placed.where][solid] = k
        ids, boxes, visibility = _measure(layers, owner)
        masks = owner[None] == ids[:, None, None]
        shadow = (shade >= _SHADE_SEEN) & (owner <= 0)
        return SceneTruth(ids, boxes, self.classes[ids - 1], visibility, masks, shadow)

    def tracks_truth(self) -> TruthTracks:
        """Return where every object was in every frame."""
        owner = np.zeros(self._size[::-1], np.int16)
        rows = []
        for n in range(len(self)):
            layers = self._layers(self.seconds(n), with_actors=True)
            for k, placed in layers:
                owner[placed.where][placed.solid] = k
            ids, boxes, visibility = _measure(layers, owner)
            rows.append((np.full(len(ids), n, np.int32), ids, boxes, visibility))
            for _, placed in layers:
                owner[placed.where] = 0
        frames, numbers, boxes, visibility = (np.concatenate(column) for column in zip(*rows, strict=True))
        return TruthTracks(frames, numbers, boxes, self.classes[numbers - 1], visibility)

    def write(self, path: Path, *, crf: int = 20, preset: str = "veryfast") -> None:
        """Write the scene as H.264 MP4 (options as in ``VideoWriter``)."""
        options = self.options
        with VideoWriter(path, options.width, options.height, options.rate, crf=crf, preset=preset) as writer:
            for picture in self.frames():
                writer.write(picture)

    def _layers(self, seconds: float, with_actors: bool) -> list[tuple[int, Placed]]:
        """Return everything in the picture from far to near, as id (-1 for plants) and placed sprite."""
        layers: list[tuple[float, int, Placed]] = []
        for plant in self._plants:
            height = max(plant.sprite.anchor[1], 1.0)
            phase = 2 * math.pi * seconds / plant.pace
            gust = 0.6 + 0.4 * math.sin(phase / 4.3 + plant.x)
            shear = self.options.sway_px / height * math.sin(phase + plant.x) * gust
            placed = place(plant.sprite, plant.x, plant.y, 1.0, self._size, shear)
            if placed is not None:
                layers.append((plant.y, -1, placed))
        for k, actor in enumerate(self.actors if with_actors else (), start=1):
            at = actor.position(seconds)
            placed = actor.placed(seconds, self._size) if at is not None else None
            if at is not None and placed is not None:
                layers.append((at[1], k, placed))
        layers.sort(key=lambda layer: layer[:2])
        return [(k, placed) for _, k, placed in layers]

    def _picture(self, seconds: float, *, with_actors: bool) -> Picture:
        picture = self._background.copy()
        for _, placed in self._layers(seconds, with_actors):
            lay(picture, placed, self.options.shadow)
        gains = self._light(seconds)
        if np.any(gains != 1):
            levels = np.clip(np.arange(256)[:, None] * gains, 0, 255).round().astype(np.uint8)
            picture = np.asarray(cv2.LUT(picture, levels[:, None, :]), np.uint8)
        if self.options.infrared:
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
        if self.options.clock is not None:
            self._burn(picture, self.options.clock + timedelta(seconds=seconds))
        return picture

    def _light(self, seconds: float) -> NDArray[np.float64]:
        """Return how bright blue, green and red are (3,), 1 for the background as given."""
        o = self.options
        gain = 1 + o.light_drift * math.sin(2 * math.pi * seconds / o.light_period_s)
        if o.cloud_at_s is not None:
            coming = np.clip(seconds - o.cloud_at_s, 0, 1)
            leaving = np.clip(seconds - o.cloud_at_s - o.cloud_for_s, 0, 1)
            gain *= 1 - o.cloud_depth * float(coming - leaving)
        warm = o.warming * seconds / o.seconds
        return gain * np.array([1 - 0.20 * warm, 1 - 0.07 * warm, 1 - 0.01 * warm])

    def _burn(self, picture: Picture, moment: datetime) -> None:
        """Write a clock into the upper left corner, in place."""
        text = moment.strftime("%Y-%m-%d %H:%M:%S")
        scale = self.options.height / 720
        (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        cv2.rectangle(picture, (0, 0), (width + 8, height + below + 6), (0, 0, 0), -1)
        cv2.putText(
            picture, text, (4, height + 4), cv2.FONT_HERSHEY_SIMPLEX, scale, (235, 235, 235), 1, cv2.LINE_AA
        )

    def _noisy(self, n: int, picture: Picture) -> Picture:
        """Return the picture with noise: a stretch of the noise tile, chosen anew for every frame."""
        if self._noise is None:
            return picture
        brighter, darker = self._noise
        rows, columns = brighter.shape[0] - picture.shape[0] + 1, brighter.shape[1] - picture.shape[1] + 1
        y, x = np.random.default_rng([self.options.seed, n]).integers(0, (rows, columns))
        cut = (slice(y, y + picture.shape[0]), slice(x, x + picture.shape[1]))
        return np.asarray(cv2.subtract(cv2.add(picture, brighter[cut]), darker[cut]), np.uint8)


def _measure(
    layers: Sequence[tuple[int, Placed]], owner: NDArray[np.int16]
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Return ids (k,), boxes (k, 4) and visible shares (k,) of the objects; ``owner`` is of every pixel."""
    found = []
    for k, placed in layers:
        solid = placed.solid
        if k < 0 or not solid.any():
            continue
        columns, rows = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
        top, left = placed.where[0].start, placed.where[1].start
        visible = np.count_nonzero(owner[placed.where] == k) / np.count_nonzero(solid)
        found.append(
            (k, left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1, visible)
        )
    table = np.array(sorted(found), np.float32).reshape(-1, 6)
    return table[:, 0].astype(np.int32), table[:, 1:5], table[:, 5]


def _noise_tiles(size: tuple[int, int], options: SceneOptions) -> tuple[Picture, Picture] | None:
    """Return what noise adds and takes away, uint8, somewhat larger than the picture; None for none."""
    if options.noise_sigma <= 0:
        return None
    rng = np.random.default_rng([options.seed, 3])
    extent = (size[1] + 61, size[0] + 67, 1 if options.infrared else 3)
    noise = np.rint(options.noise_sigma * rng.standard_normal(extent, np.float32))
    tile = np.broadcast_to(noise, (*extent[:2], 3))
    return np.clip(tile, 0, 255).astype(np.uint8), np.clip(-tile, 0, 255).astype(np.uint8)
