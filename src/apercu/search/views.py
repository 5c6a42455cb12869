"""Named views of an archive for DuckDB, as SQL that needs nothing of Aperçu."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

_FILE = "views.sql"
_ABOUT = re.compile(r"^-- (\w+): (.+)$", re.MULTILINE)


def views_sql(archive: Path | None = None) -> str:
    """Return the SQL that makes the views.

    Args:
        archive: folder of the archive; None leaves paths relative, for a DuckDB that runs in that folder.
    """
    text = files("apercu.search").joinpath(_FILE).read_text(encoding="utf-8")
    if archive is None:
        return text
    # A folder may be called anything: what DuckDB takes for a pattern, and what ends a text, is escaped.
    place = re.sub(r"([*?\[\]])", r"[\1]", archive.absolute().as_posix()).replace("'", "''")
    return text.replace("'recordings/", f"'{place}/recordings/")


def views() -> Mapping[str, str]:
    """Return what each view holds, by name."""
    return dict(_ABOUT.findall(views_sql()))
