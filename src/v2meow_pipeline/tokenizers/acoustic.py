"""K-means acoustic tokenizer: residual k-means on log-mel frames, decodable from any number of levels.

Its tokens do not depend on phase, and it is fitted in less than a minute on a laptop. It replaces the paper's
SoundStream (paper, "Acoustic tokens": 12 levels of 1,024 codes at 50 Hz, 6 kbps) behind the same interface. Decoded
frames are smoothed over neighbouring frames and converted to a waveform either by mel inversion and Griffin-Lim with
magnitudes constrained to the mel bands, or by a vocoder. The tokens are the same with either.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from v2meow_pipeline.checkpoint import check_shapes, load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.chunks import spans
from v2meow_pipeline.tokenizers.codec import check_codes
from v2meow_pipeline.tokenizers.log_mel import LogMel
from v2meow_pipeline.tokenizers.mel_to_wave import GriffinLim
from v2meow_pipeline.tokenizers.reservoir import Reservoir
from v2meow_pipeline.tokenizers.rvq import ResidualCodebooks
from v2meow_pipeline.tokenizers.smoothing import fit_smoother, with_neighbours
from v2meow_pipeline.tokenizers.vocoder.checkpointing import load_vocoder
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder
from v2meow_pipeline.tokenizers.vocoder.render import render

KIND = "acoustic_tokenizer"
RUN_FRAMES = 20
RUNS_PER_WAVE = 25
CHUNK_FRAMES = 1000
MARGIN_FRAMES = 25


class AcousticConfig(Config):
    """Configuration of the k-means acoustic tokenizer.

    Attributes:
        bands: number of mel bands.
        floor: magnitude added before the logarithm, relative to a full-scale sine; quieter sound is not coded.
        max_frames: frames to fit the codebooks on, sampled uniformly from all waveforms.
        smoother_frames: number of these frames to fit the smoothers on.
        context: neighbouring frames on each side used by the smoother; 0 effectively disables smoothing.
        griffin_lim_steps: Griffin-Lim iterations; decoding time is nearly proportional to them.
        momentum: momentum of fast Griffin-Lim.
        seed: seeds the fit.
    """

    bands: int = Field(128, ge=8)
    floor: float = Field(1e-5, gt=0, lt=0.1)
    max_frames: int = Field(120_000, ge=RUN_FRAMES)
    smoother_frames: int = Field(30_000, ge=RUN_FRAMES)
    context: int = Field(2, ge=0, lt=RUN_FRAMES // 2)
    griffin_lim_steps: int = Field(60, ge=1)
    momentum: float = Field(0.99, ge=0, le=1.2)
    seed: int = 0


class AcousticTokenizer:
    """K-means acoustic tokenizer; created by `fit` or `load`.

    Attributes:
        quantizer: residual codebooks.
        vocoder: vocoder used for decoding; None for Griffin-Lim.

    Args:
        config: configuration of the tokenizer.
        clock: frame rates and codebook sizes.
        codebooks: k-means centres of all levels.
        mean: mean log-mel frame of the training audio.
        smoothers: matrix of `smoothing.fit_smoother` for each number of levels.
    """

    def __init__(
        self,
        config: AcousticConfig,
        clock: Clock,
        codebooks: Float[np.ndarray, "level code band"],
        mean: Float[np.ndarray, " band"],
        smoothers: Float[np.ndarray, "level stacked band"],
    ) -> None:
        self.config, self.clock = config, clock
        self.quantizer = ResidualCodebooks(codebooks)
        self.mean, self.smoothers = mean, smoothers
        self.vocoder: Vocoder | None = None
        self._log_mel = _log_mel(config, clock)
        self._griffin_lim = GriffinLim(self._log_mel, config.griffin_lim_steps, config.momentum)

    @classmethod
    def fit(cls, waves: Iterable[np.ndarray], config: AcousticConfig, clock: Clock) -> "AcousticTokenizer":
        """Fits codebooks and smoothers on a sample of frames.

        Args:
            waves: mono float32 waveforms in [-1, 1] at the clock's sample rate, each at least 0.4 s long; iterated
                once.
            config: configuration of the tokenizer.
            clock: frame rates, levels and codebook sizes.

        Returns:
            The tokenizer.

        Raises:
            ValueError: if there are no waveforms, or none is long enough.
        """
        runs = _sample_runs(waves, config, clock)
        mean = runs.mean((0, 1))
        centred = runs - mean
        silence = _log_mel(config, clock).silence - mean
        quantizer = ResidualCodebooks.fit(
            centred.reshape(-1, config.bands), clock.acoustic_levels, clock.acoustic_vocab, silence, config.seed
        )
        subset = centred[: max(1, config.smoother_frames // RUN_FRAMES)]
        codes = quantizer.encode(subset.reshape(-1, config.bands))
        smoothers = [
            fit_smoother(quantizer.decode(codes[:level]).reshape(subset.shape), subset, config.context)
            for level in range(1, clock.acoustic_levels + 1)
        ]
        return cls(config, clock, quantizer.codebooks, mean, np.stack(smoothers))

    @property
    def fingerprint(self) -> str:
        """Fingerprint (16 hex digits) of the configuration, the clock and all weights."""
        digest = hashlib.sha256()
        for array in self._weights().values():
            digest.update(array.tobytes())
        return fingerprint(self.config.model_dump(mode="json"), self.clock.fingerprint_of_tokens(), digest.hexdigest())

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Encodes a waveform.

        Args:
            wave: mono samples in [-1, 1] at the clock's sample rate.

        Returns:
            Codes, int16, with `clock.acoustic_frames(duration)` frames; digital silence has only zeros.
        """
        t = self.clock.acoustic_frames(len(wave) / self.clock.sample_rate_hz)
        codes = np.zeros((self.clock.acoustic_levels, t), np.int16)
        for start, stop, first, last in spans(t, CHUNK_FRAMES, MARGIN_FRAMES):
            hop = self.clock.hop_samples
            frames = self._log_mel(wave[first * hop : last * hop], last - first)[start - first : stop - first]
            codes[:, start:stop] = self.quantizer.encode(frames - self.mean)
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """Decodes codes to a waveform.

        Works in chunks without audible boundaries, so memory use does not depend on the duration.

        Args:
            codes: codes of the first 1 to `acoustic_levels` levels, any number of frames.
            seed: seeds the initial phases; the same seed gives the same waveform.

        Returns:
            Samples, float32 in [-1, 1], `t * hop_samples` of them.

        Raises:
            ValueError: if there are too many levels, or none, or a code is out of range.
        """
        check_codes(codes, *self.quantizer.codebooks.shape[:2])
        t = codes.shape[1]

        def frames(first: int, last: int) -> Float[np.ndarray, "frames band"]:
            return self.decode_log_mel(codes, first, last)

        if self.vocoder is not None:
            return render(self.vocoder, frames, len(codes), t, seed)
        return self._griffin_lim.wave(frames, t, seed, CHUNK_FRAMES)

    def decode_log_mel(
        self, codes: Int[np.ndarray, "level t"], first: int = 0, last: int | None = None
    ) -> Float[np.ndarray, "frames band"]:
        """Smoothed log-mel frames `first` to `last` (default: all); frames with only zero codes are digital silence."""
        context, t = self.config.context, codes.shape[1]
        last = t if last is None else last
        low, high = max(0, first - context), min(t, last + context)
        part = codes[:, low:high]
        smoothed = with_neighbours(self.quantizer.decode(part), context) @ self.smoothers[len(codes) - 1] + self.mean
        smoothed[(part == 0).all(0)] = self._log_mel.silence
        return smoothed[first - low : last - low]

    def codebooks(self) -> Float[np.ndarray, "level code band"]:
        """Codebook vectors of each level; they sum to a log-mel frame minus the mean frame."""
        return self.quantizer.codebooks

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint atomically.

        Args:
            folder: checkpoint directory; an existing one is replaced.
            fingerprint: fingerprint of the fit's inputs, for `checkpoint.is_current`.
            trained_on: description of the training audio.
            licence: licence of the weights.
        """
        config = {
            "kind": KIND,
            "fingerprint": fingerprint,
            "clock": self.clock.fingerprint_of_tokens(),
            "tokenizer": self.config.model_dump(mode="json"),
            "trained_on": trained_on,
            "licence": licence,
        }
        save_checkpoint(folder, config, self._weights())

    @classmethod
    def load(cls, folder: Path, clock: Clock, vocoder: Path | None = None) -> "AcousticTokenizer":
        """Loads a tokenizer.

        Args:
            folder: checkpoint directory written by `save`.
            clock: required clock.
            vocoder: checkpoint directory of a vocoder to decode with; None for Griffin-Lim.

        Returns:
            The tokenizer.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind; StaleError if it was made for another
                clock, or the vocoder for other frames.
        """
        config, weights = load_checkpoint(folder, KIND, clock)
        with loading(folder):
            settings = AcousticConfig.parse(config["tokenizer"])
            books = (clock.acoustic_levels, clock.acoustic_vocab, settings.bands)
            rest = {"mean": (settings.bands,), "smoothers": (clock.acoustic_levels, None, settings.bands)}
            check_shapes(weights, {"codebooks": books, **rest})
            tokenizer = cls(settings, clock, **weights)
        if vocoder is not None:
            tokenizer.use_vocoder(load_vocoder(vocoder, clock))
        return tokenizer

    def use_vocoder(self, vocoder: Vocoder) -> None:
        """Sets the vocoder for decoding; does not change tokens or fingerprint."""
        vocoder.config.check_frames(self.config.bands, self.config.floor)
        self.vocoder = vocoder.eval()

    def _weights(self) -> dict[str, np.ndarray]:
        return {"codebooks": self.quantizer.codebooks, "mean": self.mean, "smoothers": self.smoothers}


def _log_mel(config: AcousticConfig, clock: Clock) -> LogMel:
    if clock.mel_frames != 1:
        raise ConfigError(
            f"The k-means codec quantizes single log-mel frames, but clock.mel_frames is {clock.mel_frames}.",
            "Set clock.mel_frames to 1, or codec to mel_rvq.",
        )
    return LogMel(config.bands, 4 * clock.hop_samples, clock.hop_samples, clock.sample_rate_hz, config.floor)


def _sample_runs(
    waves: Iterable[np.ndarray], config: AcousticConfig, clock: Clock
) -> Float[np.ndarray, "run frame band"]:
    """Random sample of runs of consecutive log-mel frames, uniform over all waveforms, in random order."""
    log_mel = _log_mel(config, clock)
    reservoir = Reservoir(max(1, config.max_frames // RUN_FRAMES), derive_seed(config.seed, "reservoir"))
    rng = np.random.default_rng(derive_seed(config.seed, "runs"))
    for wave in track(waves, "acoustic frames"):
        frames = log_mel(wave, clock.acoustic_frames(len(wave) / clock.sample_rate_hz))
        runs = frames[rng.integers(0, RUN_FRAMES) if len(frames) >= 2 * RUN_FRAMES else 0 :]
        count = len(runs) // RUN_FRAMES
        reservoir.add(runs[: count * RUN_FRAMES].reshape(count, RUN_FRAMES, -1)[:RUNS_PER_WAVE])
    runs = reservoir.rows()
    return runs[rng.permutation(len(runs))]
