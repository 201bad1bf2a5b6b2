"""Selection of audio prompts from the training clips."""

import numpy as np

from v2meow_pipeline.training.audio_prompt_selection import representatives


def test_each_cluster_has_a_representative() -> None:
    """Catches excerpts that are all of one style."""
    rng = np.random.default_rng(0)
    centres = np.eye(5) * 10
    points = np.concatenate([centre + rng.normal(scale=0.1, size=(30, 5)) for centre in centres])
    chosen = representatives(points, 5, seed=0)
    assert sorted(index // 30 for index in chosen) == [0, 1, 2, 3, 4]
    assert chosen == representatives(points, 5, seed=0)


def test_few_clips_are_all_taken() -> None:
    assert representatives(np.eye(3), 8, seed=0) == [0, 1, 2]
