"""The five purposes an archive can be made for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.errors import UnknownNameError

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "statistics": "Counting what passes, with nothing in the result that is about one person.",
        "judicial-inquiry": "Reviewing recorded footage for one authorised inquiry, never live.",
        "event-safety": "Signalling listed situations at one authorised event to a person who decides.",
        "private-premises": "Reviewing the controller's own premises that are not open to the public.",
        "research": "Studying footage that is one's own, consented to or licensed for it.",
    }
)
"""Every purpose by name, with one sentence of what it is for."""


def check_name(name: str) -> str:
    """Return ``name`` when it is a purpose.

    Raises:
        UnknownNameError: it is none; the message lists them all.
    """
    if name not in PURPOSES:
        raise UnknownNameError("purpose", name, PURPOSES)
    return name
