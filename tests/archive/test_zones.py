from __future__ import annotations

from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.archive.searches import read_searches, save_search, saved_search
from apercu.archive.zones import Zone, add_zone, read_drawings, read_zones, remove_zone
from apercu.errors import ArchiveDamagedError, NothingToShowError, UnknownNameError, UsageError

CORNERS = [(0.1, 0.1), (0.5, 0.1), (0.5, 0.5)]


def test_zones_are_kept_by_camera_and_name(archive: Archive) -> None:
    assert read_zones(archive) == {}
    made = add_zone(archive, "gate", "yard", "zone", CORNERS, reason="counting")
    add_zone(archive, "roof", "yard", "zone", CORNERS)
    kerb = add_zone(archive, "gate", "kerb", "line", [(0, 0.5), (1, 0.5)])
    assert read_zones(archive)["gate"] == {"kerb": kerb, "yard": made}
    assert (made.reason, made.points) == ("counting", tuple(CORNERS))
    *_, entry = archive.gate.ledger.entries()
    assert (entry.subject, entry.note) == ("line kerb of gate", f"added, series {kerb.series}")


def test_a_zone_of_the_same_name_is_replaced_and_one_can_be_removed(archive: Archive) -> None:
    add_zone(archive, "gate", "yard", "zone", CORNERS)
    add_zone(archive, "gate", "yard", "zone", [*CORNERS, (0.1, 0.5)])
    assert len(read_zones(archive)["gate"]["yard"].points) == 4
    remove_zone(archive, "gate", "yard")
    assert read_zones(archive) == {}
    with pytest.raises(NothingToShowError, match="no zone 'yard'"):
        remove_zone(archive, "gate", "yard")


def test_what_was_drawn_before_stays_listed(archive: Archive) -> None:
    first = add_zone(archive, "gate", "kerb", "line", [(0, 0.5), (1, 0.5)])
    second = add_zone(archive, "gate", "kerb", "line", [(0, 0.6), (1, 0.6)], reason="the camera was turned")
    assert first.series != second.series
    drawn = read_drawings(archive)["gate"]["kerb"]
    assert [zone.series for zone in drawn] == [first.series, second.series]
    assert [zone.until for zone in drawn] == [second.recorded, None]
    remove_zone(archive, "gate", "kerb")
    removed = read_drawings(archive)["gate"]["kerb"]
    assert len(removed) == 2 and removed[-1].until is not None and read_zones(archive) == {}
    again = add_zone(archive, "gate", "kerb", "line", [(0, 0.5), (1, 0.5)])
    assert again.series == first.series
    assert len(read_drawings(archive)["gate"]["kerb"]) == 3
    assert read_zones(archive) == {"gate": {"kerb": again}}


def test_drawing_what_is_drawn_changes_nothing(archive: Archive) -> None:
    first = add_zone(archive, "gate", "yard", "zone", CORNERS)
    assert add_zone(archive, "gate", "yard", "zone", [*CORNERS[:2], (0.5, 0.500001)]) == first
    assert read_drawings(archive)["gate"]["yard"] == [first]


def test_a_series_depends_on_the_drawing_alone(archive: Archive) -> None:
    kerb = add_zone(archive, "gate", "kerb", "line", [(-0.0, 0.7), (0.95, 0.7)])
    other = add_zone(archive, "roof", "edge", "line", [(0.0, 0.7), (0.95, 0.7)])
    back = add_zone(archive, "roof", "back", "line", [(0.95, 0.7), (0.0, 0.7)])
    assert kerb.series == other.series != back.series
    assert len(kerb.series) == 8
    known = Zone("gate", "kerb", "line", ((0.05, 0.7), (0.95, 0.7)), kerb.recorded, "", "")
    assert known.series == "5e780a0b"


@pytest.mark.parametrize(
    ("name", "kind", "points", "told"),
    [
        ("1st", "zone", CORNERS, "cannot name"),
        ("px", "zone", CORNERS, "cannot name"),
        ("a b", "zone", CORNERS, "cannot name"),
        ("yard", "circle", CORNERS, "no zone"),
        ("yard", "zone", CORNERS[:2], "3 to 1000 corners"),
        ("yard", "line", CORNERS, "two ends"),
        ("yard", "zone", [(0, 0), (0.5, 0.5), (1, 1)], "enclose nothing"),
        ("yard", "line", [(0.5, 0.5), (0.5, 0.5)], "go nowhere"),
        ("yard", "zone", [(0, 0), (2, 0), (1, 1)], "outside"),
        ("yard", "zone", [(0, 0), (float("nan"), 0), (1, 1)], "outside"),
    ],
)
def test_what_cannot_be_a_zone(
    archive: Archive, name: str, kind: str, points: list[tuple[float, float]], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        add_zone(archive, "gate", name, kind, points)  # type: ignore[arg-type]
    assert not (archive.path / "zones.toml").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[gate",
        "gate = 1",
        "[gate.yard]",
        "[gate.yard]\nkind = 'zone'",
        "[gate.yard]\npoints = [[0, 0]]",
        "[[gate.yard.earlier]]\nkind = 'zone'",
    ],
)
def test_a_file_that_is_not_as_it_should_be(archive: Archive, text: str) -> None:
    (archive.path / "zones.toml").write_text(text)
    with pytest.raises(ArchiveDamagedError, match=r"zones\.toml"):
        read_zones(archive)


def test_searches_are_saved_by_name(archive: Archive) -> None:
    save_search(archive, "vans", "class:car", reason="weekly")
    made = save_search(archive, "vans", "class:truck")
    save_search(archive, "a", 'camera:"x y"')
    assert saved_search(archive, "vans") == made
    assert [each.text for each in read_searches(archive).values()] == ['camera:"x y"', "class:truck"]
    with pytest.raises(UnknownNameError, match="'bus'"):
        saved_search(archive, "bus")
    with pytest.raises(UsageError, match="cannot name"):
        save_search(archive, "a b", "")


def test_a_file_of_searches_that_is_torn(archive: Archive) -> None:
    Path(archive.path / "searches.toml").write_text("[vans]\ntext = 'class:car'")
    with pytest.raises(ArchiveDamagedError, match=r"searches\.toml"):
        read_searches(archive)
