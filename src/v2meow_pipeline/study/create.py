"""Creation of a study's folder: tracks of equal loudness and length, attention checks, headphone check, and design."""

import re
import secrets
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.corpus.sources.captions_csv import read_captions
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.sound_files import files_by_stem
from v2meow_pipeline.media.audio import read_audio, write_wav
from v2meow_pipeline.media.containers import Encode
from v2meow_pipeline.media.cut import cut_video
from v2meow_pipeline.media.mux import mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.study.config import StudyConfig
from v2meow_pipeline.study.design import CONSENT, MEDIA, AttentionCheck, Clip, HeadphoneSound, StudyDesign, save_design
from v2meow_pipeline.study.stimuli import SAMPLE_RATE_HZ, headphone_trials, volume_noise, with_beeps

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
# A track may end this much before its video, since codecs pad and cut the ends of a file.
SHORTER_S = 0.2


class _Source(NamedTuple):
    """A video, its genre, and the sound file of each system."""

    video: Path
    genre: str
    sounds: dict[str, Path]


def create_study(
    folder: Path, systems: Mapping[str, Path], videos: Path, config: StudyConfig, genres: Path | None = None
) -> StudyDesign:
    """Creates the folder of a study, which needs no other file from then on.

    Each track is the video with the music of one system, at one loudness, under a random name.

    Args:
        folder: folder to create.
        systems: name of a system -> folder of its audio or video files, with the stems of the videos.
        videos: folder of the videos; their own sound is not used.
        config: configuration of the study.
        genres: CSV with the columns file and genre (see `read_captions`), for results per genre; None for none.

    Returns:
        The design.

    Raises:
        ConfigError: if the folder exists, a system lacks a clip, or a video is too short.
        MediaError: if a file cannot be read or encoded.
    """
    if folder.exists():
        raise ConfigError(f"{folder} exists already.", "Choose another folder; a study is never overwritten.")
    _check_names(systems)
    sources = _sources(systems, videos, genres)
    with atomic_path(folder) as partial:
        media = partial / MEDIA
        media.mkdir(parents=True)
        clips = [_make_clip(source, media, config) for source in track(sources, "tracks")]
        design = StudyDesign(
            id=secrets.token_hex(8),
            config=config,
            systems=tuple(systems),
            clips=tuple(clips),
            checks=_make_checks(clips, media, config),
            volume=_make_wav(volume_noise(config.seed), media),
            headphone_sounds=tuple(
                HeadphoneSound(file=_make_wav(wave, media), quietest=quietest) for quietest, wave in headphone_trials()
            ),
        )
        (partial / CONSENT).write_bytes(files(__package__).joinpath(f"page_files/{CONSENT}").read_bytes())
        save_design(partial, design)
    return design


def _check_names(systems: Mapping[str, Path]) -> None:
    if len(systems) < 2:
        raise ConfigError("A comparison needs two systems.", "Give at least two: --systems a=DIR b=DIR")
    for name in systems:
        if not NAME.fullmatch(name):
            raise ConfigError(
                f"{name!r} cannot be the name of a system.", "Use letters, digits, '.', '_', '+' and '-'."
            )


def _sources(systems: Mapping[str, Path], videos: Path, genres: Path | None) -> list[_Source]:
    found = files_by_stem(videos)
    sounds = {name: files_by_stem(folder) for name, folder in systems.items()}
    for name, of_system in sounds.items():
        missing = sorted(set(found) - set(of_system))
        if missing:
            raise ConfigError(
                f"{display_name(systems[name])} lacks {len(missing)} of {len(found)} videos: {', '.join(missing[:5])}.",
                "Files are matched by their stem: clip7.wav is the music of clip7.mp4.",
            )
    known = _genres(genres)
    return [_Source(path, known.get(stem, ""), {n: s[stem] for n, s in sounds.items()}) for stem, path in found.items()]


def _genres(path: Path | None) -> dict[str, str]:
    """Genre by stem."""
    rows = read_captions(path) if path else {}
    return {Path(key).stem: cells.get("genre", "") for key, cells in rows.items()}


def _make_clip(source: _Source, media: Path, config: StudyConfig) -> Clip:
    """Writes one track per system."""
    duration_s = probe(source.video).duration_s
    wanted_s = min(duration_s, config.seconds or duration_s)
    if wanted_s < config.min_listen_s:
        raise ConfigError(
            f"{display_name(source.video)} lasts {wanted_s:.1f} s, less than the minimum listening time.",
            f"Remove it, or use --min-listen {wanted_s:.0f}",
        )
    shown = source.video
    if wanted_s < duration_s:
        shown = media / "cut.mp4"
        cut_video(source.video, 0.0, wanted_s, shown)
        wanted_s = probe(shown).duration_s
    tracks = {name: _make_track(shown, _read(path, wanted_s), media, config) for name, path in source.sounds.items()}
    (media / "cut.mp4").unlink(missing_ok=True)
    return Clip(name=source.video.stem, genre=source.genre, duration_s=wanted_s, tracks=tracks)


def _read(path: Path, duration_s: float) -> np.ndarray:
    wave = read_audio(path, SAMPLE_RATE_HZ, mono=False)
    if len(wave) < (duration_s - SHORTER_S) * SAMPLE_RATE_HZ:
        raise ConfigError(
            f"{display_name(path)} has {len(wave) / SAMPLE_RATE_HZ:.1f} s of music for {duration_s:.1f} s of video.",
            "Compare only the duration that all systems have, with --seconds.",
        )
    return wave[: round(duration_s * SAMPLE_RATE_HZ)]


def _make_track(video: Path, wave: np.ndarray, media: Path, config: StudyConfig) -> str:
    """Writes a video with a soundtrack; returns its random name."""
    name = f"{secrets.token_hex(8)}.mp4"
    encode: Encode = "copy" if probe(video).video_codec == "h264" else "h264"
    mux = MuxConfig(loudness_lufs=config.loudness_lufs, fade_out_s=min(0.5, len(wave) / SAMPLE_RATE_HZ), encode=encode)
    mux_soundtrack(video, wave, SAMPLE_RATE_HZ, media / name, mux)
    return name


def _make_checks(clips: list[Clip], media: Path, config: StudyConfig) -> tuple[AttentionCheck, ...]:
    """Writes the attention checks: tracks of clips and systems chosen by the seed, without and with beeps."""
    random = np.random.default_rng(derive_seed(config.seed, "checks"))
    order = random.permutation(len(clips))
    checks = []
    for index in range(config.checks):
        clip = clips[int(order[index % len(clips)])]
        names = list(clip.tracks)
        plain = media / clip.tracks[names[int(random.integers(len(names)))]]
        # A copy, so that its name does not recur in a comparison.
        copy = media / f"{secrets.token_hex(8)}.mp4"
        shutil.copyfile(plain, copy)
        mixed = with_beeps(read_audio(plain, SAMPLE_RATE_HZ, mono=False), SAMPLE_RATE_HZ)
        checks.append(AttentionCheck(clip=clip.name, plain=copy.name, beeps=_make_track(plain, mixed, media, config)))
    return tuple(checks)


def _make_wav(wave: np.ndarray, media: Path) -> str:
    name = f"{secrets.token_hex(8)}.wav"
    write_wav(media / name, wave, SAMPLE_RATE_HZ)
    return name
