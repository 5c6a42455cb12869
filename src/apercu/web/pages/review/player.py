"""The player: a video with what moves in it, and the keys that people who watch much expect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.element import Element

from apercu.events.telling import CLASSES
from apercu.web.pages.place import Place
from apercu.web.pages.review import words
from apercu.web.pages.shell import asset


class Player(Element, component="player.js"):
    """A video that the API serves; with the index of a synopsis, its objects tell their true times."""

    def __init__(
        self, place: Place, video: str, *, index: str = "", start_s: float = 0.0, grows: str = ""
    ) -> None:
        """Show a video.

        Args:
            place: whose language.
            video: its address; empty while it grows.
            index: address of the synopsis's index; empty for a clip.
            start_s: where to begin, seconds.
            grows: address of a synopsis that is still rendered; ``complete`` when it is.
        """
        super().__init__()
        synopsis = bool(index or grows)
        self._props |= {
            "src": video,
            "grows": grows,
            "feeder": asset("growing.js"),
            "index": index,
            "start": start_s,
            "first": synopsis,
            "zone": str(place.numbers.zone),
            "language": place.language,
            "classes": {name: place.say(wording) for name, wording in CLASSES.items()},
            "says": {
                "player": place.say(words.PLAYER if synopsis else words.MOMENT),
                "play": place.say(words.PLAY),
                "back": place.say(words.BACK),
                "forward": place.say(words.FORWARD),
                "speed": place.say(words.SPEED),
                "position": place.say(words.POSITION),
                "full": place.say(words.FULL),
                "growing": place.say(words.GROWING),
                "gone": place.say(words.GONE),
                "boxes": place.say(words.BOXES),
                "onscreen": place.say(words.ON_SCREEN),
            },
        }

    def complete(self, video: str, index: str) -> None:
        """Go over from what grew to the whole of it, at the same place."""
        self._props |= {"src": video, "index": index}
        self.update()

    def on_tube(self, act: Callable[[str, int, float], Awaitable[None]]) -> None:
        """Tell ``act`` of an object that is clicked: recording, track, and second of the recording."""

        async def clicked(event: Any) -> None:
            told = event.args
            await act(str(told["recording_id"]), int(told["track_id"]), float(told["second"]))

        self.on("tube", clicked)
