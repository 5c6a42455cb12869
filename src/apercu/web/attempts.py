"""How often somebody may try a password: per account and per address, within bounded memory."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from apercu.errors import TooManyTriesError

PER_ACCOUNT, PER_ADDRESS = 8, 40
"""Wrong tries that are looked at at once; afterwards one comes free every so often."""
_FREE_AGAIN_S = 60.0
_MOST = 10_000


class Attempts:
    """Counts wrong tries; each is forgotten bit by bit, one a minute.

    Memory holds ``_MOST`` names and as many addresses; the oldest is forgotten first. Somebody who wants an
    account to be forgotten has to use thousands of names, and is held up by the address.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._addresses: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, account: str, address: str) -> None:
        """Count a try as wrong until ``succeeded`` says otherwise, so that many at once count as many.

        Raises:
            TooManyTriesError: there were too many; the password must not be looked at.
        """
        now = self._clock()
        asked = ((self._accounts, account, PER_ACCOUNT), (self._addresses, _network(address), PER_ADDRESS))
        with self._lock:
            counts = [_count(known, key, now) for known, key, _ in asked]
            for count, (_, _, most) in zip(counts, asked, strict=True):
                if count + 1 > most:
                    wait_s = ceil((count + 1 - most) * _FREE_AGAIN_S)
                    raise TooManyTriesError(
                        "there were too many wrong tries", wait_s=wait_s, next_step=f"Wait {wait_s} s."
                    )
            for count, (known, key, _) in zip(counts, asked, strict=True):
                known[key] = count + 1, now
                known.move_to_end(key)
                while len(known) > _MOST:
                    known.popitem(last=False)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the wrong tries of an account, and the last one of an address."""
        now, network = self._clock(), _network(address)
        with self._lock:
            self._accounts.pop(account, None)
            self._addresses[network] = max(0.0, _count(self._addresses, network, now) - 1), now


def _count(known: OrderedDict[str, tuple[float, float]], key: str, now: float) -> float:
    count, then = known.get(key, (0.0, now))
    return max(0.0, count - (now - then) / _FREE_AGAIN_S)


def _network(address: str) -> str:
    """Return the address; of IPv6 the network, since each customer has billions of addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
