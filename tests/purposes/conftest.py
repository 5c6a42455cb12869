from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apercu.purposes import Declaration, Gate, Ledger, Outcome, Request, built_in

FIELDS = {
    "statistics": {"place": "Rue Haute", "information": "signs"},
    "judicial-inquiry": {
        "authority": "Tribunal judiciaire de Lyon",
        "reference": "2026/123",
        "date": "2026-03-01",
        "expiry": "2026-09-01",
    },
    "event-safety": {
        "authority": "Préfet",
        "reference": "Arrêté 12",
        "place": "Grand-Place",
        "valid_from": "2026-06-01",
        "valid_until": "2026-06-03",
        "information": "signs",
    },
    "private-premises": {"place": "warehouse", "information": "signs"},
    "research": {"licence": "own footage"},
}
"""A complete declaration for each purpose."""


def a_request(subject: str = "recording 3f9a0c27d1e84b65", **more: str) -> Request:
    return Request("anna", "research", "0123456789abcdef", "show-images", subject, **more)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path)


@pytest.fixture
def gate_of(ledger: Ledger) -> Callable[..., Gate]:
    def make(purpose: str, **options: object) -> Gate:
        declaration = Declaration.parse(built_in()[purpose], FIELDS[purpose])
        return Gate(declaration, ledger, actor="anna", **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def filled(ledger: Ledger) -> Callable[[int], list[bytes]]:
    """Return a maker of ledgers: fills ``ledger`` and returns its lines, with their ends."""

    def fill(count: int) -> list[bytes]:
        for i in range(count):
            ledger.append(a_request(f"recording {i}", reason="because: é"), Outcome.DONE, durable=False)
        return (ledger.folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)

    return fill
