"""What is found when it is asked for: once for an object, and not one object after the other."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType

import pytest

import apercu.analysis
import apercu.search
import apercu.synopsis
from apercu.once import found_once, imported_once


@dataclass(frozen=True)
class Asked:
    find: Callable[[], int]

    @found_once
    def answer(self) -> int:
        """What was asked for."""
        return self.find()


def test_it_is_found_once_for_each_object() -> None:
    asked: list[int] = []

    def find() -> int:
        asked.append(1)
        return len(asked)

    one, other = Asked(find), Asked(find)
    assert not asked
    assert (one.answer, one.answer, other.answer, one.answer) == (1, 1, 2, 1)
    assert Asked.answer.__doc__ == "What was asked for."


def test_threads_that_ask_two_objects_do_not_wait_for_each_other() -> None:
    both = threading.Barrier(2, timeout=10)
    asked = [Asked(both.wait), Asked(both.wait)]
    found: list[int] = []
    threads = [threading.Thread(target=lambda each=each: found.append(each.answer)) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1]


def test_names_of_a_package_are_imported_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    package, home = ModuleType("made_up"), ModuleType("made_up.home")
    home.__dict__["wanted"] = 1
    monkeypatch.setitem(sys.modules, "made_up", package)
    monkeypatch.setitem(sys.modules, "made_up.home", home)
    find = imported_once("made_up", {"wanted": "home"})
    assert "wanted" not in vars(package)
    assert find("wanted") == vars(package)["wanted"] == 1
    with pytest.raises(AttributeError, match="module 'made_up' has no attribute 'other'"):
        find("other")


@pytest.mark.parametrize("package", [apercu, apercu.analysis, apercu.search, apercu.synopsis])
def test_what_a_package_does_not_have_is_told(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'faces'"):
        attrgetter("faces")(package)
