"""Which pictures are analysed; the rest of it is tested with whole recordings, in ``test_pipeline``."""

from __future__ import annotations

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from apercu.analysis import AnalysisOptions
from apercu.analysis.pictures import Pictures
from apercu.footage import FootageReader, Frame


class Camera(FootageReader):
    """A recording that is read as a camera is, and whose first picture comes when all cameras have begun."""

    def __init__(self, path: Path, begun: threading.Barrier) -> None:
        super().__init__(path)
        self._begun = begun

    def frames(self, *given: Any, **named: Any) -> Generator[Frame]:
        self._begun.wait(30)
        yield from super().frames(*given, **named)

    def groups(self, *given: Any, **named: Any) -> None:
        """Nothing can be read ahead of a camera."""


def test_cameras_show_their_scenes_at_the_same_time(stage: Any) -> None:
    path = stage.record(stage.scene())
    begun = threading.Barrier(2)

    def samples(_: int) -> np.ndarray[Any, Any]:
        with Camera(path, begun) as camera:
            return Pictures(camera, AnalysisOptions()).samples

    with ThreadPoolExecutor(2) as cameras:
        one, two = cameras.map(samples, range(2))
    assert len(one) > 1
    np.testing.assert_array_equal(one, two)
