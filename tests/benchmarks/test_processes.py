from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from processes import measured

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

if not Path("/proc/self/status").exists():
    pytest.skip("memory is read from /proc", allow_module_level=True)


def script(folder: Path, body: str) -> Path:
    head = f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r})\nfrom processes import keep_result\n"
    tail = "\nfrom pathlib import Path\nkeep_result({'seconds': 1.5}, Path(sys.argv[-1]))\n"
    path = folder / "script.py"
    path.write_text(head + textwrap.dedent(body) + tail)
    return path


def test_the_memory_of_workers_counts(tmp_path: Path) -> None:
    hold = "import time; held = bytearray(80_000_000); time.sleep(1.5)"
    alone = measured(script(tmp_path, hold), [], tmp_path)
    workers = f"""
        import subprocess
        started = [subprocess.Popen([{sys.executable!r}, "-c", {hold!r}]) for _ in range(2)]
        [each.wait() for each in started]
    """
    together = measured(script(tmp_path, workers), [], tmp_path)
    assert alone.seconds == 1.5
    assert 80 < alone.peak_mb < 150
    assert 160 < together.peak_mb < 300


def test_the_processor_time_of_workers_counts(tmp_path: Path) -> None:
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    body = f"import subprocess\nsubprocess.run([{sys.executable!r}, '-c', {spin!r}], check=True)"
    assert measured(script(tmp_path, body), [], tmp_path).cpu_s >= 0.3


def test_a_failure_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"script\.py here failed:(.|\n)*no such street"):
        measured(script(tmp_path, "raise SystemExit('no such street')"), ["here"], tmp_path)
