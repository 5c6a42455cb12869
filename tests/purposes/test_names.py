from __future__ import annotations

import pytest

from apercu import purposes
from apercu.errors import UnknownNameError


def test_five_purposes_each_say_what_they_are_for_in_one_sentence() -> None:
    assert set(purposes.PURPOSES) == {
        "statistics",
        "judicial-inquiry",
        "event-safety",
        "private-premises",
        "research",
    }
    for sentence in purposes.PURPOSES.values():
        assert sentence.endswith(".") and sentence.count(".") == 1


def test_a_known_name_is_returned() -> None:
    assert purposes.check_name("research") == "research"


@pytest.mark.parametrize("name", ["", "Research", "statistic", "watch-list"])
def test_an_unknown_name_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        purposes.check_name(name)
    assert all(known in str(refused.value) for known in purposes.PURPOSES)
    assert refused.value.exit_code == 2
