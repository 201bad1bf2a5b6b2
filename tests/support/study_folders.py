"""Folders of listening studies: without media for tests of storage and analysis, and with small videos."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from tests.support.media_makers import make_constant

from v2meow_pipeline.media.audio import write_wav
from v2meow_pipeline.study.answers import Registration, VoteAnswer
from v2meow_pipeline.study.config import StudyConfig
from v2meow_pipeline.study.design import (
    CONSENT,
    MEDIA,
    AttentionCheck,
    Clip,
    HeadphoneSound,
    StudyDesign,
    save_design,
)
from v2meow_pipeline.study.rater import Rater
from v2meow_pipeline.study.session import StudySessions

RATE_HZ = 48_000


def make_design(clips: int = 4, systems: Sequence[str] = ("a", "b"), **config: object) -> StudyDesign:
    """A design whose files are named after their contents; half of the clips are pop, half rock."""
    settings = StudyConfig.parse({"min_listen_s": 1.0, "checks": 1, **config})
    return StudyDesign(
        id="0" * 16,
        config=settings,
        systems=tuple(systems),
        clips=tuple(
            Clip(
                name=f"clip{index}",
                genre="pop" if index % 2 else "rock",
                duration_s=3.0,
                tracks={name: f"{index}-{name}.mp4" for name in systems},
            )
            for index in range(clips)
        ),
        checks=tuple(
            AttentionCheck(clip="clip0", plain=f"plain{index}.mp4", beeps=f"beeps{index}.mp4")
            for index in range(settings.checks)
        ),
        volume="volume.wav",
        headphone_sounds=tuple(HeadphoneSound(file=f"{index}.wav", quietest=index % 3) for index in range(6)),
    )


def make_folder(folder: Path, **design: object) -> Path:
    """Folder of a study whose media are empty files."""
    made = make_design(**design)  # type: ignore[arg-type]
    (folder / MEDIA).mkdir(parents=True)
    tracks = [file for clip in made.clips for file in clip.tracks.values()]
    checks = [file for check in made.checks for file in (check.plain, check.beeps)]
    for name in [*tracks, *checks, made.volume, *(sound.file for sound in made.headphone_sounds)]:
        (folder / MEDIA / name).write_bytes(b"")
    (folder / CONSENT).write_text("<p>Consent.</p>")
    save_design(folder, made)
    return folder


def add_rater(sessions: StudySessions) -> Rater:
    """A rater who has given consent, and passed the headphone check if there is one."""
    rater = sessions.register(Registration(consent=True))
    if rater.status() == "headphones":
        from v2meow_pipeline.study.answers import HeadphoneAnswers

        right = tuple(sessions.design.headphone_sounds[index].quietest for index in rater.plan.headphones[0])
        rater = sessions.answer_headphones(rater.id, HeadphoneAnswers(attempt=0, answers=right))
    return rater


def vote(relevance: int = 1, preference: int = 1, **changes: object) -> VoteAnswer:
    """A vote of a rater who has listened long enough."""
    heard = {"heard_first_s": 2.0, "heard_second_s": 2.0, "seconds": 9.0}
    return VoteAnswer.parse({"relevance": relevance, "preference": preference, **heard, **changes})


def make_inputs(folder: Path, clips: int = 4, seconds: float = 2.0) -> dict[str, Path]:
    """Folders of videos and of the music of two systems, a and b: tones of different pitch and loudness."""
    paths = {name: folder / name for name in ("videos", "a", "b")}
    for path in paths.values():
        path.mkdir(parents=True)
    times_s = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    for index in range(clips):
        make_constant(paths["videos"] / f"clip{index}.mp4", Fraction(25), seconds, size=(160, 96))
        for name, hz, gain in (("a", 220.0, 0.05), ("b", 330.0, 0.3)):
            wave = gain * np.sin(2 * np.pi * hz * (1 + index / 4) * times_s)
            write_wav(paths[name] / f"clip{index}.wav", wave.astype(np.float32), RATE_HZ)
    return paths
