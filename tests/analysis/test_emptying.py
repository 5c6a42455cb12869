from __future__ import annotations

from typing import Any

import numpy as np

from apercu.analysis.emptying import empty_scene


def test_what_passes_is_not_in_it(stage: Any) -> None:
    scene = stage.scene(stage.actor("person", 60, [0, 8], [(-20, 120), (340, 120)]))
    found = empty_scene(stage.record(scene), stage.detector(scene, blind=True), 320)
    away = np.abs(found.astype(int) - scene.still(0)).max(axis=-1)
    assert found.shape == (180, 320, 3)
    assert np.percentile(away, 99.5) < 25


def test_who_stands_there_most_of_the_time_is_pixelated(stage: Any) -> None:
    scene = stage.scene(stage.actor("person", 60, [0, 8], [(160, 120), (160.5, 120)], size=(60, 80)))
    path, known = stage.record(scene), stage.detector(scene)
    there = np.s_[50:110, 140:180]
    clear = empty_scene(path, stage.detector(scene, blind=True), 320)[there].astype(int)
    covered = empty_scene(path, known, 320)[there].astype(int)
    assert np.abs(clear - scene.clean(0)[there]).mean() < 10
    assert np.abs(covered - clear).mean() > 10 and len(np.unique(covered.reshape(-1, 3), axis=0)) < 80
