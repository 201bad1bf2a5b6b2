"""Rendering of a composed piece to audio, with a loudness that follows the energy."""

import numpy as np
from numpy.typing import NDArray

from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.media.midi import RENDERER_HZ, midi_file, play, resampled
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.synthetic.plan import ClipPlan
from v2meow_pipeline.synthetic.score import Piece

QUIETEST_LUFS = -28.0
LOUDEST_LUFS = -13.0
LOUDNESS_JITTER_DB = 1.0
PEAK = 0.94

_FADE_S = 0.008
_PLAIN_REVERB = 36
_REVERB = {"ambient": 100, "classical": 64, "asian": 60, "jazz": 44, "metal": 24}
_GAINS_DB = {name: instrument.gain_db for name, instrument in INSTRUMENTS.items()}


def render_audio(plan: ClipPlan, piece: Piece, sample_rate_hz: int = RENDERER_HZ) -> NDArray[np.float32]:
    """Renders the audio of a clip.

    Args:
        plan: plan with duration, soundfont and energy.
        piece: composed music.
        sample_rate_hz: output sample rate, Hz.

    Returns:
        Stereo audio [round(duration * rate), 2], peaks below 0.95. Integrated loudness rises with the mean energy from
        -28 to -13 LUFS, with a jitter of 1 dB; a constant gain is applied, so the dynamics are unchanged.
    """
    wave = play(midi_bytes(plan, piece), plan.font, piece.lead_s, plan.duration_s)
    if sample_rate_hz != RENDERER_HZ:
        wave = resampled(wave, RENDERER_HZ, sample_rate_hz, round(plan.duration_s * sample_rate_hz))
    return _fade(_master(wave, plan, sample_rate_hz), sample_rate_hz)


def midi_bytes(plan: ClipPlan, piece: Piece) -> bytes:
    """MIDI file of a piece, see `midi_file`; time zero is the start of its first bar.

    Args:
        plan: plan with the genre, which sets the reverb level.
        piece: composed music.

    Returns:
        Content of a type-0 MIDI file.
    """
    reverb = _REVERB.get(plan.genre, _PLAIN_REVERB)
    return midi_file(piece.notes, piece.voices, piece.lead_s, reverb, _GAINS_DB)


def _master(wave: NDArray[np.float32], plan: ClipPlan, sample_rate_hz: int) -> NDArray[np.float32]:
    """Applies a constant gain towards the target loudness, then a soft limiter for peaks."""
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
    """Fades in and out over a few milliseconds to avoid clicks at the clip boundaries."""
    n = round(_FADE_S * sample_rate_hz)
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)[:, None]
    wave[:n] *= ramp
    wave[-n:] *= ramp[::-1]
    return wave
