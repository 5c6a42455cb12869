from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from apercu.archive import Archive, RecordingAnalysis, retention
from apercu.disk import locked
from apercu.errors import ArchiveDamagedError, NothingToShowError, RefusedError
from apercu.purposes import Capability, Ledger, Outcome, verify

Make = Callable[..., RecordingAnalysis]
ERASING = Path(__file__).with_name("erasing.py")
NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=31)
RECENT = NOW - timedelta(days=29)


@pytest.fixture
def premises(tmp_path: Path) -> Archive:
    """Return an archive where everything goes after 30 days."""
    return Archive.create(
        tmp_path / "premises",
        name="Test",
        purpose="private-premises",
        purpose_fields={"place": "yard", "information": "signs"},
        timezone="Europe/Paris",
    )


def mentions(folder: Path, *words: str) -> list[Path]:
    """Return the files in which one of the words stands, in their bytes or their names."""
    return [
        path
        for path in folder.rglob("*")
        if any(
            word in str(path.relative_to(folder)) or (path.is_file() and word.encode() in path.read_bytes())
            for word in words
        )
    ]


def test_time_is_counted_as_the_purpose_says(premises: Archive, archive: Archive, analysis: Make) -> None:
    recorded = premises.add(analysis("recorded", start=OLD))
    timeless = premises.add(analysis("timeless", start=None))
    told = {stay.row.recording_id: stay.expires for stay in retention.stays(premises)}
    assert told[recorded.recording_id] == OLD.replace(microsecond=OLD.microsecond) + timedelta(days=30)
    assert told[timeless.recording_id] == timeless.added_at + timedelta(days=30)
    added = archive.add(analysis("added", start=OLD))
    (stay,) = retention.stays(archive)
    assert stay.expires == added.added_at + timedelta(days=1826)


def test_everything_goes_when_an_authorisation_ends(tmp_path: Path, analysis: Make) -> None:
    today = NOW.date()
    inquiry = Archive.create(
        tmp_path / "inquiry",
        name="Test",
        purpose="judicial-inquiry",
        purpose_fields={"authority": "a", "reference": "b", "date": today, "expiry": today},
        timezone="UTC",
    )
    inquiry.add(analysis())
    (stay,) = retention.stays(inquiry)
    assert stay.expires == datetime.combine(today + timedelta(days=1), datetime.min.time(), UTC)
    assert retention.run(inquiry) == []
    toml = inquiry.path / "archive.toml"
    past = (date.today() - timedelta(days=9)).isoformat()
    toml.write_text(
        toml.read_text()
        .replace(f"date = {today}", f"date = {past}")
        .replace(f"expiry = {today}", f"expiry = {past}")
    )
    ended = Archive.open(inquiry.path)
    with pytest.raises(RefusedError, match="its time ended"):
        ended.tracks()
    with pytest.raises(RefusedError, match="has no hold"):
        retention.hold(ended, stay.row.recording_id, "to keep it")
    assert [gone.row for gone in retention.run(ended)] == [stay.row]


def test_nothing_of_what_is_erased_remains(premises: Archive, analysis: Make) -> None:
    given = analysis("wedding.mp4", start=OLD, settings={"alpha-version": 1})
    premises.add(given)
    premises.add(analysis("wedding.mp4", start=OLD, settings={"omega-version": 2}))
    kept = premises.add(analysis("recent.mp4", start=RECENT))
    facts = given.recording
    words = ("wedding", facts.content_hash, facts.content_hash[16:])
    assert mentions(premises.path, *words)
    assert [stay.row.recording_id for stay in retention.run(premises, dry_run=True)] == [facts.recording_id]
    assert len(premises.recordings()) == 2
    assert [stay.row.recording_id for stay in retention.run(premises)] == [facts.recording_id]
    assert mentions(premises.path, *words, "alpha-version", "omega-version") == []
    named = mentions(premises.path, facts.recording_id)
    assert [path.relative_to(premises.path).as_posix() for path in named] == ["ledger/ledger.jsonl"]
    assert premises.recordings() == [kept]
    assert len(premises.tracks()) == 5
    entry = [e for e in Ledger(premises.path).entries() if e.capability == "erase"][-1]
    assert (entry.subject, entry.outcome) == (f"recording {facts.recording_id}", Outcome.DONE)
    assert entry.reason.startswith("its time ended on ")
    assert retention.run(premises) == []


