from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from apercu.errors import LedgerDamagedError
from apercu.purposes import Finding, Ledger, Outcome, Problem, verify
from apercu.purposes.canonical import canonical, digest
from apercu.purposes.entries import Entry
from apercu.purposes.signing import Checkpoint, read_private_key

from .conftest import a_request

SMALL = 9
Fill = Callable[[int], list[bytes]]


def replaced(ledger: Ledger, lines: Sequence[bytes]) -> list[tuple[str, int, int, int | None]]:
    """Put these lines into the ledger and return what is found."""
    (ledger.folder / "ledger.jsonl").write_bytes(b"".join(lines))
    return [(f.problem.value, f.first, f.last, f.line) for f in verify(ledger).findings]


def forged(line: bytes, **changes: object) -> bytes:
    """Return an entry changed by someone who computes its hash anew."""
    entry = Entry.read(line.rstrip(b"\n"))
    assert entry is not None
    values = entry.as_dict() | changes
    del values["hash"]
    return canonical(values | {"hash": digest(values)}) + b"\n"


def test_an_untouched_ledger_is_intact(ledger: Ledger, filled: Fill) -> None:
    assert verify(ledger).is_intact
    lines = filled(SMALL)
    found = verify(ledger)
    assert found.is_intact and found.entries == SMALL
    assert found.last_hash in lines[-1].decode()


