"""SoundStream as the pipeline uses it: NumPy waves to codes and back, from a checkpoint."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.networks.device import infer
from v2meow_pipeline.tokenizers.codec import check_codes, whole_frames
from v2meow_pipeline.tokenizers.network_codec import NetworkCodec
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.layers import Memory
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream

KIND = "soundstream"
CHUNK_FRAMES = 500


class SoundStreamCodec(NetworkCodec[SoundStreamConfig]):
    """A trained SoundStream behind the `Codec` protocol.

    Long sound is handled piece by piece: as the network is causal and remembers, the result is that of the whole.

    Attributes:
        network: in evaluation mode, on the CPU.
        config: as trained.
        clock: the one in use.

    Args:
        network: trained.
        config: of the network.
        clock: rates, levels and codes.
    """

    kind = KIND

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Codes of a wave; see `Codec.encode`."""
        samples = torch.from_numpy(whole_frames(wave, self.clock))[None]
        memory: Memory = {}
        codes = [np.zeros((self.clock.acoustic_levels, 0), np.int16)]
        if samples.shape[1]:
            pieces = samples.split(CHUNK_FRAMES * self.clock.hop_samples, dim=1)
            made = (infer(self.network, self.network.encode, piece, memory) for piece in pieces)
            codes += [piece[0].numpy().astype(np.int16) for piece in made]
        return np.concatenate(codes, axis=1)

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """The sound that codes stand for; nothing is drawn, so `seed` has no bearing. See `Codec.decode`."""
        check_codes(codes, self.clock.acoustic_levels, self.clock.acoustic_vocab)
        memory: Memory = {}
        waves = [np.zeros(0, np.float32)]
        if codes.shape[1]:
            pieces = torch.from_numpy(codes.astype(np.int64))[None].split(CHUNK_FRAMES, dim=2)
            waves += [infer(self.network, self.network.decode, piece, memory)[0].numpy() for piece in pieces]
        return np.clip(np.concatenate(waves), -1, 1)

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "SoundStreamCodec":
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
        # The configuration is read on the way, so that the network is built from what was saved.
        found: list[SoundStreamConfig] = []

        def build(config: SoundStreamConfig) -> SoundStream:
            found.append(config)
            return SoundStream(config, clock)

        network = load_network(folder, KIND, SoundStreamConfig, build, clock)
        return cls(network, found[0], clock)
