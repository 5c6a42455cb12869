from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from apercu.archive import Archive
from apercu.synopsis.looks import KeptLooks, Looks

NOBODY = np.zeros((0, 4), np.float32)
TWO = np.arange(8, dtype=np.float32).reshape(2, 4)


def test_what_is_added_is_known_next_time() -> None:
    looks = Looks()
    assert not looks.any_known and looks.at("r", 0.5) == {} and looks.added() == {}
    looks.add("r", 2, 0.9, TWO[:1])
    looks.add("r", 1, 0.5, NOBODY)
    looks.add("r", 2, 0.5, TWO)
    again = Looks(looks.added())
    assert again.any_known and again.added() == {}
    seen = again.at("r", 0.5)
    assert set(seen) == {1, 2} and seen[1].shape == (0, 4) and np.array_equal(seen[2], TWO)
    assert np.array_equal(again.at("r", 0.9)[2], TWO[:1])
    assert again.at("r", 0.7) == {} and again.at("other", 0.5) == {}


def test_an_archive_keeps_them_for_the_tracks_that_they_were_taken_for(
    archive: Archive, store: Callable[..., str], filmed: Callable[..., Path], walk: Callable[..., tuple]
) -> None:
    recording_id = store(filmed(1.0), walk(0, 1))
    before = KeptLooks(archive, archive.recordings())
    looks = before.read()
    looks.add(recording_id, 1, 0.5, TWO)
    before.keep(looks)
    assert np.array_equal(before.read().at(recording_id, 0.5)[1], TWO)
    store(filmed(1.0), walk(0, 1))
    before.keep(looks)  # too late: the tracks are others by now
    anew = KeptLooks(archive, archive.recordings())
    assert not anew.read().any_known
