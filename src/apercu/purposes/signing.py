"""The ledger's key (Ed25519) and the checkpoints that it signs.

Both halves are PEM files, as OpenSSL reads them. The private key never leaves the archive; who can read it
can sign, so it is readable by its owner alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from apercu.errors import LedgerDamagedError
from apercu.purposes.canonical import canonical


def create_key(private: Path, public: Path) -> None:
    """Make a new key: ``private`` with mode 0600, and ``public`` beside it. Neither may exist.

    Raises:
        OSError: it cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    open_part = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for path, content, mode in ((private, secret, 0o600), (public, open_part, 0o644)):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key at ``path``.

    Raises:
        LedgerDamagedError: it is missing, unreadable, or no such key.
    """
    advice = "Put it back from a backup; without it nothing can be signed."
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise LedgerDamagedError(
            f"the key cannot be read ({error.strerror})", where=path, next_step=advice
        ) from error
    except (ValueError, TypeError) as error:
        raise LedgerDamagedError("is no private key", where=path, next_step=advice) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerDamagedError("is no Ed25519 key", where=path, next_step=advice)
    return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement that the ledger, up to one entry, was this one and no other.

    Attributes:
        number: the last entry it covers.
        hash: that entry's hash.
        time: when it was signed, UTC.
        public_key: of the ledger: DER (SubjectPublicKeyInfo) in base64.
        signature: Ed25519 over the canonical JSON of all other fields, base64.
    """

    number: int
    hash: str
    time: str
    public_key: str
    signature: str

    @classmethod
    def signed(cls, key: Ed25519PrivateKey, number: int, entry_hash: str) -> Checkpoint:
        """Return a checkpoint of the entry ``number``."""
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        values = {
            "number": number,
            "hash": entry_hash,
            "time": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "public_key": base64.b64encode(der).decode(),
        }
        return cls(**values, signature=base64.b64encode(key.sign(canonical(values))).decode())  # type: ignore[arg-type]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key, 64 hexadecimal digits: which ledger it is of."""
        return hashlib.sha256(base64.b64decode(self.public_key)).hexdigest()

    def is_genuine(self) -> bool:
        """Return whether its own public key made the signature; ``fingerprint`` says whose key that is."""
        values = self.as_dict()
        signature = values.pop("signature")
        try:
            # An Ed25519 SubjectPublicKeyInfo is 12 fixed bytes and the key's 32 (RFC 8410).
            raw = base64.b64decode(self.public_key, validate=True)[12:]
            key = Ed25519PublicKey.from_public_bytes(raw)
            key.verify(base64.b64decode(signature, validate=True), canonical(values))
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)

    def line(self) -> bytes:
        """Return it as one line of canonical JSON, with its end of line."""
        return canonical(self.as_dict()) + b"\n"

    @classmethod
    def read(cls, text: bytes | str) -> Checkpoint | None:
        """Return the checkpoint that ``text`` (JSON) holds, or None when it is none; see ``is_genuine``."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return None
        kinds = {field.name: int if field.name == "number" else str for field in fields(cls)}
        if not isinstance(values, dict) or values.keys() != kinds.keys():
            return None
        if any(type(values[name]) is not kind for name, kind in kinds.items()):
            return None
        return cls(**values)
