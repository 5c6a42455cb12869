"""The purposes that exist: five built in, and stricter ones that users write."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from apercu.errors import UnknownNameError, UsageError
from apercu.purposes.capabilities import Capability
from apercu.purposes.purpose import Purpose
from apercu.purposes.reading import read_purpose

_ORDER = ("statistics", "judicial-inquiry", "event-safety", "private-premises", "research")

USER_PURPOSE = "purpose.toml"
"""Where an archive keeps a purpose that its users wrote, beside ``archive.toml``."""


@cache
def built_in() -> Mapping[str, Purpose]:
    """Return the built-in purposes by name."""
    folder = files("apercu.purposes") / "data"
    purposes = {}
    for name in _ORDER:
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
        purposes[name] = read_purpose(text, f"{name}.toml", {})
    return MappingProxyType(purposes)


def purposes_with(capability: Capability) -> list[str]:
    """Return the names of the built-in purposes in which a capability exists."""
    return [name for name, purpose in built_in().items() if capability in purpose.allows]


PURPOSES: Mapping[str, str] = MappingProxyType(
    {name: purpose.summary.en for name, purpose in built_in().items()}
)
"""Every built-in purpose by name, with one sentence of what it is for."""


def check_name(name: str) -> str:
    """Return ``name`` when it is a built-in purpose.

    Raises:
        UnknownNameError: it is none; the message lists them all.
    """
    if name not in PURPOSES:
        raise UnknownNameError("purpose", name, PURPOSES)
    return name


def read_user_purpose(path: str | Path) -> Purpose:
    """Return the purpose that a user's TOML file describes: a built-in one, made stricter.

    Raises:
        UsageError: it cannot be read, is not as it should be, or is wider than what it extends; the message
            names the field.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(
            f"the purpose cannot be read ({reason})", where=path, next_step="Check its path and permissions."
        ) from error
    purpose = read_purpose(text, path, built_in())
    if purpose.name in built_in():
        raise UsageError(
            f"'id' {purpose.name!r} is a built-in purpose", where=path, next_step="Choose another name."
        )
    return purpose


def find_purpose(name: str, folder: Path | None = None) -> Purpose:
    """Return the purpose called ``name``: a built-in one, or the one that ``folder/purpose.toml`` describes.

    Raises:
        UnknownNameError: it is neither; the message lists those that exist.
        UsageError: ``purpose.toml`` is not as it should be.
    """
    if name in built_in():
        return built_in()[name]
    known = list(built_in())
    if folder is not None and (folder / USER_PURPOSE).exists():
        purpose = read_user_purpose(folder / USER_PURPOSE)
        if purpose.name == name:
            return purpose
        known.append(purpose.name)
    raise UnknownNameError("purpose", name, known)
