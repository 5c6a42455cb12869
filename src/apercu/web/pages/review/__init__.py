"""The review page: a day as a timeline, its synopsis, and the way back to each original moment."""
