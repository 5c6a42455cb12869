"""The signature of a webhook's request: made by Aperçu, and verified by whoever receives it.

``verify_webhook`` uses nothing but the standard library, so that a receiver may copy this one file.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time

HEADER = "Apercu-Signature"
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign_webhook(secret: str, body: bytes, timestamp: int) -> str:
    """Return the value of the header: ``t=TIMESTAMP,v1=HMAC-SHA256 of "TIMESTAMP.BODY"`` in hexadecimal."""
    return f"t={timestamp},v1={_digest(secret, body, str(timestamp))}"


def verify_webhook(
    secret: str, header: str, body: bytes, *, tolerance_s: float = 300.0, now: float | None = None
) -> bool:
    """Return whether a request was signed with the secret, not long ago, and with this very body.

    A request that is replayed within the tolerance is true again: remember the keys (``key`` in the body,
    which the header ``Idempotency-Key`` repeats) for at least that long, and take each only once. A letter
    that is tried again later is signed anew, with the same key.

    Args:
        secret: what both sides know.
        header: the value of ``Apercu-Signature``.
        body: the bytes as received, before anything is read out of them.
        tolerance_s: how far the clocks may be apart, seconds; also how old a request may be.
        now: seconds since 1970; None means this machine's clock.
    """
    found = _FORM.fullmatch(header)
    if found is None:
        return False
    expected = _digest(secret, body, found[1])
    at = time.time() if now is None else now
    return hmac.compare_digest(expected, found[2]) and abs(at - int(found[1])) <= tolerance_s


def _digest(secret: str, body: bytes, timestamp: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
