"""Paths of checkpoints in a models folder."""

from pathlib import Path

from v2meow_pipeline.model_store import PREDICTOR, ModelStore

MODELS = ModelStore(Path("data/06_models"))
CHECKPOINTS = (
    MODELS.stage("coarse"),
    MODELS.network("vitvqgan"),
    MODELS.semantic_tokenizer,
    MODELS.codec,
    MODELS.vocoder,
    MODELS.music_text,
    MODELS.part(PREDICTOR),
    MODELS.audio_prompts,
)


def test_a_checkpoint_leads_back_to_its_folder() -> None:
    """Catches a folder that is found one level too high, so that a codec is decoded with another project's vocoder."""
    for checkpoint in CHECKPOINTS:
        assert ModelStore.containing(checkpoint) == MODELS
        assert MODELS.part(MODELS.name_of(checkpoint)) == checkpoint


def test_the_layout_is_that_of_existing_bundles() -> None:
    """Catches a changed path, after which bundles and releases that people have can no longer be read."""
    assert [MODELS.name_of(checkpoint) for checkpoint in CHECKPOINTS] == [
        "coarse/checkpoint",
        "vitvqgan/checkpoint",
        "semantic_tokenizer",
        "acoustic_tokenizer",
        "vocoder/checkpoint",
        "music_text",
        "music_text_predictor",
        "audio_prompts",
    ]
    assert MODELS.composer_file == Path("data/06_models/composer.json")
