"""``python -m apercu`` is ``apercu``."""

from apercu.cli import main

if __name__ == "__main__":  # worker processes import this module, and must not start it all again
    main()
