from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from apercu.archive.homographies import read_homography, read_points
from apercu.errors import UsageError

NINE = np.array([[1.5, -2e-3, 3], [4, 5, -6.25], [0.5, 8, 9]])


@pytest.mark.parametrize(
    "text",
    [
        "1.5 -2e-3 3\n4 5 -6.25\n.5 8 9\n",
        "1.5,-0.002,3\r\n4,5,-6.25\r\n0.5,8,9",
        "[[1.5, -0.002, 3], [4, 5, -6.25], [0.5, 8, 9]]",
        '{"camera": 7, "homography": [1.5, -0.002, 3, 4, 5, -6.25, 0.5, 8, 9], "error": [2.5]}',
        "Matrix: [1.5, -2e-3, 3, 4, 5, -6.25, 0.5, 8, 9]\nError: [5.3]",
        "%YAML:1.0\nH: !!opencv-matrix\n   rows: 3\n   cols: 3\n   data: [ 1.5, -2.0e-03, 3.,\n 4., 5.,"
        " -6.25, 0.5, 8., 9. ]\n",
    ],
    ids=["text", "commas", "json", "json object", "yaml", "opencv"],
)
def test_a_homography_is_read_however_it_is_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "h"
    path.write_bytes(text.encode())
    assert np.allclose(read_homography(path), NINE)


@pytest.mark.parametrize(
    "content", [b"", b"1 2 3", b"[1, 2]", b"one 2 3 4 5 6 7 8 9 1", b"\xff\xfe", b"1 " * 10]
)
def test_what_is_no_homography_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_homography(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_homography(tmp_path)


def test_points_are_read() -> None:
    assert read_points("1,2=3,4; 5.5 , -6 = 7e1,8;") == [(1, 2, 3, 4), (5.5, -6, 70, 8)]
    assert read_points(" ") == []


@pytest.mark.parametrize("text", ["1,2", "1,2=3", "1,2=3,4 5,6=7,8", "a,2=3,4", "1,2=3,4,5"])
def test_what_is_no_point_says_so(text: str) -> None:
    with pytest.raises(UsageError, match="no measured point"):
        read_points(text)
