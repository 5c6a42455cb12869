from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apercu.archive import Archive
from apercu.errors import FootageError, NothingToShowError, OutputError, UsageError
from apercu.footage import FootageReader, probe
from apercu.synopsis import ArrangeOptions, RenderOptions, SynopsisOptions, make_synopsis

Walk = Callable[..., tuple]
Store = Callable[..., str]
BARE = SynopsisOptions(crf=4, render=RenderOptions(times=False), redact=False, reason="system-check: a test")
EVENING = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # 23:30 in Paris


@pytest.fixture
def video(filmed: Callable[..., Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(filmed(6.0), tmp_path / "gate.mp4"))


def index(archive: Archive, output: Path, options: SynopsisOptions = BARE) -> dict[str, Any]:
    """Return the index of the synopsis that is made."""
    return json.loads(make_synopsis(archive, output, options).sidecar.read_text(encoding="utf-8"))


def test_a_synopsis_shows_objects_together_at_their_own_times(
    archive: Archive,
    store: Store,
    video: Path,
    walk: Walk,
    tmp_path: Path,
    scene: np.ndarray,
    grey_of: Callable[[int], int],
) -> None:
    store(video, walk(0.5, 1.5, x=10), walk(4.0, 1.5, x=100))
    made = make_synopsis(archive, tmp_path / "out.mp4", BARE)
    info = probe(made.video)
    assert (info.width, info.height, info.codec) == (160, 90, "h264")
    assert made.arrangement.frame_count == 15
    with FootageReader(made.video) as reader:
        pictures = [frame.bgr() for frame in reader.frames()]
    assert len(pictures) == 15
    told = json.loads(made.sidecar.read_text(encoding="utf-8"))
    for tube in told["tubes"]:
        for place in tube["places"]:
            if 0.3 < place["output_s"] < 1.1:
                x1, y1, x2, y2 = (round(side) for side in place["box"])
                part = pictures[round(place["output_s"] * 10)][y1 + 6 : y2 - 6, x1 + 5 : x2 - 5]
                expected = grey_of(round(place["original_s"] * 10))
                assert float(part.mean()) == pytest.approx(expected, abs=6)
    assert np.abs(pictures[8][5:25, 60:80].astype(int) - scene[0, 0]).max() <= 6
    assert made.metrics.tubes == made.metrics.tubes_given == 2
    assert made.metrics.fr == pytest.approx(1.5 / 6.0)


def test_the_same_input_gives_the_same_synopsis(
    archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
) -> None:
    store(video, *(walk(0.4 * i, 1.0, x=20 * i, speed=10) for i in range(6)))
    # But for the noise over people, which is never made twice.
    first, again = (make_synopsis(archive, tmp_path / f"{i}.mp4", BARE) for i in (1, 2))
    assert first.arrangement.starts.tolist() == again.arrangement.starts.tolist()
    assert first.video.read_bytes() == again.video.read_bytes()


def test_progress_goes_through_its_stages(
    archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
) -> None:
    store(video, walk(1, 1), walk(3, 1))
    told: list[tuple[str, float]] = []
    make_synopsis(archive, tmp_path / "out.mp4", BARE, lambda *step: told.append(step))
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["check", "arrange", "cut", "render"]
    for stage in ("check", "arrange", "cut", "render"):
        shares = [share for name, share in told if name == stage]
        assert shares == sorted(shares) and shares[-1] == 1.0


@pytest.mark.parametrize("what", ["as_json", "as_vtt"])
def test_a_video_and_what_leads_back_from_it_come_together_or_not_at_all(
    archive: Archive,
    store: Store,
    video: Path,
    walk: Walk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    def full(_: object) -> bytes:
        raise OSError(28, "No space left on device")

    store(video, walk(0.5, 1.5, x=10))
    (tmp_path / "out").mkdir()
    for name in ("out.mp4", "out.json", "out.vtt"):
        (tmp_path / "out" / name).write_text("old")
    monkeypatch.setattr(f"apercu.synopsis.making.{what}", full)
    with pytest.raises(OutputError, match="No space left"):
        make_synopsis(archive, tmp_path / "out" / "out.mp4", BARE)
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "out.mp4": "old",
        "out.json": "old",
        "out.vtt": "old",
    }


class TestClocks:
    """How true times are written."""

    def test_time_of_day_in_the_archives_zone(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(2, 1), start=EVENING)
        (tube,) = index(archive, tmp_path / "out.mp4")["tubes"]
        assert (tube["label_start"], tube["label_end"]) == ("23:30:02", "23:30:03")
        assert tube["original_start_time"] == "2026-03-01T22:30:02.000+00:00"

    def test_without_a_start_it_is_time_in_the_recording(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(2, 1))
        (tube,) = index(archive, tmp_path / "out.mp4")["tubes"]
        assert (tube["label_start"], tube["original_start_time"]) == ("00:02", None)

    @pytest.mark.parametrize(
        ("later", "written"),
        [
            (EVENING.replace(day=3), ["01.03. 23:30:00", "03.03. 23:30:00"]),
            (EVENING.replace(year=2027), ["01.03.2026 23:30:00", "01.03.2027 23:30:00"]),
        ],
        ids=["days", "years"],
    )
    def test_several_days_get_dates_and_several_years_get_years(
        self,
        archive: Archive,
        store: Store,
        filmed: Callable[..., Path],
        walk: Walk,
        tmp_path: Path,
        later: datetime,
        written: list[str],
    ) -> None:
        store(filmed(2.0, name="a"), walk(0, 1), start=EVENING)
        store(filmed(2.0, name="b"), walk(0, 1), start=later)
        labels = [tube["label_start"] for tube in index(archive, tmp_path / "out.mp4")["tubes"]]
        assert labels == written

    def test_a_recording_past_midnight_gets_dates(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(4, 1), start=datetime(2026, 3, 1, 22, 59, 57, tzinfo=UTC))
        (tube,) = index(archive, tmp_path / "out.mp4")["tubes"]
        assert tube["label_start"] == "02.03. 00:00:01"


def test_recordings_without_clock_follow_each_other(
    archive: Archive, store: Store, filmed: Callable[..., Path], walk: Walk, tmp_path: Path
) -> None:
    ids = [store(filmed(2.0, name=name), walk(0.5, 1)) for name in ("a", "b")]
    made = make_synopsis(archive, tmp_path / "out.mp4", BARE)
    assert {tube.recording_id for tube in made.arrangement.tubes} == set(ids)
    assert made.arrangement.tubes[1].line_s >= 2.0
    assert made.metrics.input_s == pytest.approx(4.0)
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    a, b = (archive.recording(key).facts.file_name for key in ids)
    assert [chapter["title"] for chapter in told["chapters"]] == [f"{a} 00:00 to {b} 00:00, 2 objects"]


class TestRefusals:
    """What is not made, and leaves nothing behind."""

    def refuse(self, archive: Archive, output: Path, kind: type[Exception], match: str) -> None:
        before = sorted(output.parent.iterdir()) if output.parent.exists() else []
        with pytest.raises(kind, match=match):
            make_synopsis(archive, output, BARE)
        assert sorted(output.parent.iterdir() if output.parent.exists() else []) == before

    def test_an_empty_archive(self, archive: Archive, tmp_path: Path) -> None:
        self.refuse(archive, tmp_path / "out.mp4", NothingToShowError, "no recordings yet")

    def test_nothing_moves(self, archive: Archive, store: Store, video: Path, tmp_path: Path) -> None:
        store(video)
        self.refuse(archive, tmp_path / "out.mp4", NothingToShowError, "nothing moves")

    def test_footage_that_is_gone(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(1, 1))
        video.unlink()
        self.refuse(archive, tmp_path / "out.mp4", FootageError, r"gate\.mp4.*no longer there")

    def test_footage_that_was_changed(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(1, 1))
        content = bytearray(video.read_bytes())
        content[-1] ^= 1
        video.write_bytes(content)
        self.refuse(archive, tmp_path / "out.mp4", FootageError, "has changed since")

    def test_sizes_that_differ(
        self, archive: Archive, store: Store, filmed: Callable[..., Path], walk: Walk, tmp_path: Path
    ) -> None:
        store(filmed(2.0), walk(0, 1))
        store(filmed(2.0, size=(128, 96)), walk(0, 1))
        self.refuse(archive, tmp_path / "out.mp4", UsageError, "differ in size: 128x96, 160x90")

    def test_several_cameras_without_a_choice(
        self, archive: Archive, store: Store, filmed: Callable[..., Path], walk: Walk, tmp_path: Path
    ) -> None:
        store(filmed(2.0, name="a"), walk(0, 1), camera="gate")
        chosen = store(filmed(2.0, name="b"), walk(0, 1), camera="yard")
        output = tmp_path / "out.mp4"
        self.refuse(archive, output, UsageError, "several cameras: gate, yard")
        with pytest.raises(UsageError, match=r"unknown camera 'roof'.*gate, yard"):
            make_synopsis(archive, output, SynopsisOptions(camera="roof"))
        told = index(archive, output, SynopsisOptions(camera="yard"))
        assert [recording["recording_id"] for recording in told["recordings"]] == [chosen]

    @pytest.mark.parametrize("overlap", [-0.1, 1.5, float("nan")])
    def test_an_overlap_that_makes_no_sense(self, archive: Archive, tmp_path: Path, overlap: float) -> None:
        with pytest.raises(UsageError, match="makes no sense"):
            make_synopsis(
                archive, tmp_path / "out.mp4", SynopsisOptions(arrange=ArrangeOptions(overlap=overlap))
            )

    def test_another_format(self, archive: Archive, tmp_path: Path) -> None:
        self.refuse(archive, tmp_path / "out.avi", UsageError, r"does not end in \.mp4")

    def test_a_missing_folder(self, archive: Archive, tmp_path: Path) -> None:
        self.refuse(archive, tmp_path / "no" / "out.mp4", OutputError, "folder does not exist")

    def test_an_index_that_cannot_be_written(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(1, 1))
        (tmp_path / "out.json").mkdir()
        self.refuse(archive, tmp_path / "out.mp4", OutputError, r"out\.json")

    def test_the_recording_itself_is_not_overwritten(
        self, archive: Archive, store: Store, video: Path, walk: Walk
    ) -> None:
        store(video, walk(1, 1))
        content = video.read_bytes()
        self.refuse(archive, video, UsageError, "recording itself")
        assert video.read_bytes() == content

    def test_an_interruption(
        self, archive: Archive, store: Store, video: Path, walk: Walk, tmp_path: Path
    ) -> None:
        store(video, walk(1, 1))
        before = sorted(tmp_path.iterdir())

        def interrupt(stage: str, share: float) -> None:
            if stage == "render" and share > 0.5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make_synopsis(archive, tmp_path / "out.mp4", BARE, interrupt)
        assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "wrong",
    [{"crf": 99}, {"crf": -1}, {"stay_s": -1.0}, {"stay_s": float("nan")}, {"group_by": "Class"}],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"makes no sense|unknown grouping 'Class'"):
        SynopsisOptions(**wrong)
    for other in ({"crf": True}, {"arrange": None}, {"arrange": 0.1}, {"render": None}, {"query": "car"}):
        with pytest.raises(UsageError, match=r"a quality of True makes|(arrange|render|query) is no "):
            SynopsisOptions(**other)  # type: ignore[arg-type]
    for shown in ({"colour_by": "x"}, {"codec": "h265"}):
        with pytest.raises(UsageError, match="unknown"):
            RenderOptions(**shown)  # type: ignore[arg-type]
