"""A piece in, sound out: MIDI, a soundfont, and a loudness that follows the energy knob."""

import numpy as np
from numpy.typing import NDArray

from v2meow_pipeline.corpus.sources.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.corpus.sources.synthetic.plan import ClipPlan
from v2meow_pipeline.corpus.sources.synthetic.score import Piece
from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.media.midi import RENDERER_HZ, midi_file, play, resampled
from v2meow_pipeline.seeding import derive_seed

QUIETEST_LUFS = -28.0
LOUDEST_LUFS = -13.0
LOUDNESS_JITTER_DB = 1.0
PEAK = 0.94

_FADE_S = 0.008
_PLAIN_REVERB = 36
_REVERB = {"ambient": 100, "classical": 64, "asian": 60, "jazz": 44, "metal": 24}
_GAINS_DB = {name: instrument.gain_db for name, instrument in INSTRUMENTS.items()}


def render_audio(plan: ClipPlan, piece: Piece, sample_rate_hz: int = RENDERER_HZ) -> NDArray[np.float32]:
    """The sound of a clip.

    Args:
        plan: duration, font and energy.
        piece: what is played.
        sample_rate_hz: samples a second.

    Returns:
        Stereo, shape (round(duration * rate), 2), peaks below 0.95. Integrated loudness rises with the mean of the
        energy knob from -28 to -13 LUFS, give or take 1 dB; how it moves within the clip is left as played.
    """
    wave = play(midi_bytes(plan, piece), plan.font, piece.lead_s, plan.duration_s)
    if sample_rate_hz != RENDERER_HZ:
        wave = resampled(wave, RENDERER_HZ, sample_rate_hz, round(plan.duration_s * sample_rate_hz))
    return _fade(_master(wave, plan, sample_rate_hz), sample_rate_hz)


def midi_bytes(plan: ClipPlan, piece: Piece) -> bytes:
    """The piece as a MIDI file, see `midi_file`; time zero is the start of its first bar.

    Args:
        plan: genre (reverberation).
        piece: what is played.

    Returns:
        A type-0 MIDI file.
    """
    reverb = _REVERB.get(plan.genre, _PLAIN_REVERB)
    return midi_file(piece.notes, piece.voices, piece.lead_s, reverb, _GAINS_DB)


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
