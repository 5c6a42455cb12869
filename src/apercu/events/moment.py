"""What rules look at: everything in view at one analysed picture."""

from apercu.analysis.moment import Moment, Sight

__all__ = ["Moment", "Sight"]
