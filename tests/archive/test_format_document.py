from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from apercu.analysis.tracks import OBSERVATION_SCHEMA, TRACK_SCHEMA
from apercu.archive import Archive, RecordingAnalysis
from apercu.archive.looks import LOOK_SCHEMA
from apercu.archive.tables import Table

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "archive-format.md"


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_it_is_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_docs.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_tells_every_column() -> None:
    text = DOCUMENT.read_text()
    columns = [column for table in Table.metadata.sorted_tables for column in table.columns]
    files = (TRACK_SCHEMA, OBSERVATION_SCHEMA, LOOK_SCHEMA)
    for name in {*(name for file in files for name in file.names), *(column.name for column in columns)}:
        assert f"| `{name}` |" in text
    assert all(column.doc for column in columns)


def test_its_query_runs(
    archive: Archive, analysis: Callable[..., RecordingAnalysis], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.add(analysis())
    archive.path.rename(archive.path.with_name("my-archive"))
    monkeypatch.chdir(archive.path.parent)
    rows = duckdb.sql(example("sql")).fetchall()
    assert sum(row[-1] for row in rows) == 5


def test_its_way_to_unpack_a_mask_is_right() -> None:
    mask = np.random.default_rng(0).random((5, 7)) < 0.5
    values = {"numpy": np, "mask": np.packbits(mask).tobytes(), "mask_w": 7, "mask_h": 5}
    exec(example("python"), values)
    assert np.array_equal(values["bits"], mask)
