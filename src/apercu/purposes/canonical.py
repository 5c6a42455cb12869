"""Canonical JSON: the same bytes for the same values, so that they can be hashed.

RFC 8785 (JCS) restricted to what the ledger needs: objects with ASCII keys, arrays, strings, whole numbers of
less than 2**53, true, false and null. Keys are sorted, there are no spaces, and strings are UTF-8 with only
the escapes that JSON demands. Fractions are left out: their shortest form is the hard part of RFC 8785.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from apercu.errors import UsageError

_LARGEST = 2**53 - 1


def canonical(value: Any) -> bytes:
    """Return ``value`` as canonical JSON.

    Raises:
        UsageError: it holds something that cannot be written so.
    """
    _check(value)
    return encode(value)


def encode(value: Any) -> bytes:
    """Return ``value`` as canonical JSON, when its types are known to be right.

    Raises:
        UsageError: a text holds a lone surrogate.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UsageError("a text holds half a character (a lone surrogate)") from error


def digest(value: Any) -> str:
    """Return the SHA-256 of ``value`` as canonical JSON, 64 hexadecimal digits.

    Raises:
        UsageError: as ``canonical``.
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def _check(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise UsageError(f"the key {key!r} is no ASCII text")
            _check(part)
    elif isinstance(value, list):
        for part in value:
            _check(part)
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > _LARGEST:
            raise UsageError(f"{value} is too large a number")
    elif not isinstance(value, str | bool | None):
        raise UsageError(f"{type(value).__name__} cannot be written as canonical JSON")
