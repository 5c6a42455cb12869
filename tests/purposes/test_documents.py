from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from apercu.purposes import Ledger, Outcome

from .conftest import a_request

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"


def strangers_script(folder: Path) -> Path:
    found = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    path = folder / "check.py"
    path.write_text(found[1], encoding="utf-8")
    return path


def run(script: Path, *arguments: Path) -> subprocess.CompletedProcess[str]:
    # -I: nothing of this project is within the script's reach
    command = [sys.executable, "-I", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=script.parent)


def test_a_strangers_script_of_the_document_verifies_a_ledger(
    ledger: Ledger, filled: Callable[[int], list[bytes]], tmp_path: Path
) -> None:
    script = strangers_script(tmp_path)
    assert script.read_text(encoding="utf-8").count("\n") <= 33
    lines = filled(12)
    kept = tmp_path / "kept.json"
    kept.write_text(ledger.export_checkpoint())
    done = run(script, ledger.folder, kept)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"12 entries, intact; ledger {ledger.fingerprint[:16]}" in done.stdout

    entries = ledger.folder / "ledger.jsonl"
    wounds = {
        "line 5: changed": [*lines[:4], lines[4].replace(b"anna", b"bert"), *lines[5:]],
        "line 5: not in canonical form": [*lines[:4], lines[4].replace(b",", b", ", 1), *lines[5:]],
        "line 5: not the next entry": [*lines[:4], *lines[5:]],
        "checkpoint 12 differs": lines[:-1],
    }
    for said, wounded in wounds.items():
        entries.write_bytes(b"".join(wounded))
        done = run(script, ledger.folder, kept)
        assert done.returncode != 0 and said in done.stderr
    entries.write_bytes(b"".join(lines))
    whole = kept.read_text()
    kept.write_text(whole.replace('"number":12', '"number":11'))
    assert "InvalidSignature" in run(script, ledger.folder, kept).stderr
    stored = (
        ledger.folder / "checkpoints.jsonl"
    )  # one is stored as well: signed by nobody, it is not believed
    stored.write_text(stored.read_text().replace('"number":12', '"number":11'))
    kept.write_text(whole)
    assert "InvalidSignature" in run(script, ledger.folder, kept).stderr
    stored.unlink()
    other = Ledger.create(tmp_path / "other")
    other.append(a_request(), Outcome.DONE)
    kept.write_text(other.export_checkpoint())
    assert "of another ledger" in run(script, ledger.folder, kept).stderr
