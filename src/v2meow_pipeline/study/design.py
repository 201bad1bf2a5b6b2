"""A study's folder: its design, media and database.

study.json      design: systems, videos, pairs, and the file of each track; never served
consent.html    text of the consent page; may be edited
media/          tracks, attention checks and sounds of the headphone check, with random names
study.sqlite    raters and votes
"""

import json
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.study.config import StudyConfig

VERSION = 1
DESIGN, CONSENT, MEDIA, DATABASE = "study.json", "consent.html", "media", "study.sqlite"


class Clip(Config):
    """A video with the music of every system.

    Attributes:
        name: stem of the video file.
        genre: genre of the video; empty if unknown.
        duration_s: duration of all tracks, seconds.
        tracks: name of a system -> file in media/.
    """

    name: str
    genre: str = ""
    duration_s: float
    tracks: dict[str, str]


class AttentionCheck(Config):
    """A track twice, once with beeps, which a rater who listens can tell apart.

    Attributes:
        clip: name of the clip.
        plain: file of the track.
        beeps: file of the track with beeps.
    """

    clip: str
    plain: str
    beeps: str


class HeadphoneSound(Config):
    """A sound of the headphone check.

    Attributes:
        file: file in media/.
        quietest: index of the quietest of its three tones, 0 to 2.
    """

    file: str
    quietest: int


class StudyDesign(Config):
    """Contents of study.json.

    Attributes:
        version: version of the format.
        id: random identifier; browsers store a rater's progress under it.
        config: configuration.
        systems: names of the systems.
        clips: videos with their tracks.
        checks: attention checks.
        volume: file of the noise with which raters set their volume.
        headphone_sounds: sounds of the headphone check.
    """

    version: int = VERSION
    id: str
    config: StudyConfig
    systems: tuple[str, ...]
    clips: tuple[Clip, ...]
    checks: tuple[AttentionCheck, ...]
    volume: str
    headphone_sounds: tuple[HeadphoneSound, ...]

    def pairs(self) -> list["Pair"]:
        """All pairs to compare: every two systems on every clip."""
        names = self.systems
        return [
            Pair(clip.name, names[i], names[j])
            for clip in self.clips
            for i in range(len(names))
            for j in range(i + 1, len(names))
        ]

    def clip(self, name: str) -> Clip:
        """The clip with this name."""
        return next(clip for clip in self.clips if clip.name == name)


class Pair(NamedTuple):
    """Two systems on one clip, in the order of `StudyDesign.systems`."""

    clip: str
    system_a: str
    system_b: str

    @property
    def key(self) -> str:
        """Identifier of the pair."""
        return f"{self.clip}|{self.system_a}|{self.system_b}"


def load_design(folder: Path) -> StudyDesign:
    """Reads a study's design.

    Args:
        folder: folder of the study.

    Returns:
        The design.

    Raises:
        ConfigError: if the folder is not that of a study.
        StaleError: if another version of the program wrote it.
    """
    path = folder / DESIGN
    if not path.is_file():
        raise ConfigError(f"{folder} has no {DESIGN}.", "Give a folder that `v2meow study create` wrote.")
    try:
        values = json.loads(path.read_text())
        if isinstance(values, dict) and values.get("version") != VERSION:
            raise StaleError(f"{path} was written by another version of v2meow.", "Create the study again.")
        return StudyDesign.model_validate(values)
    except (json.JSONDecodeError, ValidationError) as error:
        raise ConfigError(f"{path} is damaged.", "Restore it, or create the study again.") from error


def save_design(folder: Path, design: StudyDesign) -> None:
    """Writes a study's design; `load_design` reads it."""
    write_text(folder / DESIGN, design.model_dump_json(indent=1) + "\n")
