from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.archive import camera_name, check_camera, settings_hash
from apercu.errors import UsageError


@pytest.mark.parametrize("name", ["gate", "Gate-2", "a.b_c"])
def test_plain_camera_names_are_kept(name: str) -> None:
    assert check_camera(name) == name == camera_name(name)


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("North gate", "North-gate"), ("../up", "up"), ("01", "camera-01"), ("", "camera"), ("a/b=c", "a-b-c")],
)
def test_other_camera_names_are_refused_with_a_proposal(name: str, proposed: str) -> None:
    with pytest.raises(UsageError, match=f"'{proposed}'"):
        check_camera(name)


@given(st.text(max_size=200))
def test_any_text_gives_a_valid_camera_name(text: str) -> None:
    check_camera(camera_name(text))


def test_settings_hash_ignores_order_and_sees_values() -> None:
    assert settings_hash({"a": 1, "b": [1, 2]}) == settings_hash({"b": (1, 2), "a": 1})
    assert settings_hash({"a": 1}) != settings_hash({"a": 2})
    assert len(settings_hash({})) == 16
