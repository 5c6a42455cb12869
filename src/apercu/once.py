"""What is found only when it is asked for, and then kept."""

from __future__ import annotations

from collections.abc import Callable
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
