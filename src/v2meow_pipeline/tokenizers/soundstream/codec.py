"""SoundStream behind the `Codec` interface: NumPy waveforms to codes and back."""

import numpy as np
import torch
from jaxtyping import Float, Int

from v2meow_pipeline.networks.device import infer
from v2meow_pipeline.tokenizers.codec import check_codes, whole_frames
from v2meow_pipeline.tokenizers.network_codec import NetworkCodec
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.layers import Memory
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream

KIND = "soundstream"
CHUNK_FRAMES = 500


class SoundStreamCodec(NetworkCodec[SoundStreamConfig]):
    """Codec with a trained SoundStream network.

    Long audio is processed in chunks; the network is causal and keeps its state, so the result does not change.
    """

    kind, settings, network_class = KIND, SoundStreamConfig, SoundStream

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Encodes a waveform; see `Codec.encode`."""
        samples = torch.from_numpy(whole_frames(wave, self.clock))[None]
        memory: Memory = {}
        codes = [np.zeros((self.clock.acoustic_levels, 0), np.int16)]
        if samples.shape[1]:
            chunks = samples.split(CHUNK_FRAMES * self.clock.hop_samples, dim=1)
            encoded = (infer(self.network, self.network.encode, chunk, memory) for chunk in chunks)
            codes += [chunk[0].numpy().astype(np.int16) for chunk in encoded]
        return np.concatenate(codes, axis=1)

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """Decodes codes; deterministic, so `seed` is ignored. See `Codec.decode`."""
        check_codes(codes, self.clock.acoustic_levels, self.clock.acoustic_vocab)
        memory: Memory = {}
        waves = [np.zeros(0, np.float32)]
        if codes.shape[1]:
            chunks = torch.from_numpy(codes.astype(np.int64))[None].split(CHUNK_FRAMES, dim=2)
            waves += [infer(self.network, self.network.decode, chunk, memory)[0].numpy() for chunk in chunks]
        return np.clip(np.concatenate(waves), -1, 1)
