"""The index as a format: its schema, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apercu.errors import UsageError
from apercu.synopsis.index import Index

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_schema_in_the_documents_is_that_of_the_model() -> None:
    written = json.loads((DOCS / "sidecar.schema.json").read_text(encoding="utf-8"))
    assert written == Index.model_json_schema()
    assert set(written["required"]) == {field.alias or name for name, field in Index.model_fields.items()}


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "JSON"), ("{}", "version"), ('{"version": 2}', "version"), ("[]", "is no index")],
)
def test_another_file_is_refused(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=told):
        Index.read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Index.read(tmp_path / "a.json")
