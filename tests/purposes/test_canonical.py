from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.errors import UsageError
from apercu.purposes.canonical import canonical, digest

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_nothing_is_lost_and_writing_again_gives_the_same_bytes(value: Any) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written
    assert b"\n" not in written


@given(st.dictionaries(KEYS, NUMBERS, min_size=2, max_size=6), st.randoms())
def test_the_order_of_keys_does_not_matter(values: dict[str, int], order: Any) -> None:
    items = list(values.items())
    order.shuffle(items)
    assert digest(dict(items)) == digest(values)
    assert list(json.loads(canonical(values))) == sorted(values)


@given(VALUES, VALUES)
def test_other_values_have_other_bytes(one: Any, other: Any) -> None:
    same = canonical(one) == canonical(other)
    assert same == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def test_known_bytes() -> None:
    # The escapes are those of RFC 8785, section 3.2.2.2.
    value = {"b": [1, True, None, -0], "a": '\u20ac$\x0f\nA\'B"\\\\"/\u2028\x7f'}
    expected = '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\x7f","b":[1,true,null,0]}'
    assert canonical(value) == expected.encode()


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, {"é": 1}, {1: 2}, {"a": object()}, "\ud800", (1,)]
)
def test_what_has_no_one_form_is_refused(value: Any) -> None:
    with pytest.raises(UsageError):
        canonical(value)
