"""``apercu signals outbox``, ``test``, ``send``, ``retry``: what is on its way, and what could not be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apercu.cli import console
from apercu.cli.parameters import ArchiveFolder, Json
from apercu.errors import DeliveryError, NothingToShowError, UsageError

if TYPE_CHECKING:
    from apercu.events.delivery.trial import Tried

_SHOWN = 100
"""Letters that people are shown unless they ask for more."""


def outbox(
    archive: ArchiveFolder,
    everything: Annotated[bool, typer.Option("--all", help="Those that were delivered, too.")] = False,
    last: Annotated[
        int | None,
        typer.Option(
            "--last", min=1, metavar="N", help=f"The newest N; {_SHOWN} by default, and all with --json."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what waits to be delivered, what could not be, and why.

    \b
    Examples:
      apercu signals outbox gate
      apercu signals outbox gate --all --last 20
    """
    from dataclasses import asdict

    from apercu.archive import Archive
    from apercu.archive.outbox import Fate
    from apercu.cli.intakes import local
    from apercu.purposes import Capability

    store = Archive.open(archive)
    store.ask(Capability.SIGNAL_EVENTS, "outbox")
    states = tuple(Fate) if everything else (Fate.DEAD, Fate.WAITING)
    most = _SHOWN if last is None and not as_json else last
    letters = store.signals.outbox.letters(*states, last=most)
    if as_json:
        console.say_json([asdict(letter) for letter in letters])
        return
    depths = store.signals.outbox.depths()
    for depth in depths:
        since = local(store, depth.oldest)
        console.say(f"{depth.channel}: {depth.count} {depth.state.value}, the oldest of {since}")
    if not depths:
        console.say("nothing was to be delivered yet")
    if not letters:
        return
    console.say()
    now = datetime.now(UTC)
    waits = {
        letter.number: "due" if letter.next_at <= now else local(store, letter.next_at)
        for letter in letters
        if letter.state is Fate.WAITING
    }
    heads = ("number", "signal", "channel", "camera", "state", "tries", "next", "problem")
    rows = (
        (
            str(letter.number),
            f"{letter.key[:8]}-{letter.answer}" if letter.answer else letter.key[:8],
            letter.channel,
            letter.camera,
            letter.state.value,
            str(letter.tries),
            waits.get(letter.number, "-"),
            letter.problem or "-",
        )
        for letter in letters
    )
    console.say_table(heads, rows, right=("number", "tries"))
    count = sum(depth.count for depth in depths if depth.state in states)
    if count > len(letters):
        console.say(f"\nThe newest {len(letters)} of {count}; more with --last.")
    if any(letter.state is Fate.DEAD for letter in letters):
        console.say(f"\nTo try those that are dead again: apercu signals retry {archive} --all")


Config = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="The file that apercu watch reads: it says where to.")
]


def test(
    config: Config,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            "--channel", metavar="NAME", help="Only over this one: mqtt, mail, webhook-NAME; repeatable."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send one test over each channel, and tell which were taken. Those that were not make the code 6.

    It says of itself that it is a test, in the subject of the mail and in what programs read. It becomes no
    signal: nothing of it is in the archive but a line in the ledger. It is tried once, also while cameras
    are watched.

    \b
    Examples:
      apercu signals test watch.toml
      apercu signals test watch.toml --channel mail
    """
    from apercu.archive import Archive
    from apercu.cli.watch import ways_out
    from apercu.errors import UnknownNameError
    from apercu.events.delivery.trial import try_channels
    from apercu.events.watching.settings import archive_path, read_watch

    file = read_watch(config)
    names = file.settings.channels
    if not names:
        raise _no_channel(config)
    for name in channel or ():
        if name not in names:
            raise UnknownNameError("channel", name, names)
    store = Archive.open(archive_path(file))
    wanted = [each for each in ways_out(file, store) if each.name in (channel or names)]
    tried = try_channels(store, wanted, file.settings.delivery.page)
    if as_json:
        console.say_json([_tried_as_dict(each) for each in tried])
    else:
        for each in tried:
            if each.error is None:
                console.say(f"{each.channel}: delivered, {each.said}")
            else:
                console.tell(f"{each.channel}: not delivered; {each.error}")
    if any(each.error is not None for each in tried):
        raise typer.Exit(DeliveryError.exit_code)


def send(
    config: Config,
    as_json: Json = False,
) -> None:
    """Deliver what waits, without watching. What cannot be delivered now goes on waiting, and the code is 6.

    \b
    Examples:
      apercu signals send watch.toml
    """
    from apercu.archive import Archive
    from apercu.archive.outbox import Fate
    from apercu.cli.watch import delivering
    from apercu.events.watching.settings import archive_path, read_watch

    file = read_watch(config)
    store = Archive.open(archive_path(file))
    sender = delivering(file, store)
    if sender is None:
        raise _no_channel(config)
    with sender:
        sender.drain()
    left = {
        (depth.channel, depth.state): depth.count
        for depth in store.signals.outbox.depths()
        if depth.state is not Fate.DELIVERED
    }
    # Letters may also wait for channels that the file does not name any more.
    names = dict.fromkeys([*sender.states, *(name for name, state in left if state is Fate.WAITING)])
    told = [
        {
            "channel": name,
            "delivered": sender.states[name].delivered if name in sender.states else 0,
            "waiting": left.get((name, Fate.WAITING), 0),
            "dead": left.get((name, Fate.DEAD), 0),
        }
        for name in names
    ]
    if as_json:
        console.say_json(told)
    else:
        for each in told:
            console.say("{channel}: {delivered} delivered, {waiting} waiting, {dead} given up".format(**each))
    if any(each["waiting"] for each in told):
        raise typer.Exit(DeliveryError.exit_code)


def retry(
    archive: ArchiveFolder,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER]...", help="Numbers of letters in the outbox.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="NAME", help="All dead letters of this channel.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    as_json: Json = False,
) -> None:
    """Try again to deliver what was given up. Receivers know by its key what they had after all.

    \b
    Examples:
      apercu signals retry gate 17 18
      apercu signals retry gate --channel mail
    """
    from apercu.archive import Archive
    from apercu.purposes import Capability

    if sum((bool(numbers), channel is not None, everything)) != 1:
        raise UsageError(
            "it is not clear what to try again", next_step="Give numbers, or --channel NAME, or --all."
        )
    store = Archive.open(archive)
    told = f"letters {' '.join(map(str, numbers))}" if numbers else f"letters of {channel or 'all channels'}"
    with store.gate.opens(Capability.SIGNAL_EVENTS, subject=f"outbox {told}") as door:
        count = store.signals.outbox.revive(datetime.now(UTC), numbers or None, channel)
        door.note = f"{count} to be tried again"
    if as_json:
        console.say_json({"revived": count})
    elif count:
        console.say(f"{console.some(count, 'letter')} to be tried again")
    if not count:
        raise NothingToShowError(
            "no such letter was given up", where=archive, next_step="See: apercu signals outbox ARCHIVE."
        )


def _no_channel(config: Path) -> UsageError:
    step = "Add [mqtt], [[webhook]] or [mail]: docs/signals.md."
    return UsageError("names no channel", where=config, next_step=step)


def _tried_as_dict(each: Tried) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "delivered": each.error is None,
        "said": each.said,
        "error": None if each.error is None else console.describe(each.error),
    }
