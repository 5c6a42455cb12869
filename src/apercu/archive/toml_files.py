"""The small files of an archive that people may read and correct: tables in TOML, one for each name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from apercu.errors import ArchiveDamagedError, UsageError

Value = TypeVar("Value")


def read_tables(path: Path, make: Callable[[str, Any], Value]) -> dict[str, Value]:
    """Return what a file says, by name, in its order; nothing when there is no such file.

    Args:
        path: the file.
        make: returns what is meant by a name and the values under it; raises when they are not as they
            should be.

    Raises:
        ArchiveDamagedError: the file cannot be read, or is not as it should be.
    """
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: make(name, told) for name, told in values.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, UsageError) as error:
        raise ArchiveDamagedError(
            f"cannot be read ({error})", where=path, next_step="Put it back from a backup, or correct it."
        ) from error
