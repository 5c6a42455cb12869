"""Pictures and clips of signals are made in their own thread: pictures first, and nobody waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from apercu.analysis import Detections, Tracks
from apercu.errors import OutputError
from apercu.events.event import Event
from apercu.events.watching.portrayal import write_clip
from apercu.events.watching.portrayer import ClipTask, PictureTask, Portrayer
from apercu.events.watching.recent import Past
from apercu.footage import Frame

from ..making import make_event
from ..watched import Blind


class Shelf:
    """Keeps in which order things came; clips may fail."""

    def __init__(self, folder: Path, *, full: bool = False) -> None:
        self.came: list[str] = []
        self._folder, self._full = folder, full

    @contextmanager
    def making(self, key: str) -> Iterator[Path]:
        yield self._folder

    def complete(self, key: str, *, clip: Path) -> None:
        if self._full:
            raise OutputError("cannot write (No space left on device)", where=clip)
        assert clip.stat().st_size > 0
        self.came.append("clip")

    def drawn(self, event: Event, picture: bytes) -> None:
        assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).shape == (36, 64, 3)
        self.came.append("picture")


def of_picture(shelf: Shelf) -> PictureTask:
    frame = Frame.from_bgr(np.full((36, 64, 3), 90, np.uint8))
    return PictureTask(make_event(), frame, None, Tracks.empty(), [], shelf.drawn)


def of_clip() -> ClipTask:
    jpeg = cv2.imencode(".jpg", np.full((36, 64, 3), 90, np.uint8))[1].tobytes()
    return ClipTask(make_event(), (Past(0.0, jpeg), Past(0.2, jpeg)), Tracks.empty(), 1.0, 5.0)


def test_pictures_are_made_before_clips_and_what_waits_is_done_at_the_end(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    portrayer = Portrayer(shelf, Blind(), pytest.fail)
    portrayer.write(of_clip())
    portrayer.draw(of_picture(shelf))
    portrayer.close()
    portrayer.run()
    assert shelf.came == ["picture", "clip"] and (portrayer.made, portrayer.left_out) == (2, 0)


def test_clips_that_wait_leave_room_for_pictures_and_both_are_bounded(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    portrayer = Portrayer(shelf, Blind(), pytest.fail)
    for _ in range(10):
        portrayer.write(of_clip())
    for _ in range(10):
        portrayer.draw(of_picture(shelf))
    portrayer.close()
    portrayer.run()
    assert shelf.came == 8 * ["picture"] + 8 * ["clip"] and portrayer.left_out == 4


def test_clips_that_share_pictures_share_what_a_detector_sees_in_them(tmp_path: Path) -> None:
    class Counting(Blind):
        looks = 0

        def detect(self, image: np.ndarray) -> Detections:
            self.looks += 1
            return super().detect(image)

    jpeg = cv2.imencode(".jpg", np.full((36, 64, 3), 90, np.uint8))[1].tobytes()
    film = [Past(n / 5, jpeg) for n in range(60)]
    detector = Counting()
    looks = []
    for first in (0, 9, 10):
        shown = film[first : first + 50]
        write_clip(tmp_path / "clip.mp4", make_event(), shown, Tracks.empty(), detector, scale=1.0, rate=5.0)
        looks.append(detector.looks)
    # Ten seconds in steps of 0.6; then the 1.8 seconds that are new; then the one step that begins within.
    assert looks == [17, 20, 21]


def test_what_cannot_be_written_is_told_and_the_next_is_made(tmp_path: Path) -> None:
    told: list[str] = []
    shelf = Shelf(tmp_path, full=True)
    portrayer = Portrayer(shelf, Blind(), told.append)
    portrayer.write(of_clip())
    portrayer.close()
    portrayer.run()
    assert (portrayer.made, portrayer.left_out) == (0, 1)
    assert told[0].startswith("warning: no clip of signal") and "No space left" in told[0]
