"""Passwords: which are taken, and how they are kept (Argon2id, RFC 9106, the library's own cost)."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from apercu.errors import UsageError

SHORTEST, LONGEST = 12, 1024

_HASHER = PasswordHasher()
_NOBODYS = _HASHER.hash("nobody has this password")
"""Compared with where there is no account, so that its absence takes as long to tell as a wrong password."""


def hash_password(password: str, name: str) -> str:
    """Return what is kept of a password.

    Args:
        password: as it was typed.
        name: of the account; the password must not be made of it.

    Raises:
        UsageError: it is too short, too long, or too easy to guess.
    """
    text = _normal(password)
    next_step = f"Choose {SHORTEST} characters or more; a sentence of a few words is easy to remember."
    if not SHORTEST <= len(text) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {LONGEST} characters", next_step=next_step)
    if len(set(text)) < 5 or (name.casefold() in text.casefold() and len(text) < len(name) + SHORTEST // 2):
        raise UsageError("this password is too easy to guess", next_step=next_step)
    return _HASHER.hash(text)


def is_password(password: str, kept: str | None) -> bool:
    """Return whether a password is the one that was kept; takes as long whatever the answer."""
    if len(password) > LONGEST:
        return False
    try:
        _HASHER.verify(kept or _NOBODYS, _normal(password))
    except VerificationError:
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Return whether a password was kept in a way that is cheaper to break than today's."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """Return a password as it is compared: keyboards write the same accent in two ways."""
    return unicodedata.normalize("NFKC", password)
