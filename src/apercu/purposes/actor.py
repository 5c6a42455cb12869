"""Who asks: the account that runs Aperçu, or a name given for it."""

from __future__ import annotations

import os
import pwd

VARIABLE = "APERCU_ACTOR"
"""Environment variable with the name of the person for whom this account works."""


def current_actor() -> str:
    """Return the account's name; with ``APERCU_ACTOR`` set, that name with the account behind it.

    A name that someone gave is a claim, so it never hides the account: ``Anna Petit (account review)``.
    """
    uid = os.getuid()
    try:
        account = pwd.getpwuid(uid).pw_name
    except KeyError:  # in containers, accounts without a name are common
        account = f"uid {uid}"
    name = os.environ.get(VARIABLE, "").strip()
    return f"{name} (account {account})" if name else account
