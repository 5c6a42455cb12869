"""Loops that Numba compiles: once for each machine, kept on disk beside the module or in the user's cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

_Result = TypeVar("_Result")


def compiled(loop: Callable[..., _Result]) -> Callable[..., _Result]:
    """Return a function over arrays, compiled when it is first called; other threads go on while it runs."""
    try:
        return cast(Callable[..., _Result], njit(cache=True, nogil=True)(loop))
    except RuntimeError:  # neither folder can be written to: compiled anew in every process
        return cast(Callable[..., _Result], njit(nogil=True)(loop))
