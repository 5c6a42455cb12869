from __future__ import annotations

import json
from typing import Any

import pytest
from processes import Run
from throughput import promises, summarised


def run(seconds: float, peak_mb: float = 100.0, **result: Any) -> Run:
    return Run({"seconds": seconds, **result}, cpu_s=2 * seconds, peak_mb=peak_mb)


def whole(seconds: float, peak_mb: float = 400.0) -> Run:
    summary = {"frames": 7, "detected": 3, "stage_seconds": {"motion": 1.0, "detect": 2.0}, "new": [1]}
    return run(seconds, peak_mb, inside_s=seconds / 2, summary=summary)


def test_ratios_are_within_a_round_and_medians_over_them() -> None:
    rounds = [
        {"decode": run(2.0, pictures=50), "whole": whole(4.0), "reference": run(30.0)},
        {"decode": run(20.0, pictures=50), "whole": whole(4.0, 450.0)},
        {"decode": run(3.0, pictures=50), "whole": whole(12.0)},
    ]
    row = summarised(rounds, 10.0)
    assert row["decode_s"] == 3.0
    assert row["whole_over_decode"] == 0.5, "of 0.5, 5 and 0.25, not 3 by 4"
    assert row["inside_over_decode"] == 1.0
    assert row["inside_over_reference"] == 15.0, "of the one round that has it"
    assert row["times_real_time"] == 5.0
    assert row["whole_mb"] == 450.0
    assert row["pictures"] == 50
    assert row["stages"] == "detect 100%, motion 50%"
    json.dumps(row)


def test_single_modes_may_be_measured() -> None:
    assert summarised([{"decode": run(2.0, pictures=50)}], 10.0)["decode_s"] == 2.0
    assert "whole_over_decode" not in summarised([{"whole": whole(4.0)}], 10.0)


def test_promises_are_compared_where_they_were_measured() -> None:
    rows = {
        "quiet 1080p": {"inside_over_decode": 3.5, "moments": 2, "found": 1, "whole_mb": 500.0},
        "street 1080p": {"inside_over_decode": 0.5, "inside_over_reference": 8.0, "whole_mb": 600.0},
    }
    lengths = {"5 min": {"whole_mb": 650.0}, "60 min": {"whole_mb": 660.0}}
    met = {aim.measure: aim.met for aim in promises(rows, lengths)}
    assert met["quiet 1080p, analysis / decoding"] is True
    assert met["quiet 1080p, share of moments found"] is False
    assert met["quiet 720p, analysis / decoding"] is None
    assert met["street 1080p, analysis / decoding"] is False
    assert met["street 1080p, analysis / reference"] is True
    assert met["peak memory, MB"] is True
    assert met["peak memory, longest / shortest loop"] is True


@pytest.mark.parametrize("rows", [{}, {"street 1080p": {"decode_s": 1.0}}])
def test_a_run_of_a_few_modes_promises_nothing(rows: dict[str, dict[str, Any]]) -> None:
    assert {aim.met for aim in promises(rows, {})} == {None}
