from __future__ import annotations

import pickle

import pytest

from apercu.errors import ApercuError, FootageError, UnknownNameError, UsageError


@pytest.mark.parametrize(
    "error",
    [
        UsageError("what", where="here", next_step="Do that."),
        FootageError("what", path="film.mp4", stream=1, timecode="00:00:01.000"),
        UnknownNameError("class", "cra", ["car", "person"]),
    ],
)
def test_an_error_survives_the_way_between_processes(error: ApercuError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
    assert copy.args == error.args


def test_a_near_miss_is_told() -> None:
    assert "Did you mean 'car'?" in str(UnknownNameError("class", "cra", ["car", "person"]))
