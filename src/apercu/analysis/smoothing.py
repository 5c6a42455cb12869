"""Smoothing of paths that does not shorten them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def smoothed(path: NDArray[np.floating], sigma: float) -> NDArray[np.floating]:
    """Return a path (n, k), n at least 1, smoothed along its length by a Gaussian of ``sigma`` samples.

    Both ends are continued by turning the path about them: they stay where they were, and something in even
    motion keeps its speed. Repeating the last value instead would hold back everything that enters or leaves.
    """
    from scipy.ndimage import gaussian_filter1d  # takes long to import: searches do without

    margin = min(len(path) - 1, round(4 * sigma))
    if margin < 1:
        return path.copy()
    longer = np.pad(path, ((margin, margin), (0, 0)), mode="reflect", reflect_type="odd")
    return np.asarray(gaussian_filter1d(longer, sigma, axis=0, mode="nearest")[margin:-margin])
