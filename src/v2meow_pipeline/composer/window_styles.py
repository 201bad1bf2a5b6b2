"""Music-text embeddings of each window of a video.

Shapes: `batch` clips, `width` dimension of the music-text space.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.encoders.music_text_predictor import MusicTextPredictor

MusicText = np.ndarray | Sequence[np.ndarray | None] | None


def window_styles(
    music_text: MusicText, seen: Sequence[Mapping[str, np.ndarray]], predictor: MusicTextPredictor | None
) -> list[np.ndarray | None]:
    """Expands music-text embeddings to one value per window.

    Without any, one embedding per clip is predicted for all its windows, so that the style of the music does not change
    between them.

    Args:
        music_text: float32 [batch, width] for all windows, or such a value or None per window, or None.
        seen: features of each window.
        predictor: predicts the embedding from the features; None for no prediction.

    Returns:
        One value per window; None without an embedding.
    """
    if isinstance(music_text, np.ndarray):
        return [music_text] * len(seen)
    if music_text is not None and any(values is not None for values in music_text):
        return list(music_text)
    if predictor is None or not all(seen):
        return [None] * len(seen)
    whole = {name: np.concatenate([part[name] for part in seen], axis=1) for name in seen[0]}
    return [predictor.predict(whole)] * len(seen)
