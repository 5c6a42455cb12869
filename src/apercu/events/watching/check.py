"""Whether a file of ``apercu watch`` will work: cameras are opened, zones drawn on what they see."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from apercu.analysis import Detector
from apercu.analysis.thorough import without_people
from apercu.archive import Archive
from apercu.archive.zones import read_zones
from apercu.disk import replace_file, writing
from apercu.events.rules import check_purpose, check_site
from apercu.events.settings import SettingsFile
from apercu.events.site import Site
from apercu.events.watching.settings import CameraSettings, WatchSettings, rules_of, source_of
from apercu.footage import LiveReader, RecordingInfo
from apercu.purposes import Capability
from apercu.statistics.direct import scene_of
from apercu.statistics.scene import Scene
from apercu.synopsis.zones import with_zones

_RATE = 2.0
_PICTURES = 7
_LOOK_PX = 640


@dataclass(frozen=True, slots=True)
class Checked:
    """A camera that will work.

    Attributes:
        camera: its name.
        source: its address, without password.
        stream: size, codec and container.
        rules: names of its rules.
        places: names of its zones and lines.
        picture: where its scene was drawn.
    """

    camera: str
    source: str
    stream: str
    rules: Sequence[str]
    places: Sequence[str]
    picture: Path


def check_rules(file: SettingsFile[WatchSettings], camera: CameraSettings, archive: Archive) -> None:
    """Refuse what can be seen to be wrong without opening the camera.

    Raises:
        UsageError: its rules or its password cannot be read, or a zone or line is not there.
        RefusedError: a rule does not exist under the archive's purpose.
    """
    rules, where, key = rules_of(file, camera)
    check_purpose(rules, archive.gate, subject=f"rules of camera {camera.name}")
    source_of(file, camera)
    # How large its pictures are is not known yet, and makes no difference to what was drawn.
    drawn = Scene.of(read_zones(archive).get(camera.name, {}), 1000, 1000, None)
    check_site(rules, Site(camera.name, drawn), where, key, keys=("zone", "line"))


def check_camera(
    file: SettingsFile[WatchSettings],
    camera: CameraSettings,
    archive: Archive,
    detector: Detector,
    folder: Path,
) -> Checked:
    """Open a camera, check its rules against what it sees, and draw its zones and lines on that.

    The picture is ``folder/check-<camera>.png``: the median of some seconds, so that what moves is not in it,
    and whoever stands still is pixelated.

    Args:
        file: the settings.
        camera: one of them.
        archive: theirs.
        detector: looks for people.
        folder: where the picture goes.

    Raises:
        UsageError: its settings cannot be used.
        FootageError: it cannot be opened, or shows nothing.
        RefusedError: a rule does not exist under the archive's purpose, or scenes must not be shown.
        OutputError: the picture cannot be written.
    """
    rules, where, key = rules_of(file, camera)
    check_purpose(rules, archive.gate, subject=f"rules of camera {camera.name}")
    source = source_of(file, camera)
    with archive.opens(Capability.SHOW_SCENE, subject=f"camera {camera.name}, {source.shown}"):
        with LiveReader(source, rate=_RATE) as reader, closing(reader.frames()) as frames:
            info = reader.info
            pictures = np.stack([frame.bgr() for frame in islice(frames, _PICTURES)])
        scene = scene_of(archive, camera.name, None, info.width, info.height)
        zones = list(read_zones(archive).get(camera.name, {}).values())
        drawn = with_zones(_empty(pictures, detector), zones)
        target = folder / f"check-{camera.name}.png"
        with writing(target):
            replace_file(target, cv2.imencode(".png", drawn)[1].tobytes())
    # After the picture: a zone that is not there yet is drawn by it.
    check_site(rules, Site(camera.name, scene), where, key)
    return Checked(
        camera.name,
        source.shown,
        _stream(info),
        [rule.name for rule in rules],
        [zone.name for zone in zones],
        target,
    )


def _empty(pictures: NDArray[np.uint8], detector: Detector) -> NDArray[np.uint8]:
    # Row by row: the median of all at once would need its memory several times.
    rows = [np.median(pictures[:, y], axis=0) for y in range(pictures.shape[1])]
    return without_people(np.stack(rows).astype(np.uint8), detector, _LOOK_PX)[0]


def _stream(info: RecordingInfo) -> str:
    return f"{info.width}x{info.height} {info.codec} ({info.container}), {info.rate:g} pictures/s"
