"""What the index beside a synopsis says: the format that its document and JSON Schema are made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apercu.errors import UsageError

VERSION: Final = 1
NOTICE = "A synopsis is not evidence: moments are shown together that did not happen together."

Seconds = Annotated[float, Field(ge=0)]


def _about(text: str) -> Any:
    return Field(description=text)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Part):
    """Where an object is, every half second and at its end."""

    output_s: Seconds = _about("a frame of the output, seconds from the start of the video")
    original_s: Seconds = _about("the moment that is shown there, seconds from the start of the recording")
    box: tuple[float, float, float, float] = _about(
        "its box there: x1, y1, x2, y2 in pixels (x2 and y2 exclusive), as far as it lies in the picture"
    )


class IndexTube(_Part):
    """An object that is shown."""

    number: int = _about("its number in this index, from 1; `apercu clip --tube` takes it")
    recording_id: str = _about("recording it comes from")
    track_id: int = _about("its number in that recording, as in the archive")
    class_name: str = Field(
        alias="class",
        description="person, bicycle, motorcycle, car, bus, truck, animal, bag or other",
    )
    group: str | None = _about("the group it is shown in, or `null` when there are none")
    output_start_s: Seconds = _about("its first frame in the output, seconds from the start of the video")
    output_end_s: Seconds = _about("its last frame in the output, seconds")
    original_start_s: Seconds = _about(
        "the moment its first frame shows, seconds from the start of the recording"
    )
    original_end_s: Seconds = _about(
        "the moment its last frame shows, seconds from the start of the recording"
    )
    left_out_s: Seconds = _about("seconds of long stays that are left out in it; 0 when it is shown whole")
    original_start_time: str | None = _about("true time of that first moment, or `null`")
    original_end_time: str | None = _about("true time of that last moment, or `null`")
    label_start: str = _about("the first moment as the label in the video writes it")
    label_end: str = _about("the last moment as the label in the video writes it")
    places: tuple[Place, ...] = _about("list of where it is, every half second and at its end, below")


class IndexRecording(_Part):
    """A recording that something is shown of."""

    recording_id: str = _about(
        "first 16 hexadecimal digits of the file's SHA-256, as in the archive; objects name their recording "
        "by it"
    )
    path: str = _about("where the file was when it was analysed")
    time_base: str = _about(
        'seconds per tick of the recording\'s timecodes, an exact fraction such as `"1/12800"`'
    )
    start_time: str | None = _about("true time of its first frame, or `null`")


class Chapter(_Part):
    """A part of the video, as in the `.vtt` file beside it."""

    start_s: Seconds = _about("its begin in the video, seconds")
    end_s: Seconds = _about("its end in the video, seconds")
    title: str = _about(
        "the group that is shown, or the original times of what begins there, with the name of the recording "
        "where several have no clock"
    )


class IndexMetrics(_Part):
    """Measured on the silhouettes that are shown, frame by frame."""

    FR: float = _about("length of the output / length of the input (some papers print the inverse)")
    CR: float = _about(
        "compact ratio: pixels under at least one object / (width x height x frames) of the output"
    )
    OR: float = _about("overlap ratio: pixels under two or more objects / (width x height x frames)")
    NOR: float = _about("pixels under exactly one object / pixels under at least one")
    CDR: float = _about("share of pairs of objects whose order of start is inverted by more than a second")
    density: float = _about("objects on screen, mean over the synopsis")
    activity_kept: float = _about(
        "share of the objects' time that is shown; of long stays the middle is left out"
    )
    tubes_kept: int = _about("objects shown")
    tubes_given: int = _about("objects asked for")
    input_s: float = _about("length of the recordings together, seconds")
    output_s: float = _about("length of the synopsis, seconds")
    arrangement_s: float = _about("time it took to arrange the objects, seconds")


class Index(_Part):
    """The index beside a synopsis."""

    version: Literal[1] = _about("version of this format, a whole number; now 1")
    notice: str = _about("that a synopsis is not evidence, in a sentence")
    video: str = _about("name of the video file, in the same folder")
    redacted: bool = _about(
        "`true` when whoever is, or may be, a person is pixelated; `false` when people are shown as they "
        "were filmed"
    )
    query: str = _about("what was asked for, in one line; `everything` without filters")
    frame_rate: str = _about('output frames per second, an exact fraction such as `"30000/1001"`')
    frame_count: int = _about("output frames in all")
    width: int = _about("width of the output, pixels; even")
    height: int = _about("height of the output, pixels; even")
    metrics: IndexMetrics = _about("figures of this synopsis, below")
    recordings: tuple[IndexRecording, ...] = _about(
        "list of the recordings that something is shown of, below"
    )
    chapters: tuple[Chapter, ...] = _about("list of the parts of the video, in order, below")
    tubes: tuple[IndexTube, ...] = _about(
        "list of the objects shown, in the order of their original start, below"
    )

    @classmethod
    def read(cls, path: Path) -> Index:
        """Read the index beside a synopsis.

        Raises:
            UsageError: it cannot be read, or is none.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise UsageError(
                f"the index cannot be read ({error.strerror})", where=path, next_step="Check its path."
            ) from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                f"is no index of a synopsis ({place or 'JSON'}: {first['msg']})",
                where=path,
                next_step="Name the .json file that apercu synopsis wrote beside the video.",
            ) from error

    def tube(self, number: int) -> IndexTube:
        """Return the object of this number.

        Raises:
            UsageError: there is none.
        """
        if not 1 <= number <= len(self.tubes):
            raise UsageError(
                f"the synopsis has no object {number}", next_step=f"It has 1 to {len(self.tubes)}."
            )
        return self.tubes[number - 1]
