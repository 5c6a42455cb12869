"""What is found only when it is asked for, and then kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class found_once(Generic[T]):
    """A property that is found when it is first asked for, and kept in its object.

    ``functools.cached_property`` does the same, but until Python 3.12 under one lock for all objects of a
    class: the cameras of a process, each with a thread of its own, would wait for one another. Here two
    threads that ask one object at once may both find it; the last one is kept.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find, self._name = find, find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        # From now on what the object itself holds by this name is found before this property is.
        found = instance.__dict__[self._name] = self._find(instance)
        return found


def imported_once(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` (PEP 562) of a package: names are imported when first asked for, and kept.

    Args:
        package: its full name.
        homes: the module in it that each name comes from.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return find
