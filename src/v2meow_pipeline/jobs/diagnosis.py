"""Teacher-forced losses of trained stages on the clips of a diagnosis."""

from collections.abc import Sequence

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.diagnosis.config import DiagnosedModels
from v2meow_pipeline.evaluation.diagnosis.stage_bits import StageBits, bits_per_second
from v2meow_pipeline.jobs.stage_job import stage_readers
from v2meow_pipeline.progress import track
from v2meow_pipeline.training.clip_losses import clip_level_losses


def measure_stage_bits(
    models: DiagnosedModels,
    tokens: ShardReader,
    features: ShardReader,
    music_text: ShardReader,
    clip_ids: Sequence[str],
) -> dict[str, StageBits]:
    """Cross-entropy of each stage in bits per second, with the video and with the video masked; without text prompt.

    Args:
        models: models to diagnose.
        tokens: tokens of the clips' original music, made with the models' tokenizers.
        features: visual features of the clips.
        music_text: music-text embeddings of the clips; always masked.
        clip_ids: ids of the clips.

    Returns:
        Bits per second keyed by the stream that each stage predicts, in the order of the path.
    """
    found = {}
    stages = models.load().stages
    for stream, stage in track(stages.items(), "losses of the stages", len(stages)):
        readers = stage_readers(stage.config.all_features(), tokens, features, music_text)
        shown = clip_level_losses(stage, readers, clip_ids)
        hidden = clip_level_losses(stage, readers, clip_ids, hide_video=True) if stage.sees_video else None
        without = None if hidden is None else bits_per_second(hidden, stage.rate_hz)
        found[stream] = StageBits(bits_per_second(shown, stage.rate_hz), without)
    return found
