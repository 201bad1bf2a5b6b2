"""The vocoder's recipe."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.simple_music import SMALL, music

from v2meow_pipeline.corpus.clip_audio import AUDIO, to_pcm
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.errors import ConfigError, StaleError, V2MeowError
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Sources
from v2meow_pipeline.examples.recipes.vocoder import RECIPE
from v2meow_pipeline.networks.objective import NETWORK
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer

CLIPS = ["a", "b", "c", "d"]
SETTINGS = RECIPE.settings.parse(
    {"bands": 32, "width": 16, "blocks": 1, "correction_blocks": 1, "phase_steps": 2, "crop_frames": 30}
)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    waves = [music(i, duration_s=2) for i in range(4)]
    pcm = np.stack([to_pcm(wave) for wave in waves])
    fill(ShardWriter(tmp_path / "audio", CLIPS, "audio-1"), lambda shard: {AUDIO: pcm}, SERIAL, "audio")
    config = AcousticConfig(max_frames=400, smoother_frames=200, bands=32)
    AcousticTokenizer.fit(waves, config, SMALL).save(
        tmp_path / "models" / "acoustic_tokenizer", "f00d", trained_on="chords"
    )
    manifest = pd.DataFrame({"clip_id": CLIPS, "split": ["train", "train", "val", "test-iid"]})
    audio = ShardReader(tmp_path / "audio")
    return Sources(manifest, audio, SMALL, tmp_path / "cache", SERIAL, tmp_path / "models" / "acoustic_tokenizer")


def test_a_step_of_the_recipe_reaches_the_network(sources: Sources) -> None:
    """Catches a batch and an objective that do not fit each other."""
    examples = RECIPE.examples(SETTINGS, sources, BatchSettings(3, 0, 8))
    objective = RECIPE.objective(SETTINGS, sources.clock)
    objective.prepare(examples)
    loss = objective.loss(examples.train(0), NETWORK).total
    loss.backward()
    assert loss.isfinite()
    assert sum(len(batch["wave"]) for batch in examples.validation()) == 1
    assert objective.judge(next(examples.validation()))["loss"].isfinite()


def test_without_a_codec_there_is_nothing_to_learn(sources: Sources) -> None:
    """Catches a failure inside a loader, far from the cause."""
    with pytest.raises(V2MeowError, match="no checkpoint"):
        RECIPE.examples(SETTINGS, sources._replace(codec=sources.cache), BatchSettings(3, 0, 8))
    with pytest.raises(ConfigError, match="none is given"):
        RECIPE.examples(SETTINGS, sources._replace(codec=None), BatchSettings(3, 0, 8))


def test_a_codec_of_other_bands_is_refused(sources: Sources) -> None:
    """Catches a first layer of a width that the frames do not have."""
    with pytest.raises(StaleError, match="bands"):
        RECIPE.examples(SETTINGS.model_copy(update={"bands": 64}), sources, BatchSettings(3, 0, 8))
