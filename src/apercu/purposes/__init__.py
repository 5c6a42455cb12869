"""Why an archive may exist: purposes."""

from apercu.purposes.names import PURPOSES, check_name

__all__ = ["PURPOSES", "check_name"]
