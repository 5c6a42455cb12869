"""Single moments over the empty scene: sheets, posters and stroboscopic stills, and what they hide."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest

from apercu.analysis import GroundPlane, Tracks
from apercu.archive import Archive
from apercu.archive.cameras import calibrate
from apercu.errors import FootageError, NothingToShowError, RefusedError, UsageError
from apercu.purposes import Capability, Gate
from apercu.search import Query, TrackId
from apercu.synopsis import MaskGrid, Tube, sheet_pages
from apercu.synopsis.choosing import choose
from apercu.synopsis.lettering import shortened, text_width, write
from apercu.synopsis.options import PosterOptions, SheetOptions, StroboscopeOptions
from apercu.synopsis.poster import make_poster
from apercu.synopsis.sheet import around, best_sample, make_sheet
from apercu.synopsis.sheet_facts import facts_of
from apercu.synopsis.sheet_pages import PER_PAGE, Cell, as_html, as_png
from apercu.synopsis.stroboscope import chosen_samples, make_stroboscope

Walk = Callable[..., tuple]
Store = Callable[..., str]
OPENLY = SheetOptions(redact=False, reason="system-check: a test")
ODD = ((1, 300), (300, 2))
NOON = datetime(2026, 3, 1, 11, tzinfo=UTC)


@pytest.fixture
def video(filmed: Callable[..., Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(filmed(6.0), tmp_path / "gate.mp4"))


def picture(path: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(path)), np.uint8)


class TestSheet:
    """A contact sheet."""

    def test_every_object_is_on_it_in_order_of_time(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        recording = store(video, *(walk(2.0 - 0.4 * i, 1.0, x=20 * i + 10) for i in range(5)), start=NOON)
        sheet = make_sheet(archive, tmp_path / "sheet.png", OPENLY)
        assert sheet.pages == (tmp_path / "sheet.png",)
        assert [best.track_id for best in sheet.shown] == [5, 4, 3, 2, 1]
        assert {best.recording_id for best in sheet.shown} == {recording}
        assert sheet.shown[0].label.startswith("12:00:0")
        assert picture(sheet.pages[0]).shape[1] == 1524

    def test_people_are_pixelated(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path, scene: np.ndarray
    ) -> None:
        store(video, walk(1.0, 1.0, x=60))
        redacted = picture(make_sheet(archive, tmp_path / "a.png").pages[0])
        openly = picture(make_sheet(archive, tmp_path / "b.png", OPENLY).pages[0])
        # A uniform grey object has noise in blocks of its own when it is covered.
        assert redacted[44:224, 12:252].reshape(-1, 3).std(axis=0).max() > 3
        assert (redacted != openly).any()

    def test_pages_are_bounded(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, *(walk(0.1 * (i % 40), 0.4, x=(7 * i) % 130) for i in range(PER_PAGE + 3)))
        told: list[tuple[str, float]] = []
        sheet = make_sheet(archive, tmp_path / "s.html", OPENLY, lambda *step: told.append(step))
        assert [path.name for path in sheet.pages] == ["s.html", "s-2.html"]
        first, second = (path.read_text(encoding="utf-8") for path in sheet.pages)
        assert (first.count("<figure>"), second.count("<figure>")) == (PER_PAGE, 3)
        assert 'href="s-2.html"' in first and 'href="s.html"' in second and "http" not in first
        assert [best.page for best in sheet.shown].count(2) == 3
        assert told[-1] == ("show", 1.0)

    def test_what_cannot_be_shown(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(1.0, 1.0))
        with pytest.raises(NothingToShowError, match="no track is like that"):
            make_sheet(archive, tmp_path / "s.png", SheetOptions(Query.of(classes=["bus"])))
        with pytest.raises(UsageError, match=r"\.png or \.html"):
            make_sheet(archive, tmp_path / "s.pdf")
        with pytest.raises(RefusedError, match="reason"):
            make_sheet(archive, tmp_path / "s.png", SheetOptions(redact=False))
        video.write_bytes(video.read_bytes()[:-1] + b"x")
        with pytest.raises(FootageError, match="SHA-256"):
            make_sheet(archive, tmp_path / "s.png")
        video.unlink()
        with pytest.raises(FootageError, match="no longer there"):
            make_sheet(archive, tmp_path / "s.png")
        assert not (tmp_path / "s.png").exists()

    def test_cameras_follow_each_other(
        self,
        archive: Archive,
        store: Store,
        video: Path,
        filmed: Callable[..., Path],
        walk: Walk,
        tmp_path: Path,
    ) -> None:
        store(video, walk(2.0, 1.0), walk(1.0, 2.0), camera="roof", start=NOON)
        store(filmed(4.0, name="b"), (*walk(1.0, 1.0), "car"), camera="gate", start=NOON)
        sheet = make_sheet(archive, tmp_path / "s.html", OPENLY)
        assert [(best.camera, best.track_id) for best in sheet.shown] == [
            ("gate", 1),
            ("roof", 2),
            ("roof", 1),
        ]
        assert "<h1>gate, roof: 3 objects</h1>" in sheet.pages[0].read_text(encoding="utf-8")
        longest = SheetOptions(Query.of(sort="duration", cameras=["roof"], duration_s={"least": 0}))
        assert [best.track_id for best in make_sheet(archive, tmp_path / "l.png", longest).shown] == [2, 1]

    def test_what_is_told_of_each(
        self, archive: Archive, store: Store, video: Path, walk: Walk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store(video, (*walk(1.0, 2.0, speed=20), "car"), walk(3.0, 2.0))
        choice = choose(archive, Query())
        colours = {
            "colours": [["white", "grey"], []],
            "colours_upper": [[], ["red"]],
            "colours_lower": [[], []],
        }
        table = choice.chosen.table
        for name, values in colours.items():
            at = table.schema.get_field_index(name)
            field = table.schema.field(at)
            table = table.set_column(at, field, pa.array(values, field.type))
        choice = replace(choice, chosen=Tracks(table, choice.chosen.observation_table))
        told = [str(facts) for facts in facts_of(archive, choice).values()]
        assert told == ["2.0 s, 20 px/s, white, grey", "2.0 s, 0 px/s, stood 2 s, red above"]
        calibrate(archive, "gate", GroundPlane(np.diag([0.1, 0.1, 1.0]), 160, 90))
        assert str(next(iter(facts_of(archive, choice).values()))) == "2.0 s, 2.0 m/s, white, grey"
        monkeypatch.setattr(Gate, "allows", lambda _, asked: asked != Capability.SEARCH_BY_COLOUR)
        assert all(facts.colours == () for facts in facts_of(archive, choice).values())

    def test_the_best_moment_is_whole_and_large(self, make_tube: Callable[..., Tube], grid: MaskGrid) -> None:
        tube = make_tube(begin=(-4, 10), end=(60, 10), length=30)
        best = best_sample(tube, grid)
        assert tube.boxes[best, 0] >= 1.6

    def test_what_is_shown_around_it_stays_in_the_picture(self) -> None:
        for box in ([0, 0, 10, 10], [150, 80, 160, 90], [0, 0, 160, 90], [70, 40, 71, 41]):
            x1, y1, x2, y2 = around(np.array(box, np.float32), 160, 90)
            assert 0 <= x1 < x2 <= 160 and 0 <= y1 < y2 <= 90
            assert x1 <= box[0] + 1 and x2 >= min(box[2], 160) - 1

    def test_a_page_of_odd_pictures(self) -> None:
        cells = [Cell(np.zeros((*size, 3), np.uint8), "car", "<now>", "1.0 s", "r/1", "gate") for size in ODD]
        names = [Path("a.html")]
        assert b"&lt;now&gt;" in as_html(cells, "a & b", names, 1)
        assert as_png(cells, "x" * 500, names, 1)[:4] == b"\x89PNG"

    def test_a_page_of_png_tells_every_fact_and_the_whole_number(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[tuple[str, int, int, int]] = []
        monkeypatch.setattr(
            sheet_pages, "write", lambda _, text, x, y, size, __: told.append((text, x, y, size))
        )
        facts = "86400.0 s, 1234 px/s, stood 80000 s, orange above, purple below"
        cell = Cell(np.zeros((9, 12, 3), np.uint8), "person", "09:00:00", facts, f"{7:032x}/123456", "x" * 64)
        as_png([cell] * (sheet_pages.COLUMNS + 1), "title", [Path("a.png")], 1)
        lines = [text for text, *_ in told]
        assert " ".join(lines[2:4]) == facts
        assert lines[4].startswith("xxx") and lines[4].endswith("…   00000000/123456")
        assert all(text_width(text, size) <= sheet_pages.PICTURE[0] for text, _, _, size in told)
        last, below = told[4], sheet_pages.picture_at(sheet_pages.COLUMNS)
        assert last[2] + last[3] < below[1]


class TestPoster:
    """All paths in one picture."""

    def test_paths_are_drawn_in_the_colours_of_the_legend(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(0.0, 2.0, x=10, y=20, speed=40), walk(3.0, 2.0, x=10, y=50, speed=40), start=NOON)
        video.unlink()  # it is not needed
        poster = make_poster(archive, tmp_path / "p.png")
        assert (poster.tracks, poster.first, poster.last) == (2, "12:00:00", "12:00:05")
        drawn = picture(poster.picture)
        assert drawn.shape[1] == 1280 and drawn.shape[0] > 720
        early, late = drawn[44 * 8, 50 * 8].astype(int), drawn[74 * 8, 50 * 8].astype(int)
        assert early[0] > early[2] + 50 and late[2] > late[0] + 50  # blue first, red last
        assert np.abs(drawn[10, 640].astype(int) - drawn[10, 200]).max() <= 2  # nothing went there

    def test_times_of_recordings_without_a_clock_run_on(
        self,
        archive: Archive,
        store: Store,
        filmed: Callable[..., Path],
        walk: Walk,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        written: list[str] = []
        monkeypatch.setattr(
            "apercu.synopsis.poster.write", lambda _, text, *more, **other: written.append(text)
        )
        for name in ("a", "b", "c"):
            store(filmed(4.0, name=name), walk(0.5, 3))
        poster = make_poster(archive, tmp_path / "p.png")
        times = [text for text in written if text.startswith("00:")]
        assert len(times) == 5 and times == sorted(times)
        assert (poster.first, poster.last) == (times[0], times[-1]) and poster.last > "00:00:08"

    def test_of_many_paths_no_time_hides_another(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, *(walk(0.01 * i, 1.0, x=10, y=20, speed=40) for i in range(400)))
        drawn = picture(make_poster(archive, tmp_path / "p.png").picture)
        blue, _, red = drawn[44 * 8, 40 * 8].astype(int)
        assert blue > 60 and red > 60
        assert (drawn[70 * 8, 40 * 8] < 120).all()  # nothing went there

    def test_it_asks_for_the_scene_and_keeps_the_query(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(0.0, 2.0))
        make_poster(archive, tmp_path / "p.png", PosterOptions(Query.of(classes=["person"])))
        search, tracks, scene = list(archive.gate.ledger.entries())[-3:]
        assert [entry.capability for entry in (search, tracks, scene)] == [
            Capability.SEARCH,
            Capability.READ_TRACKS,
            Capability.SHOW_SCENE,
        ]
        assert scene.subject == "query class:person"

    def test_nothing_like_that(self, archive: Archive, store: Store, video: Path, tmp_path: Path) -> None:
        store(video)
        with pytest.raises(NothingToShowError, match="nothing moves"):
            make_poster(archive, tmp_path / "p.png")
        with pytest.raises(UsageError):
            make_poster(archive, tmp_path / "p.jpg")
        assert not list(tmp_path.glob("p.*"))


class TestStroboscope:
    """One object at several moments."""

    def test_it_is_shown_along_its_way(
        self,
        archive: Archive,
        store: Store,
        video: Path,
        walk: Walk,
        tmp_path: Path,
        scene: np.ndarray,
    ) -> None:
        recording = store(video, walk(1.0, 3.0, x=10, y=30, speed=40))
        options = StroboscopeOptions(poses=4, redact=False, reason="system-check: a test")
        still = make_stroboscope(
            archive, TrackId(recording_id=recording, track_id=1), tmp_path / "s.png", options
        )
        assert len(still.seconds) == 4 and still.seconds == tuple(sorted(still.seconds))
        drawn = cv2.resize(picture(still.picture), (160, 90), interpolation=cv2.INTER_AREA).astype(int)
        for second in still.seconds:
            x = round(10 + 40 * (second - 1.0) + 8)
            if x < 150:
                assert np.abs(drawn[42, x] - scene[0, 0]).max() > 10
        assert np.abs(drawn[70, 80] - scene[0, 0]).max() <= 3

    def test_poses_lie_apart_and_standing_adds_none(self, make_tube: Callable[..., Tube]) -> None:
        moving = chosen_samples(make_tube(begin=(0, 10), end=(64, 10), length=50), 50)
        assert len(moving) == 9 and moving[0] == 0 and moving[-1] == 49
        assert chosen_samples(make_tube(length=50), 12) == [0]
        assert len(chosen_samples(make_tube(begin=(0, 10), end=(64, 10), length=50), 3)) == 3

    def test_a_track_that_is_not_there(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        recording = store(video, walk(1.0, 3.0))
        with pytest.raises(NothingToShowError, match="no track 9"):
            make_stroboscope(archive, TrackId(recording_id=recording, track_id=9), tmp_path / "s.png")
        one = TrackId(recording_id=recording, track_id=1)
        with pytest.raises(UsageError, match="poses"):
            make_stroboscope(archive, one, tmp_path / "s.png", StroboscopeOptions(poses=1))


def test_text_stays_in_the_picture() -> None:
    page = np.zeros((40, 100, 3), np.uint8)
    write(page, "14:03:27", 95, 38, 12, plate=0.5)
    assert page.any()
    assert shortened("abcdefghijkl", 12, 40).endswith("…")
    assert text_width(shortened("abcdefghijkl", 12, 40), 12) <= 40
    write(page, "much too long for such a small picture", 0, 0, 30)
