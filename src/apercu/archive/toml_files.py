"""The small files of an archive that people may read and correct: tables in TOML, one for each name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from apercu.disk import replace_file
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
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return {name: make(name, told) for name, told in values.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, UsageError) as error:
        raise ArchiveDamagedError(
            f"cannot be read ({error})", where=path, next_step="Put it back from a backup, or correct it."
        ) from error


def moment_of(told: Mapping[str, Any], key: str) -> datetime:
    """Return the time, with its zone, that stands under a key.

    Raises:
        KeyError: nothing stands there.
        ValueError: it is something else.
    """
    value = told[key]
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value} is no time with its zone")
    return value


def write_tables(path: Path, header: str, values: Mapping[str, Any]) -> None:
    """Put a file in the place of the one before, whole or not at all.

    Args:
        path: the file.
        header: what stands before the values: comments that say what the file is.
        values: what it says, by name.
    """
    replace_file(path, (header + tomli_w.dumps(dict(values))).encode())
