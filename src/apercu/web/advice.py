"""What errors advise, said to whoever asks the service: they type no commands, and have no options."""

from __future__ import annotations

import re

_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(terminal), service)
    for terminal, service in (
        ("; apercu search --explain tells what each filter left", ": leave out one filter after the other"),
        ("Choose (one|it) with --camera", r"Ask for one camera"),
        ("Choose another (name|place), or --force", r"Choose another \1"),
        ("Add some with: apercu analyze .*", "Analyse some first."),
        ("Find it with apercu info ARCHIVE, and analyse", "Analyse"),
        ("(See|See what there is|List them): apercu info ARCHIVE", "List the recordings"),
        ("See: apercu tracks ARCHIVE", "Search the tracks"),
        ("See: apercu zone list ARCHIVE", "List the zones and lines"),
        ("Name a line with: apercu zone add; or ask without --noise", "Draw a line"),
        ("Name one with: apercu zone add", "Draw one"),
        ("List them: apercu signals list ARCHIVE", "List them"),
        ("See it: apercu signals show", "Look at the signal"),
        ("List holds: apercu retention show ARCHIVE", "List what is held"),
        ("(See what happened|Look) with: apercu ledger verify", "Verify the ledger"),
        # Options that only say where to write what is advised anyway.
        (r" with --[a-z-]+", ""),
        (r" \(--[a-z-]+[^)]*\)", ""),
    )
)


def for_service(next_step: str) -> str:
    """Return an error's next step in the service's words; as it is where it names no option or command."""
    for terminal, service in _SAID:
        next_step = terminal.sub(service, next_step)
    return next_step
