"""Signals on their way: letters in the outbox, sent over channels at least once, in order per camera."""
