"""When boxes are the same object, and when a track begins and ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """When boxes are the same object, and when a track begins and ends.

    Attributes:
        strong: score from which a detection is assigned in the first stage and may begin a track.
        weak: score from which a detection may continue a track.
        backed: score from which a detection may begin a track when a blob confirms it.
        lost_s: a track unseen for this long has ended, seconds.
        tentative_s: the same for a track that has been seen only a few times.
        hidden_s: a track not seen by itself for this long, beside one that is, is hidden by it, seconds.
        shared_s: how long a blob that several tracks share keeps one of them alive, seconds.
        shared_unnamed_s: the same for one that the detector never named: only its blob tells where it is.
        piece: blobs closer than this share of their size are one thing in pieces.
        moving: share of a box that must move for a detection to begin a track.
        unmoved_s: a track under which less than that moved for this long belongs to the scene, seconds.
    """

    strong: float = 0.45
    weak: float = 0.1
    backed: float = 0.2
    lost_s: float = 2.0
    tentative_s: float = 0.5
    hidden_s: float = 0.5
    shared_s: float = 1.0
    shared_unnamed_s: float = 2.5
    piece: float = 0.15
    moving: float = 0.12
    unmoved_s: float = 2.0
