"""The mel_rvq codec behind the `Codec` interface: NumPy waveforms to codes and back."""

import numpy as np
import torch
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.device import infer
from v2meow_pipeline.tokenizers.chunks import spans
from v2meow_pipeline.tokenizers.codec import check_codes
from v2meow_pipeline.tokenizers.log_mel import LogMel
from v2meow_pipeline.tokenizers.mel_rvq.config import MelRvqConfig
from v2meow_pipeline.tokenizers.mel_rvq.network import MelRvq
from v2meow_pipeline.tokenizers.mel_to_wave import GriffinLim
from v2meow_pipeline.tokenizers.network_codec import NetworkCodec
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder
from v2meow_pipeline.tokenizers.vocoder.render import render

KIND = "mel_rvq"
CHUNK_FRAMES = 500
# Frames on each side that overlap the window of a log-mel frame at the end of a chunk.
WINDOW_FRAMES = 2


class MelRvqCodec(NetworkCodec[MelRvqConfig]):
    """Codec with a trained `MelRvq` network.

    Attributes:
        vocoder: vocoder used for decoding; None for Griffin-Lim.

    Args:
        network: trained network.
        config: configuration of the network.
        clock: frame rates, levels and codebook sizes.
    """

    kind, settings, network_class = KIND, MelRvqConfig, MelRvq

    def __init__(self, network: MelRvq, config: MelRvqConfig, clock: Clock) -> None:
        super().__init__(network, config, clock)
        self.vocoder: Vocoder | None = None
        self._log_mel = log_mel_of(config, clock)
        self._griffin_lim = GriffinLim(self._log_mel, config.griffin_lim_steps, config.momentum)

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Encodes a waveform; see `Codec.encode`."""
        t, hop = self.clock.acoustic_frames(len(wave) / self.clock.sample_rate_hz), self.clock.hop_samples
        codes = np.zeros((self.clock.acoustic_levels, t), np.int16)
        for start, stop, first, last in spans(t, CHUNK_FRAMES, self.network.margin_frames + WINDOW_FRAMES):
            frames = self._log_mel(wave[first * hop : last * hop], (last - first) * self.clock.mel_frames)
            chunk = infer(self.network, self.network.encode, torch.from_numpy(frames)[None])[0].numpy()
            codes[:, start:stop] = chunk[:, start - first : stop - first]
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """Decodes codes to a waveform; `seed` seeds the initial phases. See `Codec.decode`."""
        check_codes(codes, self.clock.acoustic_levels, self.clock.acoustic_vocab)
        t = codes.shape[1] * self.clock.mel_frames

        def frames(first: int, last: int) -> Float[np.ndarray, "frames band"]:
            return self.decode_log_mel(codes, first, last)

        if self.vocoder is not None:
            return render(self.vocoder, frames, len(codes), t, seed)
        return self._griffin_lim.wave(frames, t, seed)

    def decode_log_mel(
        self, codes: Int[np.ndarray, "level t"], first: int = 0, last: int | None = None
    ) -> Float[np.ndarray, "frames band"]:
        """Decodes codes to log-mel frames.

        Args:
            codes: codes of the first levels.
            first: first log-mel frame to decode.
            last: end of the log-mel frames, exclusive; None for all.

        Returns:
            Log-mel frames in log10 of magnitude, clamped to the floor.
        """
        per_token, t = self.clock.mel_frames, codes.shape[1]
        last = t * per_token if last is None else last
        if last <= first:
            return np.zeros((0, self.config.bands), np.float32)
        low = max(0, first // per_token - self.network.margin_frames)
        high = min(t, -(-last // per_token) + self.network.margin_frames)
        part = torch.from_numpy(codes[:, low:high].astype(np.int64))[None]
        decoded = infer(self.network, self.network.decode, part)[0].numpy()
        return np.maximum(decoded[first - low * per_token : last - low * per_token], np.float32(self._log_mel.silence))

    def use_vocoder(self, vocoder: Vocoder) -> None:
        """Sets the vocoder for decoding; does not change tokens or fingerprint."""
        vocoder.config.check_frames(self.config.bands, self.config.floor)
        self.vocoder = vocoder.eval()

    def _made_for(self) -> list[object]:
        return [self.clock.fingerprint_of_tokens(), self.clock.mel_frames]


def log_mel_of(config: MelRvqConfig, clock: Clock) -> LogMel:
    """Log-mel transform of the codec, with windows of four hops."""
    hop = clock.mel_hop_samples
    return LogMel(config.bands, 4 * hop, hop, clock.sample_rate_hz, config.floor)
