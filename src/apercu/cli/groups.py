"""Groups of commands of which one needs no name of its own: ``apercu count ARCHIVE``."""

from __future__ import annotations

from typing import Any

import typer.core


class DefaultGroup(typer.core.TyperGroup):
    """A group whose command ``archive`` is meant when no other one is named."""

    default = "archive"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name before arguments that begin with none."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
