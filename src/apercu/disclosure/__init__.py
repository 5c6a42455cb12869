"""What leaves the house: whole pictures in which nobody can be recognised."""

from apercu.analysis.redaction import Redacted, Redactor

__all__ = ["Redacted", "Redactor"]