def test_a_hold_keeps_it_and_its_end_lets_it_go(premises: Archive, analysis: Make) -> None:
    row = premises.add(analysis(start=OLD))
    with pytest.raises(RefusedError, match="takes a reason"):
        retention.hold(premises, row.recording_id, " ")
    with pytest.raises(NothingToShowError):
        retention.hold(premises, "nothing", "claim")
    with pytest.raises(NothingToShowError, match="not held"):
        retention.release(premises, row.recording_id, "claim")
    retention.hold(premises, row.recording_id, "claim 17")
    (stay,) = retention.stays(Archive.open(premises.path))
    assert stay.hold is not None
    assert stay.hold.reason == "claim 17"
    assert retention.run(premises) == []
    (premises.path / "catalog.sqlite").unlink()  # holds are no part of the index that is rebuilt
    assert retention.run(Archive.open(premises.path)) == []
    retention.release(premises, row.recording_id, "settled")
    assert not (premises.path / "holds.toml").exists()
    assert len(retention.run(premises)) == 1


def test_closing_erases_all_but_what_is_held(premises: Archive, analysis: Make) -> None:
    held, other = premises.add(analysis("held", start=RECENT)), premises.add(analysis("other", start=RECENT))
    retention.hold(premises, held.recording_id, "claim")
    assert retention.run(premises) == []
    assert [stay.row for stay in retention.run(premises, closing="the study is over")] == [other]
    assert premises.recordings() == [held]
    assert [e.reason for e in Ledger(premises.path).entries()][-1] == "closing: the study is over"


def test_what_a_kill_left_of_writing_holds_goes_at_the_next_opening(
    premises: Archive, analysis: Make
) -> None:
    row = premises.add(analysis(start=OLD))
    retention.hold(premises, row.recording_id, "claim")
    begun, strange = premises.path / ".holds.toml-0a1b2c3d", premises.path / ".holds.toml-mine"
    begun.write_text("half")
    strange.write_text("mine")
    with locked(premises.path / ".lock"):  # as its writer does
        opening = threading.Thread(target=Archive.open, args=[premises.path])
        opening.start()
        opening.join(0.2)
        assert begun.exists()
    opening.join()
    assert not begun.exists()
    assert strange.exists()
    (stay,) = retention.stays(premises)
    assert stay.hold is not None


def test_while_holds_cannot_be_read_nothing_is_erased(premises: Archive, analysis: Make) -> None:
    premises.add(analysis(start=OLD))
    (premises.path / "holds.toml").write_text("nonsense")
    with pytest.raises(ArchiveDamagedError, match=r"holds\.toml"):
        retention.run(premises)
    assert len(premises.recordings()) == 1


def test_analysing_again_does_not_prolong_the_stay(archive: Archive, analysis: Make) -> None:
    first = archive.add(analysis())
    archive.add(analysis(settings={"new": True}))
    (archive.path / "catalog.sqlite").unlink()
    (rebuilt,) = Archive.open(archive.path).recordings()
    assert rebuilt.added_at == first.added_at


@pytest.mark.parametrize(
    "task", [["random", "15"], pytest.param(["random", "50"], marks=pytest.mark.slow), ["steps"]]
)
def test_killed_at_any_moment_the_next_run_ends_with_exactly_the_due_gone(
    premises: Archive, analysis: Make, tmp_path: Path, task: list[str]
) -> None:
    count = 1 if task == ["steps"] else 4
    due = [analysis(f"due-{number}.mp4", start=OLD).recording for number in range(count)]
    for number in range(count):
        premises.add(analysis(f"due-{number}.mp4", start=OLD, count=1, length=3))
    held = premises.add(analysis("held.mp4", start=OLD, count=1))
    kept = premises.add(analysis("recent.mp4", start=RECENT, count=1))
    retention.hold(premises, held.recording_id, "claim")
    copies = tmp_path / "copies"
    copies.mkdir()
    words = [sys.executable, str(ERASING), str(premises.path), str(copies), *task]
    subprocess.run(words, check=True)
    for path in copies.iterdir():
        opened = Archive.open(path)
        for row in opened.recordings():
            opened.check(row.recording_id)
        retention.run(opened)
        assert {row.recording_id for row in opened.recordings()} == {held.recording_id, kept.recording_id}
        assert mentions(path, "due-", *(facts.content_hash for facts in due)) == []
        assert list((path / "staging").iterdir()) == []
        opened.gate.require(Capability.READ_LEDGER, subject="ledger")  # any entry closes doors of the dead
        assert not list((path / "ledger" / "open").glob("*.json"))
        assert verify(Ledger(path)).is_intact
        named = {e.subject for e in Ledger(path).entries() if e.capability == "erase"}
        assert named == {f"recording {facts.recording_id}" for facts in due}
    assert len(list(copies.iterdir())) > 15
