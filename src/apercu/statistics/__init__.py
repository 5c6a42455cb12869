"""Tracks -> counts, flows and heat maps; and the release of numbers that are about nobody."""
