"""The command line: one module per command. ``main`` is what the shell starts."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from typer.exceptions import TyperException

from apercu.cli import console
from apercu.cli.app import GROUPS, app, tree
from apercu.errors import ApercuError, OutputError, UsageError

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells expect."""
TERMINATED = 143
"""Exit code after SIGTERM: 128 + SIGTERM."""
PIPE_CLOSED = 1
"""Exit code when whoever read the output (``| head``) has had enough; Typer and Rich use the same."""


def main() -> None:
    """Run the command that the shell asked for, and exit with its code."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors are told on stderr, in one line each."""
    as_json = "--json" in arguments
    try:
        code = tree()(list(arguments) or ["--help"], prog_name="apercu", standalone_mode=False)
        sys.stdout.flush()
    except ApercuError as error:
        console.complain(error, as_json=as_json)
        return error.exit_code
    except TyperException as error:
        mistake = UsageError(error.format_message(), next_step=f"See: {_command(arguments)} --help")
        console.complain(mistake, as_json=as_json)
        return mistake.exit_code
    except BrokenPipeError:
        # What is still buffered has nowhere to go; the interpreter must not try again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        if not _output_fails():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        full = OutputError(f"what is told cannot be written ({error.strerror})", where="standard output")
        console.complain(full)
        return full.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        console.tell("interrupted")
    return code if isinstance(code, int) else 0


def _output_fails() -> bool:
    """Return whether it is the standard output that cannot be written, and nothing else."""
    try:
        sys.stdout.write("\n")  # what could not be written is gone by now
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _command(arguments: Sequence[str]) -> str:
    """Return the command whose help fits."""
    if arguments and arguments[0] in {command.name for command in app.registered_commands}:
        return f"apercu {arguments[0]}"
    if arguments and arguments[0] in GROUPS:
        known = len(arguments) > 1 and arguments[1] in GROUPS[arguments[0]][1]
        return f"apercu {' '.join(arguments[: 2 if known else 1])}"
    return "apercu"


def _terminate(_signal: int, _frame: object) -> NoReturn:
    """Leave through every ``with`` block, so that nothing half-written stays behind."""
    sys.exit(TERMINATED)
