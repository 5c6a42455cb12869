"""Archives for the release of numbers: with lines and zones, and with no footage behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.archive import Archive
from apercu.archive.zones import add_zone

FIELDS = {
    "statistics": {"place": "Rue Haute", "information": "signs"},
    "private-premises": {"place": "shop", "information": "signs"},
    "research": {"licence": "own footage"},
}


@pytest.fixture
def archive_of(tmp_path: Path) -> Callable[[str], Archive]:
    """Return a maker of archives for a purpose: camera gate with a line and the zones a, b and c."""

    def make(purpose: str) -> Archive:
        archive = Archive.create(
            tmp_path / purpose,
            name="Crossing",
            purpose=purpose,
            purpose_fields=FIELDS[purpose],
            controller="City of Lyon",
            timezone="UTC",
        )
        add_zone(archive, "gate", "line", "line", ((0.0, 0.5), (1.0, 0.5)))
        for left, name in enumerate("abc"):
            corners = ((left / 4, 0.1), (left / 4 + 0.2, 0.1), (left / 4, 0.4))
            add_zone(archive, "gate", name, "zone", corners)
        return archive

    return make
