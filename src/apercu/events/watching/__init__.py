"""Cameras watched while they film: processes, rules at work, pictures of a signal, status."""
