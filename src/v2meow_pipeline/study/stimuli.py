"""Sounds of a study that are not music: headphone check, volume setting, and beeps of the attention checks.

The headphone check is that of Woods et al. (2017), "Headphone screening to facilitate web-based auditory experiments":
three tones of 200 Hz, of which one is 6 dB quieter, and another has opposite phases in both channels. Over headphones
the quieter tone is easily found; over loudspeakers, the tone with opposite phases cancels and seems quieter.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.seeding import derive_seed

Wave = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 48_000
TONE_HZ, TONE_S, RAMP_S, GAP_S = 200.0, 1.0, 0.1, 0.5
TONE_AMPLITUDE, QUIETER_DB = 0.25, 6.0
TONES = 3
HEADPHONE_TRIALS, PASS_AT, MAX_ATTEMPTS = 6, 5, 2
NOISE_S, NOISE_RMS = 4.0, 0.07
BEEPS, BEEP_HZ, BEEP_S, BEEP_AMPLITUDE = 3, 1000.0, 0.2, 0.4


def headphone_trial(quietest: int, inverted: int) -> Wave:
    """Three tones, one of them quieter, and one with opposite phases in both channels.

    Args:
        quietest: index of the quieter tone, 0 to 2.
        inverted: index of the tone with opposite phases; not `quietest`.

    Returns:
        float32 [n, 2] at `SAMPLE_RATE_HZ`.
    """
    parts: list[npt.NDArray[np.floating]] = []
    for index in range(TONES):
        gain = 10 ** (-QUIETER_DB / 20) if index == quietest else 1.0
        left = TONE_AMPLITUDE * gain * _ramped(_sine(TONE_HZ, TONE_S), RAMP_S)
        parts.append(np.stack([left, -left if index == inverted else left], axis=1))
        if index < TONES - 1:
            parts.append(np.zeros((round(GAP_S * SAMPLE_RATE_HZ), 2), np.float32))
    return np.concatenate(parts).astype(np.float32)


def headphone_trials() -> list[tuple[int, Wave]]:
    """All six arrangements of the headphone check: index of the quietest tone, and waveform."""
    return [(q, headphone_trial(q, i)) for q in range(TONES) for i in range(TONES) if q != i]


def volume_noise(seed: int) -> Wave:
    """Noise with the spectrum of pink noise, to set the volume.

    Args:
        seed: seeds the noise.

    Returns:
        float32 [n, 2] at `SAMPLE_RATE_HZ`, the same in both channels.
    """
    count = round(NOISE_S * SAMPLE_RATE_HZ)
    white = np.random.default_rng(derive_seed(seed, "volume noise")).standard_normal(count)
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[: round(50 * NOISE_S)] = 0  # below 50 Hz, small loudspeakers distort
    pink = np.fft.irfft(spectrum, count)
    pink = _ramped(pink * (NOISE_RMS / np.sqrt(np.mean(pink**2))), RAMP_S)
    return np.repeat(np.clip(pink, -1, 1)[:, None], 2, axis=1).astype(np.float32)


def with_beeps(wave: Wave, sample_rate_hz: int) -> Wave:
    """Adds three beeps, spread over a track; the track is attenuated under them.

    Args:
        wave: float32 [n] or [n, channel], full scale 1.
        sample_rate_hz: sample rate, Hz.

    Returns:
        float32, with the shape of `wave`.
    """
    mixed = np.array(wave, np.float32)
    beep = BEEP_AMPLITUDE * _ramped(_sine(BEEP_HZ, BEEP_S, sample_rate_hz), 0.01, sample_rate_hz)
    for index in range(BEEPS):
        start = round((index + 0.5) / BEEPS * max(0, len(mixed) - len(beep)))
        part = mixed[start : start + len(beep)]
        tone = beep[: len(part)]
        part[...] = 0.2 * part + (tone if part.ndim == 1 else tone[:, None])
    return mixed


def _sine(hz: float, seconds: float, sample_rate_hz: int = SAMPLE_RATE_HZ) -> npt.NDArray[np.float64]:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * sample_rate_hz)) / sample_rate_hz)


def _ramped(
    wave: npt.NDArray[np.float64], ramp_s: float, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> npt.NDArray[np.float64]:
    """Raised-cosine fade-in and fade-out."""
    count = round(ramp_s * sample_rate_hz)
    ramp = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, count))
    shaped = wave.copy()
    shaped[:count] *= ramp
    shaped[-count:] *= ramp[::-1]
    return shaped
