"""The learned codec on log-mel frames as the pipeline uses it: NumPy waves to codes and back, from a checkpoint."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.checkpointing import load_network
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
# Neighbouring frames whose sound a log-mel frame at a chunk's end reaches into.
WINDOW_FRAMES = 2


class MelRvqCodec(NetworkCodec[MelRvqConfig]):
    """A trained network behind the `Codec` protocol.

    Attributes:
        network: in evaluation mode.
        config: as trained.
        clock: the one in use.
        vocoder: what decodes in place of Griffin-Lim; None until `use_vocoder`.

    Args:
        network: trained.
        config: of the network.
        clock: rates, levels and codes.
    """

    kind = KIND

    def __init__(self, network: MelRvq, config: MelRvqConfig, clock: Clock) -> None:
        super().__init__(network, config, clock)
        self.vocoder: Vocoder | None = None
        self._log_mel = log_mel_of(config, clock)
        self._griffin_lim = GriffinLim(self._log_mel, config.griffin_lim_steps, config.momentum)

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Codes of a wave; see `Codec.encode`."""
        t, hop = self.clock.acoustic_frames(len(wave) / self.clock.sample_rate_hz), self.clock.hop_samples
        codes = np.zeros((self.clock.acoustic_levels, t), np.int16)
        for start, stop, first, last in spans(t, CHUNK_FRAMES, self.network.margin_frames + WINDOW_FRAMES):
            frames = self._log_mel(wave[first * hop : last * hop], (last - first) * self.clock.mel_frames)
            made = infer(self.network, self.network.encode, torch.from_numpy(frames)[None])[0].numpy()
            codes[:, start:stop] = made[:, start - first : stop - first]
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """The sound that codes stand for; `seed` is that of the first phases. See `Codec.decode`."""
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
        """Log-mel frames `first` to `last` (all by default) of codes.

        Args:
            codes: of the first levels.
            first: log-mel frame.
            last: log-mel frame, not included.

        Returns:
            log10 of magnitudes, not below the floor's.
        """
        per_token, t = self.clock.mel_frames, codes.shape[1]
        last = t * per_token if last is None else last
        if last <= first:
            return np.zeros((0, self.config.bands), np.float32)
        low = max(0, first // per_token - self.network.margin_frames)
        high = min(t, -(-last // per_token) + self.network.margin_frames)
        part = torch.from_numpy(codes[:, low:high].astype(np.int64))[None]
        made = infer(self.network, self.network.decode, part)[0].numpy()
        return np.maximum(made[first - low * per_token : last - low * per_token], np.float32(self._log_mel.silence))

    def use_vocoder(self, vocoder: Vocoder) -> None:
        """Decodes with a network from now on; tokens and fingerprint stay as they are."""
        vocoder.config.check_frames(self.config.bands, self.config.floor)
        self.vocoder = vocoder.eval()

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "MelRvqCodec":
        """The codec of a checkpoint.

        Args:
            folder: written by `save`, or by training.
            clock: the one in use.

        Returns:
            The codec.

        Raises:
            V2MeowError: when the checkpoint is missing, damaged or of another kind; one made for another clock is a
                StaleError.
        """
        network = load_network(folder, KIND, MelRvqConfig, lambda config: MelRvq(config, clock), clock)
        return cls(network, network.config, clock)

    def _made_for(self) -> list[object]:
        return [self.clock.fingerprint_of_tokens(), self.clock.mel_frames]


def log_mel_of(config: MelRvqConfig, clock: Clock) -> LogMel:
    """The log-mel frames that the codec works on: windows of four hops."""
    hop = clock.mel_hop_samples
    return LogMel(config.bands, 4 * hop, hop, clock.sample_rate_hz, config.floor)