def test_every_change_of_a_line_is_named(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    for i in range(SMALL):
        changed = lines[i].replace(b"anna", b"bert")
        assert replaced(ledger, [*lines[:i], changed, *lines[i + 1 :]]) == [("changed", i + 1, i + 1, i + 1)]


def test_another_way_to_write_the_same_values_is_a_change(ledger: Ledger, filled: Fill) -> None:
    lines = filled(3)
    for other in (lines[1].replace(b":", b": ", 1), lines[1].replace("é".encode(), b"\\u00e9")):
        assert other != lines[1]
        assert replaced(ledger, [lines[0], other, lines[2]]) == [("changed", 2, 2, 2)]


def test_every_removal_but_of_the_last_is_named(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    for first, last in combinations(range(SMALL), 2):  # lines first to last - 1 are gone
        assert replaced(ledger, [*lines[:first], *lines[last:]]) == [("removed", first + 1, last, first + 1)]


def test_every_swap_is_named_at_both_ends(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    for i, j in combinations(range(SMALL), 2):
        swapped = list(lines)
        swapped[i], swapped[j] = lines[j], lines[i]
        found = replaced(ledger, swapped)
        assert {f[0] for f in found} <= {"moved", "removed"}
        named = {(f[1], f[3]) for f in found}
        assert named & {(j + 1, i + 1), (i + 1, j + 1)}
        assert {f[1] for f in found} <= {i + 1, j + 1}


def test_every_move_is_named(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    for i in range(SMALL):
        for k in range(SMALL):
            rest = [*lines[:i], *lines[i + 1 :]]
            found = replaced(ledger, [*rest[:k], lines[i], *rest[k:]])
            if i == k:
                assert found == []
            elif abs(i - k) == 1:  # a swap of neighbours: either of them was moved
                assert found in ([("moved", i + 1, i + 1, k + 1)], [("moved", k + 1, k + 1, i + 1)])
            else:
                assert found == [("moved", i + 1, i + 1, k + 1)]


def test_every_insertion_is_named(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    for k in range(SMALL):
        found = replaced(ledger, [*lines[:k], b"{}\n", *lines[k:]])
        assert found == [("inserted", k + 1, k + 1, k + 1)]
        for copy in range(SMALL):
            found = replaced(ledger, [*lines[:k], lines[copy], *lines[k:]])
            assert [f[0] for f in found] == ["inserted"]
            assert found[0][1] == copy + 1


def test_an_entry_written_anew_breaks_the_link(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    for i in range(SMALL - 1):
        lying = forged(lines[i], reason="nothing")
        found = replaced(ledger, [*lines[:i], lying, *lines[i + 1 :]])
        assert found == [("broken-link", i + 1, i + 2, i + 2)]


def test_a_ledger_written_anew_is_told_by_a_checkpoint(ledger: Ledger, filled: Fill) -> None:
    lines = filled(4)
    early = ledger.checkpoint()
    lines = filled(SMALL - 4)
    kept = ledger.checkpoint()
    (ledger.folder / "checkpoints.jsonl").unlink()
    for i in range(5, SMALL):
        lines[i] = forged(lines[i], actor="nobody", previous=Entry.read(lines[i - 1].rstrip(b"\n")).hash)  # type: ignore[union-attr]
    (ledger.folder / "ledger.jsonl").write_bytes(b"".join(lines))
    assert verify(ledger).is_intact, "its owner has the key: without a checkpoint outside nobody can tell"
    found = verify(ledger, [early, kept])
    assert [(f.problem, f.first, f.last) for f in found.findings] == [(Problem.REWRITTEN, 5, SMALL)]
    assert found.checkpoints == 1


def test_every_truncation_is_told_by_a_checkpoint(ledger: Ledger, filled: Fill) -> None:
    lines = filled(SMALL)
    ledger.checkpoint()
    for keep in range(SMALL):
        assert replaced(ledger, lines[:keep]) == [("truncated", keep + 1, SMALL, None)]
        torn = [*lines[:keep], lines[keep][:-20]]
        assert replaced(ledger, torn) == [
            ("torn", keep + 1, keep + 1, keep + 1),
            ("truncated", keep + 1, SMALL, None),
        ]


def test_a_missing_last_end_of_line_is_told(ledger: Ledger, filled: Fill) -> None:
    lines = filled(3)
    assert replaced(ledger, [*lines[:2], lines[2][:-1]]) == [("torn", 3, 3, 3)]


def test_checkpoints_themselves_are_checked(ledger: Ledger, filled: Fill, tmp_path: Path) -> None:
    filled(3)
    good = ledger.checkpoint()
    other = Ledger.create(tmp_path / "other")
    other.append(a_request(), Outcome.DONE)
    lying = Checkpoint(2, good.hash, good.time, good.public_key, good.signature)
    for bad, said in ((lying, "signature"), (other.checkpoint(), "another ledger")):
        found = verify(ledger, [bad]).findings
        assert [f.problem for f in found] == [Problem.BAD_CHECKPOINT]
        assert said in found[0].detail
    stored = ledger.folder / "checkpoints.jsonl"
    stored.write_bytes(b"nonsense\n" + stored.read_bytes() + b'{"torn')
    assert [(f.problem, f.line) for f in verify(ledger).findings] == [(Problem.BAD_CHECKPOINT, 1)]


def test_another_ledger_in_its_place_is_told(ledger: Ledger, filled: Fill, tmp_path: Path) -> None:
    filled(3)
    kept = ledger.checkpoint()
    other = Ledger.create(tmp_path / "other")
    other.append(a_request(), Outcome.DONE)
    assert [f.problem for f in verify(other, [kept]).findings] == [Problem.BAD_CHECKPOINT]
    assert [f.problem for f in verify(other, fingerprint=ledger.fingerprint).findings] == [Problem.REWRITTEN]
    (other.folder / "ledger.jsonl").replace(ledger.folder / "ledger.jsonl")
    assert Problem.BROKEN_LINK in [f.problem for f in verify(ledger).findings]


@pytest.mark.parametrize("hostile", [b"[" * 100_000, b"\x00" * 500, b"9" * 5000, b'"\\ud800"', b"\xff\xfe"])
def test_hostile_lines_are_named_and_no_more(ledger: Ledger, filled: Fill, hostile: bytes) -> None:
    lines = filled(3)
    assert replaced(ledger, [lines[0], hostile + b"\n", *lines[1:]]) == [("inserted", 2, 2, 2)]
    assert replaced(ledger, [lines[0], hostile + b"\n", lines[2]]) == [("changed", 2, 2, 2)]


def test_a_missing_ledger_is_said(ledger: Ledger) -> None:
    (ledger.folder / "ledger.jsonl").unlink()
    with pytest.raises(LedgerDamagedError, match="missing"):
        verify(ledger)


def test_the_key_is_the_owners_alone(ledger: Ledger) -> None:
    assert (ledger.folder / "key").stat().st_mode & 0o777 == 0o600
    assert Checkpoint.signed(read_private_key(ledger.folder / "key"), 1, "0" * 64).is_genuine()


def tampered(draw: random.Random, content: bytes, starts: list[int]) -> tuple[bytes, Callable[..., bool]]:
    """Return the content with one random wound, and whether a finding names its place."""
    count = len(starts)
    ends = [*starts[1:], len(content)]
    kind = draw.choice(["byte", "removal", "swap", "truncation"])
    if kind == "byte":
        at = draw.randrange(len(content))
        line = bisect_right(starts, at) - 1
        other = draw.choice([b for b in range(256) if b != content[at]])
        return content[:at] + bytes([other]) + content[at + 1 :], names({line + 1, line + 2})
    if kind == "removal":
        i = draw.randrange(count)
        last = i == count - 1
        return content[: starts[i]] + content[ends[i] :], names({i + 1}, "truncated" if last else "removed")
    if kind == "swap":
        i, j = sorted(draw.sample(range(count), 2))
        parts = [content[starts[k] : ends[k]] for k in (i, j)]
        swapped = (
            content[: starts[i]] + parts[1] + content[ends[i] : starts[j]] + parts[0] + content[ends[j] :]
        )
        return swapped, names({i + 1, j + 1}, "moved")
    at = draw.randrange(len(content))
    # Where only an end of line is cut off, its entry is whole, and the missing ones begin after it.
    missing = bisect_right(starts, at + 1)
    return content[:at], names({missing}, "truncated" if at < len(content) - 1 else "torn")


def names(entries: set[int], problem: str | None = None) -> Callable[[Sequence[Finding]], bool]:
    def check(findings: Sequence[Finding]) -> bool:
        right = [f for f in findings if problem in (None, f.problem.value)]
        return any(f.first in entries for f in right) and len(findings) <= 3

    return check


@pytest.mark.parametrize(
    ("entries", "wounds"),
    [(300, 150), pytest.param(10_000, 1_000, marks=pytest.mark.slow)],
)
def test_random_wounds_are_all_found_in_their_place(
    ledger: Ledger, filled: Fill, entries: int, wounds: int
) -> None:
    lines = filled(entries)
    kept = ledger.checkpoint()
    (ledger.folder / "checkpoints.jsonl").unlink()
    content = b"".join(lines)
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line))
    draw = random.Random(entries)
    for _ in range(wounds):
        wounded, is_named = tampered(draw, content, starts)
        (ledger.folder / "ledger.jsonl").write_bytes(wounded)
        found = verify(ledger, [kept]).findings
        assert is_named(found), (found, draw.getstate()[1][:2])
