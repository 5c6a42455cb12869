from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from apercu.errors import OutputError
from apercu.synopsis import spool as module
from apercu.synopsis.spool import Spool


def test_what_is_put_is_got_in_any_order(tmp_path: Path) -> None:
    with Spool(tmp_path, [3, 2]) as spool:
        spool.put(1, 1, b"last")
        spool.put(0, 2, b"third")
        spool.put(0, 0, b"first")
        assert [spool.get(0, 0), spool.get(0, 1), spool.get(0, 2)] == [b"first", None, b"third"]
        assert [spool.get(1, 0), spool.get(1, 1)] == [None, b"last"]
        assert spool.size == 14
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_after_a_failure_nor_seen_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Spool(tmp_path, [1]) as spool:
        spool.put(0, 0, b"x")
        assert list(tmp_path.iterdir()) == []
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        Spool(tmp_path / "missing", [1])


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None: ...

    monkeypatch.setattr(module, "TemporaryFile", lambda **_: Full())
    with Spool(tmp_path, [1]) as spool, pytest.raises(OutputError, match="No space left") as raised:
        spool.put(0, 0, bytes(2 << 20))
    assert "Free some space" in (raised.value.next_step or "")
