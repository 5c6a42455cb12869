"""What stands below a poster: every day that it spans, and times that do not cover one another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.archive import Archive
from apercu.synopsis import poster as module
from apercu.synopsis.lettering import text_width
from apercu.synopsis.originals import Originals
from apercu.synopsis.poster import make_poster

NIGHT = datetime(2024, 5, 31, 20, tzinfo=UTC)
Written = list[tuple[str, int, int]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """Collect what is written: text, left edge and height of letters."""
    found: Written = []
    monkeypatch.setattr(module, "write", lambda _, text, x, y, size: found.append((text, x, size)))
    return found


def title_of(made: Written) -> str:
    return next(text for text, *_ in made if "path" in text)


def test_a_poster_of_several_days_tells_the_first_and_the_last(
    archive: Archive,
    store: Callable[..., str],
    filmed: Callable[..., Path],
    walk: Callable[..., tuple],
    tmp_path: Path,
    written: Written,
) -> None:
    store(filmed(4.0, name="a"), walk(0.5, 2.0), start=NIGHT)
    make_poster(archive, tmp_path / "p.png")
    assert title_of(written) == "gate: 1 path, 2024-05-31"
    store(filmed(4.0, name="b"), walk(0.5, 2.0), start=NIGHT.replace(year=2025, month=1, day=1))
    written.clear()
    make_poster(archive, tmp_path / "p.png")
    assert title_of(written) == "gate: 2 paths, 2024-05-31 to 2025-01-01"


def test_times_below_an_upright_picture_do_not_cover_one_another(
    archive: Archive,
    store: Callable[..., str],
    filmed: Callable[..., Path],
    walk: Callable[..., tuple],
    tmp_path: Path,
    written: Written,
) -> None:
    for name, day in (("a", NIGHT), ("b", NIGHT.replace(year=2025))):
        store(filmed(4.0, size=(90, 160), name=name), walk(0.5, 2.0), start=day)
    poster = make_poster(archive, tmp_path / "p.png")
    times = sorted((x, x + text_width(text, size)) for text, x, size in written if "path" not in text)
    texts = {text for text, *_ in written}
    assert {poster.first, poster.last} <= texts and len(times) == 3
    assert all(end < begin for (_, end), (begin, _) in pairwise(times))


def test_colours_are_spent_on_what_was_recorded(
    archive: Archive,
    store: Callable[..., str],
    filmed: Callable[..., Path],
    walk: Callable[..., tuple],
    tmp_path: Path,
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares: list[float] = []
    colours = module._colours
    monkeypatch.setattr(module, "_colours", lambda given: (shares.extend(given), colours(given))[1])
    for name, day in (("a", 29), ("b", 31)):
        store(filmed(4.0, name=name), walk(1.0, 3.0), start=NIGHT.replace(day=day))
    make_poster(archive, tmp_path / "p.png")
    paths = np.array(shares[: -(1280 - 2 * 20)])  # without those of the legend
    # From 1 s of the first recording of 4 s to 4 s of the second: that begins after three of seven seconds.
    assert paths.min() == 0 and paths.max() == pytest.approx(1, abs=0.05)
    assert np.ptp(paths[paths < 3 / 7]) > 0.3 and np.ptp(paths[paths > 3 / 7]) > 0.3
    mark = 20 + 3 / 7 * (1280 - 2 * 20)
    begun = [x + text_width(text, size) / 2 for text, x, size in written if text == "31.05. 22:00:00"]
    assert begun == [pytest.approx(mark, abs=1)]
    rows = archive.recordings()
    recorded_s = Originals.of(archive, rows).clock.recorded_s  # likewise of the bar in a synopsis
    assert recorded_s([4.0, 2 * 86400.0, 2 * 86400 + 1.0]).tolist() == [4.0, 4.0, 5.0]


@given(
    width=st.integers(300, 2600),
    ticks=st.lists(st.text("0123456789:. ", min_size=1, max_size=19), min_size=5, max_size=5),
)
def test_no_time_covers_another_and_both_ends_are_told(width: int, ticks: list[str]) -> None:
    found: Written = []
    marks = [module._Tick(share, text) for share, text in zip((0, 1, 0.5, 0.25, 0.75), ticks, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "write", lambda _, text, x, y, size: found.append((text, x, size)))
        module._with_legend(np.zeros((20, width, 3), np.uint8), "title", marks)
    _, *told = found
    spans = sorted((x, x + text_width(text, size)) for text, x, size in told)
    assert all(end < begin for (_, end), (begin, _) in pairwise(spans))
    assert (told[0][0], told[-1][0]) == (ticks[0], ticks[1])
