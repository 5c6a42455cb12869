"""The identity of a ledger: the SHA-256 of its public key."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

from apercu.errors import LedgerDamagedError


def fingerprint(public_key: Path) -> str:
    """Return the SHA-256, 64 hexadecimal digits, of the DER inside a PEM file.

    It needs no cryptography: a stranger computes it with ``openssl pkey -pubin -outform DER | sha256sum``.

    Raises:
        LedgerDamagedError: the file is missing or no PEM.
    """
    try:
        lines = public_key.read_text(encoding="ascii").split("\n")
        if lines[0] != "-----BEGIN PUBLIC KEY-----":
            raise ValueError("another kind of file")
        return hashlib.sha256(base64.b64decode("".join(lines[1:-2]), validate=True)).hexdigest()
    except OSError as error:
        raise LedgerDamagedError(
            f"the public key cannot be read ({error.strerror})",
            where=public_key,
            next_step="Put it back from a backup: it says which ledger this is.",
        ) from error
    except (ValueError, binascii.Error) as error:
        raise LedgerDamagedError(
            "is no public key", where=public_key, next_step="Put it back from a backup."
        ) from error
